//! The port to the authority (管局): hand in a filing once, fetch its answers. It knows no wire format and no database.

mod held;
mod said;
mod settings;
mod status;
mod v3;

pub use held::{Held, HeldSite};
pub use said::{About, Access, Answer, Batch, Gone, News, Operation, Record, Said, Site, Verdict};
pub use settings::AuthorityArgs;
pub use status::{Question, Status};
pub use v3::V3;

use async_trait::async_trait;
use domain::{dossier::Draft, order::Plan};

/// The other side of the exchange.
#[async_trait]
pub trait Authority: Send + Sync {
    /// Under which ids the answers to a filing will come; at least one. Calls nothing.
    fn marks(&self, submission: &Submission) -> Result<Vec<About>, Trouble>;

    /// Hands in a filing under a sequence number that was written down before.
    async fn submit(&self, submission: &Submission) -> Result<(), Trouble>;

    /// The sequence number of the last filing that was taken; 0 before the first. Tells after a crash whether it went.
    async fn previous(&self) -> Result<i64, Trouble>;

    /// The next file of answers, again and again until it is acknowledged. None when nothing waits.
    async fn poll(&self) -> Result<Option<Batch>, Trouble>;

    /// Says that a file is safe with us.
    async fn acknowledge(&self, file: &str) -> Result<(), Trouble>;

    /// What is filed under a domain or a certificate; None when nothing is.
    async fn status(&self, question: &Question) -> Result<Option<Status>, Trouble>;
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
    /// What we know of what is filed already.
    pub held: Held,
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
    /// The form wants an id of the authority's that we were never told. It comes with the next synchronisation.
    #[error("the authority's {what} of {number} is not known here")]
    UnknownId {
        /// The element that it belongs into.
        what: &'static str,
        /// The filing number of what it is the id of.
        number: String,
    },
    /// The answer cannot be read.
    #[error("the authority's answer cannot be read: {0}")]
    Unreadable(String),
}

impl Trouble {
    /// Whether the filing certainly did not arrive, so that its sequence number is free again.
    #[must_use]
    pub fn is_certain(&self) -> bool {
        match self {
            Self::Away(_) | Self::NotTaken { .. } | Self::Unfit(_) | Self::UnknownId { .. } => true,
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
            Self::UnknownId { .. } => "unknown_id".to_owned(),
            Self::Unreadable(_) => "unreadable".to_owned(),
        }
    }

    /// The word, and what an operator must know to help where trying again does not.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Unfit(why) => format!("unfit: {why}"),
            Self::UnknownId { what, number } => format!("unknown_id: {what} {number}"),
            Self::Away(_) | Self::NotTaken { .. } | Self::Unknown(_) | Self::Unreadable(_) => self.name(),
        }
    }
}
