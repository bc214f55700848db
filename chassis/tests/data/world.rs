//! An empty database for each test, and a bus whose answers the test decides.

use std::{
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use async_trait::async_trait;
use chassis::{
    bus::{Bus, Envelope, Handler, Keeper, Subscription, Undelivered},
    clock::{Clock as _, FixedClock, mint},
    config::DatabaseArgs,
    db::{Db, Tx, migrate},
    failure::Failure,
    outbox::{self, Relay},
};
use chrono::{DateTime, Utc};
use clap::Parser;
use diesel_async::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use domain::{
    id::{MaterialId, MessageId, OrderId},
    message::{MaterialNews, MaterialState, Message},
};
use secrecy::SecretString;
use tokio_postgres::{NoTls, Row};
use tokio_util::sync::CancellationToken;
use url::Url;
use uuid::Uuid;

/// What a service would have besides the tables of the chassis.
pub(crate) const OWN: EmbeddedMigrations = embed_migrations!("tests/data/migrations");

#[derive(Parser)]
struct Given {
    #[arg(long, env = "ICP_TEST_DATABASE_URL")]
    database_url: Option<Url>,
}

/// A database of the test's own, dropped at its end and kept when it panics.
pub(crate) struct World {
    pub(crate) db: Db,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) args: DatabaseArgs,
    url: Url,
    _guard: Guard,
}

impl World {
    /// With all tables.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// With all tables and settings of its own.
    pub(crate) async fn with(settings: impl FnOnce(&mut DatabaseArgs)) -> Self {
        let (mut args, url, guard) = empty().await;
        settings(&mut args);
        migrate::run(&args, OWN).await.unwrap();
        let db = Db::connect(&args, "data-test").await.unwrap();
        let clock = Arc::new(FixedClock::at("2026-03-02T04:00:00Z".parse().unwrap()));
        Self { db, clock, args, url, _guard: guard }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Runs statements beside the pool.
    pub(crate) async fn sql(&self, statements: &str) -> Result<(), tokio_postgres::Error> {
        let (client, connection) = tokio_postgres::connect(self.url.as_str(), NoTls).await?;
        tokio::select! {
            done = client.batch_execute(statements) => done,
            _ended = connection => unreachable!("the connection lives as long as its client"),
        }
    }

    /// Asks beside the pool for all rows.
    pub(crate) async fn rows(&self, query: &str) -> Vec<Row> {
        let (client, connection) = tokio_postgres::connect(self.url.as_str(), NoTls).await.unwrap();
        tokio::select! {
            rows = client.query(query, &[]) => rows.unwrap(),
            _ended = connection => unreachable!("the connection lives as long as its client"),
        }
    }

    /// Asks beside the pool for one number.
    pub(crate) async fn number(&self, query: &str) -> i64 {
        self.rows(query).await[0].get(0)
    }

    pub(crate) fn relay<B: Bus>(&self, bus: &Arc<B>) -> Relay {
        let (bus, clock) = (Arc::<B>::clone(bus), Arc::<FixedClock>::clone(&self.clock));
        Relay::new(self.db.clone(), bus, clock)
    }

    /// Puts so many messages in one transaction and answers them.
    pub(crate) async fn put(&self, count: usize) -> Vec<Envelope> {
        let envelopes: Vec<Envelope> = (0..count).map(|_| self.envelope()).collect();
        self.db.transact("test.put", async |tx| outbox::put(tx, &envelopes).await).await.unwrap();
        envelopes
    }

    pub(crate) fn envelope(&self) -> Envelope {
        Envelope::of("svc-test", &message(), 0, self.now())
    }
}

/// A database without a table.
pub(crate) async fn empty() -> (DatabaseArgs, Url, Guard) {
    let admin = Given::try_parse_from(["data"]).unwrap().database_url.unwrap_or_else(|| {
        panic!(
            "ICP_TEST_DATABASE_URL is not set: run the tests by `make test`, or put \
             `cargo run -p sandbox --bin with-infra -- --postgres --` in front of them"
        )
    });
    let name = format!("test_data_{}", Uuid::new_v4().simple());
    run(&admin, &format!("CREATE DATABASE {name}")).await;
    let mut url = admin.clone();
    url.set_path(&name);
    let args = DatabaseArgs { url: SecretString::from(url.to_string()), pool_size: 8, ..DatabaseArgs::default() };
    (args, url, Guard { admin, name })
}

async fn run(admin: &Url, statement: &str) {
    let (client, connection) = tokio_postgres::connect(admin.as_str(), NoTls).await.expect("the test server");
    tokio::select! {
        done = client.batch_execute(statement) => done.unwrap(),
        _ended = connection => unreachable!("the connection lives as long as its client"),
    }
}

pub(crate) struct Guard {
    admin: Url,
    name: String,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if thread::panicking() {
            #[expect(clippy::print_stderr, reason = "whoever reads the failure wants to look inside")]
            {
                eprintln!("the database {} is kept", self.name);
            }
            return;
        }
        let (admin, statement) = (self.admin.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // Nothing can be awaited here, so that another runtime does it.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(run(&admin, &statement));
        });
        dropping.join().unwrap();
    }
}

