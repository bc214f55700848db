//! What clients see of an order. No personal data here: that is in the draft, which only its owner reads.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::{
    access::StaffId,
    id::{AccountId, OrderId},
    member::Right,
    order::{Call, Event, Numbers, Order, Plan, Principals, Reason, ReturnedBy, State, StateName, Way},
    reason::Catalogue,
    region::Province,
    rules::MaterialNeed,
};
use serde::Serialize;

use crate::store::order::{Stored, Told};

/// An order for its owner and for staff.
#[derive(Serialize)]
pub(super) struct OrderView {
    id: OrderId,
    kind: &'static str,
    kind_zh: &'static str,
    kind_en: &'static str,
    province: Province,
    province_zh: &'static str,
    nature: u16,
    way: Way,
    state: StateName,
    state_zh: &'static str,
    /// What the customer can do now.
    can: Vec<&'static str>,
    verified: bool,
    round: u32,
    /// The rule pack by which it was found complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    rules: Option<String>,
    version: i64,
    /// What is filed already that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    services: Vec<String>,
    /// The account whose consent it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    other: Option<AccountId>,
    /// Since when it waits in line behind another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    in_line_since: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    touched_at: DateTime<Utc>,
    #[serde(flatten)]
    now: Now,
}

/// What belongs to the present state.
#[derive(Serialize, Default)]
struct Now {
    #[serde(skip_serializing_if = "Option::is_none")]
    returned_by: Option<ReturnedBy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    calls: Vec<Call>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<SmsView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<NumbersView>,
}

#[derive(Serialize)]
struct SmsView {
    pending: Principals,
    until: DateTime<Utc>,
}

#[derive(Serialize)]
pub(super) struct NumbersView {
    subject: String,
    services: Vec<String>,
}

impl From<&Numbers> for NumbersView {
    fn from(numbers: &Numbers) -> Self {
        let services = numbers.services.iter().map(ToString::to_string).collect();
        Self { subject: numbers.subject.to_string(), services }
    }
}

/// A reason with the words of the catalogue.
#[derive(Serialize)]
pub(super) struct ReasonView {
    pointer: String,
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    message: String,
    message_en: String,
    fix: String,
    fix_en: String,
}

impl From<&Reason> for ReasonView {
    fn from(reason: &Reason) -> Self {
        let text = Catalogue::national().get(&reason.code);
        let word = |pick: fn(&domain::reason::ReasonText) -> &String| text.map(pick).cloned().unwrap_or_default();
        Self {
            pointer: reason.pointer.clone(),
            code: reason.code.clone(),
            note: reason.note.as_ref().map(|note| note.as_str().to_owned()),
            message: word(|text| &text.zh),
            message_en: word(|text| &text.en),
            fix: word(|text| &text.fix_zh),
            fix_en: word(|text| &text.fix_en),
        }
    }
}

impl From<&Stored> for OrderView {
    fn from(stored: &Stored) -> Self {
        let Stored { id, nature, order, version, created_at, touched_at, .. } = stored;
        let Order { plan, round, verified, rules, state } = order;
        Self {
            id: *id,
            kind: plan.kind.as_str(),
            kind_zh: plan.kind.zh(),
            kind_en: plan.kind.en(),
            province: plan.province,
            province_zh: plan.province.zh(),
            nature: *nature,
            way: plan.way,
            state: state.name(),
            state_zh: state.name().zh(),
            can: can(state.name(), plan),
            verified: *verified,
            round: *round,
            rules: rules.clone(),
            version: *version,
            subject: plan.target.subject.as_ref().map(ToString::to_string),
            services: plan.target.services.iter().map(ToString::to_string).collect(),
            other: plan.target.other,
            in_line_since: stored.in_line_since,
            created_at: *created_at,
            touched_at: *touched_at,
            now: now(state),
        }
    }
}

