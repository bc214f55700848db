//! The kinds of failure: a closed table of status, code and titles. It knows no single failure.

/// What kind of failure it is; each kind has one status and one title in Chinese and English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// 400
    Unreadable,
    /// 401
    Unauthenticated,
    /// 403
    Forbidden,
    /// 404
    NotFound,
    /// 409
    Conflict,
    /// 412
    Stale,
    /// 413
    TooLarge,
    /// 415
    Unsupported,
    /// 422, by the rules
    Rejected,
    /// 422, an idempotency key used twice
    KeyReused,
    /// 428
    PreconditionRequired,
    /// 429
    TooMany,
    /// 500
    Internal,
    /// 503
    Unavailable,
}

impl Kind {
    /// Every kind, for tables and tests.
    pub const ALL: [Self; 14] = [
        Self::Unreadable,
        Self::Unauthenticated,
        Self::Forbidden,
        Self::NotFound,
        Self::Conflict,
        Self::Stale,
        Self::TooLarge,
        Self::Unsupported,
        Self::Rejected,
        Self::KeyReused,
        Self::PreconditionRequired,
        Self::TooMany,
        Self::Internal,
        Self::Unavailable,
    ];

    /// HTTP status.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Unreadable => 400,
            Self::Unauthenticated => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::Stale => 412,
            Self::TooLarge => 413,
            Self::Unsupported => 415,
            Self::Rejected | Self::KeyReused => 422,
            Self::PreconditionRequired => 428,
            Self::TooMany => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The stable code; the problem's `type` is `urn:icp-filing:problem:` and this.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().0
    }

    /// The title in Chinese.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.row().1
    }

    /// The title in English.
    #[must_use]
    pub fn title_en(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Unreadable => ("unreadable", "无法读取请求", "The request cannot be read"),
            Self::Unauthenticated => ("unauthenticated", "请先登录", "Sign in first"),
            Self::Forbidden => ("forbidden", "没有权限", "Not allowed"),
            Self::NotFound => ("not-found", "没有找到", "Not found"),
            Self::Conflict => ("conflict", "当前状态下不能这样操作", "Not possible in the current state"),
            Self::Stale => ("stale", "内容已被更改，请刷新后重试", "Changed meanwhile"),
            Self::TooLarge => ("too-large", "内容过大", "Too large"),
            Self::Unsupported => ("unsupported", "不支持的内容类型", "Unsupported content type"),
            Self::Rejected => ("rejected", "内容不符合要求", "Against the rules"),
            Self::KeyReused => ("key-reused", "幂等键已用于其他请求", "Idempotency key reused"),
            Self::PreconditionRequired => ("precondition-required", "缺少前提条件", "Precondition required"),
            Self::TooMany => ("too-many", "请求过于频繁", "Too many requests"),
            Self::Internal => ("internal", "系统内部错误", "Internal error"),
            Self::Unavailable => ("unavailable", "服务暂时不可用", "Temporarily unavailable"),
        }
    }
}
