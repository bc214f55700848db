//! Reading a queue: a bounded number of messages at a time, repetitions over the ladder, and what was given up. It knows no
//! meaning of a message.
//!
//! A message leaves its queue only when something else holds it: its reader's database, a waiting queue that has confirmed
//! it, or the queue of what was given up.

use anyhow::Context;
use futures::{StreamExt, stream::FuturesUnordered};
use lapin::{
    Channel, Connection, Consumer, ErrorKind,
    message::Delivery,
    options::{BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    protocol::{AMQPErrorKind, AMQPSoftError},
    types::{AMQPValue, FieldTable},
};
use tokio_util::sync::CancellationToken;

use super::{
    super::{Envelope, GivenUp, Handler, Keeper, Subscription, Verdict, topology},
    Outgoing, PAUSE, Rabbit, confirming,
};
use crate::telemetry::metric;

/// How often a message was tried again, in the message's headers.
const ATTEMPT: &str = "x-attempt";
/// Why a reader gave a message up, in the message's headers.
const GIVEN_UP: &str = "x-given-up";

/// What is read, and who deals with it.
pub(super) enum Work {
    Messages { what: Subscription, on: Handler },
    GivenUp { queue: &'static str, keep: Keeper },
}

/// A queue that is being read.
struct Reading<'a> {
    bus: &'a Rabbit,
    connection: Connection,
    channel: Channel,
    consumer: Consumer,
    work: &'a Work,
    stop: &'a CancellationToken,
}

impl Rabbit {
    /// Reads until `stop`, over as many connections as it takes. An error when the queue cannot be as it should.
    pub(super) async fn follow(&self, work: &Work, stop: &CancellationToken) -> anyhow::Result<()> {
        loop {
            let begun = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                begun = self.begin(work, stop) => begun,
            };
            let ended = match begun {
                Ok(reading) => reading.run().await,
                Err(error) if is_final(&error) => return Err(error),
                Err(error) => Err(error),
            };
            if let Err(error) = ended {
                tracing::warn!(queue = work.queue(), error = format!("{error:#}"), "reading begins anew");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn begin<'a>(&'a self, work: &'a Work, stop: &'a CancellationToken) -> anyhow::Result<Reading<'a>> {
        let connection = self.open().await?;
        let channel = confirming(&connection).await?;
        topology::exchanges(&channel, &self.names).await?;
        let queue = match work {
            Work::Messages { what, .. } => {
                topology::queues(&channel, &self.names, *what, &self.ladder).await?;
                self.names.queue(what.queue)
            }
            Work::GivenUp { queue, .. } => {
                topology::dead(&channel, &self.names, queue).await?;
                self.names.dead_queue(queue)
            }
        };
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let consumer = channel.basic_consume(queue.as_str().into(), "".into(), options, FieldTable::default()).await?;
        tracing::info!(queue, "reading");
        Ok(Reading { bus: self, connection, channel, consumer, work, stop })
    }
}

impl Work {
    fn queue(&self) -> &'static str {
        match self {
            Self::Messages { what, .. } => what.queue,
            Self::GivenUp { queue, .. } => queue,
        }
    }
}

/// Whether the broker has something else under one of our names, or does not let us: waiting changes neither.
fn is_final(error: &anyhow::Error) -> bool {
    let Some(ErrorKind::ProtocolError(error)) = error.downcast_ref::<lapin::Error>().map(lapin::Error::kind) else {
        return false;
    };
    matches!(error.kind(), AMQPErrorKind::Soft(AMQPSoftError::PRECONDITIONFAILED | AMQPSoftError::ACCESSREFUSED))
}

