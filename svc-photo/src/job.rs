//! Keeps time: the courier at 16:00 on working days, and objects that no row names.

use std::time::Duration;

use chassis::{failure::Failure, store as objects};
use chrono::TimeDelta;
use domain::photo::Dispatch;
use futures::TryStreamExt;
use object_store::ObjectStore;
use tokio_util::sync::CancellationToken;

use crate::{
    App,
    store::{curtain, material},
};

/// How often it looks whether the courier has come.
const EVERY: Duration = Duration::from_secs(30);
/// After so many looks it sweeps the object store: once a day, and for the first time soon after a start.
const SWEEP: u32 = 2880;
const FIRST_SWEEP: u32 = 20;
/// How many curtains it takes at a time.
const BATCH: i64 = 100;
/// How many objects it asks for at a time.
const OBJECTS: usize = 500;
/// An object younger than this may belong to a request that has not committed yet.
const YOUNG: TimeDelta = TimeDelta::hours(24);

/// Looks every half minute until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let mut looks: u32 = 0;
    loop {
        match dispatch_due(&app).await {
            Ok(0) => {}
            Ok(dispatched) => tracing::info!(dispatched, "the courier has taken curtains"),
            Err(failure) => tracing::warn!(?failure, "curtains could not be dispatched; again later"),
        }
        looks = looks.wrapping_add(1);
        if looks % SWEEP == FIRST_SWEEP
            && let Err(error) = sweep_orphans(&app).await
        {
            tracing::warn!(error = format!("{error:#}"), "the object store could not be swept; again tomorrow");
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Dispatches every curtain whose courier has come, and answers how many.
pub async fn dispatch_due(app: &App) -> Result<usize, Failure> {
    let now = app.clock.now();
    let due = app.db.read("curtain.due", async |tx| curtain::due(tx, now, BATCH).await).await?;
    let mut all = 0;
    for id in due {
        let work = app.db.transact("curtain.dispatch", async |tx| {
            app.dispatch(tx, ("svc-photo", "service"), id, (Dispatch::Scheduled, None)).await.map(drop)
        });
        match work.await {
            Ok(()) => all += 1,
            // Operations were faster.
            Err(failure) if failure.is_refusal() => {}
            Err(failure) => return Err(failure),
        }
    }
    Ok(all)
}

/// Deletes objects that no row names and that are older than a day: a crash between the two left them. Answers how many.
pub async fn sweep_orphans(app: &App) -> anyhow::Result<usize> {
    let before = app.clock.now() - YOUNG;
    let listed: Vec<_> = app.objects.list(None).try_collect().await?;
    let old: Vec<_> = listed.into_iter().filter(|object| object.last_modified < before).collect();
    let mut swept = 0;
    for part in old.chunks(OBJECTS) {
        let names: Vec<String> = part.iter().map(|object| object.location.to_string()).collect();
        let known = app.db.read("material.known", async |tx| material::known(tx, &names).await).await?;
        for object in part.iter().filter(|object| !known.contains(object.location.as_ref())) {
            objects::delete(&*app.objects, &object.location).await?;
            swept += 1;
        }
    }
    Ok(swept)
}
