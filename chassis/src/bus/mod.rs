//! Carries messages between services: the envelope, and the port that RabbitMQ and the in-process bus stand behind. It knows
//! topics, not what they mean.

pub mod local;
pub mod rabbit;
mod topology;

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use domain::{
    id::{MessageId, OrderId},
    message::Message,
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{clock::mint, failure::Failure, telemetry};

/// A message on its way, as `CloudEvents` 1.0 in JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Wire", into = "Wire")]
pub struct Envelope {
    /// Its own id, by which repetitions are recognised.
    pub id: MessageId,
    /// The service that sent it.
    pub source: String,
    /// The routing key: `order.submitted`.
    pub topic: String,
    /// The order it is about.
    pub aggregate: OrderId,
    /// The order's version after it, for projections; 0 when it is nobody's version.
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
    subject: OrderId,
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

impl From<Wire> for Envelope {
    fn from(wire: Wire) -> Self {
        let Wire { id, source, topic, subject, time, aggregateversion, traceparent, data, .. } = wire;
        Self { id, source, topic, aggregate: subject, version: aggregateversion, time, data, traceparent }
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
            aggregate: message.order(),
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
    /// The broker said no.
    #[error("the broker refused it: {0}")]
    Refused(String),
    /// Nobody said that it arrived.
    #[error("its arrival was not confirmed: {0}")]
    Unconfirmed(String),
}

/// Deals with one message.
pub type Handler = Arc<dyn Fn(Envelope) -> BoxFuture<'static, Verdict> + Send + Sync>;

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

    /// Reads until `stop`, then finishes what is at hand and returns. An error when it can never work.
    async fn subscribe(&self, what: Subscription, on: Handler, stop: CancellationToken) -> anyhow::Result<()>;

    /// Whether messages can be sent now.
    async fn check(&self) -> Result<(), String>;
}

/// Whether a topic fits an AMQP pattern.
fn fits(pattern: &str, topic: &str) -> bool {
    fn words(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern, topic) {
            ([], []) => true,
            (["#", rest @ ..], topic) => {
                (0..=topic.len()).any(|skip| topic.get(skip..).is_some_and(|topic| words(rest, topic)))
            }
            (["*", pattern @ ..], [_, topic @ ..]) => words(pattern, topic),
            ([word, pattern @ ..], [same, topic @ ..]) if word == same => words(pattern, topic),
            _ => false,
        }
    }
    let split = |text: &'_ str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    let (pattern, topic) = (split(pattern), split(topic));
    words(
        &pattern.iter().map(String::as_str).collect::<Vec<_>>(),
        &topic.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_in_amqp() {
        for (pattern, topic, fit) in [
            ("order.#", "order.submitted", true),
            ("order.#", "order", true),
            ("order.*", "order.submitted.late", false),
            ("*.submitted", "order.submitted", true),
            ("#.submitted", "a.b.submitted", true),
            ("order.submitted", "order.submitted", true),
            ("order.submitted", "order.saved", false),
            ("#", "anything.at.all", true),
        ] {
            assert_eq!(fits(pattern, topic), fit, "{pattern} {topic}");
        }
    }
}
