//! A request takes effect once, however often it comes.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use chassis::{
    failure::{Failure, Kind},
    http::Reply,
    idempotency::{self, IdemKey},
    sweep,
};
use chrono::TimeDelta;
use serde_json::json;
use tokio::sync::Notify;

use crate::world::World;

fn key(fingerprint: u8) -> IdemKey {
    IdemKey { principal: "somebody".into(), key: "k-1".into(), fingerprint: [fingerprint; 32] }
}

/// Sends the request once; its work counts.
async fn send(world: &World, key: &IdemKey, done: &AtomicU32) -> Result<Reply, Failure> {
    let now = world.now();
    world
        .db
        .transact("test.once", async |tx| {
            idempotency::once(tx, key, now, async |_tx| {
                let count = done.fetch_add(1, Ordering::SeqCst) + 1;
                tokio::time::sleep(Duration::from_millis(50)).await;
                Ok(Reply::created("/v1/things/1", &json!({"count": count})).etag(1))
            })
            .await
        })
        .await
}

#[tokio::test]
async fn a_repetition_gets_the_first_answer_word_for_word() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let first = send(&world, &key(1), &done).await.unwrap();
    let again = send(&world, &key(1), &done).await.unwrap();
    assert_eq!(first, again);
    assert_eq!((first.status, done.load(Ordering::SeqCst)), (201, 1));
}

#[tokio::test]
async fn twins_that_come_together_take_effect_once() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let key = key(1);
    let (one, two, three) =
        tokio::join!(send(&world, &key, &done), send(&world, &key, &done), send(&world, &key, &done));
    let one = one.unwrap();
    assert_eq!(one, two.unwrap());
    assert_eq!(one, three.unwrap());
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_refused() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    send(&world, &key(1), &done).await.unwrap();
    let failure = send(&world, &key(2), &done).await.unwrap_err();
    assert_eq!(failure.kind(), Kind::KeyReused);
    let other = IdemKey { principal: "another".into(), ..key(2) };
    send(&world, &other, &done).await.unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_failure_gives_the_key_back_even_to_a_twin_that_waits() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let (key, now, claimed) = (key(1), world.now(), Notify::new());
    let failing = world.db.transact("test.once", async |tx| {
        idempotency::once(tx, &key, now, async |_tx| {
            claimed.notify_one();
            tokio::time::sleep(Duration::from_millis(100)).await;
            Err(Failure::conflict("Not now."))
        })
        .await
    });
    let twin = async {
        claimed.notified().await;
        send(&world, &key, &done).await
    };
    let (failed, twin) = tokio::join!(failing, twin);
    assert_eq!(failed.unwrap_err().kind(), Kind::Conflict);
    assert_eq!(twin.unwrap().status, 201);
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_twin_that_waits_too_long_is_told_to_come_back() {
    let world = World::with(|args| args.lock_timeout_ms = 100).await;
    let (done, key, now) = (AtomicU32::new(0), key(1), world.now());
    let (claimed, release) = (Notify::new(), Notify::new());
    let slow = world.db.transact("test.once", async |tx| {
        idempotency::once(tx, &key, now, async |_tx| {
            claimed.notify_one();
            release.notified().await;
            Ok(Reply::no_content())
        })
        .await
    });
    let twin = async {
        claimed.notified().await;
        let failure = send(&world, &key, &done).await.unwrap_err();
        release.notify_one();
        failure
    };
    let (slow, failure) = tokio::join!(slow, twin);
    assert_eq!(slow.unwrap().status, 204);
    assert_eq!((failure.status(), failure.is_refusal()), (409, false));
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    send(&world, &key(1), &done).await.unwrap();
    world.clock.advance(TimeDelta::hours(24));
    assert_eq!(sweep::once(&world.db, world.now()).await.unwrap().keys, 0);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(sweep::once(&world.db, world.now()).await.unwrap().keys, 1);
    send(&world, &key(2), &done).await.unwrap();
    assert_eq!(done.load(Ordering::SeqCst), 2);
}
