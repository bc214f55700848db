//! What goes wrong between us and the authority: crashes at each point, lost answers, maintenance. Nothing is sent twice and
//! nothing is lost.

use chassis::fault::{Action, arm};
use chrono::TimeDelta;
use serde_json::json;

use crate::world::{Filing, World};

/// Longer than a call is trusted to be under way.
const LATER: TimeDelta = TimeDelta::minutes(2);

/// Orders agreed; nothing is sent yet.
async fn begun(world: &mut World) -> anyhow::Result<Filing> {
    let mut filing = world.passed().await?;
    assert_eq!(world.orders_takes(&mut filing).await?, ["ready"]);
    Ok(filing)
}

async fn dies_at(point: &str, world: &World) {
    let armed = arm(point, Action::Fail);
    let outcome = async {
        while world.office.send_next().await? {}
        world.office.collect().await
    }
    .await;
    assert!(outcome.is_err(), "{point} was not met");
    drop(armed);
}

/// After whatever went wrong: one case at the authority, and the filing goes on to its number.
async fn settles(world: &mut World, filing: &mut Filing) -> anyhow::Result<()> {
    world.later(LATER);
    let names = world.round(filing).await?;
    assert_eq!(names, ["received"]);
    assert_eq!(world.cases().await?.len(), 1, "it was sent once");
    world.verify_both().await?;
    assert_eq!(world.round(filing).await?.last(), Some(&"granted"));
    Ok(())
}

#[tokio::test]
async fn a_crash_between_key_and_call_sends_it_later_and_once() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    dies_at("authority.after_key_before_call", &world).await;
    assert_eq!(world.cases().await?.len(), 0);
    assert!(!world.office.send_next().await?, "the key is trusted to be in use for a while");
    settles(&mut world, &mut filing).await
}

#[tokio::test]
async fn a_crash_between_call_and_record_does_not_send_it_again() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    dies_at("authority.after_call_before_record", &world).await;
    assert_eq!(world.cases().await?.len(), 1);
    assert_eq!(world.exchange(&filing).await?["state"], "sending");
    settles(&mut world, &mut filing).await?;
    assert_eq!(world.exchange(&filing).await?["sequence"], 1);
    Ok(())
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_and_not_repeated() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    // The first call asks for the last key; its answer gets lost as well.
    world.behave(json!({ "lose_answers": 1 })).await?;
    assert!(!world.office.send_next().await?);
    assert_eq!(world.cases().await?.len(), 0);
    let armed = arm("authority.after_key_before_call", Action::Pause);
    let sending = world.office.send_next();
    let losing = async {
        armed.reached(1).await;
        world.behave(json!({ "lose_answers": 1 })).await.unwrap();
        armed.release();
    };
    let (sent, ()) = futures::join!(sending, losing);
    assert!(!sent?);
    drop(armed);
    assert_eq!(world.exchange(&filing).await?["trouble"], "unknown");
    settles(&mut world, &mut filing).await
}

#[tokio::test]
async fn answers_that_are_fetched_twice_count_once() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    while world.office.send_next().await? {}
    dies_at("authority.after_answers_before_acknowledge", &world).await;
    let before = world.steps().await?.len();
    world.office.collect().await?;
    assert_eq!(world.steps().await?.len(), before, "the file came again and said nothing new");
    settles(&mut world, &mut filing).await
}

#[tokio::test]
async fn maintenance_is_waited_for() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    world.behave(json!({ "maintenance": true })).await?;
    assert!(!world.office.send_next().await?);
    assert_eq!(world.office.collect().await?, 0);
    let exchange = world.exchange(&filing).await?;
    assert_eq!((&exchange["state"], &exchange["trouble"]), (&json!("begun"), &json!("code_901")));
    assert!(!world.office.send_next().await?, "not before its pause is over");
    world.behave(json!({})).await?;
    settles(&mut world, &mut filing).await
}

#[tokio::test]
async fn orders_may_be_away_when_the_dossier_is_wanted() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    let path = format!("/v1/peer/orders/{}/dossier", filing.order);
    world.stage.outside.peers.answer(&path, 503, json!({}));
    assert!(!world.office.send_next().await?);
    assert_eq!(world.exchange(&filing).await?["trouble"], "no_dossier");
    world.show(&filing);
    settles(&mut world, &mut filing).await
}

#[tokio::test]
async fn two_desks_do_not_send_the_same_filing() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    let office = &world.office;
    let desks = (0..4).map(|_| async move { office.send_next().await });
    for outcome in futures::future::join_all(desks).await {
        // Who came second either saw that somebody is at it, or ran into the index that says so.
        assert!(outcome.as_ref().is_ok() || outcome.is_err_and(|failure| failure.status() == 409));
    }
    settles(&mut world, &mut filing).await
}
