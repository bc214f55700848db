//! The HTTP surface of the reviewers' bench. It speaks; `command` acts.

mod decision;
mod desk;
mod dossier;
mod exchange;
mod peer;
mod reason;
mod task;
mod view;

use std::sync::Arc;

use chassis::{
    clock::Clock,
    db::{Db, Tx, Work},
    failure::Failure,
    http::Reply,
    idempotency::{self, IdemKey},
    peer::Peer,
};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Action, Actor, Relation, allows};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::Enquiry;

/// What the handlers stand on.
#[derive(Clone)]
pub struct Bench {
    /// The service's database.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// svc-orders.
    pub orders: Peer,
    /// How long a claim is protected.
    pub lease: TimeDelta,
    /// Asks the authority what is filed.
    pub enquiry: Arc<Enquiry>,
}

impl Bench {
    /// Does something once, however often it is asked for under the same key.
    async fn once<F>(&self, name: &'static str, key: &IdemKey, now: DateTime<Utc>, work: F) -> Result<Reply, Failure>
    where
        F: for<'c> Work<&'c mut Tx, Reply>,
    {
        self.db.transact(name, async |tx| idempotency::once(tx, key, now, work).await).await
    }
}

/// Registers the handlers.
pub fn routes(config: &mut ServiceConfig<'_>) {
    config
        .service(task::list)
        .service(task::read)
        .service(decision::claim_next)
        .service(decision::claim)
        .service(decision::release)
        .service(decision::call)
        .service(decision::pass)
        .service(decision::send_back)
        .service(dossier::read)
        .service(reason::list)
        .service(exchange::list)
        .service(desk::take_over)
        .service(desk::received)
        .service(desk::verified)
        .service(desk::resent)
        .service(desk::lapsed)
        .service(desk::granted)
        .service(desk::refused)
        .service(peer::look_up);
}

/// Reviewers, leads and operations may look at queues.
fn may_look(actor: &Actor) -> Result<(), Failure> {
    let may = |action| allows(actor.role, action, Relation::Foreign);
    if may(Action::Review) || may(Action::Operate) {
        return Ok(());
    }
    Err(Failure::forbidden("Your role may not do this."))
}
