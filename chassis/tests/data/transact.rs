//! A transaction happens as a whole or not at all, within its limits.

use std::{sync::Arc, thread, time::Duration};

use chassis::{db::Db, failure::Failure, outbox};
use diesel_async::RunQueryDsl;
use tokio::sync::{Barrier, Notify};

use crate::world::{World, change};

const VERSION: &str = "SELECT version FROM thing WHERE id = 1";
const PENDING: &str = "SELECT count(*) FROM outbox";

#[tokio::test]
async fn a_change_and_its_message_commit_together() {
    let world = World::new().await;
    let envelope = world.envelope();
    let put = std::slice::from_ref(&envelope);
    world
        .db
        .transact("test", async |tx| {
            change(tx, 1).await?;
            outbox::put(tx, put).await
        })
        .await
        .unwrap();
    assert_eq!(world.number(VERSION).await, 2);
    let pending = world.db.read("test", async |tx| outbox::pending(tx).await).await.unwrap();
    assert_eq!(pending, [envelope]);
}

#[tokio::test]
async fn a_stale_version_changes_nothing_and_tells_nobody() {
    let world = World::new().await;
    let put = [world.envelope()];
    let failure = world
        .db
        .transact("test", async |tx| {
            outbox::put(tx, &put).await?;
            change(tx, 7).await
        })
        .await
        .unwrap_err();
    assert_eq!(failure.status(), 412);
    assert_eq!((world.number(VERSION).await, world.number(PENDING).await), (1, 0));
}

#[tokio::test]
async fn a_transaction_dropped_half_way_leaves_no_trace_and_no_lock() {
    let world = World::new().await;
    let put = [world.envelope()];
    let half_way = Notify::new();
    let endless = world.db.transact("test", async |tx| {
        change(tx, 1).await?;
        outbox::put(tx, &put).await?;
        half_way.notify_one();
        std::future::pending::<Result<(), Failure>>().await
    });
    tokio::select! {
        _never = endless => unreachable!("it waits for ever"),
        () = half_way.notified() => {}
    }
    // Nobody takes another connection out of the pool: the dropped one must have let go by itself.
    world.sql("SET lock_timeout = '2s'; UPDATE thing SET version = 10 WHERE id = 1").await.unwrap();
    assert_eq!((world.number(VERSION).await, world.number(PENDING).await), (10, 0));
    world.db.transact("test", async |tx| change(tx, 10).await).await.unwrap();
}

#[tokio::test]
async fn a_lock_that_is_not_given_up_in_time_is_a_conflict_that_may_be_repeated() {
    let world = World::with(|args| args.lock_timeout_ms = 100).await;
    let (held, release) = (Notify::new(), Notify::new());
    let first = world.db.transact("test", async |tx| {
        change(tx, 1).await?;
        held.notify_one();
        release.notified().await;
        Ok(())
    });
    let second = async {
        held.notified().await;
        let failure = world.db.transact("test", async |tx| change(tx, 1).await).await.unwrap_err();
        release.notify_one();
        failure
    };
    let (first, failure) = tokio::join!(first, second);
    first.unwrap();
    assert_eq!(failure.status(), 409);
    assert!(!failure.is_refusal(), "{failure:?}");
}

#[tokio::test]
async fn a_pool_without_a_free_connection_is_unavailable() {
    let world = World::with(|args| (args.pool_size, args.pool_wait_ms) = (2, 200)).await;
    let (full, done) = (Barrier::new(3), Barrier::new(3));
    let hold = || {
        world.db.transact("test", async |_tx| {
            full.wait().await;
            done.wait().await;
            Ok(())
        })
    };
    let third = async {
        full.wait().await;
        let failure = world.db.check().await.unwrap_err();
        done.wait().await;
        failure
    };
    let (one, two, failure) = tokio::join!(hold(), hold(), third);
    one.and(two).unwrap();
    assert_eq!(failure.status(), 503);
}

#[tokio::test]
async fn every_session_has_its_limits_and_its_name() {
    let world = World::with(|args| {
        (args.statement_timeout_ms, args.lock_timeout_ms, args.idle_in_transaction_ms) = (4321, 321, 5432);
    })
    .await;
    #[derive(diesel::QueryableByName, Debug, PartialEq)]
    struct Limits {
        #[diesel(sql_type = diesel::sql_types::Text)]
        all: String,
    }
    let query = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), \
                 current_setting('idle_in_transaction_session_timeout'), current_setting('application_name'), \
                 current_setting('transaction_isolation')) AS \"all\"";
    let limits: Limits =
        world.db.transact("test", async |tx| Ok(diesel::sql_query(query).get_result(tx).await?)).await.unwrap();
    assert_eq!(limits.all, "4321ms 321ms 5432ms data-test read committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_outlives_the_worker_that_asked_for_it() {
    let world = World::with(|args| args.pool_size = 2).await;
    // A second connection can only come from the worker's runtime, because the first one is in use.
    let (db, both): (Db, _) = (world.db.clone(), Arc::new(Barrier::new(2)));
    let (meet, leave) = (Arc::clone(&both), Arc::clone(&both));
    let worker = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            meet.wait().await;
            db.check().await.unwrap();
            meet.wait().await;
        });
    });
    world
        .db
        .transact("test", async |_tx| {
            leave.wait().await;
            leave.wait().await;
            Ok(())
        })
        .await
        .unwrap();
    worker.join().unwrap();
    let taken = || {
        world.db.transact("test", async |tx| {
            diesel::sql_query("SELECT pg_sleep(0.1)").execute(tx).await?;
            Ok(())
        })
    };
    // The server is shared: only this test's own database counts.
    let query =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'data-test'";
    assert_eq!(world.number(query).await, 2);
    let (one, two) =
        tokio::time::timeout(Duration::from_secs(5), async { tokio::join!(taken(), taken()) }).await.unwrap();
    one.and(two).unwrap();
}
