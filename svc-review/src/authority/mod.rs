//! The port to the authority (管局): hand in a filing once, fetch its answers. It knows no wire format and no database.

mod settings;
mod v3;

pub use settings::AuthorityArgs;
pub use v3::V3;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    dossier::Draft,
    order::{Lapse, Numbers, Plan, PrincipalRole, Principals, Reason},
};

/// The other side of the exchange.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Hands in a filing under a sequence number that was written down before.
    async fn submit(&self, submission: &Submission) -> Result<(), Trouble>;

    /// The sequence number of the last filing that was taken; 0 before the first. Tells after a crash whether it went.
    async fn previous(&self) -> Result<i64, Trouble>;

    /// The next file of answers, again and again until it is acknowledged. None when nothing waits.
    async fn poll(&self) -> Result<Option<Batch>, Trouble>;

    /// Says that a file is safe with us.
    async fn acknowledge(&self, file: &str) -> Result<(), Trouble>;
}

/// A filing on its way. It lives as long as the call: the draft is personal data.
#[derive(Debug)]
pub struct Submission {
    /// Our number for it; the authority repeats it in its answers.
    pub record: i64,
    /// Its place in the sequence of uploads.
    pub sequence: i64,
    /// What was settled when the order was opened.
    pub plan: Plan,
    /// What the customer wrote and our reviewers passed.
    pub draft: Draft,
}

/// A file of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name, for the acknowledgement.
    pub file: String,
    /// What it says, in its order.
    pub answers: Vec<Answer>,
}

/// What the authority says about one filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Our number of the filing.
    pub record: i64,
    /// What it says.
    pub verdict: Verdict,
}

/// What can be said about a filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Codes were sent to these principals.
    Asked {
        /// To whom; nobody where the kind needs no verification.
        principals: Principals,
        /// The deadline, where the authority names it.
        until: Option<DateTime<Utc>>,
    },
    /// A principal verified.
    Verified {
        /// Who.
        principal: PrincipalRole,
    },
    /// The codes were sent again.
    Resent {
        /// The deadline now, where the authority names it.
        until: Option<DateTime<Utc>>,
    },
    /// The verification lapsed.
    Lapsed {
        /// Why.
        why: Lapse,
    },
    /// Filed.
    Granted {
        /// The numbers.
        numbers: Numbers,
    },
    /// Refused.
    Refused {
        /// Why; at least one reason.
        reasons: Vec<Reason>,
    },
}

/// Why a call did not do what it should. No variant holds personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// It cannot be reached; nothing was taken.
    #[error("the authority cannot be reached: {0}")]
    Away(String),
    /// It answered with a code that says that nothing was taken.
    #[error("the authority did not take it: code {code}")]
    NotTaken {
        /// The code of the interface.
        code: i32,
    },
    /// The call went out, and nobody knows what became of it.
    #[error("nobody knows whether the authority took it: {0}")]
    Unknown(String),
    /// The filing cannot be expressed in the authority's format.
    #[error("the filing cannot be expressed: {0}")]
    Unfit(&'static str),
    /// The answer cannot be read.
    #[error("the authority's answer cannot be read: {0}")]
    Unreadable(String),
}

impl Trouble {
    /// Whether the filing certainly did not arrive, so that its sequence number is free again.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Away(_) | Self::NotTaken { .. } | Self::Unfit(_) => true,
            Self::Unknown(_) | Self::Unreadable(_) => false,
        }
    }

    /// A word for tables and metrics.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Away(_) => "away".to_owned(),
            Self::NotTaken { code } => format!("code_{code}"),
            Self::Unknown(_) => "unknown".to_owned(),
            Self::Unfit(_) => "unfit".to_owned(),
            Self::Unreadable(_) => "unreadable".to_owned(),
        }
    }
}
