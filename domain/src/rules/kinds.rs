//! The closed sets that rules speak of: the fourteen kinds of filing order, and the kinds of rule.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use super::check::{Counted, Form, Holder, RuleKind};

/// Which kind of filing an order is (facts: `filing_types`). Nobody picks it by hand: the type check decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// 首次备案.
    First,
    /// 新增互联网信息服务（原备案在本平台）.
    AddHere,
    /// 新增互联网信息服务（原备案不在本平台）.
    AddElsewhere,
    /// 接入备案.
    Access,
    /// 变更备案.
    ChangeFiling,
    /// 变更主体.
    ChangeSubject,
    /// 变更互联网信息服务.
    ChangeService,
    /// 变更接入.
    ChangeAccess,
    /// 注销互联网信息服务.
    CancelService,
    /// 注销主体.
    CancelSubject,
    /// 取消接入.
    CancelAccess,
    /// 迁移备案.
    Migrate,
    /// 转移备案.
    TransferAccount,
    /// 认领备案.
    Claim,
}

impl OrderKind {
    /// All of them, in the order of the facts.
    pub const ALL: [Self; 14] = [
        Self::First,
        Self::AddHere,
        Self::AddElsewhere,
        Self::Access,
        Self::ChangeFiling,
        Self::ChangeSubject,
        Self::ChangeService,
        Self::ChangeAccess,
        Self::CancelService,
        Self::CancelSubject,
        Self::CancelAccess,
        Self::Migrate,
        Self::TransferAccount,
        Self::Claim,
    ];

    /// The name in API, database and packs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::AddHere => "add_here",
            Self::AddElsewhere => "add_elsewhere",
            Self::Access => "access",
            Self::ChangeFiling => "change_filing",
            Self::ChangeSubject => "change_subject",
            Self::ChangeService => "change_service",
            Self::ChangeAccess => "change_access",
            Self::CancelService => "cancel_service",
            Self::CancelSubject => "cancel_subject",
            Self::CancelAccess => "cancel_access",
            Self::Migrate => "migrate",
            Self::TransferAccount => "transfer_account",
            Self::Claim => "claim",
        }
    }

    /// Whether something is taken off the file by it.
    #[must_use]
    pub fn is_cancellation(self) -> bool {
        match self {
            Self::CancelService | Self::CancelSubject | Self::CancelAccess => true,
            Self::First
            | Self::AddHere
            | Self::AddElsewhere
            | Self::Access
            | Self::ChangeFiling
            | Self::ChangeSubject
            | Self::ChangeService
            | Self::ChangeAccess
            | Self::Migrate
            | Self::TransferAccount
            | Self::Claim => false,
        }
    }

    /// The name that customers know.
    #[must_use]
    pub fn zh(self) -> &'static str {
        match self {
            Self::First => "首次备案",
            Self::AddHere => "新增互联网信息服务（原备案在本平台）",
            Self::AddElsewhere => "新增互联网信息服务（原备案不在本平台）",
            Self::Access => "接入备案",
            Self::ChangeFiling => "变更备案",
            Self::ChangeSubject => "变更主体",
            Self::ChangeService => "变更互联网信息服务",
            Self::ChangeAccess => "变更接入",
            Self::CancelService => "注销互联网信息服务",
            Self::CancelSubject => "注销主体",
            Self::CancelAccess => "取消接入",
            Self::Migrate => "迁移备案",
            Self::TransferAccount => "转移备案",
            Self::Claim => "认领备案",
        }
    }

    /// The same in English.
    #[must_use]
    pub fn en(self) -> &'static str {
        match self {
            Self::First => "first filing",
            Self::AddHere => "new service of a subject filed here",
            Self::AddElsewhere => "new service of a subject filed elsewhere",
            Self::Access => "access filing",
            Self::ChangeFiling => "change of subject, services and access",
            Self::ChangeSubject => "change of the subject",
            Self::ChangeService => "change of a service",
            Self::ChangeAccess => "change of access",
            Self::CancelService => "cancellation of a service",
            Self::CancelSubject => "cancellation of the subject",
            Self::CancelAccess => "cancellation of access",
            Self::Migrate => "migration to another subject",
            Self::TransferAccount => "transfer to another account",
            Self::Claim => "claim of an earlier filing",
        }
    }
}

impl fmt::Display for OrderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// No kind of order has that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no kind of order has that name")]
pub struct UnknownKind;

impl FromStr for OrderKind {
    type Err = UnknownKind;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == raw).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_called_the_same_in_json_and_text() {
        for kind in OrderKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert!(!kind.zh().is_ascii() && kind.en().is_ascii());
        }
        assert_eq!("second".parse::<OrderKind>(), Err(UnknownKind));
    }
}
