//! What a notice tells, taken from the news that made it necessary: codes, times and numbers, never personal data.

use chrono::{DateTime, Utc};
use domain::{
    authorization_code::Why,
    message::{AccountEvent, AccountNews, Message, OrderNews},
    order::{Event, Lapse, Numbers, Reason, StateName},
    region::Province,
    rules::kinds::OrderKind,
};
use serde::{Deserialize, Serialize};

/// What a notice tells. Stored with it, so that it can be sent later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// The administration that decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub province: Option<Province>,
    /// What is to be changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
    /// Until when something must be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Why the SMS verification lapsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapse: Option<Lapse>,
    /// What the authority gave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<Numbers>,
    /// The kind of order that a consent is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<OrderKind>,
    /// The cloud resource, by the provider's own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// Why a code ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Why>,
    /// The filing numbers that are not those of an order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub filings: Vec<String>,
}

impl Facts {
    /// Only that something happened.
    #[must_use]
    pub fn at(at: DateTime<Utc>) -> Self {
        Self {
            at,
            province: None,
            reasons: Vec::new(),
            until: None,
            lapse: None,
            numbers: None,
            kind: None,
            resource: None,
            ended: None,
            filings: Vec::new(),
        }
    }

    /// What a message tells; `now` stands for the time of those that name none.
    #[must_use]
    pub fn of(message: &Message, now: DateTime<Utc>) -> Self {
        match message {
            Message::Order(news) => Self::of_order(news),
            Message::Account(news) => Self::of_account(news),
            Message::Review(_)
            | Message::Authority(_)
            | Message::Material(_)
            | Message::Verification(_)
            | Message::Photo(_) => Self::at(now),
        }
    }

    fn of_account(news: &AccountNews) -> Self {
        let facts = Self::at(news.at);
        match &news.event {
            AccountEvent::CodeGranted { resource }
            | AccountEvent::CodeApproved { resource }
            | AccountEvent::CodeUsed { resource } => Self { resource: Some(resource.clone()), ..facts },
            AccountEvent::CodeEnded { resource, why } => {
                Self { resource: Some(resource.clone()), ended: Some(*why), ..facts }
            }
            AccountEvent::FilingCancelled { numbers }
            | AccountEvent::AccessLost { numbers }
            | AccountEvent::FilingChanged { numbers } => Self { filings: numbers.clone(), ..facts },
        }
    }

    fn of_order(news: &OrderNews) -> Self {
        let ended = (news.state == StateName::Filed).then(|| news.plan.target.numbers()).flatten();
        let facts = Self {
            province: Some(news.plan.province),
            numbers: ended,
            kind: Some(news.plan.kind),
            ..Self::at(news.at)
        };
        match &news.event {
            Event::Returned { reasons }
            | Event::PhotoRefused { reasons, .. }
            | Event::Refused { reasons }
            | Event::Declined { reasons } => Self { reasons: reasons.clone(), ..facts },
            Event::Received { until, .. } | Event::Reminded { until, .. } => Self { until: Some(*until), ..facts },
            Event::SmsLapsed { why } => Self { lapse: Some(*why), ..facts },
            Event::Granted { numbers } => Self { numbers: Some(numbers.clone()), ..facts },
            Event::Opened
            | Event::Saved { .. }
            | Event::Verified { .. }
            | Event::VerificationDropped
            | Event::Submitted { .. }
            | Event::Consented { .. }
            | Event::Withdrawn
            | Event::Abandoned
            | Event::Expired
            | Event::Purged
            | Event::CallRecorded { .. }
            | Event::Assisted { .. }
            | Event::Passed { .. }
            | Event::PhotoRecorded { .. }
            | Event::PhotoAccepted { .. }
            | Event::HandoverBegun
            | Event::SmsVerified { .. }
            | Event::SmsResent { .. } => facts,
        }
    }
}
