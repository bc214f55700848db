//! Materials, curtains, curtain photos and face checks: the home of the pictures. It knows no name and no number. This page
//! wires the service.
#![warn(missing_docs)]

mod api;
mod command;
mod config;
mod consumer;
mod face;
mod job;
pub mod picture;
mod store;

use std::sync::Arc;

use actix_web::web;
use anyhow::Context;
use chassis::{
    bus::Subscription,
    config::Problems,
    launch::{CommonArgs, Parts, Spec, Wiring},
    peer::Peer,
    rulebook,
    supervise::{Phase, Supervisor},
};
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use utoipa_actix_web::service_config::ServiceConfig;

pub use command::App;
pub use config::PhotoConfig;
pub use job::{dispatch_due, sweep_orphans};

/// What this service reads.
pub const SUBSCRIPTION: Subscription = Subscription { queue: "photo", topics: &["draft.#", "order.#"] };

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The service, described.
pub struct Photo;

impl Spec for Photo {
    const NAME: &'static str = "svc-photo";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const READS: Subscription = SUBSCRIPTION;
    type Config = PhotoConfig;
    type Task = chassis::launch::NoTask;

    fn migrations() -> EmbeddedMigrations {
        MIGRATIONS
    }

    fn common(config: &PhotoConfig) -> &CommonArgs {
        &config.common
    }

    fn check(config: &PhotoConfig, problems: &mut Problems) {
        config.check(problems);
    }

    fn routes(config: &mut ServiceConfig<'_>) {
        api::routes(config);
    }

    async fn start(config: PhotoConfig, parts: Parts, tasks: &Supervisor) -> anyhow::Result<Wiring> {
        let orders = config.pictures.orders_url.clone().context("ORDERS_URL is required")?;
        let app = App {
            db: parts.db,
            objects: chassis::store::open(&config.store)?,
            orders: Peer::new(orders, parts.tokens)?,
            rules: rulebook::keep(&config.rules, &parts.health, tasks)?,
            face: Arc::new(face::Tencent::new(&config.face, Arc::clone(&parts.clock))?),
            studio: picture::Studio::new(config.pictures.decoders),
            tries: config.face.tries_per_day,
            clock: parts.clock,
        };
        let (bus, handler) = (parts.bus, consumer::handler(&app));
        let stop = tasks.phase(Phase::Consumers);
        tasks.spawn(
            Phase::Consumers,
            "photo.consumer",
            async move { bus.subscribe(SUBSCRIPTION, handler, stop).await },
        );
        tasks.spawn(Phase::Jobs, "photo.courier", job::run(app.clone(), tasks.phase(Phase::Jobs)));
        let data = web::Data::new(app);
        Ok(Arc::new(move |config: &mut web::ServiceConfig| {
            config.app_data(data.clone());
        }))
    }
}
