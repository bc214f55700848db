//! What an order is between two commands. No personal data lives here.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Call, Numbers, Plan, Principals, Reason, ReturnedBy};
use crate::id::PhotoId;

/// A filing order (备案订单) as the machine sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What never changes.
    pub plan: Plan,
    /// How often it was submitted; 0 before the first time. Answers to an older round come too late.
    pub round: u32,
    /// Whether an electronic verification of the present principal was accepted.
    pub verified: bool,
    /// The rule pack by which it was found complete; none before the first time.
    #[serde(default)]
    pub rules: Option<String>,
    /// Where it stands.
    pub state: State,
}

impl Order {
    /// A new, empty order.
    #[must_use]
    pub fn open(plan: Plan) -> Self {
        Self { plan, round: 0, verified: false, rules: None, state: State::Draft }
    }
}

/// Where an order stands (订单状态).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum State {
    /// 填写中: the customer writes.
    Draft,
    /// 退回修改: sent back with reasons; the customer corrects.
    Returned {
        /// Who sent it back.
        by: ReturnedBy,
        /// What is wrong.
        reasons: Vec<Reason>,
    },
    /// 待对方确认: another account must consent.
    AwaitingConsent {
        /// Whether the customer let reviewers correct the order themselves.
        assist: bool,
        /// The different people to call in the review.
        principals: Principals,
    },
    /// 初审: with our reviewers.
    Reviewing {
        /// Whether the customer let reviewers correct the order themselves.
        assist: bool,
        /// The calls made in this round.
        calls: Vec<Call>,
    },
    /// 办理拍照: the curtain photo is wanted.
    PhotoPending {
        /// Why the last photo was refused; empty before the first.
        refused: Vec<Reason>,
    },
    /// 复审: a reviewer looks at the photo.
    PhotoReviewing {
        /// The photo under review.
        photo: PhotoId,
    },
    /// 待提交管局: passed, on the way to the authority.
    ToAuthority {
        /// Whether the sending has begun.
        handover: Handover,
    },
    /// 短信核验: the principals verify at the authority's site.
    AwaitingSms {
        /// Who has not verified yet.
        pending: Principals,
        /// The authority's deadline.
        until: DateTime<Utc>,
    },
    /// 管局审核: the authority decides.
    AtAuthority,
    /// 已备案: done.
    Filed {
        /// What the authority gave.
        numbers: Numbers,
    },
    /// 已过期: nobody touched the draft for too long.
    Expired,
    /// 已放弃: the customer gave up.
    Abandoned,
}

/// Whether an order has left for the authority. Once begun it cannot be withdrawn any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    /// Waiting for its turn.
    Waiting,
    /// Being sent.
    Begun,
}

/// A state without what it holds, for lists, metrics and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateName {
    /// 填写中.
    Draft,
    /// 退回修改.
    Returned,
    /// 待对方确认.
    AwaitingConsent,
    /// 初审.
    Reviewing,
    /// 办理拍照.
    PhotoPending,
    /// 复审.
    PhotoReviewing,
    /// 待提交管局.
    ToAuthority,
    /// 短信核验.
    AwaitingSms,
    /// 管局审核.
    AtAuthority,
    /// 已备案.
    Filed,
    /// 已过期.
    Expired,
    /// 已放弃.
    Abandoned,
}

impl StateName {
    /// Every state, in the order in which an order meets them.
    pub const ALL: [Self; 12] = [
        Self::Draft,
        Self::Returned,
        Self::AwaitingConsent,
        Self::Reviewing,
        Self::PhotoPending,
        Self::PhotoReviewing,
        Self::ToAuthority,
        Self::AwaitingSms,
        Self::AtAuthority,
        Self::Filed,
        Self::Expired,
        Self::Abandoned,
    ];

    /// The name in API, database and messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Returned => "returned",
            Self::AwaitingConsent => "awaiting_consent",
            Self::Reviewing => "reviewing",
            Self::PhotoPending => "photo_pending",
            Self::PhotoReviewing => "photo_reviewing",
            Self::ToAuthority => "to_authority",
            Self::AwaitingSms => "awaiting_sms",
            Self::AtAuthority => "at_authority",
            Self::Filed => "filed",
            Self::Expired => "expired",
            Self::Abandoned => "abandoned",
        }
    }

    /// The name that customers know.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::Draft => "填写中",
            Self::Returned => "退回修改",
            Self::AwaitingConsent => "待对方确认",
            Self::Reviewing => "初审",
            Self::PhotoPending => "办理拍照",
            Self::PhotoReviewing => "复审",
            Self::ToAuthority => "待提交管局",
            Self::AwaitingSms => "短信核验",
            Self::AtAuthority => "管局审核",
            Self::Filed => "已备案",
            Self::Expired => "已过期",
            Self::Abandoned => "已放弃",
        }
    }

    /// Whether the story is over.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Filed | Self::Expired | Self::Abandoned)
    }

    /// Whether the customer may write.
    #[must_use]
    pub fn is_editable(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }
}

impl std::fmt::Display for StateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for StateName {
    type Err = UnknownState;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|name| name.as_str() == raw).ok_or(UnknownState)
    }
}

/// No state has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no order state has that name")]
pub struct UnknownState;

impl State {
    /// The state without what it holds.
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Draft => StateName::Draft,
            Self::Returned { .. } => StateName::Returned,
            Self::AwaitingConsent { .. } => StateName::AwaitingConsent,
            Self::Reviewing { .. } => StateName::Reviewing,
            Self::PhotoPending { .. } => StateName::PhotoPending,
            Self::PhotoReviewing { .. } => StateName::PhotoReviewing,
            Self::ToAuthority { .. } => StateName::ToAuthority,
            Self::AwaitingSms { .. } => StateName::AwaitingSms,
            Self::AtAuthority => StateName::AtAuthority,
            Self::Filed { .. } => StateName::Filed,
            Self::Expired => StateName::Expired,
            Self::Abandoned => StateName::Abandoned,
        }
    }
}
