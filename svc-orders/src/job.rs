//! Keeps time: drafts that nobody touches expire. It decides by the same command as everybody else.

use std::time::Duration;

use chassis::failure::Failure;
use domain::order::Command;
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    command::{Version, system},
    store,
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// How many orders it takes at a time.
const BATCH: i64 = 100;

/// Looks every ten minutes until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        match expire(&app).await {
            Ok(0) => {}
            Ok(expired) => tracing::info!(expired, "untouched drafts have expired"),
            Err(failure) => tracing::warn!(?failure, "drafts could not be expired; again later"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Expires every draft whose time is over, and answers how many.
pub async fn expire(app: &App) -> Result<usize, Failure> {
    let mut all = 0;
    loop {
        let before = app.clock.now() - app.settings.expire_after;
        let idle = app.db.read("order.idle", async |tx| store::order::idle(tx, before, BATCH).await).await?;
        if idle.is_empty() {
            return Ok(all);
        }
        for id in idle {
            let by = system("svc-orders");
            let order = (id, Version::Any);
            let work = app
                .db
                .transact("order.expire", async |tx| app.execute(tx, &by, order, Command::Expire).await.map(drop));
            match work.await {
                Ok(()) => all += 1,
                // Somebody touched it in between.
                Err(failure) if failure.is_refusal() => {}
                Err(failure) => return Err(failure),
            }
        }
    }
}
