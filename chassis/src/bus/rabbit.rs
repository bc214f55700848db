//! The bus over RabbitMQ: confirmed publishing, reading with a bounded number at a time, waiting queues for repetitions. It
//! knows envelopes, not meanings.
//!
//! A connection that broke is given up whole and made anew: by the next publish, and by each reader after a pause.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use futures::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, Consumer,
    message::Delivery,
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions,
        BasicRejectOptions, ConfirmSelectOptions,
    },
    types::{AMQPValue, FieldTable},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;

use super::{
    Bus, Envelope, Handler, Subscription, Undelivered, Verdict,
    topology::{self, LADDER, Names},
};
use crate::{config::BusArgs, failure::Failure};

/// How often a message was tried, in the message's headers.
const ATTEMPT: &str = "x-attempt";
/// The pause of a reader before it connects anew.
const PAUSE: Duration = Duration::from_secs(1);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// RabbitMQ.
pub struct Rabbit {
    url: SecretString,
    names: Names,
    confirm: Duration,
    prefetch: u16,
    concurrency: usize,
    ladder: Vec<Duration>,
    publisher: Mutex<Option<Publisher>>,
}

/// A connection with a channel that confirms.
struct Publisher {
    connection: Connection,
    channel: Channel,
}

impl Rabbit {
    /// Connects and declares the exchanges; fails when the broker cannot be reached or refuses.
    pub async fn connect(args: &BusArgs) -> anyhow::Result<Self> {
        Self::with_ladder(args, LADDER.to_vec()).await
    }

    /// The same with other pauses between repetitions; at least one.
    pub async fn with_ladder(args: &BusArgs, ladder: Vec<Duration>) -> anyhow::Result<Self> {
        anyhow::ensure!(!ladder.is_empty(), "a ladder without steps");
        let bus = Self {
            url: args.url.clone().context("AMQP_URL is required")?,
            names: Names::of(&args.exchange),
            confirm: Duration::from_millis(args.confirm_timeout_ms),
            prefetch: args.prefetch,
            concurrency: args.concurrency,
            ladder,
            publisher: Mutex::new(None),
        };
        bus.channel().await.context("AMQP_URL: the broker does not answer")?;
        Ok(bus)
    }

    async fn open(&self) -> anyhow::Result<Connection> {
        let properties = ConnectionProperties::default().with_connection_name(self.names.exchange.as_str().into());
        let opening = Connection::connect(self.url.expose_secret(), properties);
        // An error of the address may show the password in it.
        let opened = tokio::time::timeout(CONNECT, opening).await.context("no answer in time")?;
        opened.map_err(|error| anyhow::anyhow!("{}", without_address(&error)))
    }

    /// The channel for publishing, made anew when the last one is gone.
    async fn channel(&self) -> anyhow::Result<Channel> {
        let mut publisher = self.publisher.lock().await;
        if let Some(Publisher { connection, channel }) = &*publisher
            && connection.status().connected()
            && channel.status().connected()
        {
            return Ok(channel.clone());
        }
        let connection = self.open().await?;
        let channel = confirming(&connection).await?;
        topology::exchanges(&channel, &self.names).await?;
        *publisher = Some(Publisher { connection, channel: channel.clone() });
        Ok(channel)
    }

    async fn forget(&self) {
        *self.publisher.lock().await = None;
    }

    async fn send(
        &self,
        channel: &Channel,
        exchange: &str,
        key: &str,
        message: &Outgoing<'_>,
    ) -> Result<(), Undelivered> {
        let properties = BasicProperties::default()
            .with_delivery_mode(2)
            .with_content_type("application/cloudevents+json".into())
            .with_message_id(message.id.into())
            .with_headers(message.headers());
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sent = channel.basic_publish(exchange.into(), key.into(), options, message.body, properties).await;
        let confirm = sent.map_err(|error| Undelivered::Unconfirmed(error.to_string()))?;
        match tokio::time::timeout(self.confirm, confirm).await {
            // The broker confirms as well what it sent back because nobody is bound.
            Ok(Ok(Confirmation::Ack(None))) => Ok(()),
            Ok(Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)))) => Err(Undelivered::Unroutable),
            Ok(Ok(Confirmation::Nack(None))) => Err(Undelivered::Refused("not acknowledged".into())),
            Ok(Ok(Confirmation::NotRequested)) => Err(Undelivered::Unconfirmed("the channel does not confirm".into())),
            Ok(Err(error)) => Err(Undelivered::Unconfirmed(error.to_string())),
            Err(_elapsed) => Err(Undelivered::Unconfirmed("no confirmation in time".into())),
        }
    }

    /// Reads with one connection for as long as that lives.
    async fn read(&self, what: Subscription, on: &Handler, stop: &CancellationToken) -> anyhow::Result<()> {
        let connection = self.open().await?;
        let channel = confirming(&connection).await?;
        topology::exchanges(&channel, &self.names).await?;
        topology::queues(&channel, &self.names, what, &self.ladder).await?;
        channel.basic_qos(self.prefetch, BasicQosOptions::default()).await?;
        let (queue, options) = (self.names.queue(what.queue), BasicConsumeOptions::default());
        let consumer = channel.basic_consume(queue.as_str().into(), "".into(), options, FieldTable::default()).await?;
        tracing::info!(queue, "reading");
        let reader = Reader { bus: self, channel: &channel, what, on };
        let outcome = reader.run(consumer, stop).await;
        if outcome.is_ok() {
            // What is said here reaches a broker that we leave anyway.
            drop(connection.close(200, "done".into()).await);
        }
        outcome
    }
}

