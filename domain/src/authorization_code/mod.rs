//! The authorization code (备案授权码): with it somebody files one service on another account's server. A machine of its own:
//! `decide` refuses with a reason, `evolve` never fails. It knows no inventory and no table, and never shows its digits.

mod decide;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use decide::{Command, Event, Refusal, decide, evolve};

use crate::filing_number::ServiceNumber;
use crate::id::{AccountId, OrderId};
use crate::text::Pii;

/// How many digits a code has.
const DIGITS: usize = 20;

/// The text is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an authorization code has twenty digits")]
pub struct NotACode;

/// The digits of a code. Whoever has them and the account that they were granted to can file with them, so they print as stars.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digits(Pii<String>);

impl Digits {
    /// The digits themselves. Never for a log, a message or an error.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl TryFrom<&str> for Digits {
    type Error = NotACode;

    /// As people write them: in groups, with spaces or hyphens.
    fn try_from(raw: &str) -> Result<Self, NotACode> {
        let digits: String = raw.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let plain = digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if plain { Ok(Self(Pii::new(digits))) } else { Err(NotACode) }
    }
}

/// The service that a code carries: one code, one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Hold {
    /// The order that files it.
    pub order: OrderId,
    /// Which of its services, from 0.
    pub service: u16,
}

/// Why a code became invalid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The server is gone.
    ServerGone,
    /// The server ends too soon.
    ServerEnds,
    /// Its owner took it back.
    Revoked,
}

impl Why {
    /// Every reason, for tables and tests.
    pub const ALL: [Self; 3] = [Self::ServerGone, Self::ServerEnds, Self::Revoked];

    /// Its name in API and database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServerGone => "server_gone",
            Self::ServerEnds => "server_ends",
            Self::Revoked => "revoked",
        }
    }
}

/// Where a code stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// 未使用: nobody files with it.
    Unused,
    /// 使用中: an order files with it.
    InUse(Hold),
    /// 已使用: a service is filed with it. From now on it serves changes of that filing alone.
    Used(Hold, Option<ServiceNumber>),
    /// 已失效: it serves nothing any more. `of` says what it carried.
    Invalid {
        /// Why.
        why: Why,
        /// The order that used it.
        of: Option<Hold>,
        /// The service that is filed with it.
        filing: Option<ServiceNumber>,
        /// Whether it had been used up.
        used: bool,
    },
    /// 已删除: only its history is left.
    Deleted,
}

/// The name of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are those of `State`")]
pub enum StateName {
    Unused,
    InUse,
    Used,
    Invalid,
    Deleted,
}

impl StateName {
    /// Every state, for tables and tests.
    pub const ALL: [Self; 5] = [Self::Unused, Self::InUse, Self::Used, Self::Invalid, Self::Deleted];

    /// Its name in API and database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unused => "unused",
            Self::InUse => "in_use",
            Self::Used => "used",
            Self::Invalid => "invalid",
            Self::Deleted => "deleted",
        }
    }

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Unused => "未使用",
            Self::InUse => "使用中",
            Self::Used => "已使用",
            Self::Invalid => "已失效",
            Self::Deleted => "已删除",
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> StateName {
        match self {
            Self::Unused => StateName::Unused,
            Self::InUse(_) => StateName::InUse,
            Self::Used(..) => StateName::Used,
            Self::Invalid { .. } => StateName::Invalid,
            Self::Deleted => StateName::Deleted,
        }
    }

    /// The service that it carries or carried.
    #[must_use]
    pub fn hold(&self) -> Option<Hold> {
        match self {
            Self::InUse(hold) | Self::Used(hold, _) => Some(*hold),
            Self::Invalid { of, .. } => *of,
            Self::Unused | Self::Deleted => None,
        }
    }

    /// The filed service that it carries or carried.
    #[must_use]
    pub fn filing(&self) -> Option<&ServiceNumber> {
        match self {
            Self::Used(_, filing) | Self::Invalid { filing, .. } => filing.as_ref(),
            Self::Unused | Self::InUse(_) | Self::Deleted => None,
        }
    }
}

/// A code, without its digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The account whose server it is for.
    pub owner: AccountId,
    /// The account that may use it.
    pub receiver: Option<AccountId>,
    /// Where it stands.
    pub state: State,
}

/// How a grant was approved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// By a code on the owner's phone.
    Phone,
    /// The owner trusts the account already.
    Allowed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_in_groups_and_never_printed() {
        let digits = Digits::try_from(" 0123-4567 8901 23456789 ").unwrap();
        assert_eq!(digits.reveal(), "01234567890123456789");
        assert!(!format!("{digits:?}").contains("0123"));
        for wrong in
            ["", "0123456789012345678", "012345678901234567890", "0123456789012345678x", "０1234567890123456789"]
        {
            assert_eq!(Digits::try_from(wrong), Err(NotACode), "{wrong}");
        }
    }

    #[test]
    fn names_read_as_serde_writes_them() {
        for state in StateName::ALL {
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        for why in Why::ALL {
            assert_eq!(serde_json::to_value(why).unwrap(), why.as_str());
        }
    }
}
