//! Starts a service, alone in its process or beside others in one: the same way in production, in the one-process house
//! and in tests. It knows the order of starting and stopping, and no service by name.

mod cli;
mod config;

use std::{future::Future, sync::Arc, time::Duration};

use actix_web::web;
use anyhow::Context;
use diesel_migrations::EmbeddedMigrations;
use tokio_util::sync::CancellationToken;
use utoipa_actix_web::service_config::ServiceConfig;

use crate::{
    auth::{TokenSource, Verifier},
    bus::{Bus, Subscription, rabbit::Rabbit},
    cache::{Cache, memory::Memory, redis::Redis},
    clock::{Clock, SystemClock},
    config::Problems,
    db::{Db, migrate},
    dead, fault,
    http::{self, Gate, Health, Service, Site},
    limiter::Limiter,
    outbox::{self, Relay},
    supervise::{Grace, Phase, Supervisor, signalled},
    sweep, telemetry,
};

pub use cli::{describe, main};
pub use config::{CommonArgs, configure, problems};

/// How old the outbox may grow before a service whose bus is away stops calling itself ready.
const OUTBOX_LIMIT: Duration = Duration::from_secs(60);

/// Registers the app data that a service's handlers take.
pub type Wiring = Arc<dyn Fn(&mut web::ServiceConfig) + Send + Sync>;

/// What all services of one process use together.
#[derive(Clone)]
pub struct Shared {
    /// Carries messages.
    pub bus: Arc<dyn Bus>,
    /// Short-lived values; nothing that must be right depends on it.
    pub cache: Arc<dyn Cache>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Whether traffic is welcome.
    pub health: Health,
}

/// What one service stands on.
#[derive(Clone)]
pub struct Parts {
    /// The service's own database.
    pub db: Db,
    /// Carries messages.
    pub bus: Arc<dyn Bus>,
    /// Short-lived values; nothing that must be right depends on it.
    pub cache: Arc<dyn Cache>,
    /// Counts requests and tries.
    pub limiter: Limiter,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// This service's own token, for asking peers.
    pub tokens: TokenSource,
    /// Whether traffic is welcome; long answers end when it drains.
    pub health: Health,
}

/// No task of its own: the command line of a service that only serves.
#[derive(clap::Subcommand)]
pub enum NoTask {}

/// A service, described so that it can be started.
pub trait Spec: 'static {
    /// Name of the process, of its database connections and of the source of its messages: `svc-orders`.
    const NAME: &'static str;
    /// Its version.
    const VERSION: &'static str;
    /// What it reads.
    const READS: Subscription;
    /// Its settings: the common ones, flattened, and its own.
    type Config: clap::Args + Clone + Send + Sync + 'static;
    /// What its command line does besides serving; [`NoTask`] if nothing.
    type Task: clap::Subcommand;

    /// Its own migrations, which run after those of this crate.
    fn migrations() -> EmbeddedMigrations;

    /// The common part of its settings.
    fn common(config: &Self::Config) -> &CommonArgs;

    /// Lists what is wrong with its own settings.
    fn check(config: &Self::Config, problems: &mut Problems);

    /// Registers its handlers.
    fn routes(config: &mut ServiceConfig<'_>);

    /// Does one of its own tasks.
    fn perform(_task: Self::Task, _config: Self::Config) -> impl Future<Output = anyhow::Result<()>> {
        async { anyhow::bail!("{} has no such task", Self::NAME) }
    }

    /// Builds it, spawns its consumers and jobs, and answers what its handlers need. The relay is spawned by the caller.
    fn start(config: Self::Config, parts: Parts, tasks: &Supervisor) -> impl Future<Output = anyhow::Result<Wiring>>;
}

/// A started service: what the HTTP server needs of it, and the relay that still wants to be run.
pub struct Attached {
    /// For [`Site::services`].
    pub service: Service,
    /// Its relay: [`Relay::run`] in production, `drain` in tests.
    pub relay: Relay,
    /// Its database.
    pub db: Db,
}

/// Connects a service to its database and starts it. Refuses a schema that is not the one it was built for.
pub async fn attach<S: Spec>(config: S::Config, shared: &Shared, tasks: &Supervisor) -> anyhow::Result<Attached> {
    let common = S::common(&config).clone();
    let db = Db::connect(&common.database, S::NAME).await?;
    let pending = migrate::pending(&common.database, S::migrations()).await?;
    anyhow::ensure!(
        pending.is_empty(),
        "{}: {} migration(s) have not run ({}); run `{} migrate` first",
        S::NAME,
        pending.len(),
        pending.join(", "),
        S::NAME,
    );
    register_probes::<S>(&db, shared);
    let parts = Parts {
        db: db.clone(),
        bus: Arc::clone(&shared.bus),
        cache: Arc::clone(&shared.cache),
        limiter: Limiter::new(Arc::clone(&shared.cache)),
        clock: Arc::clone(&shared.clock),
        tokens: TokenSource::new(&common.auth, Arc::clone(&shared.clock))?,
        health: shared.health.clone(),
    };
    // Before this service is ready, and so before the next one of a rollout starts: what is sent to it from now on waits.
    shared.bus.declare(S::READS).await.with_context(|| format!("the queue of {}", S::NAME))?;
    tasks.spawn(Phase::Consumers, "dead letters", keep_given_up::<S>(&db, shared, tasks.phase(Phase::Consumers)));
    let wiring = S::start(config, parts, tasks).await.with_context(|| format!("{} does not start", S::NAME))?;
    let relay = Relay::new(db.clone(), Arc::clone(&shared.bus), Arc::clone(&shared.clock));
    let sweeping = sweep::run(db.clone(), Arc::clone(&shared.clock), tasks.phase(Phase::Jobs));
    tasks.spawn(Phase::Jobs, "sweep", sweeping);
    Ok(Attached { service: Service { routes: S::routes, wiring }, relay, db })
}

