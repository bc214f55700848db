//! The bus over RabbitMQ: confirmed publishing here, reading in its own file. It knows envelopes, not meanings.
//!
//! A connection that broke is given up whole and made anew: by the next publish, and by each reader after a pause. So
//! nothing depends on what a client library restores, and the outbox bridges the gap.

mod reader;

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use futures::future::join_all;
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
    types::FieldTable,
    uri::AMQPUri,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::{runtime::Handle, sync::Mutex, time::timeout};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

pub use super::topology::Ladder;
use super::{
    Bus, Envelope, Handler, Keeper, Subscription, Undelivered,
    topology::{self, Names},
};
use crate::{config::BusArgs, failure::Failure};
use reader::Work;

/// The pause of a reader before it connects anew.
const PAUSE: Duration = Duration::from_secs(1);
/// The largest frame, in bytes. The client keeps room for 64 of them on each connection: with the broker's 128 KiB that is
/// 8 MiB for each of three connections, as much as all the rest of a service. A message may be larger than a frame.
const FRAME: u32 = 16 * 1024;
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(10);

/// RabbitMQ.
pub struct Rabbit {
    url: SecretString,
    names: Names,
    confirm: Duration,
    prefetch: u16,
    concurrency: usize,
    ladder: Ladder,
    publisher: Mutex<Option<Publisher>>,
    runtime: Handle,
}

/// A connection with a channel that confirms.
struct Publisher {
    connection: Connection,
    channel: Channel,
}

impl Rabbit {
    /// Connects and declares the exchanges; fails when the broker cannot be reached or refuses. To be called on the
    /// runtime that lives as long as the process: connections belong to it.
    pub async fn connect(args: &BusArgs) -> anyhow::Result<Self> {
        Self::with_ladder(args, Ladder::default()).await
    }

    /// The same with other pauses between repetitions; at least one.
    pub async fn with_ladder(args: &BusArgs, ladder: Ladder) -> anyhow::Result<Self> {
        anyhow::ensure!(!ladder.pauses.is_empty(), "a ladder without steps");
        let bus = Self {
            url: args.url.clone().context("AMQP_URL is required")?,
            names: Names::of(&args.exchange),
            confirm: Duration::from_millis(args.confirm_timeout_ms),
            prefetch: args.prefetch,
            concurrency: args.concurrency,
            ladder,
            publisher: Mutex::new(None),
            runtime: Handle::current(),
        };
        bus.channel().await.context("AMQP_URL: the broker does not answer")?;
        Ok(bus)
    }

    async fn open(&self) -> anyhow::Result<Connection> {
        let properties = ConnectionProperties::default().with_connection_name(self.names.exchange.as_str().into());
        // The error of the parser may show the password.
        let mut url: AMQPUri =
            self.url.expose_secret().parse().map_err(|_may_quote| anyhow::anyhow!("the address is wrong"))?;
        url.query.frame_max.get_or_insert(FRAME);
        // A probe asks from a worker of the HTTP server, whose runtime ends before the last message is sent.
        let opening = self.runtime.spawn(async move { Connection::connect_uri(url, properties).await });
        let opened = timeout(CONNECT, AbortOnDropHandle::new(opening)).await.context("no answer in time")?;
        opened.context("connecting broke off")?.map_err(|error| anyhow::anyhow!("{}", without_address(&error)))
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

    /// Sends one message and waits until the broker has it, for so long and no longer: under an alarm of its disk or memory
    /// it answers nothing at all.
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
            .with_headers(message.headers.clone());
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let sending = async {
            channel.basic_publish(exchange.into(), key.into(), options, message.body, properties).await?.await
        };
        match timeout(self.confirm, sending).await {
            // The broker confirms as well what it sent back because nobody is bound.
            Ok(Ok(Confirmation::Ack(None))) => Ok(()),
            Ok(Ok(Confirmation::Ack(Some(_)) | Confirmation::Nack(Some(_)))) => Err(Undelivered::Unroutable),
            Ok(Ok(Confirmation::Nack(None))) => Err(Undelivered::Refused("not acknowledged".into())),
            Ok(Ok(Confirmation::NotRequested)) => Err(Undelivered::Unconfirmed("the channel does not confirm".into())),
            Ok(Err(error)) => Err(Undelivered::Unconfirmed(error.to_string())),
            Err(_elapsed) => Err(Undelivered::Unconfirmed("no confirmation in time".into())),
        }
    }

    async fn publish_one(&self, channel: &Channel, envelope: &Envelope) -> Result<(), Undelivered> {
        let body = serde_json::to_vec(envelope).map_err(|error| Undelivered::Refused(error.to_string()))?;
        let message = Outgoing { id: &envelope.id.to_string(), body: &body, headers: FieldTable::default() };
        self.send(channel, &self.names.exchange, &envelope.topic, &message).await
    }
}

/// A message on its way to the broker.
struct Outgoing<'a> {
    id: &'a str,
    body: &'a [u8],
    headers: FieldTable,
}

async fn confirming(connection: &Connection) -> lapin::Result<Channel> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    Ok(channel)
}

/// An error of the address may show the password in it.
fn without_address(error: &lapin::Error) -> String {
    let text = error.to_string();
    if text.contains("://") { "the address is wrong".to_owned() } else { text }
}

#[async_trait]
impl Bus for Rabbit {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<(), Undelivered>> {
        let channel = match timeout(self.confirm, self.channel()).await {
            Ok(Ok(channel)) => channel,
            Ok(Err(error)) => return vec![Err(Undelivered::Unconfirmed(format!("{error:#}"))); batch.len()],
            Err(_elapsed) => return vec![Err(Undelivered::Unconfirmed("no connection in time".into())); batch.len()],
        };
        // All are on their way before the first confirmation is waited for.
        let answers = join_all(batch.iter().map(|envelope| self.publish_one(&channel, envelope))).await;
        if answers.iter().any(|answer| matches!(answer, Err(Undelivered::Unconfirmed(_)))) {
            self.forget().await;
        }
        answers
    }

    async fn declare(&self, what: Subscription) -> anyhow::Result<()> {
        let channel = self.channel().await?;
        topology::queues(&channel, &self.names, what, &self.ladder).await?;
        Ok(())
    }

    async fn subscribe(&self, what: Subscription, on: Handler, stop: CancellationToken) -> anyhow::Result<()> {
        self.follow(&Work::Messages { what, on }, &stop).await
    }

    async fn given_up(&self, queue: &'static str, keep: Keeper, stop: CancellationToken) -> anyhow::Result<()> {
        self.follow(&Work::GivenUp { queue, keep }, &stop).await
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
