//! What was committed is sent, whatever happens on the way, and what is sent twice takes effect once.

use std::{
    collections::BTreeSet,
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use chassis::{
    bus::{Bus, Subscription, Undelivered, local::Local},
    fault::{self, Action},
    inbox,
    outbox::Relay,
};
use chrono::TimeDelta;
use futures::FutureExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::world::{Scripted, World, change};

const PENDING: &str = "SELECT count(*) FROM outbox";
/// Much less than the five seconds after which a relay looks by itself.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Does `work` while the relay runs, and expects the relay to end well.
async fn while_running(relay: Relay, work: impl Future<Output = ()>) {
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    tasks.spawn(relay.run(stop.clone()));
    work.await;
    stop.cancel();
    let ended = tokio::time::timeout(AT_ONCE, tasks.join_next()).await.unwrap();
    ended.unwrap().unwrap().unwrap();
}

/// The process that listens, when it has come to listen.
async fn listener(world: &World) -> i32 {
    for _ in 0..200 {
        let query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query = 'LISTEN outbox'";
        if let Some(row) = world.rows(query).await.first() {
            return row.get(0);
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody listens");
}

#[tokio::test]
async fn a_commit_wakes_the_relay() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Ok(())));
    while_running(world.relay(&bus), async {
        listener(&world).await;
        let put = world.put(3).await;
        bus.was_given(3, AT_ONCE).await;
        assert_eq!(bus.given(), put.iter().map(|envelope| envelope.id).collect::<Vec<_>>());
    })
    .await;
    assert_eq!(world.number(PENDING).await, 0);
}

#[tokio::test]
async fn what_was_put_while_nobody_relayed_leaves_at_the_start() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Ok(())));
    world.put(250).await;
    while_running(world.relay(&bus), bus.was_given(250, AT_ONCE)).await;
    assert_eq!(world.number(PENDING).await, 0);
}

#[tokio::test]
async fn a_relay_that_dies_between_sending_and_marking_sends_again_and_readers_recognise_it() {
    let (world, local) = (World::new().await, Arc::new(Local::new()));
    let (came, done) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let (db, now) = (world.db.clone(), world.now());
    let (coming, doing) = (Arc::clone(&came), Arc::clone(&done));
    let reader = Arc::new(move |envelope| {
        let (db, doing) = (db.clone(), Arc::clone(&doing));
        coming.fetch_add(1, Ordering::SeqCst);
        async move {
            inbox::handle(&db, "reader", envelope, now, async move |tx, _message| {
                let count = doing.fetch_add(1, Ordering::SeqCst) + 1;
                change(tx, i64::from(count)).await
            })
            .await
        }
        .boxed()
    });
    let (mut tasks, stop) = (JoinSet::new(), CancellationToken::new());
    let (bus, until) = (Arc::clone(&local), stop.clone());
    let what = Subscription { queue: "reader", topics: &["material.#"] };
    tasks.spawn(async move { bus.subscribe(what, reader, until).await });
    tokio::task::yield_now().await;

    world.put(2).await;
    let relay = world.relay(&local);
    let armed = fault::arm("relay.after_publish_before_mark", Action::Fail);
    relay.drain().await.unwrap_err();
    assert_eq!(world.number(PENDING).await, 2);
    drop(armed);
    assert_eq!(relay.drain().await.unwrap(), 2);
    assert_eq!((came.load(Ordering::SeqCst), done.load(Ordering::SeqCst)), (4, 2));
    assert_eq!((world.number(PENDING).await, world.number("SELECT version FROM thing").await), (0, 3));
    stop.cancel();
    tasks.join_next().await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn a_relay_whose_listening_connection_was_killed_listens_again() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Ok(())));
    while_running(world.relay(&bus), async {
        let before = listener(&world).await;
        world.sql(&format!("SELECT pg_terminate_backend({before})")).await.unwrap();
        world.put(1).await;
        bus.was_given(1, Duration::from_secs(4)).await;
        let after = listener(&world).await;
        assert_ne!(before, after);
        // Not by looking now and then: the new connection is the one that hears.
        world.put(1).await;
        bus.was_given(2, AT_ONCE).await;
    })
    .await;
}

