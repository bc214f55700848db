//! The initial review of one submission as a small machine: claim, call, pass or return. It knows no queue and no database.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::access::StaffId;
use crate::order::{Call, CallOutcome, Eyes, PrincipalRole, Principals, Reason};

/// The review of one submission.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Review {
    /// How many reviewers a pass needs.
    pub eyes: Eyes,
    /// Who must be reached by phone before a pass.
    pub principals: Principals,
    /// The calls so far.
    pub calls: Vec<Call>,
    /// The reviewer who passed it first, while a second one is awaited.
    pub first: Option<StaffId>,
    /// Where it stands.
    pub state: ReviewState,
}

/// Where a review stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum ReviewState {
    /// In the queue.
    Open,
    /// On somebody's desk until the lease ends.
    Claimed {
        /// Whose desk.
        by: StaffId,
        /// End of the lease; anybody may claim it afterwards.
        until: DateTime<Utc>,
    },
    /// Passed.
    Passed,
    /// Sent back.
    Returned,
    /// The order went away (withdrawn, abandoned).
    Closed,
}

impl ReviewState {
    /// The name in API and database.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Claimed { .. } => "claimed",
            Self::Passed => "passed",
            Self::Returned => "returned",
            Self::Closed => "closed",
        }
    }
}

/// What a reviewer does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReviewCommand {
    /// Take it from the queue, or keep it longer.
    Claim {
        /// Who.
        by: StaffId,
        /// For how long.
        lease: TimeDelta,
    },
    /// Put it back.
    Release {
        /// Who.
        by: StaffId,
    },
    /// Record a call.
    Call {
        /// Who called.
        by: StaffId,
        /// Whom.
        principal: PrincipalRole,
        /// How it ended.
        outcome: CallOutcome,
    },
    /// Pass it.
    Pass {
        /// Who.
        by: StaffId,
    },
    /// Send it back.
    Return {
        /// Who.
        by: StaffId,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The order went away.
    Close,
}

