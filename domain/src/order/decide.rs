//! What an order answers to a command: events, or a refusal that says why. Total: no state and no command is forgotten.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Command, Event, Handover, Order, PrincipalRole, Principals, Reason, Reminder, Section, State, StateName, Way,
};
use crate::access::StaffId;
use crate::id::PhotoId;

/// What the world looks like at the moment of a command.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// The time.
    pub now: DateTime<Utc>,
    /// When the order was last changed.
    pub touched_at: DateTime<Utc>,
    /// How long a draft may lie untouched.
    pub expire_after: TimeDelta,
}

/// Why a command does not work now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The order is finished; nothing works any more.
    #[error("the order is {0} and closed")]
    Finished(StateName),
    /// The command does not fit the state.
    #[error("'{command}' does not work while the order is {state}")]
    NotNow {
        /// Where the order stands.
        state: StateName,
        /// What was asked.
        command: &'static str,
    },
    /// The answer belongs to an earlier submission.
    #[error("this answers to submission {answered}, the order is at {current}")]
    LateRound {
        /// The round answered.
        answered: u32,
        /// The round now.
        current: u32,
    },
    /// Another reviewer must confirm.
    #[error("a second reviewer must pass this order")]
    SecondPersonNeeded,
    /// A return or refusal without a reason helps nobody.
    #[error("at least one reason is needed")]
    NoReasons,
    /// The photo under review is another one.
    #[error("this photo is not under review")]
    OtherPhoto,
    /// This principal has nothing to verify.
    #[error("this principal has no SMS verification pending")]
    NotAsked,
    /// The customer did not allow corrections by us.
    #[error("the customer did not consent to assisted changes")]
    NoConsent,
    /// It has left for the authority.
    #[error("the order is already being sent to the authority")]
    AlreadySent,
    /// The face check is missing.
    #[error("the electronic verification of the principal is missing")]
    NotVerified,
    /// This kind of order leaves that part of the filing as it is.
    #[error("this kind of order does not change the {}", section.name())]
    NotPart {
        /// Which.
        section: Section,
    },
    /// The order works by curtain photo, or the other way round.
    #[error("this order is not verified electronically")]
    OtherWay,
    /// Too early to expire.
    #[error("the order was touched recently")]
    TooEarly,
}

/// The states in which a command can work: the order's table, also shown to clients as "what can be done now".
#[must_use]
pub fn works_in(command: &Command) -> &'static [StateName] {
    use StateName as S;
    match command {
        Command::Save { .. } | Command::RecordVerification { .. } | Command::Submit(_) => &[S::Draft, S::Returned],
        Command::Abandon | Command::Expire | Command::Remind { of: Reminder::Idle, .. } => {
            &[S::Draft, S::Returned, S::PhotoPending]
        }
        Command::Remind { of: Reminder::Line, .. } => &[S::Draft, S::Returned],
        // What nobody can act on any more still holds personal data.
        Command::Remind { of: Reminder::Purge, .. } | Command::Purge => &[S::Expired, S::Abandoned],
        Command::Consent | Command::Decline => &[S::AwaitingConsent],
        Command::Withdraw => &[S::AwaitingConsent, S::Reviewing, S::ToAuthority],
        Command::RecordCall { .. } | Command::AssistEdit { .. } | Command::Pass { .. } | Command::Return { .. } => {
            &[S::Reviewing]
        }
        Command::RecordPhoto { .. } => &[S::PhotoPending],
        Command::AcceptPhoto { .. } | Command::RefusePhoto { .. } => &[S::PhotoReviewing],
        Command::BeginHandover { .. } | Command::RecordReceipt { .. } => &[S::ToAuthority],
        Command::RecordSms { .. } | Command::ResendSms { .. } | Command::LapseSms { .. } => &[S::AwaitingSms],
        // The authority's word is final even when its news about the verification were lost on the way.
        Command::Grant { .. } => &[S::AwaitingSms, S::AtAuthority],
        // A file that the authority's interface rejects never gets a receipt, so a refusal may come early.
        Command::Refuse { .. } => &[S::ToAuthority, S::AwaitingSms, S::AtAuthority],
    }
}

/// What happens to the order, or why not.
///
/// # Errors
/// A [`Refusal`] that names the reason; the order stays as it is.
pub fn decide(order: &Order, command: &Command, facts: &Facts) -> Result<Vec<Event>, Refusal> {
    let state = order.state.name();
    if state.is_final() && !works_in(command).contains(&state) {
        return Err(Refusal::Finished(state));
    }
    if let Some(answered) = command.round().filter(|round| *round != order.round) {
        return Err(Refusal::LateRound { answered, current: order.round });
    }
    if !works_in(command).contains(&state) {
        return Err(Refusal::NotNow { state, command: command.name() });
    }
    match command {
        Command::Save { .. } | Command::RecordVerification { .. } | Command::Submit(_) => writing(order, command),
        Command::Abandon => Ok(vec![Event::Abandoned]),
        Command::Expire => expire(facts),
        Command::Remind { of, until } => Ok(vec![Event::Reminded { of: *of, until: *until }]),
        Command::Purge => Ok(vec![Event::Purged]),
        Command::Consent => consent(order),
        Command::Decline => Ok(vec![Event::Declined { reasons: vec![Reason::plain("consent_declined")] }]),
        Command::Withdraw => withdraw(order),
        Command::RecordCall { call, .. } => Ok(vec![Event::CallRecorded { call: call.clone() }]),
        Command::AssistEdit { section, by } => assist(order, *section, by),
        Command::Pass { by, .. } => pass(order, by),
        Command::Return { reasons, .. } => Ok(vec![Event::Returned { reasons: given(reasons)? }]),
        Command::RecordPhoto { photo } => Ok(vec![Event::PhotoRecorded { photo: *photo }]),
        Command::AcceptPhoto { photo } => Ok(vec![Event::PhotoAccepted { photo: under_review(order, *photo)? }]),
        Command::RefusePhoto { photo, reasons } => {
            Ok(vec![Event::PhotoRefused { photo: under_review(order, *photo)?, reasons: given(reasons)? }])
        }
        Command::BeginHandover { .. } => begin_handover(order),
        Command::RecordReceipt { sms, until, .. } => receipt(order, sms, *until),
        Command::RecordSms { principal, .. } => sms(order, *principal),
        Command::ResendSms { until, .. } => Ok(vec![Event::SmsResent { until: *until }]),
        Command::LapseSms { why, .. } => Ok(vec![Event::SmsLapsed { why: *why }]),
        Command::Grant { numbers, .. } => Ok(vec![Event::Granted { numbers: numbers.clone() }]),
        Command::Refuse { reasons, .. } => refuse(order, reasons),
    }
}

