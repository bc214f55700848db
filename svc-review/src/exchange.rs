//! One filing's exchange with the authority as a small machine: what an answer does to it and what orders hears of it. It knows
//! no wire format and no database.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    message::AuthorityStep,
    order::{Event, Lapse, Numbers, PrincipalRole, Principals, Reason},
};
use serde::{Deserialize, Serialize};

use crate::authority::Verdict;

/// Where an exchange stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Stage {
    /// Orders was told that it is this filing's turn.
    Waiting,
    /// Orders agreed; it may be sent.
    Begun,
    /// Its key is written; the call is under way, or was when the process died.
    Sending,
    /// The authority took the file.
    Sent,
    /// The principals verify at the authority's site.
    AwaitingSms {
        /// Who has not verified yet.
        pending: Principals,
        /// The authority's deadline.
        until: DateTime<Utc>,
    },
    /// The authority decides.
    AtAuthority,
    /// Filed.
    Granted {
        /// The numbers.
        numbers: Numbers,
    },
    /// Refused.
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The SMS verification lapsed.
    Lapsed {
        /// Why.
        why: Lapse,
    },
    /// The order was taken back before it was sent.
    Closed,
}

impl Stage {
    /// The name in API and database.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Begun => "begun",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::AwaitingSms { .. } => "awaiting_sms",
            Self::AtAuthority => "at_authority",
            Self::Granted { .. } => "granted",
            Self::Refused { .. } => "refused",
            Self::Lapsed { .. } => "lapsed",
            Self::Closed => "closed",
        }
    }
}

/// The stage after a verdict and what orders must hear, in this order. None when it comes late or again: nothing happens then.
#[must_use]
pub fn hear(stage: &Stage, verdict: &Verdict, now: DateTime<Utc>) -> Option<(Stage, Vec<AuthorityStep>)> {
    match (stage, verdict) {
        (Stage::Sending | Stage::Sent, Verdict::Asked { principals, until }) => {
            Some(received(principals, until.unwrap_or_else(|| now + validity(now))))
        }
        (Stage::AwaitingSms { pending, until }, Verdict::Verified { principal }) => {
            verified(pending, *until, *principal)
        }
        (Stage::AwaitingSms { pending, until }, Verdict::Resent { until: later }) => {
            let until = later.unwrap_or(*until);
            let stage = Stage::AwaitingSms { pending: pending.clone(), until };
            Some((stage, vec![AuthorityStep::SmsResent { until }]))
        }
        (Stage::AwaitingSms { .. }, Verdict::Lapsed { why }) => {
            Some((Stage::Lapsed { why: *why }, vec![AuthorityStep::SmsLapsed { why: *why }]))
        }
        (
            Stage::Sending | Stage::Sent | Stage::AwaitingSms { .. } | Stage::AtAuthority,
            Verdict::Granted { numbers },
        ) => {
            let mut steps = skipped(stage, now);
            steps.push(AuthorityStep::Granted { numbers: numbers.clone() });
            Some((Stage::Granted { numbers: numbers.clone() }, steps))
        }
        (
            Stage::Sending | Stage::Sent | Stage::AwaitingSms { .. } | Stage::AtAuthority,
            Verdict::Refused { reasons },
        ) => {
            let steps = vec![AuthorityStep::Refused { reasons: reasons.clone() }];
            Some((Stage::Refused { reasons: reasons.clone() }, steps))
        }
        // Late or repeated; everything that comes before the sending is not about this exchange.
        (Stage::AwaitingSms { .. } | Stage::AtAuthority, Verdict::Asked { .. })
        | (
            Stage::Sending | Stage::Sent | Stage::AtAuthority,
            Verdict::Verified { .. } | Verdict::Resent { .. } | Verdict::Lapsed { .. },
        )
        | (
            Stage::Waiting
            | Stage::Begun
            | Stage::Granted { .. }
            | Stage::Refused { .. }
            | Stage::Lapsed { .. }
            | Stage::Closed,
            Verdict::Asked { .. }
            | Verdict::Verified { .. }
            | Verdict::Resent { .. }
            | Verdict::Lapsed { .. }
            | Verdict::Granted { .. }
            | Verdict::Refused { .. },
        ) => None,
    }
}

fn received(principals: &Principals, until: DateTime<Utc>) -> (Stage, Vec<AuthorityStep>) {
    let step = AuthorityStep::Received { sms: principals.clone(), until };
    let stage = if principals.is_empty() {
        Stage::AtAuthority
    } else {
        Stage::AwaitingSms { pending: principals.clone(), until }
    };
    (stage, vec![step])
}

fn verified(pending: &Principals, until: DateTime<Utc>, who: PrincipalRole) -> Option<(Stage, Vec<AuthorityStep>)> {
    let mut left = pending.clone();
    if !left.remove(&who) {
        return None;
    }
    let stage = if left.is_empty() { Stage::AtAuthority } else { Stage::AwaitingSms { pending: left, until } };
    Some((stage, vec![AuthorityStep::SmsVerified { principal: who }]))
}

