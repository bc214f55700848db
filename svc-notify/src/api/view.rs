//! What the API shows of a notice: when and how, never to which address.

use chassis::failure::Failure;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    render::title,
    store::{
        attempt::Attempt,
        notice::{Due, Row},
        receiver_name,
    },
};

/// A notice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeView {
    /// Its id
    pub(super) id: Uuid,
    /// The order it tells about, if it tells about one
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<Uuid>,
    /// The occasion
    kind: &'static str,
    /// Its title in Chinese
    title: &'static str,
    /// Its title in English
    title_en: &'static str,
    /// How it travels: `mail` or `sms`
    channel: &'static str,
    /// Who gets it: the principal of the `subject` or of the `service`, or the `owner` of the account
    to: &'static str,
    /// `queued`, `sending`, `unknown` (sent, perhaps), `sent` or `failed` (given up)
    state: String,
    /// How often it was tried
    attempts: i32,
    /// How the last try ended
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    /// Whether it may arrive twice
    repeated: bool,
    /// When it was queued
    queued_at: DateTime<Utc>,
    /// When it was sent
    #[serde(skip_serializing_if = "Option::is_none")]
    sent_at: Option<DateTime<Utc>>,
    /// When it was given up
    #[serde(skip_serializing_if = "Option::is_none")]
    failed_at: Option<DateTime<Utc>>,
    /// When it is tried next
    #[serde(skip_serializing_if = "Option::is_none")]
    next_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for NoticeView {
    type Error = Failure;

    fn try_from(row: Row) -> Result<Self, Failure> {
        let due = Due::try_from(row.clone())?;
        let (title, title_en) = title(due.kind);
        let settled = |state: &str| row.settled_at.filter(|_| row.state == state);
        Ok(Self {
            id: row.id,
            order: row.order_id,
            kind: due.kind.as_str(),
            title,
            title_en,
            channel: due.channel.as_str(),
            to: receiver_name(due.to),
            attempts: row.attempts,
            repeated: row.repeated,
            queued_at: row.queued_at,
            sent_at: settled("sent"),
            failed_at: settled("failed"),
            next_at: Some(row.next_at).filter(|_| row.settled_at.is_none()),
            outcome: row.outcome,
            state: row.state,
        })
    }
}

/// One attempt to send a notice.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AttemptView {
    /// Counted from 1
    number: i32,
    /// When it began
    began_at: DateTime<Utc>,
    /// When it ended
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<DateTime<Utc>>,
    /// `begun`, `sent`, `deferred`, `refused`, `unknown` or `no_contact`
    outcome: String,
    /// The code of the other side
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    /// What the other side calls it
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_id: Option<String>,
    /// Whether an earlier attempt may have arrived
    repeated: bool,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        let Attempt { number, began_at, ended_at, outcome, code, vendor_id, repeated } = attempt;
        Self { number, began_at, ended_at, outcome, code, vendor_id, repeated }
    }
}

/// A notice with its attempts.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NoticeDetail {
    #[serde(flatten)]
    pub(super) notice: NoticeView,
    /// What was tried, the first one first
    pub(super) tries: Vec<AttemptView>,
}
