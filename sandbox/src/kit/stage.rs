//! One service, started as in production, with everything around it in a test's hands.

use std::{marker::PhantomData, path::Path, sync::Arc, time::Duration};

use anyhow::Context;
use chassis::{
    bus::{Bus, Envelope, Undelivered, local::Local},
    cache::{Cache, memory::Memory},
    clock::{Clock, FixedClock, mint},
    db::Db,
    http::{self, Health, Site},
    launch::{self, Shared, Spec},
    outbox::{self, Relay},
    supervise::{Grace, Phase, Supervisor},
};
use domain::message::Message;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{Client, Database, Peers, noon};
use crate::{Sandbox, SandboxArgs};

/// How long a consumer may take to begin to listen.
const LISTENING: Duration = Duration::from_secs(10);

/// What stands around the service before it starts.
pub struct Outside {
    /// The outside world.
    pub sandbox: Sandbox,
    /// The other services.
    pub peers: Peers,
    dir: TempDir,
}

impl Outside {
    /// A directory that goes with the stage.
    #[must_use]
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Arguments with throw-away keys for services that seal.
    #[must_use]
    pub fn seal(&self) -> Vec<String> {
        let keys = "test=MDEyMzQ1Njc4OWFiY2RlZmdoaWprbG1ub3BxcnN0dXY=";
        let index = "dnV0c3JxcG9ubWxramloZ2ZlZGNiYTk4NzY1NDMyMTA=";
        ["--seal-keys", keys, "--seal-index-key", index].map(str::to_owned).to_vec()
    }
}

/// A running service.
pub struct Stage<S: Spec> {
    /// What stands around it.
    pub outside: Outside,
    /// The clock that everything goes by.
    pub clock: Arc<FixedClock>,
    /// The bus between the test and the service.
    pub bus: Arc<dyn Bus>,
    /// The cache.
    pub cache: Arc<dyn Cache>,
    /// The service's database.
    pub db: Db,
    /// The service's relay, which runs only when a test drains it.
    pub relay: Relay,
    /// Where the service listens.
    pub base: Url,
    /// The service's database, as it is found from outside.
    pub database: Database,
    stop: CancellationToken,
    running: JoinHandle<anyhow::Result<()>>,
    service: PhantomData<S>,
}

impl<S: Spec> Stage<S> {
    /// Starts the service with the arguments that it needs beyond the common ones.
    pub async fn start(own: impl FnOnce(&Outside) -> Vec<String>) -> anyhow::Result<Self> {
        let clock = Arc::new(FixedClock::at(noon()));
        let ticking: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let cache: Arc<dyn Cache> = Arc::new(Memory::new(Arc::clone(&ticking)));
        Self::start_with(clock, cache, own).await
    }

    /// The same with a cache of the test's own.
    pub async fn start_with(
        clock: Arc<FixedClock>,
        cache: Arc<dyn Cache>,
        own: impl FnOnce(&Outside) -> Vec<String>,
    ) -> anyhow::Result<Self> {
        let ticking: Arc<dyn Clock> = Arc::<FixedClock>::clone(&clock);
        let sandbox = Sandbox::start(SandboxArgs::default(), Arc::clone(&ticking)).await?;
        let outside = Outside { sandbox, peers: Peers::start()?, dir: tempfile::tempdir()? };
        let database = Database::create(S::NAME, S::migrations).await?;
        let mut arguments = common(&outside, &database, S::NAME)?;
        arguments.extend(own(&outside));
        let config = launch::configure::<S>(&arguments)?;
        launch::problems::<S>(&config).refuse()?;
        let http_args = S::common(&config).http.clone();
        let shared =
            Shared { bus: Arc::new(Local::new()), cache: Arc::clone(&cache), clock: ticking, health: Health::new() };
        let gate = launch::gate(S::common(&config), &shared)?;
        let tasks = Supervisor::new(Grace::without_probe());
        let attached = launch::attach::<S>(config, &shared, &tasks).await?;
        let site = Site {
            name: S::NAME,
            version: S::VERSION,
            services: vec![attached.service],
            gate,
            health: shared.health.clone(),
            registry: prometheus::Registry::new(),
        };
        let server = http::bind(&http_args, site)?;
        let base = Url::parse(&format!("http://{}/", server.address))?;
        tasks.spawn(Phase::Http, "http", server.run(tasks.phase(Phase::Http)));
        shared.health.started();
        let (stop, health) = (tasks.token(), shared.health.clone());
        #[expect(clippy::disallowed_methods, reason = "the stage ends it in `stop`, or with the test's process")]
        let running = tokio::spawn(tasks.run(std::future::pending(), move || health.drain()));
        Ok(Self {
            outside,
            clock,
            bus: shared.bus,
            cache,
            db: attached.db,
            relay: attached.relay,
            base,
            database,
            stop,
            running,
            service: PhantomData,
        })
    }