/// What an authority that does not speak of SMS leaves out: a grant says that everybody verified.
fn skipped(stage: &Stage, now: DateTime<Utc>) -> Vec<AuthorityStep> {
    match stage {
        Stage::Sending | Stage::Sent => vec![AuthorityStep::Received { sms: Principals::new(), until: now }],
        Stage::AwaitingSms { pending, .. } => {
            pending.iter().map(|who| AuthorityStep::SmsVerified { principal: *who }).collect()
        }
        Stage::Waiting
        | Stage::Begun
        | Stage::AtAuthority
        | Stage::Granted { .. }
        | Stage::Refused { .. }
        | Stage::Lapsed { .. }
        | Stage::Closed => Vec::new(),
    }
}

/// Whether an order's event says that orders took this step.
#[must_use]
pub fn confirms(event: &Event, step: &AuthorityStep) -> bool {
    match step {
        AuthorityStep::Ready => *event == Event::HandoverBegun,
        AuthorityStep::Received { .. } => matches!(event, Event::Received { .. }),
        AuthorityStep::SmsVerified { principal } => *event == Event::SmsVerified { principal: *principal },
        AuthorityStep::SmsResent { .. } => matches!(event, Event::SmsResent { .. }),
        AuthorityStep::SmsLapsed { .. } => matches!(event, Event::SmsLapsed { .. }),
        AuthorityStep::Granted { .. } => matches!(event, Event::Granted { .. }),
        AuthorityStep::Refused { .. } => matches!(event, Event::Refused { .. }),
    }
}

/// How long the codes are valid, where the authority does not say: 24 hours since the nation-wide rule of 2020-08-17, 48 in the
/// pilots before (facts: `sms_rules`).
#[must_use]
pub fn validity(at: DateTime<Utc>) -> TimeDelta {
    /// 2020-08-17 in Shanghai.
    const NATION_WIDE: i64 = 1_597_593_600;
    if at.timestamp() >= NATION_WIDE { TimeDelta::hours(24) } else { TimeDelta::hours(48) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T04:00:00Z".parse().unwrap()
    }

    fn both() -> Principals {
        [PrincipalRole::Subject, PrincipalRole::Service].into()
    }

    fn numbers() -> Numbers {
        let number = "辽ICP备2026000001号";
        Numbers { subject: number.parse().unwrap(), services: vec![format!("{number}-1").parse().unwrap()] }
    }

    /// Every verdict once, in the usual order.
    fn story() -> Vec<Verdict> {
        vec![
            Verdict::Asked { principals: both(), until: None },
            Verdict::Resent { until: None },
            Verdict::Verified { principal: PrincipalRole::Subject },
            Verdict::Verified { principal: PrincipalRole::Service },
            Verdict::Granted { numbers: numbers() },
        ]
    }

    #[test]
    fn a_filing_goes_from_the_file_to_its_number() {
        let mut stage = Stage::Sent;
        let mut told = Vec::new();
        for verdict in story() {
            let (next, steps) = hear(&stage, &verdict, now()).expect("in order");
            stage = next;
            told.extend(steps);
        }
        assert_eq!(stage, Stage::Granted { numbers: numbers() });
        let names: Vec<_> = told.iter().map(AuthorityStep::name).collect();
        assert_eq!(names, ["received", "sms_resent", "sms_verified", "sms_verified", "granted"]);
        assert_eq!(told.first(), Some(&AuthorityStep::Received { sms: both(), until: now() + TimeDelta::hours(24) }));
    }

    #[test]
    fn a_repeated_verdict_does_nothing() {
        let mut stage = Stage::Sent;
        let mut heard: Vec<Verdict> = Vec::new();
        for verdict in story() {
            (stage, _) = hear(&stage, &verdict, now()).expect("in order");
            heard.push(verdict);
            // A second "resent" is another sending, not a repetition.
            for again in heard.iter().filter(|verdict| !matches!(verdict, Verdict::Resent { .. })) {
                assert_eq!(hear(&stage, again, now()), None, "{again:?} in {}", stage.name());
            }
        }
    }

    #[test]
    fn an_authority_without_sms_states_still_files() {
        let verdict = Verdict::Granted { numbers: numbers() };
        let (_, steps) = hear(&Stage::Sent, &verdict, now()).unwrap();
        assert_eq!(steps.first(), Some(&AuthorityStep::Received { sms: Principals::new(), until: now() }));
        let waiting = Stage::AwaitingSms { pending: both(), until: now() };
        let (_, steps) = hear(&waiting, &verdict, now()).unwrap();
        assert_eq!(steps.len(), 3, "both verifications, then the grant");
    }

    #[test]
    fn nothing_is_heard_about_what_was_not_sent_or_is_over() {
        let over = [Stage::Waiting, Stage::Begun, Stage::Closed, Stage::Lapsed { why: Lapse::Deadline }];
        for stage in over {
            for verdict in story() {
                assert_eq!(hear(&stage, &verdict, now()), None, "{}", stage.name());
            }
        }
    }

    #[test]
    fn codes_were_valid_longer_in_the_pilots() {
        assert_eq!(validity("2020-08-16T15:59:59Z".parse().unwrap()), TimeDelta::hours(48));
        assert_eq!(validity("2020-08-16T16:00:00Z".parse().unwrap()), TimeDelta::hours(24));
    }
}
