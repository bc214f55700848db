//! The rules: kinds in code, rows in dated packs, one evaluator. They judge drafts and know no order's state.

mod advise;
mod check;
mod checklist;
mod diff;
mod evaluate;
mod family;
pub mod kinds;
mod load;
mod pack;
mod place;
mod procedure;
mod prove;
mod report;
mod room;
mod row;
mod sms;
mod surroundings;
mod when;
mod words;

pub use advise::advice;
pub use check::RuleKind;
pub use checklist::{MaterialNeed, checklist};
pub use diff::{Change, Turn, diff};
pub use evaluate::{not_offered, violations};
pub use load::PackError;
pub use pack::RulePack;
pub use place::{NotAPattern, Pattern};
pub use procedure::Procedure;
pub use prove::{Base, Example, ExampleFailure};
pub use report::{Basis, Cited, Expected, Explained, NameReport, Report, SmsDuty, Told, check_name, explain, report};
pub use room::{Room, room, services_on_resource};
pub use row::{Administration, Advice, MaterialKind, Need, Reading, Row, Rule, Source, Step};
pub use sms::{SmsValidity, Verifier, Verifies};
pub use when::{SubjectClass, When, Whose};
pub use words::Shape;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::order::{Plan, Way};
use kinds::OrderKind;

/// What a draft is checked for: rules depend on the kind of order, on the way of verification and on the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// Which kind of order.
    pub kind: OrderKind,
    /// How the principal is verified.
    pub way: Way,
    /// The day in Shanghai; only rules in force on it count.
    pub as_of: NaiveDate,
    /// What is known of account, subject and resource.
    pub standing: Standing,
}

impl Case {
    /// The case of an order with this plan on a day.
    #[must_use]
    pub fn of(plan: &Plan, as_of: NaiveDate) -> Self {
        Self { kind: plan.kind, way: plan.way, as_of, standing: Standing::default() }
    }
}

/// What is known of things outside a draft that have limits; what is not known breaks none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Standing {
    /// Orders of the account that are in progress, this one included.
    pub orders_of_account: Option<u16>,
    /// Orders of the subject that are in progress at any provider, this one included.
    pub orders_of_subject: Option<u16>,
    /// Services on the resource, those of this order included.
    pub services_on_resource: Option<u16>,
    /// Subjects in the account, this one included.
    pub subjects_of_account: Option<u16>,
}