/// The customer's side of the order's table.
fn can(state: StateName, plan: &Plan) -> Vec<&'static str> {
    let by_face = plan.steps.verification && plan.way == Way::Electronic;
    match state {
        StateName::Draft | StateName::Returned if by_face => vec!["save", "verify", "submit", "abandon"],
        StateName::Draft | StateName::Returned => vec!["save", "submit", "abandon"],
        StateName::AwaitingConsent | StateName::Reviewing | StateName::ToAuthority => vec!["withdraw"],
        StateName::PhotoPending => vec!["request_curtain", "upload_photo", "abandon"],
        StateName::PhotoReviewing
        | StateName::AwaitingSms
        | StateName::AtAuthority
        | StateName::Filed
        | StateName::Expired
        | StateName::Abandoned => Vec::new(),
    }
}

fn now(state: &State) -> Now {
    let views = |reasons: &[Reason]| reasons.iter().map(ReasonView::from).collect();
    match state {
        State::Returned { by, reasons } => Now { returned_by: Some(*by), reasons: views(reasons), ..Now::default() },
        State::Reviewing { calls, .. } => Now { calls: calls.clone(), ..Now::default() },
        State::PhotoPending { refused } => Now { reasons: views(refused), ..Now::default() },
        State::AwaitingSms { pending, until } => {
            Now { sms: Some(SmsView { pending: pending.clone(), until: *until }), ..Now::default() }
        }
        State::Filed { numbers } => Now { numbers: Some(numbers.into()), ..Now::default() },
        State::Draft
        | State::AwaitingConsent { .. }
        | State::PhotoReviewing { .. }
        | State::ToAuthority { .. }
        | State::AtAuthority
        | State::Expired
        | State::Abandoned => Now::default(),
    }
}

/// A line of the story.
#[derive(Serialize)]
pub(super) struct StepView {
    version: i64,
    event: &'static str,
    state: StateName,
    state_zh: &'static str,
    actor: String,
    role: String,
    at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<ReasonView>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    by: Vec<StaffId>,
}

impl From<&Told> for StepView {
    fn from(told: &Told) -> Self {
        let (reasons, by): (&[Reason], &[StaffId]) = match &told.event {
            Event::Returned { reasons }
            | Event::PhotoRefused { reasons, .. }
            | Event::Refused { reasons }
            | Event::Declined { reasons } => (reasons, &[]),
            Event::Passed { by } => (&[], by),
            Event::Opened
            | Event::Saved { .. }
            | Event::Verified { .. }
            | Event::VerificationDropped
            | Event::Submitted { .. }
            | Event::Consented { .. }
            | Event::Withdrawn
            | Event::Abandoned
            | Event::Expired
            | Event::Reminded { .. }
            | Event::Purged
            | Event::CallRecorded { .. }
            | Event::Assisted { .. }
            | Event::PhotoRecorded { .. }
            | Event::PhotoAccepted { .. }
            | Event::HandoverBegun
            | Event::Received { .. }
            | Event::SmsVerified { .. }
            | Event::SmsResent { .. }
            | Event::SmsLapsed { .. }
            | Event::Granted { .. } => (&[], &[]),
        };
        Self {
            version: told.version,
            event: told.event.name(),
            state: told.state,
            state_zh: told.state.zh(),
            actor: told.actor.clone(),
            role: told.role.clone(),
            at: told.at,
            reasons: reasons.iter().map(ReasonView::from).collect(),
            by: by.to_vec(),
        }
    }
}

/// A material that the draft needs.
#[derive(Serialize)]
pub(super) struct NeedView {
    #[serde(flatten)]
    need: MaterialNeed,
    attached: bool,
}

impl From<(MaterialNeed, bool)> for NeedView {
    fn from((need, attached): (MaterialNeed, bool)) -> Self {
        Self { need, attached }
    }
}

/// What another service needs to know of an order before anything else.
#[derive(Serialize)]
pub(super) struct BriefView {
    pub(super) id: OrderId,
    pub(super) account: AccountId,
    pub(super) plan: Plan,
    pub(super) state: StateName,
    pub(super) round: u32,
    pub(super) version: i64,
    /// What the sub-account that was asked for may do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rights: Option<BTreeSet<Right>>,
}

impl From<&Stored> for BriefView {
    fn from(stored: &Stored) -> Self {
        Self {
            id: stored.id,
            account: stored.account,
            plan: stored.order.plan.clone(),
            state: stored.order.state.name(),
            round: stored.order.round,
            version: stored.version,
            rights: None,
        }
    }
}
