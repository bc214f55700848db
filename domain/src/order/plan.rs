//! What is settled when an order is opened: its kind, its steps, and what is filed already that it is about. It never changes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Eyes, Numbers, Section, Way};
use crate::filing_number::{ServiceNumber, SubjectNumber};
use crate::id::AccountId;
use crate::region::Province;
use crate::rules::kinds::OrderKind;

/// What was settled when the order was opened and never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Which of the fourteen kinds it is.
    pub kind: OrderKind,
    /// The administration that decides.
    pub province: Province,
    /// How the principal is verified.
    pub way: Way,
    /// How many reviewers a pass needs.
    pub eyes: Eyes,
    /// The steps of its kind.
    #[serde(default)]
    pub steps: Steps,
    /// What is filed already that it is about.
    #[serde(default)]
    pub target: Target,
}

impl Plan {
    /// The plan of a first filing, which is about nothing that is filed already.
    #[must_use]
    pub fn first(province: Province, way: Way, eyes: Eyes) -> Self {
        Self { kind: OrderKind::First, province, way, eyes, steps: Steps::default(), target: Target::default() }
    }
}

/// The steps of a kind of order: rows of the packs say them (`kinds.toml`), and an order keeps those it was opened with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// The parts of the draft that its customer may write.
    pub sections: BTreeSet<Section>,
    /// Whether another account must consent before anything else.
    pub consent: bool,
    /// Whether the service's principal is verified, by face check or by curtain photo.
    pub verification: bool,
    /// Who reviews it here.
    pub review: Review,
    /// How it goes to the authority.
    pub delivery: Delivery,
}

impl Default for Steps {
    /// Those of a first filing: everything but another's consent.
    fn default() -> Self {
        Self {
            sections: BTreeSet::from([Section::Subject, Section::Services, Section::Consent]),
            consent: false,
            verification: true,
            review: Review::People,
            delivery: Delivery::Upload,
        }
    }
}

/// Who reviews an order before it leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// Our reviewers.
    People,
    /// The rules alone.
    Automatic,
}

/// How an order goes to the authority.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As a file of the enterprise interface.
    Upload,
    /// By hand: the interface has no form for it. A lead hands it in and records what the authority said.
    Desk,
    /// Not at all: nothing changes at the authority.
    None,
}

/// What is filed already that an order is about. Numbers and domain names are public.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Target {
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<SubjectNumber>,
    /// Its services that the order touches.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<ServiceNumber>,
    /// The domains of each service that the type check was asked about, in their ASCII form: the draft has no others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<Vec<String>>,
    /// Why it is cancelled: a code of the interface (`Zxly`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<u16>,
    /// The account whose consent it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<AccountId>,
}

impl Target {
    /// The numbers that an order ends with when the authority gives no new ones; none for a subject that is not filed yet.
    #[must_use]
    pub fn numbers(&self) -> Option<Numbers> {
        let subject = self.subject.clone()?;
        Some(Numbers { subject, services: self.services.clone() })
    }
}
