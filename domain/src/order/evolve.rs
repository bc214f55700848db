//! What an event does to an order: total, and without any decision of its own.

use super::{Event, Handover, Lapse, Order, Reason, ReturnedBy, State, Way};

/// The order after one event.
#[must_use]
pub fn evolve(mut order: Order, event: &Event) -> Order {
    match event {
        Event::Opened | Event::Saved { .. } | Event::Assisted { .. } => {}
        Event::Verified { .. } => order.verified = true,
        Event::VerificationDropped => order.verified = false,
        Event::Submitted { round, assist, revision, .. } => {
            order.round = *round;
            order.rules = Some(revision.clone());
            order.state = State::Reviewing { assist: *assist, calls: Vec::new() };
        }
        Event::Withdrawn => order.state = State::Draft,
        Event::Abandoned => order.state = State::Abandoned,
        Event::Expired => order.state = State::Expired,
        Event::CallRecorded { call } => {
            if let State::Reviewing { calls, .. } = &mut order.state {
                calls.push(call.clone());
            }
        }
        Event::Passed { .. } => order.state = after_review(order.plan.way),
        Event::Returned { reasons } => order.state = returned(ReturnedBy::Review, reasons.clone()),
        Event::PhotoRecorded { photo } => order.state = State::PhotoReviewing { photo: *photo },
        Event::PhotoAccepted { .. } => order.state = State::ToAuthority { handover: Handover::Waiting },
        Event::PhotoRefused { reasons, .. } => order.state = State::PhotoPending { refused: reasons.clone() },
        Event::HandoverBegun => order.state = State::ToAuthority { handover: Handover::Begun },
        Event::Received { sms, .. } if sms.is_empty() => order.state = State::AtAuthority,
        Event::Received { sms, until } => order.state = State::AwaitingSms { pending: sms.clone(), until: *until },
        Event::SmsVerified { principal } => {
            if let State::AwaitingSms { pending, .. } = &mut order.state {
                pending.remove(principal);
                if pending.is_empty() {
                    order.state = State::AtAuthority;
                }
            }
        }
        Event::SmsResent { until: later } => {
            if let State::AwaitingSms { until, .. } = &mut order.state {
                *until = *later;
            }
        }
        Event::SmsLapsed { why } => order.state = returned(ReturnedBy::Sms, vec![lapse_reason(*why)]),
        Event::Granted { numbers } => order.state = State::Filed { numbers: numbers.clone() },
        Event::Refused { reasons } => order.state = returned(ReturnedBy::Authority, reasons.clone()),
    }
    order
}

/// The order after several events.
#[must_use]
pub fn fold(order: Order, events: &[Event]) -> Order {
    events.iter().fold(order, evolve)
}

fn after_review(way: Way) -> State {
    match way {
        Way::Electronic => State::ToAuthority { handover: Handover::Waiting },
        Way::Curtain => State::PhotoPending { refused: Vec::new() },
    }
}

fn returned(by: ReturnedBy, reasons: Vec<Reason>) -> State {
    State::Returned { by, reasons }
}

fn lapse_reason(why: Lapse) -> Reason {
    let code = match why {
        Lapse::Deadline => "sms_timeout",
        Lapse::WrongTries => "sms_wrong",
    };
    Reason { pointer: String::new(), code: code.to_owned(), note: None }
}
