//! One contract for the bus, held by both implementations, and what only a broker can do. RabbitMQ comes from
//! `ICP_TEST_AMQP_URL`.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

mod contract;
#[path = "../shared/proxy.rs"]
mod proxy;
mod rabbit;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use chassis::{
    bus::{
        Bus, Envelope, Handler, Subscription, Undelivered, Verdict,
        local::Local,
        rabbit::{Ladder, Rabbit},
    },
    clock::mint,
    config::BusArgs,
};
use clap::Parser;
use futures::FutureExt;
use serde_json::json;
use tokio::{task::JoinSet, time::Instant};
use tokio_util::sync::CancellationToken;

#[derive(Parser)]
struct Given {
    #[arg(long, env = "ICP_TEST_AMQP_URL")]
    amqp_url: Option<String>,
}

fn amqp_url() -> String {
    let given = Given::try_parse_from(["test"]).unwrap().amqp_url;
    given.expect("ICP_TEST_AMQP_URL is not set: run the tests by `make test`, or by `with-infra --rabbitmq -- …`")
}

/// A bus of this test alone, with pauses that a test can wait for.
struct World {
    bus: Arc<dyn Bus>,
    readers: JoinSet<anyhow::Result<()>>,
    stop: CancellationToken,
}

impl World {
    fn over(bus: impl Bus) -> Self {
        Self { bus: Arc::new(bus), readers: JoinSet::new(), stop: CancellationToken::new() }
    }

    fn in_process() -> Self {
        Self::over(Local::new())
    }

    async fn broker() -> Self {
        Self::at(&amqp_url(), &exchange()).await
    }

    async fn at(url: &str, exchange: &str) -> Self {
        let args = BusArgs { url: Some(url.into()), exchange: exchange.to_owned(), ..BusArgs::default() };
        let ladder = Ladder { pauses: vec![Duration::from_millis(50), Duration::from_millis(100)], most: 2 };
        Self::over(Rabbit::with_ladder(&args, ladder).await.unwrap())
    }

    /// Reads in the background until the world stops.
    fn read(&mut self, what: Subscription, on: Handler) {
        let (bus, stop) = (Arc::clone(&self.bus), self.stop.clone());
        self.readers.spawn(async move { bus.subscribe(what, on, stop).await });
    }

    /// Sends as the outbox does: again and again, until it is delivered.
    async fn send(&self, envelope: &Envelope) {
        let end = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = self.bus.publish(std::slice::from_ref(envelope)).await.remove(0);
            match answer {
                Ok(()) => return,
                Err(why) => assert!(Instant::now() < end, "{why}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn answer(&self, envelope: &Envelope) -> Result<(), Undelivered> {
        self.bus.publish(std::slice::from_ref(envelope)).await.remove(0)
    }

    /// Stops every reader and waits for it.
    async fn end(mut self) {
        self.stop.cancel();
        while let Some(ended) = self.readers.join_next().await {
            ended.unwrap().unwrap();
        }
    }
}

fn exchange() -> String {
    format!("test-{}", mint::<uuid::Uuid>().simple())
}

fn message(topic: &str) -> Envelope {
    Envelope {
        id: mint(),
        source: "test".to_owned(),
        topic: topic.to_owned(),
        aggregate: mint(),
        version: 1,
        time: "2026-03-02T04:00:00Z".parse().unwrap(),
        data: json!({ "text": "备案" }),
        traceparent: None,
    }
}

/// What a reader saw, in order.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Envelope>>>);

impl Seen {
    /// A handler that notes what comes; `verdict` knows how often this message came before.
    fn by(&self, verdict: impl Fn(&Envelope, usize) -> Verdict + Send + Sync + 'static) -> Handler {
        let seen = self.clone();
        Arc::new(move |envelope| {
            let before = seen.times(&envelope);
            let verdict = verdict(&envelope, before);
            seen.0.lock().unwrap().push(envelope);
            async move { verdict }.boxed()
        })
    }

    fn times(&self, envelope: &Envelope) -> usize {
        self.0.lock().unwrap().iter().filter(|known| known.id == envelope.id).count()
    }

    /// Waits until this message came so often.
    async fn has(&self, envelope: &Envelope, times: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        while self.times(envelope) < times {
            assert!(Instant::now() < end, "{} came {} times", envelope.topic, self.times(envelope));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
