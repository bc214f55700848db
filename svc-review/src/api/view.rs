//! What the bench shows. No personal data: that is in the dossier, which is not kept here.

use chrono::{DateTime, Utc};
use domain::{
    id::{AccountId, ExchangeId, OrderId, TaskId},
    order::{Call, Eyes, Numbers, Principals, Reason, Target},
    region::Province,
    review::ReviewState,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    exchange::Stage,
    store::{exchange::Exchange, task::Task},
};

/// A review in the queue.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct TaskView {
    /// Its id.
    #[schema(value_type = Uuid)]
    pub(super) id: TaskId,
    /// The order under review.
    #[schema(value_type = Uuid)]
    order: OrderId,
    /// Which submission of it.
    round: u32,
    /// Whose order.
    #[schema(value_type = Uuid)]
    account: AccountId,
    /// The administration that decides, six digits.
    #[schema(value_type = String, example = "210000")]
    province: Province,
    /// The kind of order.
    #[schema(example = "first")]
    kind: String,
    /// `electronic` or `curtain`.
    way: String,
    /// `two` or `four`: whether a second reviewer must confirm.
    #[schema(value_type = String)]
    eyes: Eyes,
    /// `open`, `claimed`, `passed`, `returned` or `closed`.
    state: &'static str,
    /// Who works on it.
    claimed_by: Option<String>,
    /// Until when nobody else may take it.
    lease_until: Option<DateTime<Utc>>,
    /// Who passed it first, while a second person is awaited.
    first_by: Option<String>,
    /// Who is to be called: `subject`, `service`.
    #[schema(value_type = Vec<String>)]
    principals: Principals,
    /// Who has not been reached yet.
    #[schema(value_type = Vec<String>)]
    to_call: Principals,
    /// The calls so far.
    #[schema(value_type = Vec<CallView>)]
    calls: Vec<Call>,
    /// Its rank in the queue; lower comes first.
    priority: i16,
    /// When it was submitted.
    pub(super) opened_at: DateTime<Utc>,
    /// When it was decided or closed.
    decided_at: Option<DateTime<Utc>>,
    /// How long it waited for a decision, or has waited so far.
    waiting_seconds: i64,
    /// How often it changed.
    pub(super) version: i64,
}

/// A call to a principal.
#[derive(Serialize, ToSchema)]
pub(super) struct CallView {
    /// `subject` or `service`.
    principal: String,
    /// `reached` or `unreachable`.
    outcome: String,
    /// When.
    at: DateTime<Utc>,
}

impl TaskView {
    pub(super) fn of(task: &Task, now: DateTime<Utc>) -> Self {
        let (claimed_by, lease_until) = match &task.review.state {
            ReviewState::Claimed { by, until } => (Some(by.to_string()), Some(*until)),
            ReviewState::Open | ReviewState::Passed | ReviewState::Returned | ReviewState::Closed => (None, None),
        };
        Self {
            id: task.id,
            order: task.order,
            round: task.round,
            account: task.account,
            province: task.province,
            kind: task.kind.clone(),
            way: task.way.clone(),
            eyes: task.review.eyes,
            state: task.review.state.name(),
            claimed_by,
            lease_until,
            first_by: task.review.first.as_ref().map(ToString::to_string),
            principals: task.review.principals.clone(),
            to_call: task.review.to_call(),
            calls: task.review.calls.clone(),
            priority: task.priority,
            opened_at: task.opened_at,
            decided_at: task.decided_at,
            waiting_seconds: (task.decided_at.unwrap_or(now) - task.opened_at).num_seconds(),
            version: task.version,
        }
    }
}

/// An exchange with the authority.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExchangeView {
    /// Its id.
    #[schema(value_type = Uuid)]
    id: ExchangeId,
    /// Our number of it at the authority.
    pub(super) record: i64,
    /// The order.
    #[schema(value_type = Uuid)]
    order: OrderId,
    /// Which submission of it.
    round: u32,
    /// Whose order.
    #[schema(value_type = Uuid)]
    account: AccountId,
    /// The administration, six digits.
    #[schema(value_type = String)]
    province: Province,
    /// The kind of order.
    #[schema(example = "first")]
    kind: &'static str,
    /// `upload`: as a file. `desk`: a lead hands it in and records what the authority says.
    delivery: &'static str,
    /// What is filed already that it is about.
    #[schema(value_type = Object)]
    target: Target,
    /// `waiting`, `begun`, `sending`, `sent`, `awaiting_sms`, `at_authority`, `granted`, `refused`, `lapsed` or `closed`.
    state: &'static str,
    /// The sequence number under which it went.
    sequence: Option<i64>,
    /// Who has not verified by SMS yet.
    #[schema(value_type = Vec<String>)]
    pending: Principals,
    /// Until when they may.
    until: Option<DateTime<Utc>>,
    /// What the authority gave.
    #[schema(value_type = Option<Object>)]
    numbers: Option<Numbers>,
    /// Why it refused.
    #[schema(value_type = Vec<Object>)]
    reasons: Vec<Reason>,
    /// How often sending failed.
    attempts: i32,
    /// What went wrong last: `away`, `code_901`, `unknown`, `another_under_way`, `unfit: …` with what the dossier lacks,
    /// `unknown_id: Wzid …-1` where the form wants an id that the authority has not told us yet, …
    trouble: Option<String>,
    /// When it is tried again at the earliest.
    next_at: DateTime<Utc>,
    /// When it was opened.
    opened_at: DateTime<Utc>,
    /// When the authority took it.
    sent_at: Option<DateTime<Utc>>,
    /// When it last changed.
    changed_at: DateTime<Utc>,
}

impl ExchangeView {
    pub(super) fn of(exchange: Exchange, sequence: Option<i64>) -> Self {
        let state = exchange.stage.name();
        let (mut pending, mut until, mut numbers, mut reasons) = (Principals::new(), None, None, Vec::new());
        match exchange.stage {
            Stage::AwaitingSms { pending: left, until: deadline } => {
                pending = left;
                until = Some(deadline);
            }
            Stage::Granted { numbers: given } => numbers = Some(given),
            Stage::Refused { reasons: given } => reasons = given,
            Stage::Waiting
            | Stage::Begun
            | Stage::Sending
            | Stage::Sent
            | Stage::AtAuthority
            | Stage::Lapsed { .. }
            | Stage::Closed => {}
        }
        Self {
            id: exchange.id,
            record: exchange.record,
            order: exchange.order,
            round: exchange.round,
            account: exchange.account,
            province: exchange.plan.province,
            kind: exchange.plan.kind.as_str(),
            delivery: if exchange.by_hand { "desk" } else { "upload" },
            target: exchange.plan.target,
            state,
            sequence,
            pending,
            until,
            numbers,
            reasons,
            attempts: exchange.attempts,
            trouble: exchange.trouble,
            next_at: exchange.next_at,
            opened_at: exchange.opened_at,
            sent_at: exchange.sent_at,
            changed_at: exchange.changed_at,
        }
    }
}
