//! Listens to svc-orders: whose an order is and where it stands. It decides nothing.

use std::sync::Arc;

use chassis::{
    bus::{Envelope, Handler},
    inbox,
};
use domain::{message::Message, order::Event};
use futures::FutureExt;

use crate::{
    App, SUBSCRIPTION,
    store::{
        filing::{self, Filing},
        material,
    },
};

/// The handler of this service's queue.
pub(crate) fn handler(app: &App) -> Handler {
    let app = app.clone();
    Arc::new(move |envelope: Envelope| {
        let app = app.clone();
        async move {
            let now = app.clock.now();
            inbox::handle(&app.db, SUBSCRIPTION.queue, envelope, now, async |tx, message| {
                let Message::Order(news) = message else { return Ok(()) };
                if news.event == Event::Purged {
                    // The pictures themselves are swept up once no row names them.
                    material::forget(tx, news.order).await?;
                }
                filing::project(tx, &Filing::of(news.order, news.account, &news.plan, news.state, news.version)).await
            })
            .await
        }
        .boxed()
    })
}
