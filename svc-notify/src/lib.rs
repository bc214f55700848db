//! svc-notify on one page: what was sent to whom, and phone codes. It asks for addresses when it sends, and keeps none.

mod api;
mod code;
mod config;
mod consumer;
pub mod fact;
mod job;
mod mail;
mod outcome;
pub mod render;
mod sms;
mod store;

use std::{sync::Arc, time::Duration};

use actix_web::web;
use anyhow::Context;
use chassis::{
    bus::Subscription,
    config::Problems,
    launch::{CommonArgs, Parts, Spec, Wiring},
    peer::Peer,
    seal::Keyring,
    supervise::{Phase, Supervisor},
};
use diesel_migrations::EmbeddedMigrations;
use utoipa_actix_web::service_config::ServiceConfig;

use api::Desk;
use code::PhoneCodes;
use job::{Office, Sender};
use sms::{SmsGateway, Tencent};

pub use config::{MailArgs, NotifyConfig, SendingArgs, SmsArgs, TemplateIds};

/// What this service hears.
pub const SUBSCRIPTION: Subscription = Subscription { queue: "notify", topics: &["order.#", "photo.#", "account.#"] };

/// The service.
pub struct Notify;

impl Spec for Notify {
    const NAME: &'static str = "svc-notify";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const READS: Subscription = SUBSCRIPTION;
    type Config = NotifyConfig;
    type Task = chassis::launch::NoTask;

    fn migrations() -> EmbeddedMigrations {
        store::MIGRATIONS
    }

    fn common(config: &NotifyConfig) -> &CommonArgs {
        &config.common
    }

    fn check(config: &NotifyConfig, problems: &mut Problems) {
        config.check(problems);
    }

    fn routes(config: &mut ServiceConfig<'_>) {
        api::routes(config);
    }

    async fn start(config: NotifyConfig, parts: Parts, tasks: &Supervisor) -> anyhow::Result<Wiring> {
        let gateway: Arc<dyn SmsGateway> = Arc::new(Tencent::new(&config.sms, Arc::clone(&parts.clock))?);
        let address = config.sending.orders_url.clone().context("ORDERS_URL is required")?;
        let orders = Peer::new(address, parts.tokens.clone())?;
        let wake = Arc::new(tokio::sync::Notify::new());

        let (bus, stop) = (Arc::clone(&parts.bus), tasks.phase(Phase::Consumers));
        let handler = consumer::handler(parts.db.clone(), Arc::clone(&parts.clock), Arc::clone(&wake));
        tasks.spawn(
            Phase::Consumers,
            "notify.consumer",
            async move { bus.subscribe(SUBSCRIPTION, handler, stop).await },
        );

        let office = Office::new(&config, Arc::clone(&gateway), orders.clone())?;
        let every = Duration::from_millis(config.sending.poll_ms);
        let (db, clock) = (parts.db.clone(), Arc::clone(&parts.clock));
        let sender = Arc::new(Sender { db, clock, office, wake, every });
        for _ in 0..config.sending.senders {
            tasks.spawn(Phase::Jobs, "notify.sender", Arc::clone(&sender).run(tasks.phase(Phase::Jobs)));
        }

        let codes = PhoneCodes {
            keyring: Keyring::open(&config.seal)?,
            limiter: parts.limiter,
            cache: parts.cache,
            gateway,
            template: config.sms.templates.phone_code().to_owned(),
        };
        let desk = web::Data::new(Desk { db: parts.db, orders, codes });
        Ok(Arc::new(move |config: &mut web::ServiceConfig| {
            config.app_data(desk.clone());
        }))
    }
}