/// Brings what the broker gave up of the service's queue into its database, where `dead list` shows it.
fn keep_given_up<S: Spec>(
    db: &Db,
    shared: &Shared,
    stop: CancellationToken,
) -> impl Future<Output = anyhow::Result<()>> + Send + use<S> {
    let queue = S::READS.queue;
    let keeper = dead::keeper(db.clone(), queue, Arc::clone(&shared.clock));
    let bus = Arc::clone(&shared.bus);
    async move { bus.given_up(queue, keeper, stop).await }
}

/// Redis has no probe on purpose: without it we are slower and stricter, and still right.
fn register_probes<S: Spec>(db: &Db, shared: &Shared) {
    let database = db.clone();
    shared.health.register(S::NAME, move || {
        let db = database.clone();
        async move { db.check().await.map_err(|failure| format!("{failure:?}")) }
    });
    let (db, bus, clock) = (db.clone(), Arc::clone(&shared.bus), Arc::clone(&shared.clock));
    shared.health.register("bus", move || {
        let (db, bus, clock) = (db.clone(), Arc::clone(&bus), Arc::clone(&clock));
        async move {
            let Err(away) = bus.check().await else { return Ok(()) };
            let now = clock.now();
            match db.read("outbox.age", async |tx| outbox::age(tx, now).await).await {
                // The outbox keeps what could not be sent, for a while, and customers need not notice.
                Ok(age) if age < OUTBOX_LIMIT => Ok(()),
                Ok(age) => Err(format!("{away}; the outbox is {} s old", age.as_secs())),
                Err(failure) => Err(format!("{away}; {failure:?}")),
            }
        }
    });
}

/// The gate in front of the handlers of one process.
pub fn gate(common: &CommonArgs, shared: &Shared) -> anyhow::Result<web::Data<Gate>> {
    let verifier = Verifier::new(&common.auth, Arc::clone(&shared.clock))?;
    let limiter = Limiter::new(Arc::clone(&shared.cache));
    let secret = common.auth.client_secret.clone();
    Ok(web::Data::new(Gate::new(&common.http, verifier, (Arc::clone(&shared.cache), limiter), secret)))
}

/// The cache that the settings name: Redis, or the process's own memory.
pub async fn cache(common: &CommonArgs, clock: &Arc<dyn Clock>) -> anyhow::Result<Arc<dyn Cache>> {
    Ok(match &common.cache.url {
        Some(_) => Arc::new(Redis::connect(&common.cache).await?),
        None => Arc::new(Memory::new(Arc::clone(clock))),
    })
}

/// Runs one service as this process until it is asked to stop.
async fn serve<S: Spec>(config: S::Config) -> anyhow::Result<()> {
    let common = S::common(&config).clone();
    let telemetry = telemetry::init(&common.telemetry, S::NAME, S::VERSION)?;
    let registry = telemetry.registry();
    let outcome = run::<S>(config, &common, registry).await;
    if let Err(error) = &outcome {
        tracing::error!(error = format!("{error:#}"), "the service ends");
    }
    telemetry.shutdown().await;
    outcome
}

async fn run<S: Spec>(config: S::Config, common: &CommonArgs, registry: prometheus::Registry) -> anyhow::Result<()> {
    problems::<S>(&config).refuse()?;
    fault::arm_from(&common.fault);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let bus = Rabbit::connect(&common.bus).await?;
    let cache = cache(common, &clock).await?;
    let shared = Shared { bus: Arc::new(bus), cache, clock, health: Health::new() };
    let tasks = Supervisor::new(Grace::default());
    let attached = attach::<S>(config, &shared, &tasks).await?;
    let relay = attached.relay.run(tasks.phase(Phase::Relay));
    tasks.spawn(Phase::Relay, "relay", relay);
    let site = Site {
        name: S::NAME,
        version: S::VERSION,
        services: vec![attached.service],
        gate: gate(common, &shared)?,
        health: shared.health.clone(),
        registry,
    };
    let server = http::bind(&common.http, site)?;
    tracing::info!(address = %server.address, version = S::VERSION, "serving");
    tasks.spawn(Phase::Http, "http", server.run(tasks.phase(Phase::Http)));
    shared.health.started();
    let signal = async {
        if let Err(error) = signalled().await {
            tracing::error!(%error, "signals cannot be heard; stopping");
        }
    };
    let health = shared.health.clone();
    tasks.run(signal, move || health.drain()).await
}
