//! What is declared at the broker: exchanges, queues and the ladder of waiting queues. It sends and reads nothing.
//!
//! ```text
//! icp (topic) ──► icp.orders ──(20 deliveries)──► icp.dead (direct) ──► icp.orders.dead
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

/// The pauses between tries; the last one is repeated.
pub(super) const LADDER: [Duration; 5] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(120),
    Duration::from_secs(600),
    Duration::from_secs(3600),
];

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

    /// The queue in which a message waits before its `attempt`-th repetition, counted from 1.
    pub(super) fn parking(&self, queue: &str, attempt: usize, ladder: &[Duration]) -> String {
        format!("{}.{queue}.retry.{}", self.exchange, attempt.clamp(1, ladder.len().max(1)))
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

/// Declares a service's queues and binds them.
pub(super) async fn queues(
    channel: &Channel,
    names: &Names,
    what: Subscription,
    ladder: &[Duration],
) -> lapin::Result<()> {
    let (queue, dead) = (names.queue(what.queue), names.dead_queue(what.queue));
    declare(channel, &dead, &[]).await?;
    bind(channel, &dead, &names.dead, &queue).await?;
    let limit = ("x-delivery-limit", AMQPValue::LongInt(DELIVERIES));
    let mut arguments = vec![limit];
    arguments.extend(letters_to(&names.dead, &queue));
    declare(channel, &queue, &arguments).await?;
    for (nth, pause) in ladder.iter().enumerate() {
        let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
        let mut arguments = vec![("x-message-ttl", AMQPValue::LongLongInt(millis))];
        arguments.extend(letters_to("", &queue));
        declare(channel, &names.parking(what.queue, nth + 1, ladder), &arguments).await?;
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
