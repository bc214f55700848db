//! Drafts, rules, filing orders and the ledger: the home of all personal data. This page wires the service.
#![warn(missing_docs)]

mod api;
mod command;
mod config;
mod consumer;
mod inventory;
mod job;
mod operate;
mod store;
mod watch;

use std::sync::Arc;

use actix_web::web;
use chassis::{
    bus::Subscription,
    config::Problems,
    launch::{CommonArgs, Parts, Spec, Wiring},
    peer::Peer,
    rulebook,
    seal::Keyring,
    supervise::{Phase, Supervisor},
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use utoipa_actix_web::service_config::ServiceConfig;

pub use command::App;
pub use config::{Config, Settings};
pub use inventory::{ResourceArgs, Resources};
pub use job::{expire, keep, submit_waiting};
pub use watch::end_codes;

/// What this service reads.
pub const SUBSCRIPTION: Subscription =
    Subscription { queue: "orders", topics: &["review.#", "authority.#", "material.#", "verification.#", "photo.#"] };

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service, described.
pub struct Orders;

impl Spec for Orders {
    const NAME: &'static str = "svc-orders";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const READS: Subscription = SUBSCRIPTION;
    type Config = Config;
    type Task = operate::Task;

    fn migrations() -> EmbeddedMigrations {
        MIGRATIONS
    }

    fn common(config: &Config) -> &CommonArgs {
        &config.common
    }

    fn check(config: &Config, problems: &mut Problems) {
        config.check(problems);
    }

    fn routes(config: &mut ServiceConfig<'_>) {
        api::routes(config);
    }

    async fn perform(task: Self::Task, config: Config) -> anyhow::Result<()> {
        operate::perform(task, config).await
    }

    async fn start(config: Config, parts: Parts, tasks: &Supervisor) -> anyhow::Result<Wiring> {
        let resources = Resources::open(&config.resources, parts.tokens.clone(), Arc::clone(&parts.clock))?;
        let app = App {
            db: parts.db,
            clock: parts.clock,
            keyring: Arc::new(Keyring::open(&config.seal)?),
            rules: rulebook::keep(&config.rules, &parts.health, tasks)?,
            review: config.review_url.clone().map(|url| Peer::new(url, parts.tokens)).transpose()?,
            settings: config.settings(),
            resources: Some(resources),
            draining: parts.health.draining(),
        };
        let (bus, handler) = (parts.bus, consumer::handler(&app));
        let stop = tasks.phase(Phase::Consumers);
        tasks.spawn(
            Phase::Consumers,
            "orders.consumer",
            async move { bus.subscribe(SUBSCRIPTION, handler, stop).await },
        );
        tasks.spawn(Phase::Jobs, "orders.expire", job::run(app.clone(), tasks.phase(Phase::Jobs)));
        tasks.spawn(Phase::Jobs, "orders.line", job::run_line(app.clone(), tasks.phase(Phase::Jobs)));
        tasks.spawn(Phase::Jobs, "orders.watch", watch::run(app.clone(), tasks.phase(Phase::Jobs)));
        let data = web::Data::new(app);
        Ok(Arc::new(move |config: &mut web::ServiceConfig| {
            config.app_data(data.clone());
        }))
    }
}
