//! What orders tells: a submission joins the queue, a withdrawal leaves it, and each step of the exchange is confirmed. It
//! decides nothing itself.

use std::sync::Arc;

use chassis::{
    bus::{Bus, Envelope, Handler, Subscription, Verdict},
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    inbox,
};
use chrono::{DateTime, Utc};
use domain::{
    message::{Message, OrderNews},
    order::{Event, StateName},
};
use futures::FutureExt;
use tokio_util::sync::CancellationToken;

use crate::{
    command::{exchange, task},
    job::Office,
    store::filing,
};

/// The name in the inbox.
const CONSUMER: &str = "review";
/// What this service hears: an order, and not what its customer does to the draft.
pub const SUBSCRIPTION: Subscription = Subscription { queue: "review", topics: &["order.#"] };

/// Hears until `stop`.
pub async fn run(
    bus: Arc<dyn Bus>,
    db: Db,
    office: Arc<Office>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let handler: Handler = Arc::new(move |envelope| {
        let (db, office, clock) = (db.clone(), Arc::clone(&office), Arc::clone(&clock));
        async move { handle(&db, &office, clock.now(), envelope).await }.boxed()
    });
    bus.subscribe(SUBSCRIPTION, handler, stop).await
}

async fn handle(db: &Db, office: &Office, now: DateTime<Utc>, envelope: Envelope) -> Verdict {
    let verdict = inbox::handle(db, CONSUMER, envelope, now, async move |tx: &mut Tx, message: Message| {
        // Nothing else is bound to this queue.
        let Message::Order(news) = message else { return Ok(()) };
        take_in(tx, &news, now).await
    })
    .await;
    // The desk need not wait for its next round.
    office.wake();
    verdict
}

async fn take_in(tx: &mut Tx, news: &OrderNews, now: DateTime<Utc>) -> Result<(), Failure> {
    filing::project(tx, news).await?;
    match &news.event {
        Event::Submitted { .. } | Event::Consented { .. } | Event::Passed { .. } | Event::PhotoAccepted { .. }
            if news.state == StateName::ToAuthority =>
        {
            exchange::open(tx, news, now).await
        }
        Event::Submitted { principals, .. } | Event::Consented { principals } if news.state == StateName::Reviewing => {
            task::open(tx, news, principals, now).await
        }
        Event::Withdrawn | Event::Abandoned | Event::Expired => {
            task::close(tx, news, news.round, now).await?;
            exchange::close(tx, news, now).await
        }
        Event::HandoverBegun
        | Event::Received { .. }
        | Event::SmsVerified { .. }
        | Event::SmsResent { .. }
        | Event::SmsLapsed { .. }
        | Event::Granted { .. }
        | Event::Refused { .. } => exchange::confirmed(tx, news, now).await,
        Event::Opened
        | Event::Saved { .. }
        | Event::Verified { .. }
        | Event::VerificationDropped
        | Event::Reminded { .. }
        | Event::Purged
        | Event::Submitted { .. }
        | Event::Consented { .. }
        | Event::Declined { .. }
        | Event::CallRecorded { .. }
        | Event::Assisted { .. }
        | Event::Passed { .. }
        | Event::Returned { .. }
        | Event::PhotoRecorded { .. }
        | Event::PhotoAccepted { .. }
        | Event::PhotoRefused { .. } => Ok(()),
    }
}
