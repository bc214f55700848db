//! The rules: kinds in code, rows in dated packs, one evaluator. They judge drafts and know no order's state.

mod check;
mod checklist;
mod evaluate;
pub mod kinds;
mod pack;
mod place;
mod prove;
mod row;
mod sms;
mod when;

pub use checklist::{MaterialNeed, checklist};
pub use evaluate::violations;
pub use pack::{PackError, RulePack};
pub use place::{NotAPattern, Pattern};
pub use prove::{Base, Example, ExampleFailure};
pub use row::{MaterialKind, Need, Reading, Rule};
pub use sms::{SmsValidity, Verifier, Verifies};
pub use when::{SubjectClass, When, Whose};

use chrono::NaiveDate;

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
}

impl Case {
    /// The case of an order with this plan on a day.
    #[must_use]
    pub fn of(plan: &Plan, as_of: NaiveDate) -> Self {
        Self { kind: plan.kind, way: plan.way, as_of }
    }
}
