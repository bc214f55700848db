//! A message takes effect once, and one that cannot is kept.

use std::sync::atomic::{AtomicU32, Ordering};

use chassis::{
    bus::{Envelope, Verdict},
    dead,
    failure::Failure,
    fault::{self, Action},
    inbox, outbox, sweep,
};
use chrono::TimeDelta;
use serde_json::json;

use crate::world::{World, change};

const HANDLED: &str = "SELECT count(*) FROM inbox";
const LETTERS: &str = "SELECT count(*) FROM dead_letter";

/// Deals with a message by raising the thing's version from the one it has.
async fn deal(world: &World, consumer: &'static str, envelope: &Envelope, done: &AtomicU32) -> Verdict {
    inbox::handle(&world.db, consumer, envelope.clone(), world.now(), async |tx, _message| {
        let count = done.fetch_add(1, Ordering::SeqCst) + 1;
        change(tx, i64::from(count)).await
    })
    .await
}

#[tokio::test]
async fn a_message_that_comes_twice_takes_effect_once_for_each_consumer() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let envelope = world.envelope();
    for consumer in ["one", "one", "two", "two", "one"] {
        assert_eq!(deal(&world, consumer, &envelope, &done).await, Verdict::Done);
    }
    assert_eq!(done.load(Ordering::SeqCst), 2);
    assert_eq!(world.number("SELECT version FROM thing").await, 3);
}

#[tokio::test]
async fn copies_that_come_at_one_time_take_effect_once() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let envelope = world.envelope();
    let (one, two) = tokio::join!(deal(&world, "one", &envelope, &done), deal(&world, "one", &envelope, &done));
    assert_eq!((one, two), (Verdict::Done, Verdict::Done));
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_refusal_is_final_and_a_fault_is_tried_again_without_a_trace() {
    let world = World::new().await;
    let verdict = |failure: fn() -> Failure| {
        inbox::handle(&world.db, "one", world.envelope(), world.now(), async move |tx, _message| {
            change(tx, 1).await?;
            Err(failure())
        })
    };
    assert_eq!(verdict(|| Failure::conflict("Not in this state.")).await, Verdict::Done);
    assert_eq!(verdict(|| Failure::internal("a bug")).await, Verdict::Retry);
    assert_eq!(verdict(|| Failure::too_many(std::time::Duration::from_secs(1))).await, Verdict::Retry);
    assert_eq!((world.number("SELECT version FROM thing").await, world.number(HANDLED).await), (1, 0));
}

#[tokio::test]
async fn a_message_whose_end_was_not_acknowledged_is_known_when_it_comes_again() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let envelope = world.envelope();
    let armed = fault::arm("consumer.after_commit_before_ack", Action::Fail);
    assert_eq!(deal(&world, "one", &envelope, &done).await, Verdict::Retry);
    drop(armed);
    assert_eq!(deal(&world, "one", &envelope, &done).await, Verdict::Done);
    assert_eq!(done.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_unreadable_message_is_kept_once_and_can_be_sent_again() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    let mut envelope = world.envelope();
    envelope.data = json!({"message": "from the future"});
    for _ in 0..2 {
        assert_eq!(deal(&world, "one", &envelope, &done).await, Verdict::Dead);
    }
    assert_eq!((done.load(Ordering::SeqCst), world.number(LETTERS).await), (0, 1));

    world.clock.advance(TimeDelta::days(1));
    let now = world.now();
    let letters = world.db.read("test", async |tx| dead::list(tx).await).await.unwrap();
    let [letter] = letters.as_slice() else { panic!("{letters:?}") };
    assert_eq!((letter.consumer.as_str(), letter.message_id), ("one", envelope.id.uuid()));
    let id = letter.id;
    let shown = world.db.read("test", async |tx| dead::show(tx, id).await).await.unwrap();
    assert_eq!(shown.topic, "material.accepted");
    world.db.transact("test", async |tx| dead::replay(tx, id, now).await).await.unwrap();

    let pending = world.db.read("test", async |tx| outbox::pending(tx).await).await.unwrap();
    assert_eq!(pending, [envelope], "the very same message goes out");
    let age = world.db.read("test", async |tx| outbox::age(tx, now).await).await.unwrap();
    assert_eq!(age.as_secs(), 0, "and has not waited since it was first sent");
    assert_eq!(world.number(LETTERS).await, 0);
    let gone = world.db.transact("test", async |tx| dead::replay(tx, id, now).await).await.unwrap_err();
    assert_eq!(gone.status(), 404);
}

#[tokio::test]
async fn a_message_is_remembered_for_thirty_days() {
    let (world, done) = (World::new().await, AtomicU32::new(0));
    deal(&world, "one", &world.envelope(), &done).await;
    world.clock.advance(TimeDelta::days(30));
    assert_eq!(sweep::once(&world.db, world.now()).await.unwrap().messages, 0);
    world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(sweep::once(&world.db, world.now()).await.unwrap().messages, 1);
    assert_eq!(world.number(HANDLED).await, 0);
}
