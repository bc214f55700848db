//! Keeps time: drafts that nobody touches expire. It decides by the same command as everybody else.

use std::time::Duration;

use chassis::failure::{Failure, Kind};
use domain::order::Command;
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    command::{Turn, Version, system},
    store::{self, order::Kept},
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(600);
/// How many orders it takes at a time.
const BATCH: i64 = 100;

/// How often it looks whether an order in line has its turn.
const LINE_EVERY: Duration = Duration::from_secs(3);

/// Submits the orders whose turn has come, until `stop`.
pub(crate) async fn run_line(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        match submit_waiting(&app).await {
            Ok(0) => {}
            Ok(submitted) => tracing::info!(submitted, "orders in line were submitted"),
            Err(failure) => tracing::warn!(?failure, "orders in line could not be looked at; again later"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(LINE_EVERY) => {}
        }
    }
}

/// Submits every order in line that has nothing before it any more, and answers how many.
pub async fn submit_waiting(app: &App) -> Result<usize, Failure> {
    let (mut submitted, mut still) = (0, 0);
    loop {
        let page = app.db.read("order.line", async |tx| store::order::in_line(tx, still, BATCH).await).await?;
        if page.is_empty() {
            return Ok(submitted);
        }
        for id in page {
            match app.turn(id).await {
                Ok(Turn::Submitted) => submitted += 1,
                Ok(Turn::Left) => {}
                Ok(Turn::Waits) => still += 1,
                // Another order was submitted at this moment, or the inventory is away: it waits on.
                Err(failure) if failure.status() < 500 || failure.kind() == Kind::Unavailable => {
                    tracing::debug!(order = %id, ?failure, "an order in line waits on");
                    still += 1;
                }
                Err(failure) => return Err(failure),
            }
        }
    }
}

/// Looks every ten minutes until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    loop {
        if let Err(failure) = keep(&app).await {
            tracing::warn!(?failure, "nobody could be reminded, and nothing deleted; again later");
        }
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

/// Reminds of drafts that lie idle, announces what will be deleted, and deletes it; answers how many of each.
pub async fn keep(app: &App) -> Result<[usize; 3], Failure> {
    let now = app.clock.now();
    let mut done = [0; 3];
    for (sent, after) in (0_i16..).zip(&app.settings.remind_after) {
        let page = (Kept::Idle, sent, now - *after);
        for id in app.db.read("order.idle", async |tx| store::order::kept(tx, page, BATCH).await).await? {
            if app.db.transact("order.remind", async |tx| app.remind(tx, id).await).await? {
                done[0] += 1;
            }
        }
    }
    let page = (Kept::Ended, 0, now - (app.settings.purge_after - app.settings.purge_warning));
    for id in app.db.read("order.ended", async |tx| store::order::kept(tx, page, BATCH).await).await? {
        app.db.transact("order.announce", async |tx| app.announce_purge(tx, id).await).await?;
        done[1] += 1;
    }
    let page = (Kept::Ended, 1, now - app.settings.purge_after);
    for id in app.db.read("order.ended", async |tx| store::order::kept(tx, page, BATCH).await).await? {
        if app.db.transact("order.purge", async |tx| app.purge(tx, id).await).await? {
            done[2] += 1;
        }
    }
    Ok(done)
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
