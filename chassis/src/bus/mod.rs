//! Carries messages between services: the envelope, and the port that RabbitMQ and the in-process bus stand behind. It knows
//! topics, not what they mean.

pub mod local;
pub mod rabbit;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{id::MessageId, message::Message};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{clock::mint, failure::Failure, telemetry};

/// A message on its way, as `CloudEvents` 1.0 in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Wire", into = "Wire")]
pub struct Envelope {
    /// Its own id, by which repetitions are recognised.
    pub id: MessageId,
    /// The service that sent it.
    pub source: String,
    /// The routing key: `order.submitted`.
    pub topic: String,
    /// The order or account that it is about.
    pub aggregate: Uuid,
    /// Its version after it, for projections; 0 when it is nobody's version.
    pub version: i64,
    /// When it was sent.
    pub time: DateTime<Utc>,
    /// The message.
    pub data: Value,
    /// The trace it belongs to.
    pub traceparent: Option<String>,
}

/// The envelope by the attribute names of `CloudEvents`; extensions are lower case and without hyphens.
#[derive(Serialize, Deserialize)]
struct Wire {
    specversion: String,
    id: MessageId,
    source: String,
    #[serde(rename = "type")]
    topic: String,
    subject: Uuid,
    time: DateTime<Utc>,
    #[serde(default)]
    aggregateversion: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traceparent: Option<String>,
    data: Value,
}

impl From<Envelope> for Wire {
    fn from(envelope: Envelope) -> Self {
        let Envelope { id, source, topic, aggregate, version, time, data, traceparent } = envelope;
        let specversion = "1.0".to_owned();
        Self { specversion, id, source, topic, subject: aggregate, time, aggregateversion: version, traceparent, data }
    }
}

/// The envelope is of another version of `CloudEvents`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("CloudEvents {0} is not known here")]
struct OtherVersion(String);

impl TryFrom<Wire> for Envelope {
    type Error = OtherVersion;

    fn try_from(wire: Wire) -> Result<Self, OtherVersion> {
        let Wire { specversion, id, source, topic, subject, time, aggregateversion, traceparent, data } = wire;
        // Versions that differ behind the point add attributes, and change none.
        if !specversion.starts_with("1.") {
            return Err(OtherVersion(specversion));
        }
        Ok(Self { id, source, topic, aggregate: subject, version: aggregateversion, time, data, traceparent })
    }
}

impl Envelope {
    /// A new envelope around a message, as part of the trace of what is being done now.
    #[must_use]
    pub fn of(source: &'static str, message: &Message, version: i64, time: DateTime<Utc>) -> Self {
        Self {
            id: mint(),
            source: source.to_owned(),
            topic: message.topic(),
            aggregate: message.about(),
            version,
            time,
            // A message is made of text, numbers and times, which JSON always holds.
            data: serde_json::to_value(message).unwrap_or_default(),
            traceparent: telemetry::traceparent(),
        }
    }

    /// The message; unreadable when it is none of this version's.
    pub fn message(&self) -> Result<Message, Failure> {
        Message::deserialize(&self.data).map_err(|error| {
            Failure::unreadable("The message cannot be read.").because(format!("{} {}: {error}", self.topic, self.id))
        })
    }
}

/// What became of a message at its reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Dealt with, or known already.
    Done,
    /// Something is away; again later.
    Retry,
    /// It will never work: given up and kept.
    Dead,
}

impl Verdict {
    /// The name in metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry => "retry",
            Self::Dead => "dead",
        }
    }
}

/// Why a message was not delivered; it stays in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undelivered {
    /// No queue is bound to its topic.
    #[error("nobody reads this topic")]
    Unroutable,
    /// A queue is declared for its topic, and nobody reads it now.
    #[error("{0} is not being read")]
    Unread(&'static str),
    /// The broker said no.
    #[error("the broker refused it: {0}")]
    Refused(String),
    /// Nobody said that it arrived.
    #[error("its arrival was not confirmed: {0}")]
    Unconfirmed(String),
}

/// Deals with one message.
pub type Handler = Arc<dyn Fn(Envelope) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// A message that the broker gave up: it failed too often, killed its reader each time, or is no envelope at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenUp {
    /// Its body as it came; usually an [`Envelope`].
    pub body: Vec<u8>,
    /// Why it was given up.
    pub why: String,
}

