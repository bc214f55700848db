//! The audit trail: only added to, and a change of what it says is found.

use chassis::{
    audit::{self, Entry, Verified},
    failure::Failure,
};
use futures::future::try_join_all;
use serde_json::json;
use uuid::Uuid;

use crate::world::World;

fn order(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

async fn record(world: &World, aggregate: Uuid, action: &str) -> Result<(), Failure> {
    let now = world.now();
    let entry = Entry { aggregate, actor: "reviewer-1", role: "reviewer", action, detail: json!({"round": 1}) };
    world.db.transact("test.audit", async |tx| audit::record(tx, now, &entry).await).await
}

async fn verify(world: &World) -> Verified {
    world.db.read("test.verify", async |tx| audit::verify(tx).await).await.unwrap()
}

/// What only somebody can do who owns the table.
async fn tamper(world: &World, statement: &str) {
    world
        .sql(&format!("ALTER TABLE audit DISABLE TRIGGER ALL; {statement}; ALTER TABLE audit ENABLE TRIGGER ALL"))
        .await
        .unwrap();
}

#[tokio::test]
async fn untouched_chains_verify() {
    let world = World::new().await;
    for action in ["opened", "submitted", "passed"] {
        record(&world, order(1), action).await.unwrap();
        record(&world, order(2), action).await.unwrap();
    }
    assert_eq!(verify(&world).await, Verified { rows: 6, chains: 2, broken: vec![] });
}

#[tokio::test]
async fn those_who_write_at_one_time_make_one_chain() {
    let world = World::new().await;
    try_join_all((0..24).map(|_| record(&world, order(1), "seen"))).await.unwrap();
    assert_eq!(verify(&world).await, Verified { rows: 24, chains: 1, broken: vec![] });
    assert_eq!(world.number("SELECT max(seq) FROM audit").await, 24);
}

#[tokio::test]
async fn every_changed_column_is_found() {
    let world = World::new().await;
    for _ in 0..3 {
        record(&world, order(1), "seen").await.unwrap();
        record(&world, order(2), "seen").await.unwrap();
    }
    let second = "WHERE aggregate = '00000000-0000-0000-0000-000000000001' AND seq = 2";
    for (change, back) in [
        ("actor = 'reviewer-2'", "actor = 'reviewer-1'"),
        ("role = 'lead'", "role = 'reviewer'"),
        ("action = 'unseen'", "action = 'seen'"),
        ("detail = '{\"round\":2}'", "detail = '{\"round\":1}'"),
        ("at = at + interval '1 microsecond'", "at = at - interval '1 microsecond'"),
        ("hash = sha256('')", "hash = hash"),
    ] {
        tamper(&world, &format!("UPDATE audit SET {change} {second}")).await;
        let found = verify(&world).await;
        let broken = format!("row 2 of {}", order(1));
        assert!(found.broken.len() == 1 && found.broken[0].contains(&broken), "{change}: {found:?}");
        tamper(&world, &format!("UPDATE audit SET {back} {second}")).await;
    }
}

#[tokio::test]
async fn a_missing_row_is_found() {
    let world = World::new().await;
    for action in ["opened", "submitted", "passed"] {
        record(&world, order(1), action).await.unwrap();
    }
    tamper(&world, "DELETE FROM audit WHERE seq = 2").await;
    let found = verify(&world).await;
    assert_eq!(found.broken, [format!("passed row 3 of {}", order(1))]);
}

#[tokio::test]
async fn the_trail_can_only_be_added_to() {
    let world = World::new().await;
    record(&world, order(1), "opened").await.unwrap();
    for statement in ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit"] {
        let error = world.sql(statement).await.unwrap_err();
        let text = error.as_db_error().map(|error| error.message().to_owned()).unwrap_or_default();
        assert_eq!(text, "the audit trail is append-only", "{statement}");
    }
    assert_eq!(verify(&world).await, Verified { rows: 1, chains: 1, broken: vec![] });
}