    /// A client of one of the demo people.
    pub fn client(&self, person: &str) -> anyhow::Result<Client> {
        Ok(Client::new(self.base.clone(), Some(self.outside.sandbox.identity.token(person)?)))
    }

    /// A client of nobody.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(self.base.clone(), None)
    }

    /// Hands the service a message, as the bus would; an error unless it dealt with it.
    pub async fn deliver(&self, message: &Message) -> anyhow::Result<Envelope> {
        let version = if let Message::Order(news) = message { news.version } else { 0 };
        let envelope = Envelope::of("test", message, version, self.clock.now());
        self.redeliver(&envelope).await?;
        Ok(envelope)
    }

    /// Hands it the very same message once more.
    pub async fn redeliver(&self, envelope: &Envelope) -> anyhow::Result<()> {
        let deadline = tokio::time::Instant::now() + LISTENING;
        loop {
            let answers = self.bus.publish(std::slice::from_ref(envelope)).await;
            let answer = answers.into_iter().next().context("the bus answered nothing")?;
            // The service is started, and its consumer may still be on the way to the bus.
            let early = matches!(answer, Err(Undelivered::Unroutable | Undelivered::Unread(_)));
            if early && tokio::time::Instant::now() < deadline {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
            return answer.with_context(|| format!("{} was not dealt with", envelope.topic));
        }
    }

    /// What the service wants to tell the others.
    pub async fn outbox(&self) -> anyhow::Result<Vec<Message>> {
        let waiting = self.db.read("test.outbox", async |tx| outbox::pending(tx).await).await?;
        Ok(waiting.iter().map(Envelope::message).collect::<Result<_, _>>()?)
    }

    /// A new id, for messages that a test makes up.
    #[must_use]
    pub fn id<T: From<uuid::Uuid>>(&self) -> T {
        mint()
    }

    /// Stops the service as SIGTERM would.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.stop.cancel();
        self.running.await?
    }
}

fn common(outside: &Outside, database: &Database, client: &str) -> anyhow::Result<Vec<String>> {
    let auth = outside.sandbox.identity.auth_args(client)?;
    let url = |url: Option<Url>| url.map(|url| url.to_string()).unwrap_or_default();
    let secret = secrecy::ExposeSecret::expose_secret(&auth.client_secret).to_owned();
    let pairs = [
        ("--database-url", database.url().to_string()),
        ("--database-pool-size", "8".to_owned()),
        ("--http-bind", "127.0.0.1:0".to_owned()),
        ("--http-workers", "2".to_owned()),
        ("--http-rate-per-minute", "100000".to_owned()),
        ("--http-rate-burst", "10000".to_owned()),
        ("--http-anonymous-rate-per-minute", "10000".to_owned()),
        ("--auth-jwks-url", url(auth.jwks_url)),
        ("--auth-token-url", url(auth.token_url)),
        ("--auth-issuer", auth.issuer),
        ("--auth-audience", auth.audience),
        ("--auth-client-id", auth.client_id),
        ("--auth-client-secret", secret),
    ];
    Ok(pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect())
}
