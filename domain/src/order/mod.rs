//! The order's story: one state machine for every kind of filing order. It knows no database, clock or transport.

mod command;
mod decide;
mod event;
mod evolve;
mod gather;
mod plan;
mod state;
mod type_check;

pub use command::{Command, Readiness};
pub use decide::{Facts, Refusal, decide, works_in};
pub use event::Event;
pub use evolve::{evolve, fold};
pub use gather::{Batch, NoRoom, Piece, cut, gather};
pub use plan::{Delivery, Plan, Review, Steps, Target};
pub use state::{Handover, Order, State, StateName};
pub use type_check::{Conflict, FiledBy, Holder, ServiceKnown, SubjectKnown, type_of, type_of_all};

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::filing_number::{ServiceNumber, SubjectNumber};
use crate::text::StaffNote;

/// How the service's principal proves to be a real person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Face check before the submission (电子化核验), the usual way since about 2021.
    Electronic,
    /// Curtain photo after the initial review (幕布拍照), the historic way.
    Curtain,
}

/// How many reviewers a pass needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eyes {
    /// One reviewer decides.
    Two,
    /// A second, other reviewer confirms.
    Four,
}

impl Eyes {
    /// The number of different reviewers a pass needs.
    #[must_use]
    pub fn reviewers(self) -> usize {
        match self {
            Self::Two => 1,
            Self::Four => 2,
        }
    }
}

/// A part of the draft that is saved as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Section {
    /// The subject and its principal.
    Subject,
    /// The services, each with its principal.
    Services,
    /// Consents: assisted change, privacy, face data.
    Consent,
}

impl Section {
    /// The section's name in paths, pointers and tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Services => "services",
            Self::Consent => "consent",
        }
    }
}

/// Which principal of an order is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalRole {
    /// 主体负责人.
    Subject,
    /// 网站/APP负责人.
    Service,
}

/// Those who still have to verify by SMS.
pub type Principals = BTreeSet<PrincipalRole>;

/// Why something was returned: on which field, by which reason of the catalogue, in the reviewer's words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// JSON pointer into the draft; empty for the order as a whole.
    #[serde(default)]
    pub pointer: String,
    /// Key of the reason catalogue (`domain::reason`).
    pub code: String,
    /// What the reviewer adds; free of personal data by construction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<StaffNote>,
}

impl Reason {
    /// A reason of the catalogue that concerns the order as a whole.
    #[must_use]
    pub fn plain(code: &str) -> Self {
        Self { pointer: String::new(), code: code.to_owned(), note: None }
    }
}

/// How a review call to a principal ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallOutcome {
    /// The principal answered and confirmed.
    Reached,
    /// Nobody answered.
    Unreachable,
}

/// One call of the initial review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Which principal was called.
    pub principal: PrincipalRole,
    /// How it ended.
    pub outcome: CallOutcome,
    /// When it was made.
    pub at: DateTime<Utc>,
}

/// Who sent an order back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnedBy {
    /// Our initial review.
    Review,
    /// The authority's SMS verification lapsed.
    Sms,
    /// The authority refused.
    Authority,
    /// The other account did not consent.
    OtherAccount,
}

/// What a customer is reminded of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reminder {
    /// A draft that lies untouched will expire.
    Idle,
    /// What an ended order holds will be deleted.
    Purge,
    /// A draft whose turn in line had come could not be submitted any more.
    Line,
}

/// Why an SMS verification lapsed. Only the authority says so; our clock never does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lapse {
    /// Not verified before the deadline.
    Deadline,
    /// Too many wrong tries.
    WrongTries,
}

/// What the authority gave: the subject's number and one for each service, in the order's sequence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// The subject's filing number (主体备案号).
    pub subject: SubjectNumber,
    /// The services' filing numbers (服务备案号).
    pub services: Vec<ServiceNumber>,
}
