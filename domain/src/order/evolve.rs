//! What an event does to an order: total, and without any decision of its own.

use super::{Delivery, Event, Handover, Lapse, Order, Plan, Reason, ReturnedBy, Review, State, Way};

/// The order after one event.
#[must_use]
pub fn evolve(mut order: Order, event: &Event) -> Order {
    match event {
        Event::Opened | Event::Saved { .. } | Event::Assisted { .. } | Event::Reminded { .. } | Event::Purged => {}
        Event::Verified { .. } => order.verified = true,
        Event::VerificationDropped => order.verified = false,
        Event::Submitted { round, assist, revision, principals, .. } => {
            order.round = *round;
            order.rules = Some(revision.clone());
            order.state = if order.plan.steps.consent {
                State::AwaitingConsent { assist: *assist, principals: principals.clone() }
            } else {
                review(&order.plan, *assist)
            };
        }
        Event::Consented { .. } => {
            if let State::AwaitingConsent { assist, .. } = order.state {
                order.state = review(&order.plan, assist);
            }
        }
        Event::Declined { reasons } => order.state = returned(ReturnedBy::OtherAccount, reasons.clone()),
        Event::Withdrawn => order.state = State::Draft,
        Event::Abandoned => order.state = State::Abandoned,
        Event::Expired => order.state = State::Expired,
        Event::CallRecorded { call } => {
            if let State::Reviewing { calls, .. } = &mut order.state {
                calls.push(call.clone());
            }
        }
        Event::Passed { .. } => order.state = after_review(&order.plan),
        Event::Returned { reasons } => order.state = returned(ReturnedBy::Review, reasons.clone()),
        Event::PhotoRecorded { photo } => order.state = State::PhotoReviewing { photo: *photo },
        Event::PhotoAccepted { .. } => order.state = leave(&order.plan),
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
        Event::SmsLapsed { why } => order.state = returned(ReturnedBy::Sms, vec![Reason::plain(lapse_code(*why))]),
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

fn review(plan: &Plan, assist: bool) -> State {
    match plan.steps.review {
        Review::People => State::Reviewing { assist, calls: Vec::new() },
        Review::Automatic => after_review(plan),
    }
}

fn after_review(plan: &Plan) -> State {
    match plan.way {
        Way::Curtain if plan.steps.verification => State::PhotoPending { refused: Vec::new() },
        Way::Curtain | Way::Electronic => leave(plan),
    }
}

/// Out of our house: to the authority, or to the end where nothing changes there.
fn leave(plan: &Plan) -> State {
    match (plan.steps.delivery, plan.target.numbers()) {
        (Delivery::None, Some(numbers)) => State::Filed { numbers },
        (Delivery::None | Delivery::Upload | Delivery::Desk, _) => State::ToAuthority { handover: Handover::Waiting },
    }
}

fn returned(by: ReturnedBy, reasons: Vec<Reason>) -> State {
    State::Returned { by, reasons }
}

fn lapse_code(why: Lapse) -> &'static str {
    match why {
        Lapse::Deadline => "sms_timeout",
        Lapse::WrongTries => "sms_wrong",
    }
}
