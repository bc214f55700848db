//! All four services and the outside world in this process, on embedded defaults. It starts and stops; it decides nothing.

use std::{path::PathBuf, sync::Arc};

use anyhow::Context;
use chassis::{
    bus::local::Local,
    cache::memory::Memory,
    clock::{Clock, SystemClock},
    db::migrate,
    http::{self, Health, Site},
    launch::{self, Attached, Shared, Spec},
    supervise::{Grace, Phase, Supervisor},
};
use prometheus::Registry;
use sandbox::{
    Sandbox, SandboxArgs,
    infra::{Home, Infra, Wants},
};
use svc_notify::Notify;
use svc_orders::Orders;
use svc_photo::Photo;
use svc_review::Review;
use url::Url;

use crate::{
    SERVICES, databases,
    endpoints::Endpoints,
    keys::Keys,
    page,
    settings::{Place, Settings},
};

/// What is wanted.
pub struct HouseArgs {
    /// Where the cluster, the keys and the objects are kept.
    pub dir: PathBuf,
    /// Where the private PostgreSQL keeps its data.
    pub home: Home,
    /// Which servers, and how.
    pub wants: Wants,
    /// Port of the services; 0 is a free one.
    pub port: u16,
    /// Where the outside world listens.
    pub sandbox: SandboxArgs,
    /// What `/metrics` shows.
    pub registry: Registry,
}

/// A running house.
pub struct House {
    /// Where everything listens.
    pub endpoints: Endpoints,
    /// The outside world.
    pub sandbox: Sandbox,
    infra: Infra,
    tasks: Supervisor,
    health: Health,
}

impl House {
    /// Starts everything; what was started ends when it fails.
    pub async fn start(args: HouseArgs) -> anyhow::Result<Self> {
        let HouseArgs { dir, home, wants, port, sandbox, registry } = args;
        std::fs::create_dir_all(&dir).with_context(|| format!("{}", dir.display()))?;
        let dir = std::path::absolute(dir)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let infra = Infra::start(home, wants).await?;
        let admin = Url::parse(infra.database_url()?)?;
        databases::create(&SERVICES, &admin).await?;
        let sandbox = Sandbox::start(sandbox, Arc::clone(&clock)).await?;
        // Peers ask each other over HTTP here as well, so that the address must be known before the first start.
        let port = if port == 0 { free_port()? } else { port };
        let orders = Url::parse(&format!("http://127.0.0.1:{port}/"))?;
        let endpoints = Endpoints::together(&orders, &sandbox.http);
        let shared = Shared {
            bus: Arc::new(Local::new()),
            cache: Arc::new(Memory::new(Arc::clone(&clock))),
            clock,
            health: Health::new(),
        };
        let tasks = Supervisor::new(Grace::without_probe());
        let place = Place {
            service: "",
            database: admin,
            bind: format!("127.0.0.1:{port}"),
            review: orders.clone(),
            notify: orders.clone(),
            orders,
            amqp: None,
            redis: None,
            objects: dir.join("objects"),
        };
        let building = Building { place, keys: Keys::of(&dir)?, sandbox: &sandbox, shared: &shared, tasks: &tasks };
        let all = [
            building.add::<Orders>().await?,
            building.add::<Review>().await?,
            building.add::<Photo>().await?,
            building.add::<Notify>().await?,
        ];
        let mut services = vec![page::service(&endpoints.sandbox)];
        // Nothing is sent before everybody is there to hear it.
        for Attached { service, relay, .. } in all {
            services.push(service);
            tasks.spawn(Phase::Relay, "relay", relay.run(tasks.phase(Phase::Relay)));
        }
        let common = building.common()?;
        let site = Site {
            name: "icp-filing",
            version: env!("CARGO_PKG_VERSION"),
            services,
            gate: launch::gate(&common, &shared)?,
            health: shared.health.clone(),
            registry,
        };
        let server = http::bind(&common.http, site)
            .with_context(|| format!("port {port} is taken; choose another one: PORT=8088 make run"))?;
        tasks.spawn(Phase::Http, "http", server.run(tasks.phase(Phase::Http)));
        shared.health.started();
        Ok(Self { endpoints, sandbox, infra, tasks, health: shared.health })
    }

    /// Runs until `signal` resolves, then stops everything in order.
    pub async fn run(self, signal: impl Future<Output = ()>) -> anyhow::Result<()> {
        let health = self.health.clone();
        let outcome = self.tasks.run(signal, move || health.drain()).await;
        self.sandbox.stop().await;
        let stopped = self.infra.stop().await;
        outcome.and(stopped)
    }
}

struct Building<'a> {
    place: Place,
    keys: Keys,
    sandbox: &'a Sandbox,
    shared: &'a Shared,
    tasks: &'a Supervisor,
}

impl Building<'_> {
    /// Migrates a service's database and starts the service.
    async fn add<S: Spec>(&self) -> anyhow::Result<Attached> {
        let config = self.config::<S>()?;
        launch::problems::<S>(&config).refuse()?;
        migrate::run(&S::common(&config).database, S::migrations()).await?;
        launch::attach::<S>(config, self.shared, self.tasks).await
    }

    fn config<S: Spec>(&self) -> anyhow::Result<S::Config> {
        let place =
            Place { service: S::NAME, database: databases::of(S::NAME, &self.place.database), ..self.place.clone() };
        launch::configure::<S>(&Settings::of(&place, self.sandbox, &self.keys)?.arguments::<S>()?)
    }

    /// The settings of the one server: those of any service.
    fn common(&self) -> anyhow::Result<launch::CommonArgs> {
        Ok(Orders::common(&self.config::<Orders>()?).clone())
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
