//! svc-review on one page: the reviewers' queue and decisions, and the exchange with the authority. It keeps no personal data.

pub mod api;
pub mod authority;
pub mod command;
mod config;
pub mod consumer;
pub mod exchange;
mod job;
mod status;
pub mod store;

use std::{sync::Arc, time::Duration};

use actix_web::web;
use anyhow::Context;
use chassis::{
    bus::Subscription,
    config::Problems,
    launch::{CommonArgs, Parts, Spec, Wiring},
    peer::Peer,
    supervise::{Phase, Supervisor},
};
use chrono::TimeDelta;
use diesel_migrations::EmbeddedMigrations;
use utoipa_actix_web::service_config::ServiceConfig;

use api::Bench;
use authority::{Authority, V3};

pub use config::{BenchArgs, ReviewConfig};
pub use consumer::SUBSCRIPTION;
pub use job::{Dossier, Office};
pub use status::Enquiry;

/// The service.
pub struct Review;

impl Spec for Review {
    const NAME: &'static str = "svc-review";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const READS: Subscription = SUBSCRIPTION;
    type Config = ReviewConfig;
    type Task = chassis::launch::NoTask;

    fn migrations() -> EmbeddedMigrations {
        store::MIGRATIONS
    }

    fn common(config: &Self::Config) -> &CommonArgs {
        &config.common
    }

    fn check(config: &Self::Config, problems: &mut Problems) {
        config.check(problems);
    }

    fn routes(config: &mut ServiceConfig<'_>) {
        api::routes(config);
    }

    async fn start(config: Self::Config, parts: Parts, tasks: &Supervisor) -> anyhow::Result<Wiring> {
        let address = config.bench.orders_url.clone().context("ORDERS_URL is required")?;
        let orders = Peer::new(address, parts.tokens.clone())?;
        let timeout = Duration::from_millis(config.authority.timeout_ms);
        let authority = Arc::new(V3::new(&config.authority)?);
        let (db, clock) = (parts.db.clone(), Arc::clone(&parts.clock));
        let port: Arc<dyn Authority> = Arc::<V3>::clone(&authority);
        let enquiry = Arc::new(Enquiry::new(port, Arc::clone(&parts.cache), &config.authority.aes_key));
        let office = Arc::new(Office::new(db, authority, orders.clone(), clock, timeout));
        let (db, clock) = (parts.db.clone(), Arc::clone(&parts.clock));
        let hearing = consumer::run(parts.bus, db, Arc::clone(&office), clock, tasks.phase(Phase::Consumers));
        tasks.spawn(Phase::Consumers, "review.consumer", hearing);
        if config.authority.poll_ms > 0 {
            let every = Duration::from_millis(config.authority.poll_ms);
            tasks.spawn(Phase::Jobs, "review.office", office.run(every, tasks.phase(Phase::Jobs)));
        }
        let lease = TimeDelta::minutes(i64::from(config.bench.lease_minutes));
        let bench = web::Data::new(Bench { db: parts.db, clock: parts.clock, orders, lease, enquiry });
        Ok(Arc::new(move |config: &mut web::ServiceConfig| {
            config.app_data(bench.clone());
        }))
    }
}