/// What happened to a review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum ReviewEvent {
    /// Somebody took it.
    Claimed {
        /// Who.
        by: StaffId,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It went back to the queue.
    Released,
    /// A call was made.
    Called {
        /// The call.
        call: Call,
    },
    /// The first of two reviewers passed it.
    FirstPassed {
        /// Who.
        by: StaffId,
    },
    /// Passed for good.
    Passed {
        /// By whom.
        by: Vec<StaffId>,
    },
    /// Sent back.
    Returned {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The order went away.
    Closed,
}

/// Why a reviewer cannot do that now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReviewRefusal {
    /// It is decided or gone.
    #[error("this review is {0}")]
    Over(&'static str),
    /// Another reviewer works on it.
    #[error("another reviewer has claimed this until {0}")]
    Taken(DateTime<Utc>),
    /// It must be claimed first.
    #[error("claim this review first")]
    NotClaimed,
    /// The first reviewer cannot be the second.
    #[error("a second reviewer must confirm; you were the first")]
    SecondPersonNeeded,
    /// Not every principal was reached.
    #[error("a principal has not been reached by phone yet")]
    CallsMissing(Principals),
    /// That principal needs no call.
    #[error("this principal is not to be called")]
    NotToCall,
    /// That principal was reached already.
    #[error("this principal was reached already")]
    AlreadyReached,
    /// The second call comes about an hour after the first.
    #[error("call again after {0}")]
    TooSoon(DateTime<Utc>),
    /// A return without a reason helps nobody.
    #[error("at least one reason is needed")]
    NoReasons,
}

/// A principal who did not answer is called again about an hour later (facts: `order_states` `phone_check`, seed 001).
pub const CALL_GAP: TimeDelta = TimeDelta::hours(1);

/// Who was not reached twice sends the order back (seed 001).
pub const CALL_TRIES: usize = 2;

impl Review {
    /// A review that nobody has claimed.
    #[must_use]
    pub fn open(eyes: Eyes, principals: Principals) -> Self {
        Self { eyes, principals, calls: Vec::new(), first: None, state: ReviewState::Open }
    }

    /// The principals nobody has reached yet.
    #[must_use]
    pub fn to_call(&self) -> Principals {
        let reached = |who: &PrincipalRole| {
            self.calls.iter().any(|call| call.principal == *who && call.outcome == CallOutcome::Reached)
        };
        self.principals.iter().filter(|who| !reached(who)).copied().collect()
    }

    /// When a principal may be called again; none when at once.
    #[must_use]
    pub fn not_before(&self, principal: PrincipalRole) -> Option<DateTime<Utc>> {
        self.calls.iter().filter(|call| call.principal == principal).map(|call| call.at + CALL_GAP).max()
    }
}

/// What happens to the review, or why not.
///
/// # Errors
/// A [`ReviewRefusal`] that names the reason; the review stays as it is.
pub fn decide(review: &Review, command: &ReviewCommand, now: DateTime<Utc>) -> Result<Vec<ReviewEvent>, ReviewRefusal> {
    match &review.state {
        ReviewState::Passed | ReviewState::Returned | ReviewState::Closed => {
            return Err(ReviewRefusal::Over(review.state.name()));
        }
        ReviewState::Open | ReviewState::Claimed { .. } => {}
    }
    match command {
        ReviewCommand::Claim { by, lease } => claim(review, by, now, *lease),
        ReviewCommand::Release { by } => {
            holds(review, by)?;
            Ok(vec![ReviewEvent::Released])
        }
        ReviewCommand::Call { by, principal, outcome } => {
            holds(review, by)?;
            call(review, &Call { principal: *principal, outcome: *outcome, at: now })
        }
        ReviewCommand::Pass { by } => {
            holds(review, by)?;
            pass(review, by)
        }
        ReviewCommand::Return { by, reasons } => {
            holds(review, by)?;
            if reasons.is_empty() {
                return Err(ReviewRefusal::NoReasons);
            }
            Ok(vec![ReviewEvent::Returned { reasons: reasons.clone() }])
        }
        ReviewCommand::Close => Ok(vec![ReviewEvent::Closed]),
    }
}

/// The review after one event.
#[must_use]
pub fn evolve(mut review: Review, event: &ReviewEvent) -> Review {
    match event {
        ReviewEvent::Claimed { by, until } => review.state = ReviewState::Claimed { by: by.clone(), until: *until },
        ReviewEvent::Released => review.state = ReviewState::Open,
        ReviewEvent::Called { call } => review.calls.push(call.clone()),
        ReviewEvent::FirstPassed { by } => {
            review.first = Some(by.clone());
            review.state = ReviewState::Open;
        }
        ReviewEvent::Passed { .. } => review.state = ReviewState::Passed,
        ReviewEvent::Returned { .. } => review.state = ReviewState::Returned,
        ReviewEvent::Closed => review.state = ReviewState::Closed,
    }
    review
}

fn claim(
    review: &Review,
    by: &StaffId,
    now: DateTime<Utc>,
    lease: TimeDelta,
) -> Result<Vec<ReviewEvent>, ReviewRefusal> {
    if review.first.as_ref() == Some(by) {
        return Err(ReviewRefusal::SecondPersonNeeded);
    }
    if let ReviewState::Claimed { by: holder, until } = &review.state
        && holder != by
        && *until > now
    {
        return Err(ReviewRefusal::Taken(*until));
    }
    Ok(vec![ReviewEvent::Claimed { by: by.clone(), until: now + lease }])
}

/// A lease that ran out still counts until somebody else claims: a reviewer on the phone loses nothing.
fn holds(review: &Review, by: &StaffId) -> Result<(), ReviewRefusal> {
    match &review.state {
        ReviewState::Claimed { by: holder, .. } if holder == by => Ok(()),
        ReviewState::Claimed { until, .. } => Err(ReviewRefusal::Taken(*until)),
        ReviewState::Open | ReviewState::Passed | ReviewState::Returned | ReviewState::Closed => {
            Err(ReviewRefusal::NotClaimed)
        }
    }
}

fn call(review: &Review, call: &Call) -> Result<Vec<ReviewEvent>, ReviewRefusal> {
    if !review.principals.contains(&call.principal) {
        return Err(ReviewRefusal::NotToCall);
    }
    if !review.to_call().contains(&call.principal) {
        return Err(ReviewRefusal::AlreadyReached);
    }
    if let Some(not_before) = review.not_before(call.principal).filter(|at| *at > call.at) {
        return Err(ReviewRefusal::TooSoon(not_before));
    }
    let mut events = vec![ReviewEvent::Called { call: call.clone() }];
    let tries = review.calls.iter().filter(|made| made.principal == call.principal).count().saturating_add(1);
    if call.outcome == CallOutcome::Unreachable && tries >= CALL_TRIES {
        events.push(ReviewEvent::Returned { reasons: vec![unreachable(call.principal)] });
    }
    Ok(events)
}

fn unreachable(principal: PrincipalRole) -> Reason {
    let pointer = match principal {
        PrincipalRole::Subject => "/subject/principal/mobile",
        PrincipalRole::Service => "/services/0/principal/mobile",
    };
    Reason { pointer: pointer.to_owned(), code: "phone_unreachable".to_owned(), note: None }
}

fn pass(review: &Review, by: &StaffId) -> Result<Vec<ReviewEvent>, ReviewRefusal> {
    let missing = review.to_call();
    if !missing.is_empty() {
        return Err(ReviewRefusal::CallsMissing(missing));
    }
    match (&review.first, review.eyes) {
        (None, Eyes::Four) => Ok(vec![ReviewEvent::FirstPassed { by: by.clone() }]),
        (None, Eyes::Two) => Ok(vec![ReviewEvent::Passed { by: vec![by.clone()] }]),
        (Some(first), _) if first == by => Err(ReviewRefusal::SecondPersonNeeded),
        (Some(first), _) => Ok(vec![ReviewEvent::Passed { by: vec![first.clone(), by.clone()] }]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_767_000_000 + minute * 60, 0).unwrap()
    }

    fn chen() -> StaffId {
        StaffId::new("reviewer-chen")
    }

    fn step(review: Review, command: &ReviewCommand, minute: i64) -> Result<Review, ReviewRefusal> {
        Ok(decide(&review, command, at(minute))?.iter().fold(review, evolve))
    }

    fn claimed(eyes: Eyes) -> Review {
        let review = Review::open(eyes, [PrincipalRole::Subject, PrincipalRole::Service].into());
        step(review, &ReviewCommand::Claim { by: chen(), lease: TimeDelta::minutes(30) }, 0).unwrap()
    }

    fn ring(principal: PrincipalRole, outcome: CallOutcome) -> ReviewCommand {
        ReviewCommand::Call { by: chen(), principal, outcome }
    }

    #[test]
    fn a_pass_needs_both_principals_reached() {
        let review = claimed(Eyes::Two);
        let review = step(review, &ring(PrincipalRole::Subject, CallOutcome::Reached), 1).unwrap();
        let missing = step(review.clone(), &ReviewCommand::Pass { by: chen() }, 2).unwrap_err();
        assert_eq!(missing, ReviewRefusal::CallsMissing([PrincipalRole::Service].into()));
        let review = step(review, &ring(PrincipalRole::Service, CallOutcome::Reached), 3).unwrap();
        assert_eq!(step(review, &ReviewCommand::Pass { by: chen() }, 4).unwrap().state, ReviewState::Passed);
    }

    #[test]
    fn a_second_call_waits_an_hour_and_a_second_silence_returns_the_order() {
        let silent = ring(PrincipalRole::Subject, CallOutcome::Unreachable);
        let review = step(claimed(Eyes::Two), &silent, 0).unwrap();
        assert_eq!(step(review.clone(), &silent, 59).unwrap_err(), ReviewRefusal::TooSoon(at(60)));
        let review = step(review, &silent, 60).unwrap();
        assert_eq!(review.state, ReviewState::Returned);
    }

    #[test]
    fn the_first_reviewer_cannot_be_the_second() {
        let mut review = claimed(Eyes::Four);
        for who in [PrincipalRole::Subject, PrincipalRole::Service] {
            review = step(review, &ring(who, CallOutcome::Reached), 1).unwrap();
        }
        let review = step(review, &ReviewCommand::Pass { by: chen() }, 2).unwrap();
        assert_eq!(review.state, ReviewState::Open);
        let again = ReviewCommand::Claim { by: chen(), lease: TimeDelta::minutes(30) };
        assert_eq!(step(review.clone(), &again, 3).unwrap_err(), ReviewRefusal::SecondPersonNeeded);
        let lin = StaffId::new("reviewer-lin");
        let second = ReviewCommand::Claim { by: lin.clone(), lease: TimeDelta::minutes(30) };
        let review = step(review, &second, 3).unwrap();
        let events = decide(&review, &ReviewCommand::Pass { by: lin.clone() }, at(4)).unwrap();
        assert_eq!(events, vec![ReviewEvent::Passed { by: vec![chen(), lin] }]);
    }

    #[test]
    fn a_lease_protects_until_it_ends() {
        let review = claimed(Eyes::Two);
        let lin = ReviewCommand::Claim { by: StaffId::new("reviewer-lin"), lease: TimeDelta::minutes(30) };
        assert_eq!(step(review.clone(), &lin, 29).unwrap_err(), ReviewRefusal::Taken(at(30)));
        let review = step(review, &lin, 30).unwrap();
        assert_eq!(step(review, &ReviewCommand::Pass { by: chen() }, 31).unwrap_err(), ReviewRefusal::Taken(at(60)));
    }

    #[test]
    fn a_decided_review_accepts_nothing() {
        let review = Review { state: ReviewState::Passed, ..claimed(Eyes::Two) };
        for command in [ReviewCommand::Pass { by: chen() }, ReviewCommand::Close] {
            assert_eq!(step(review.clone(), &command, 1).unwrap_err(), ReviewRefusal::Over("passed"));
        }
    }
}