#[tokio::test]
async fn two_relays_never_hold_the_same_message() {
    let world = World::new().await;
    let slow = || Scripted::slow(|_| Ok(()), Duration::from_millis(100));
    let (one, two) = (slow(), slow());
    world.put(450).await;
    let (first, second) = (world.relay(&one), world.relay(&two));
    let (sent_one, sent_two) = tokio::join!(first.drain(), second.drain());
    let (given_one, given_two) = (one.given(), two.given());
    assert_eq!(sent_one.unwrap() + sent_two.unwrap(), 450);
    assert!(!given_one.is_empty() && !given_two.is_empty(), "both worked");
    let different: BTreeSet<_> = given_one.iter().chain(&given_two).collect();
    assert_eq!((different.len(), given_one.len() + given_two.len()), (450, 450));
}

#[tokio::test]
async fn what_could_not_be_sent_waits_longer_each_time_and_leaves_when_it_can() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Err(Undelivered::Refused("full".into()))));
    let relay = world.relay(&bus);
    world.put(1).await;
    let mut waits = Vec::new();
    for attempt in 1..=8 {
        assert_eq!(relay.drain().await.unwrap(), 0);
        let row = world.rows("SELECT attempts, next_at FROM outbox").await;
        assert_eq!(row[0].get::<_, i32>(0), attempt);
        let wait = format!("SELECT extract(epoch FROM next_at - '{}'::timestamptz)::bigint FROM outbox", world.now());
        waits.push(world.number(&wait).await);
        world.clock.advance(TimeDelta::seconds(61));
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    bus.answers(|_| Ok(()));
    assert_eq!(relay.drain().await.unwrap(), 1);
}

#[tokio::test]
async fn a_message_that_nobody_reads_is_tried_again_soon() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Err(Undelivered::Unroutable)));
    let relay = world.relay(&bus);
    world.put(1).await;
    for _ in 0..6 {
        assert_eq!(relay.drain().await.unwrap(), 0);
        world.clock.advance(TimeDelta::seconds(6));
    }
    bus.answers(|_| Ok(()));
    assert_eq!(relay.drain().await.unwrap(), 1, "never later than five seconds");
}

#[tokio::test]
async fn one_message_that_cannot_leave_does_not_keep_the_others() {
    let (world, bus) = (
        World::new().await,
        Scripted::new(
            |envelope| {
                if envelope.version == 13 { Err(Undelivered::Unconfirmed("lost".into())) } else { Ok(()) }
            },
        ),
    );
    world.put(120).await;
    world
        .sql("UPDATE outbox SET envelope = jsonb_set(envelope, '{aggregateversion}', '13') WHERE seq = 1")
        .await
        .unwrap();
    world.sql("UPDATE outbox SET envelope = '{\"no\": \"envelope\"}' WHERE seq = 2").await.unwrap();
    assert_eq!(world.relay(&bus).drain().await.unwrap(), 118);
    let left: Vec<i64> = world.rows("SELECT seq FROM outbox ORDER BY seq").await.iter().map(|row| row.get(0)).collect();
    assert_eq!(left, [1, 2]);
}

#[tokio::test]
async fn a_message_put_by_a_transaction_that_fails_is_never_sent() {
    let (world, bus) = (World::new().await, Scripted::new(|_| Ok(())));
    let put = [world.envelope()];
    let failed = world
        .db
        .transact("test", async |tx| {
            chassis::outbox::put(tx, &put).await?;
            change(tx, 99).await
        })
        .await;
    assert_eq!(failed.unwrap_err().status(), 412);
    assert_eq!(world.relay(&bus).drain().await.unwrap(), 0);
    assert!(bus.given().is_empty());
}
