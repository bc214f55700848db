//! What the walks and tables share: orders in every state, and a command of every kind that fits an order.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use domain::access::StaffId;
use domain::dossier::complete;
use domain::example;
use domain::filing_number::{NumberKind, SubjectNumber};
use domain::id::{PhotoId, VerificationId};
use domain::order::{
    Call, CallOutcome, Command, Eyes, Facts, Handover, Lapse, Numbers, Order, Plan, PrincipalRole, Readiness, Reason,
    Reminder, ReturnedBy, Section, State, Target, Way,
};
use domain::region::Province;
use domain::rules::RulePack;
use domain::rules::kinds::OrderKind;
use uuid::Uuid;

pub(crate) fn start() -> DateTime<Utc> {
    "2026-03-02T04:00:00Z".parse().unwrap()
}

/// The world at a moment, with the order untouched for so long.
pub(crate) fn facts(idle_days: i64) -> Facts {
    Facts { now: start(), touched_at: start() - TimeDelta::days(idle_days), expire_after: TimeDelta::days(45) }
}

/// A plan of any kind, with the steps that the packs give it.
pub(crate) fn plan_of(kind: OrderKind, way: Way, eyes: Eyes) -> Plan {
    let steps = RulePack::national().procedure(kind).unwrap().steps.clone();
    let Numbers { subject, services } = numbers();
    let target = Target { subject: Some(subject), services, ..Target::default() };
    Plan { kind, steps, target, ..plan(way, eyes) }
}

pub(crate) fn plan(way: Way, eyes: Eyes) -> Plan {
    Plan::first(Province::Liaoning, way, eyes)
}

static READY: LazyLock<Readiness> = LazyLock::new(|| {
    let draft = example::enterprise_in_liaoning();
    complete(&draft, &example::attached(&draft), RulePack::national(), example::case()).unwrap().readiness
});

pub(crate) fn readiness() -> Readiness {
    READY.clone()
}

pub(crate) fn photo(number: u128) -> PhotoId {
    Uuid::from_u128(number).into()
}

pub(crate) fn reasons() -> Vec<Reason> {
    vec![Reason { pointer: "/subject/name".to_owned(), code: "subject_name_mismatch".to_owned(), note: None }]
}

pub(crate) fn numbers() -> Numbers {
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 123).unwrap();
    let services = vec![subject.service(1, NumberKind::Website).unwrap()];
    Numbers { subject, services }
}

pub(crate) fn call() -> Call {
    Call { principal: PrincipalRole::Subject, outcome: CallOutcome::Reached, at: start() }
}

pub(crate) fn both() -> domain::order::Principals {
    [PrincipalRole::Subject, PrincipalRole::Service].into()
}

/// How many kinds of command there are.
pub(crate) const COMMANDS: usize = 26;

/// A command of this kind that fits the order as well as any can; `detail` picks among its variants.
pub(crate) fn command(kind: usize, detail: u8, order: &Order) -> Command {
    let round = order.round;
    let odd = detail % 2 == 1;
    let shown = if let State::PhotoReviewing { photo } = &order.state { Some(*photo) } else { None };
    let photo = shown.unwrap_or_else(|| photo(u128::from(detail)));
    match kind {
        0 => Command::Save { section: Section::Subject, principal_changed: odd },
        1 => Command::RecordVerification { verification: VerificationId::from(Uuid::from_u128(7)) },
        2 => Command::Submit(readiness()),
        3 => Command::Withdraw,
        4 => Command::Abandon,
        5 => Command::Expire,
        6 => Command::RecordCall { round, call: call() },
        7 => Command::AssistEdit { section: Section::Services, by: StaffId::new("reviewer-chen") },
        8 => Command::Pass { round, by: vec![StaffId::new("reviewer-chen"), StaffId::new("reviewer-lin")] },
        9 => Command::Return { round, reasons: reasons() },
        10 => Command::RecordPhoto { photo },
        11 => Command::AcceptPhoto { photo },
        12 => Command::RefusePhoto { photo, reasons: reasons() },
        13 => Command::BeginHandover { round },
        14 => Command::RecordReceipt { round, sms: if odd { both() } else { [].into() }, until: start() },
        15 => {
            let principal = if odd { PrincipalRole::Subject } else { PrincipalRole::Service };
            Command::RecordSms { round, principal }
        }
        16 => Command::ResendSms { round, until: start() + TimeDelta::hours(24) },
        17 => Command::LapseSms { round, why: if odd { Lapse::Deadline } else { Lapse::WrongTries } },
        18 => Command::Grant { round, numbers: numbers() },
        19 => Command::Consent,
        20 => Command::Decline,
        21 => Command::Remind { of: Reminder::Idle, until: start() },
        22 => Command::Remind { of: Reminder::Purge, until: start() },
        23 => Command::Purge,
        24 => Command::Remind { of: Reminder::Line, until: start() },
        _ => Command::Refuse { round, reasons: reasons() },
    }
}

/// Every state, those with a choice inside more than once.
pub(crate) fn states() -> Vec<State> {
    vec![
        State::Draft,
        State::Returned { by: ReturnedBy::Review, reasons: reasons() },
        State::AwaitingConsent { assist: true, principals: both() },
        State::Reviewing { assist: true, calls: vec![call()] },
        State::PhotoPending { refused: Vec::new() },
        State::PhotoReviewing { photo: photo(1) },
        State::ToAuthority { handover: Handover::Waiting },
        State::ToAuthority { handover: Handover::Begun },
        State::AwaitingSms { pending: both(), until: start() },
        State::AtAuthority,
        State::Filed { numbers: numbers() },
        State::Expired,
        State::Abandoned,
    ]
}

pub(crate) fn order(state: State, way: Way) -> Order {
    Order { plan: plan(way, Eyes::Four), round: 1, verified: true, rules: None, state }
}