/// Keeps one message that was given up; [`Verdict::Retry`] when it could not be kept yet.
pub type Keeper = Arc<dyn Fn(GivenUp) -> BoxFuture<'static, Verdict> + Send + Sync>;

/// What a service reads.
#[derive(Debug, Clone, Copy)]
pub struct Subscription {
    /// Name of its queue: `orders`.
    pub queue: &'static str,
    /// Patterns of AMQP topics: `*` is one word, `#` any number of words.
    pub topics: &'static [&'static str],
}

/// The port.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Sends a batch; one answer per message, in its order. `Ok` means that it will not be lost any more.
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<(), Undelivered>>;

    /// Makes the queue, so that from now on it holds every message of its topics, read or not. An error when it cannot be.
    async fn declare(&self, what: Subscription) -> anyhow::Result<()>;

    /// Reads until `stop`, then finishes what is at hand and returns. An error when it can never work.
    ///
    /// What a reader calls [`Verdict::Dead`] is over: keeping it was the reader's matter. What it wants to retry comes again
    /// for about a day, and then goes where [`Bus::given_up`] finds it.
    async fn subscribe(&self, what: Subscription, on: Handler, stop: CancellationToken) -> anyhow::Result<()>;

    /// Hands over until `stop` what was given up of this queue, so that a service can keep it where operations look. A bus
    /// that gives nothing up only waits.
    async fn given_up(&self, queue: &'static str, keep: Keeper, stop: CancellationToken) -> anyhow::Result<()>;

    /// Whether messages can be sent now.
    async fn check(&self) -> Result<(), String>;
}

/// Whether a topic fits an AMQP pattern: `*` is one word, `#` any number of words, none included.
fn fits(pattern: &str, topic: &str) -> bool {
    fn words(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern.split_first(), topic.split_first()) {
            (None, None) => true,
            (Some((&"#", rest)), None) => words(rest, topic),
            // It takes no word, or this one and perhaps more.
            (Some((&"#", rest)), Some((_, later))) => words(rest, topic) || words(pattern, later),
            (Some((&word, rest)), Some((&same, later))) => (word == "*" || word == same) && words(rest, later),
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
    let [pattern, topic] = [pattern, topic].map(|text| text.split('.').collect::<Vec<_>>());
    words(&pattern, &topic)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_fit_as_in_amqp() {
        for (pattern, topic, fit) in [
            ("order.#", "order.submitted", true),
            ("order.#", "order", true),
            ("order.*", "order.submitted", true),
            ("order.*", "order", false),
            ("order.*", "order.submitted.late", false),
            ("*.submitted", "order.submitted", true),
            ("#.submitted", "a.b.submitted", true),
            ("#.b.#", "a.b.c.d", true),
            ("#.b.#", "a.c.d", false),
            ("order.submitted", "order.submitted", true),
            ("order.submitted", "order.saved", false),
            ("order", "order.saved", false),
            ("#", "anything.at.all", true),
        ] {
            assert_eq!(fits(pattern, topic), fit, "{pattern} {topic}");
        }
    }

    fn wire(specversion: &str) -> Value {
        json!({
            "specversion": specversion,
            "id": "01990000-0000-7000-8000-000000000001",
            "source": "svc-orders",
            "type": "order.submitted",
            "subject": "01990000-0000-7000-8000-000000000002",
            "time": "2026-03-02T04:00:00Z",
            "aggregateversion": 7,
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "data": { "message": "order" }
        })
    }

    #[test]
    fn an_envelope_is_a_cloud_event() {
        let envelope: Envelope = serde_json::from_value(wire("1.0")).unwrap();
        assert_eq!((envelope.topic.as_str(), envelope.version), ("order.submitted", 7));
        assert_eq!(serde_json::to_value(envelope).unwrap(), wire("1.0"));
    }

    #[test]
    fn an_envelope_of_another_version_is_not_read() {
        assert!(serde_json::from_value::<Envelope>(wire("1.1")).is_ok());
        let error = serde_json::from_value::<Envelope>(wire("2.0")).unwrap_err().to_string();
        assert_eq!(error, "CloudEvents 2.0 is not known here");
    }
}