/// A message on its way to the broker.
struct Outgoing<'a> {
    id: &'a str,
    body: &'a [u8],
    attempt: usize,
}

impl Outgoing<'_> {
    fn headers(&self) -> FieldTable {
        let mut headers = FieldTable::default();
        if self.attempt > 0 {
            let attempt = i64::try_from(self.attempt).unwrap_or(i64::MAX);
            headers.insert(ATTEMPT.into(), AMQPValue::LongLongInt(attempt));
        }
        headers
    }
}

struct Reader<'a> {
    bus: &'a Rabbit,
    channel: &'a Channel,
    what: Subscription,
    on: &'a Handler,
}

impl Reader<'_> {
    /// Works on several messages at a time until `stop`, then finishes those at hand.
    async fn run(&self, mut consumer: Consumer, stop: &CancellationToken) -> anyhow::Result<()> {
        let mut at_hand = FuturesUnordered::new();
        loop {
            let room = at_hand.len() < self.bus.concurrency;
            tokio::select! {
                () = stop.cancelled() => break,
                Some(done) = at_hand.next(), if !at_hand.is_empty() => done?,
                next = consumer.next(), if room => match next {
                    Some(delivery) => at_hand.push(self.deal(delivery?)),
                    None => anyhow::bail!("the broker ended the reading"),
                },
            }
        }
        // What the broker handed over beyond this goes back to the queue when the connection closes.
        self.channel.basic_cancel(consumer.tag(), BasicCancelOptions::default()).await?;
        while let Some(done) = at_hand.next().await {
            done?;
        }
        Ok(())
    }

    /// Deals with one message; an error means that the channel is of no use any more.
    async fn deal(&self, delivery: Delivery) -> anyhow::Result<()> {
        let Ok(envelope) = serde_json::from_slice::<Envelope>(&delivery.data) else {
            tracing::error!(queue = self.what.queue, "what came is no envelope; it goes to the dead letters");
            delivery.acker.reject(BasicRejectOptions { requeue: false }).await?;
            return Ok(());
        };
        let id = envelope.id.to_string();
        match (self.on)(envelope).await {
            // The reader has kept what it gave up.
            Verdict::Done | Verdict::Dead => {}
            Verdict::Retry => self.park(&delivery, &id).await?,
        }
        delivery.acker.ack(BasicAckOptions::default()).await?;
        Ok(())
    }

    /// Puts a message into its waiting queue, and says so only when the broker has confirmed it.
    async fn park(&self, delivery: &Delivery, id: &str) -> anyhow::Result<()> {
        let attempt = attempt_of(delivery).saturating_add(1);
        let parking = self.bus.names.parking(self.what.queue, attempt, &self.bus.ladder);
        let message = Outgoing { id, body: &delivery.data, attempt };
        self.bus.send(self.channel, "", &parking, &message).await?;
        Ok(())
    }
}

fn attempt_of(delivery: &Delivery) -> usize {
    let headers = delivery.properties.headers().as_ref();
    match headers.and_then(|headers| headers.inner().get(ATTEMPT)) {
        Some(AMQPValue::LongLongInt(attempt)) => usize::try_from(*attempt).unwrap_or(0),
        _ => 0,
    }
}

async fn confirming(connection: &Connection) -> lapin::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

fn without_address(error: &lapin::Error) -> String {
    let text = error.to_string();
    if text.contains("://") { "the address is wrong".to_owned() } else { text }
}

#[async_trait]
impl Bus for Rabbit {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<(), Undelivered>> {
        let channel = match self.channel().await {
            Ok(channel) => channel,
            Err(error) => {
                let why = Undelivered::Unconfirmed(format!("{error:#}"));
                return vec![Err(why); batch.len()];
            }
        };
        // All are on their way before the first confirmation is waited for.
        let answers = join_all(batch.iter().map(|envelope| {
            let channel = &channel;
            async move {
                let body = serde_json::to_vec(envelope).map_err(|error| Undelivered::Refused(error.to_string()))?;
                let message = Outgoing { id: &envelope.id.to_string(), body: &body, attempt: 0 };
                self.send(channel, &self.names.exchange, &envelope.topic, &message).await
            }
        }))
        .await;
        if answers.iter().any(|answer| matches!(answer, Err(Undelivered::Unconfirmed(_)))) {
            self.forget().await;
        }
        answers
    }

    async fn subscribe(&self, what: Subscription, on: Handler, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            let read = self.read(what, &on, &stop);
            let ended = tokio::select! {
                // Connecting may take long; reading ends by itself.
                () = stop.cancelled().then(|()| tokio::time::sleep(CONNECT)) => Ok(()),
                ended = read => ended,
            };
            if stop.is_cancelled() {
                return Ok(());
            }
            if let Err(error) = ended {
                tracing::warn!(queue = what.queue, error = format!("{error:#}"), "reading begins anew");
            }
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = tokio::time::sleep(PAUSE) => {}
            }
        }
    }

    async fn check(&self) -> Result<(), String> {
        self.channel().await.map(drop).map_err(|error| format!("{error:#}"))
    }
}

impl From<Undelivered> for Failure {
    fn from(why: Undelivered) -> Self {
        Self::unavailable("A message could not be sent.", PAUSE).because(why)
    }
}