fn not_now(order: &Order, command: &'static str) -> Refusal {
    Refusal::NotNow { state: order.state.name(), command }
}

fn given(reasons: &[Reason]) -> Result<Vec<Reason>, Refusal> {
    if reasons.is_empty() {
        return Err(Refusal::NoReasons);
    }
    Ok(reasons.to_vec())
}

fn writing(order: &Order, command: &Command) -> Result<Vec<Event>, Refusal> {
    let steps = &order.plan.steps;
    let electronic = steps.verification && order.plan.way == Way::Electronic;
    if let Command::Save { section, principal_changed } = command {
        if !steps.sections.contains(section) {
            return Err(Refusal::NotPart { section: *section });
        }
        let mut events = vec![Event::Saved { section: *section }];
        if *principal_changed && order.verified {
            events.push(Event::VerificationDropped);
        }
        return Ok(events);
    }
    if let Command::RecordVerification { verification } = command {
        return if electronic {
            Ok(vec![Event::Verified { verification: *verification }])
        } else {
            Err(Refusal::OtherWay)
        };
    }
    let Command::Submit(ready) = command else { return Err(not_now(order, command.name())) };
    if electronic && !order.verified {
        return Err(Refusal::NotVerified);
    }
    Ok(vec![Event::Submitted {
        round: order.round.saturating_add(1),
        revision: ready.revision().to_owned(),
        services: ready.services(),
        principals: ready.principals().clone(),
        assist: ready.assist(),
    }])
}

fn expire(facts: &Facts) -> Result<Vec<Event>, Refusal> {
    if facts.now.signed_duration_since(facts.touched_at) < facts.expire_after {
        return Err(Refusal::TooEarly);
    }
    Ok(vec![Event::Expired])
}

fn consent(order: &Order) -> Result<Vec<Event>, Refusal> {
    let State::AwaitingConsent { principals, .. } = &order.state else { return Err(not_now(order, "consent")) };
    Ok(vec![Event::Consented { principals: principals.clone() }])
}

fn withdraw(order: &Order) -> Result<Vec<Event>, Refusal> {
    if order.state == (State::ToAuthority { handover: Handover::Begun }) {
        return Err(Refusal::AlreadySent);
    }
    Ok(vec![Event::Withdrawn])
}

fn assist(order: &Order, section: Section, by: &StaffId) -> Result<Vec<Event>, Refusal> {
    if !order.plan.steps.sections.contains(&section) {
        return Err(Refusal::NotPart { section });
    }
    let State::Reviewing { assist: true, .. } = &order.state else { return Err(Refusal::NoConsent) };
    Ok(vec![Event::Assisted { section, by: by.clone() }])
}

fn pass(order: &Order, by: &[StaffId]) -> Result<Vec<Event>, Refusal> {
    let different: BTreeSet<_> = by.iter().collect();
    if different.len() < order.plan.eyes.reviewers() {
        return Err(Refusal::SecondPersonNeeded);
    }
    Ok(vec![Event::Passed { by: by.to_vec() }])
}

fn under_review(order: &Order, answered: PhotoId) -> Result<PhotoId, Refusal> {
    let State::PhotoReviewing { photo } = &order.state else { return Err(Refusal::OtherPhoto) };
    if *photo == answered { Ok(answered) } else { Err(Refusal::OtherPhoto) }
}

fn begin_handover(order: &Order) -> Result<Vec<Event>, Refusal> {
    if order.state == (State::ToAuthority { handover: Handover::Begun }) {
        return Err(Refusal::AlreadySent);
    }
    Ok(vec![Event::HandoverBegun])
}

fn receipt(order: &Order, sms: &Principals, until: DateTime<Utc>) -> Result<Vec<Event>, Refusal> {
    if order.state != (State::ToAuthority { handover: Handover::Begun }) {
        return Err(not_now(order, "record_receipt"));
    }
    Ok(vec![Event::Received { sms: sms.clone(), until }])
}

fn sms(order: &Order, principal: PrincipalRole) -> Result<Vec<Event>, Refusal> {
    let State::AwaitingSms { pending, .. } = &order.state else { return Err(Refusal::NotAsked) };
    if !pending.contains(&principal) {
        return Err(Refusal::NotAsked);
    }
    Ok(vec![Event::SmsVerified { principal }])
}

fn refuse(order: &Order, reasons: &[Reason]) -> Result<Vec<Event>, Refusal> {
    if order.state == (State::ToAuthority { handover: Handover::Waiting }) {
        return Err(not_now(order, "refuse"));
    }
    Ok(vec![Event::Refused { reasons: given(reasons)? }])
}
