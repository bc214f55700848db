//! Listens to orders and photo: news become queued notices, in the transaction that notes the message. It sends nothing.

use std::sync::Arc;

use chassis::{
    bus::{Envelope, Handler, Verdict},
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    inbox,
};
use chrono::{DateTime, Utc};
use domain::{id::MessageId, message::Message, notice::notices};
use futures::FutureExt;
use tokio::sync::Notify;

use crate::{
    SUBSCRIPTION,
    fact::Facts,
    store::{filing, notice},
};

/// The handler of this service's queue; `wake` tells the senders that there may be work.
pub(crate) fn handler(db: Db, clock: Arc<dyn Clock>, wake: Arc<Notify>) -> Handler {
    Arc::new(move |envelope| {
        let (db, now, wake) = (db.clone(), clock.now(), Arc::clone(&wake));
        async move {
            let verdict = hear(&db, envelope, now).await;
            wake.notify_one();
            verdict
        }
        .boxed()
    })
}

async fn hear(db: &Db, envelope: Envelope, now: DateTime<Utc>) -> Verdict {
    let id = envelope.id;
    inbox::handle(db, SUBSCRIPTION.queue, envelope, now, async move |tx: &mut Tx, message: Message| {
        take_in(tx, (id, &message), now).await
    })
    .await
}

async fn take_in(tx: &mut Tx, (id, message): (MessageId, &Message), now: DateTime<Utc>) -> Result<(), Failure> {
    if let Message::Order(news) = message {
        filing::project(tx, news).await?;
    }
    let wanted = notices(message);
    if wanted.is_empty() {
        return Ok(());
    }
    let mut facts = Facts::of(message, now);
    for what in wanted {
        if let Some(order) = what.order.filter(|_| facts.province.is_none()) {
            facts.province = filing::province(tx, order).await?;
        }
        for channel in what.kind.channels() {
            notice::queue(tx, id, (what, *channel), &facts, now).await?;
        }
    }
    Ok(())
}