/// Any message.
pub(crate) fn message() -> Message {
    Message::Material(MaterialNews {
        order: mint::<OrderId>(),
        material: mint::<MaterialId>(),
        kind: "subject_certificate".to_owned(),
        service: None,
        state: MaterialState::Accepted,
    })
}

/// Changes the thing as a service would: only if its version is the one that was meant.
pub(crate) async fn change(tx: &mut Tx, want: i64) -> Result<(), Failure> {
    let changed = diesel::sql_query("UPDATE thing SET version = version + 1 WHERE id = 1 AND version = $1")
        .bind::<diesel::sql_types::BigInt, _>(want)
        .execute(tx)
        .await?;
    if changed == 0 { Err(Failure::stale(-1)) } else { Ok(()) }
}

/// What the bus answers to a message.
pub(crate) type Answer = fn(&Envelope) -> Result<(), Undelivered>;

/// A bus that notes what it is given and answers what it is told to.
pub(crate) struct Scripted {
    answer: Mutex<Answer>,
    given: Mutex<Vec<MessageId>>,
    slowness: Duration,
}

impl Scripted {
    pub(crate) fn new(answer: Answer) -> Arc<Self> {
        Self::slow(answer, Duration::ZERO)
    }

    pub(crate) fn slow(answer: Answer, slowness: Duration) -> Arc<Self> {
        Arc::new(Self { answer: Mutex::new(answer), given: Mutex::default(), slowness })
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(crate) fn given(&self) -> Vec<MessageId> {
        self.given.lock().unwrap().clone()
    }

    /// Waits until it was given so many; fails when that takes longer than `within`.
    pub(crate) async fn was_given(&self, count: usize, within: Duration) {
        let reached = async {
            while self.given().len() < count {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let in_time = tokio::time::timeout(within, reached).await;
        assert!(in_time.is_ok(), "given {} of {count} messages within {within:?}", self.given().len());
    }
}

#[async_trait]
impl Bus for Scripted {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<(), Undelivered>> {
        tokio::time::sleep(self.slowness).await;
        let answer = *self.answer.lock().unwrap();
        let answers: Vec<_> = batch.iter().map(answer).collect();
        let taken = batch.iter().zip(&answers).filter(|(_, answer)| answer.is_ok()).map(|(envelope, _)| envelope.id);
        self.given.lock().unwrap().extend(taken);
        answers
    }

    async fn declare(&self, _: Subscription) -> anyhow::Result<()> {
        Ok(())
    }

    async fn subscribe(&self, _: Subscription, _: Handler, stop: CancellationToken) -> anyhow::Result<()> {
        stop.cancelled().await;
        Ok(())
    }

    async fn given_up(&self, _: &'static str, _: Keeper, stop: CancellationToken) -> anyhow::Result<()> {
        stop.cancelled().await;
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
