//! Listens to the other services: one message, one transaction. It decides nothing.

use std::sync::Arc;

use chassis::{
    bus::{Envelope, Handler},
    inbox,
};
use futures::FutureExt;

use crate::{App, SUBSCRIPTION};

/// The handler of this service's queue.
pub(crate) fn handler(app: &App) -> Handler {
    let app = app.clone();
    Arc::new(move |envelope: Envelope| {
        let app = app.clone();
        async move {
            let now = app.clock.now();
            inbox::handle(&app.db, SUBSCRIPTION.queue, envelope, now, async |tx, message| app.hear(tx, message).await)
                .await
        }
        .boxed()
    })
}