impl Reading<'_> {
    /// Works until `stop` or until the connection breaks, then finishes what is at hand.
    async fn run(self) -> anyhow::Result<()> {
        let mut consumer = self.consumer.clone();
        let mut at_hand = FuturesUnordered::new();
        let ended = loop {
            let room = at_hand.len() < self.bus.concurrency;
            tokio::select! {
                () = self.stop.cancelled() => break Ok(()),
                Some(done) = at_hand.next(), if !at_hand.is_empty() => if let Err(error) = done { break Err(error) },
                next = consumer.next(), if room => match next {
                    Some(Ok(delivery)) => at_hand.push(self.deal(delivery)),
                    Some(Err(error)) => break Err(error.into()),
                    None => break Err(anyhow::anyhow!("the broker ended the reading")),
                },
            }
        };
        if ended.is_ok() {
            // What the broker handed over beyond this goes back to the queue when the connection closes.
            drop(self.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await);
        }
        // Work that has begun is not broken off in the middle, even if its acknowledgement comes too late to count: then
        // the message comes again, and is recognised.
        while let Some(done) = at_hand.next().await {
            if let Err(error) = done {
                tracing::debug!(error = format!("{error:#}"), "a message stays in its queue");
            }
        }
        // What is said here reaches a broker that we leave anyway.
        drop(self.connection.close(200, "done".into()).await);
        ended
    }

    /// Deals with one message; an error means that the channel is of no use any more.
    async fn deal(&self, delivery: Delivery) -> anyhow::Result<()> {
        match self.work {
            Work::Messages { what, on } => self.handle(*what, on, &delivery).await?,
            Work::GivenUp { keep, .. } => {
                if !self.keep(keep, &delivery).await {
                    return Ok(());
                }
            }
        }
        delivery.acker.ack(BasicAckOptions::default()).await?;
        Ok(())
    }

    async fn handle(&self, what: Subscription, on: &Handler, delivery: &Delivery) -> anyhow::Result<()> {
        let envelope = match serde_json::from_slice::<Envelope>(&delivery.data) {
            Ok(envelope) => envelope,
            Err(error) => {
                // Where it broke is enough; its content may be anything.
                let why = format!("it is no envelope (line {}, column {})", error.line(), error.column());
                return self.give_up(what, delivery, "", &why).await;
            }
        };
        let id = envelope.id.to_string();
        match on(envelope).await {
            // The reader has kept what it calls dead.
            Verdict::Done | Verdict::Dead => Ok(()),
            Verdict::Retry => self.park(what, delivery, &id).await,
        }
    }

    /// Puts a message into a waiting queue, and says so only when the broker has confirmed it.
    async fn park(&self, what: Subscription, delivery: &Delivery, id: &str) -> anyhow::Result<()> {
        let attempt = attempt_of(delivery).saturating_add(1);
        let Some(step) = self.bus.ladder.step(attempt) else {
            return self.give_up(what, delivery, id, &format!("it was tried {attempt} times")).await;
        };
        let mut headers = FieldTable::default();
        headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(i64::try_from(attempt).unwrap_or(i64::MAX)));
        let message = Outgoing { id, body: &delivery.data, headers };
        self.bus.send(&self.channel, "", &self.bus.names.parking(what.queue, step), &message).await?;
        Ok(())
    }

    async fn give_up(&self, what: Subscription, delivery: &Delivery, id: &str, why: &str) -> anyhow::Result<()> {
        tracing::error!(queue = what.queue, message = id, why, "a message is given up");
        metric::count(metric::BUS_DEAD, 1, &[("consumer", what.queue)]);
        let mut headers = FieldTable::default();
        headers.insert(GIVEN_UP.into(), AMQPValue::LongString(why.into()));
        let message = Outgoing { id, body: &delivery.data, headers };
        let names = &self.bus.names;
        self.bus.send(&self.channel, &names.dead, &names.queue(what.queue), &message).await.context("giving up")?;
        Ok(())
    }

    /// Tries until it is kept; false when `stop` came before, and the message stays where it is.
    async fn keep(&self, keep: &Keeper, delivery: &Delivery) -> bool {
        loop {
            let letter = GivenUp { body: delivery.data.clone(), why: reason_of(delivery) };
            match keep(letter).await {
                Verdict::Done | Verdict::Dead => return true,
                Verdict::Retry => {}
            }
            tokio::select! {
                () = self.stop.cancelled() => return false,
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }
}

fn header<'a>(delivery: &'a Delivery, name: &str) -> Option<&'a AMQPValue> {
    delivery.properties.headers().as_ref()?.inner().get(name)
}

fn attempt_of(delivery: &Delivery) -> usize {
    match header(delivery, ATTEMPT) {
        Some(AMQPValue::LongLongInt(attempt)) => usize::try_from(*attempt).unwrap_or(0),
        _ => 0,
    }
}

fn reason_of(delivery: &Delivery) -> String {
    match header(delivery, GIVEN_UP) {
        Some(AMQPValue::LongString(why)) => why.to_string(),
        // The broker did it, which happens at the delivery limit only.
        _ => "it killed its reader each time".to_owned(),
    }
}
