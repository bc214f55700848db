//! What is declared at the broker: exchanges, queues and the ladder of waiting queues. It sends and reads nothing.
//!
//! ```text
//! icp (topic) ──► icp.orders ──(unreadable, 20 deliveries, tried for a day)──► icp.dead (direct) ──► icp.orders.dead
//!                    ▲   │ retry
//!                    │   ▼
//!                    └── icp.orders.retry.1 … 5   (5 s, 30 s, 2 min, 10 min, 1 h; over: back to icp.orders)
//! ```
//! Everything is durable and replicated. A waiting queue has one fixed time, because a queue releases only its head.

use std::time::Duration;

use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use super::Subscription;

/// How often a message is delivered before the broker gives it up: it killed its reader each time.
const DELIVERIES: i32 = 20;
/// For what was given up there is no further place: without a limit of its own, a newer broker would drop it after 20.
const NEVER: i32 = i32::MAX;

/// How a message is tried again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// The pauses between tries; the last one is repeated.
    pub pauses: Vec<Duration>,
    /// How many repetitions there are before the message is given up.
    pub most: usize,
}

impl Default for Ladder {
    /// Five growing pauses, and then every hour for a day: an outage over a night heals by itself.
    fn default() -> Self {
        Self { pauses: [5, 30, 120, 600, 3600].map(Duration::from_secs).to_vec(), most: 5 + 24 }
    }
}

impl Ladder {
    /// The step for the repetition of this number, counted from 1; none when the message is to be given up.
    pub(super) fn step(&self, repetition: usize) -> Option<usize> {
        (repetition <= self.most).then(|| repetition.clamp(1, self.pauses.len().max(1)))
    }
}

/// The names at the broker.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) exchange: String,
    pub(super) dead: String,
}

impl Names {
    pub(super) fn of(exchange: &str) -> Self {
        Self { exchange: exchange.to_owned(), dead: format!("{exchange}.dead") }
    }

    pub(super) fn queue(&self, queue: &str) -> String {
        format!("{}.{queue}", self.exchange)
    }

    pub(super) fn dead_queue(&self, queue: &str) -> String {
        format!("{}.{queue}.dead", self.exchange)
    }

    /// The queue in which a message waits at a step of the ladder, counted from 1.
    pub(super) fn parking(&self, queue: &str, step: usize) -> String {
        format!("{}.{queue}.retry.{step}", self.exchange)
    }
}

/// Declares the exchanges.
pub(super) async fn exchanges(channel: &Channel, names: &Names) -> lapin::Result<()> {
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    for (name, kind) in [(&names.exchange, ExchangeKind::Topic), (&names.dead, ExchangeKind::Direct)] {
        channel.exchange_declare(name.as_str().into(), kind, durable, FieldTable::default()).await?;
    }
    Ok(())
}

/// Declares the queue of what was given up of a queue.
pub(super) async fn dead(channel: &Channel, names: &Names, queue: &str) -> lapin::Result<()> {
    let dead = names.dead_queue(queue);
    declare(channel, &dead, &[("x-delivery-limit", AMQPValue::LongInt(NEVER))]).await?;
    bind(channel, &dead, &names.dead, &names.queue(queue)).await
}

/// Declares a service's queues and binds them.
pub(super) async fn queues(channel: &Channel, names: &Names, what: Subscription, ladder: &Ladder) -> lapin::Result<()> {
    dead(channel, names, what.queue).await?;
    let queue = names.queue(what.queue);
    let mut arguments = vec![("x-delivery-limit", AMQPValue::LongInt(DELIVERIES))];
    arguments.extend(letters_to(&names.dead, &queue));
    declare(channel, &queue, &arguments).await?;
    for (nth, pause) in ladder.pauses.iter().enumerate() {
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let mut arguments = vec![("x-message-ttl", AMQPValue::LongLongInt(millis))];
        arguments.extend(letters_to("", &queue));
        declare(channel, &names.parking(what.queue, nth + 1), &arguments).await?;
    }
    for topic in what.topics {
        bind(channel, &queue, &names.exchange, topic).await?;
    }
    Ok(())
}

/// Where a queue's messages go that are over or given up. At least once, which needs the overflow to refuse.
fn letters_to(exchange: &str, key: &str) -> [(&'static str, AMQPValue); 4] {
    [
        ("x-dead-letter-exchange", AMQPValue::LongString(exchange.into())),
        ("x-dead-letter-routing-key", AMQPValue::LongString(key.into())),
        ("x-dead-letter-strategy", AMQPValue::LongString("at-least-once".into())),
        ("x-overflow", AMQPValue::LongString("reject-publish".into())),
    ]
}

async fn declare(channel: &Channel, name: &str, arguments: &[(&str, AMQPValue)]) -> lapin::Result<()> {
    let mut table = FieldTable::default();
    table.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
    for (key, value) in arguments {
        table.insert((*key).into(), value.clone());
    }
    channel.queue_declare(name.into(), QueueDeclareOptions::durable(), table).await?;
    Ok(())
}

async fn bind(channel: &Channel, queue: &str, exchange: &str, key: &str) -> lapin::Result<()> {
    let options = QueueBindOptions::default();
    channel.queue_bind(queue.into(), exchange.into(), key.into(), options, FieldTable::default()).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pause_is_repeated_for_a_day_and_then_a_message_is_given_up() {
        let ladder = Ladder::default();
        assert_eq!((1..=7).map(|nth| ladder.step(nth)).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 5, 5].map(Some));
        assert_eq!((ladder.step(29), ladder.step(30)), (Some(5), None));
    }
}
