//! Exchanges by hand: a lead records what the authority said, and orders hears the same as by file.

use domain::{
    message::AuthorityStep,
    order::{Delivery, Event, PrincipalRole, Target},
    rules::kinds::OrderKind,
};
use serde_json::{Value, json};

use crate::world::{Filing, World, both, draft};

const NUMBER: &str = "辽ICP备2026000009号";

/// A migration that orders agreed to hand in.
async fn begun(world: &mut World) -> anyhow::Result<Filing> {
    let services = vec![format!("{NUMBER}-1").parse().unwrap()];
    let target = Target { subject: Some(NUMBER.parse().unwrap()), services, ..Target::default() };
    let mut filing = world.filing_of(OrderKind::Migrate, target);
    filing.plan.steps.delivery = Delivery::Desk;
    let mut filing = world.pass(filing, &draft()).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready"]);
    assert_eq!(world.cases().await?.len(), 0, "nothing is uploaded");
    let exchange = world.exchange(&filing).await?;
    assert_eq!((&exchange["state"], &exchange["delivery"]), (&json!("begun"), &json!("desk")));
    Ok(filing)
}

async fn path(world: &World, filing: &Filing, what: &str) -> anyhow::Result<String> {
    let id = world.exchange(filing).await?["id"].as_str().unwrap().to_owned();
    Ok(format!("/v1/review/exchanges/{id}/{what}"))
}

async fn record(world: &World, filing: &Filing, what: &str, body: Value) -> anyhow::Result<Value> {
    let path = path(world, filing, what).await?;
    Ok(world.reviewer("lead-zhao").post(&path).json(&body).expect(200).await?.body)
}

#[tokio::test]
async fn a_migration_goes_by_hand_from_receipt_to_grant() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    let until = "2026-03-05T04:00:00Z";
    let body = json!({ "sms": ["subject", "service"], "until": until });
    assert_eq!(record(&world, &filing, "received", body).await?["state"], "awaiting_sms");
    assert_eq!(world.orders_takes(&mut filing).await?, ["received"]);
    let received = AuthorityStep::Received { sms: both(), until: until.parse()? };
    assert_eq!(world.steps().await?.pop().unwrap().step, received);
    let later = json!({ "until": "2026-03-06T04:00:00Z" });
    record(&world, &filing, "sms-resent", later).await?;
    for principal in ["subject", "service"] {
        record(&world, &filing, "sms-verified", json!({ "principal": principal })).await?;
    }
    assert_eq!(world.exchange(&filing).await?["state"], "at_authority");
    let granted = record(&world, &filing, "granted", json!({})).await?;
    assert_eq!(granted["numbers"], json!({ "subject": NUMBER, "services": [format!("{NUMBER}-1")] }));
    assert!(!granted["sent_at"].is_null());
    let names = world.orders_takes(&mut filing).await?;
    assert_eq!(names, ["sms_resent", "sms_verified", "sms_verified", "granted"]);
    Ok(())
}

#[tokio::test]
async fn other_numbers_and_nobody_to_verify_may_be_recorded() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    assert_eq!(record(&world, &filing, "received", json!({})).await?["state"], "at_authority");
    let wrong = json!({ "numbers": { "subject": "辽ICP备2026000010号", "services": [format!("{NUMBER}-1")] } });
    let granted = path(&world, &filing, "granted").await?;
    let refusal = world.reviewer("lead-zhao").post(&granted).json(&wrong).expect(422).await?;
    assert_eq!(refusal.errors(), [("/numbers/services/0".to_owned(), "exchange.numbers".to_owned())]);
    let numbers = json!({ "subject": "辽ICP备2026000010号", "services": ["辽ICP备2026000010号-3"] });
    assert_eq!(record(&world, &filing, "granted", json!({ "numbers": numbers })).await?["numbers"], numbers);
    assert_eq!(world.orders_takes(&mut filing).await?, ["received", "granted"]);
    Ok(())
}

#[tokio::test]
async fn a_refusal_and_a_lapse_send_the_order_back() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = begun(&mut world).await?;
    let none = path(&world, &filing, "refused").await?;
    world.reviewer("lead-zhao").post(&none).json(&json!({ "reasons": [] })).expect(422).await?;
    let reasons = json!({ "reasons": [{ "pointer": "/subject/name", "code": "authority_objection" }] });
    assert_eq!(record(&world, &filing, "refused", reasons).await?["state"], "refused");
    assert_eq!(world.orders_takes(&mut filing).await?, ["refused"]);

    let mut other = begun(&mut world).await?;
    record(&world, &other, "received", json!({ "sms": ["subject"] })).await?;
    assert_eq!(record(&world, &other, "sms-lapsed", json!({ "why": "deadline" })).await?["state"], "lapsed");
    assert_eq!(world.orders_takes(&mut other).await?, ["received", "sms_lapsed"]);
    Ok(())
}

#[tokio::test]
async fn only_leads_record_only_by_hand_and_only_what_can_come_true() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let filing = begun(&mut world).await?;
    let received = path(&world, &filing, "received").await?;
    for (who, status) in [("reviewer-chen", 403), ("operations-wu", 403)] {
        world.reviewer(who).post(&received).json(&json!({})).expect(status).await?;
    }
    let over = json!({ "until": "2020-01-01T00:00:00Z" });
    world.reviewer("lead-zhao").post(&received).json(&over).expect(422).await?;
    let verified = path(&world, &filing, "sms-verified").await?;
    let early =
        world.reviewer("lead-zhao").post(&verified).json(&json!({ "principal": "subject" })).expect(409).await?;
    assert_eq!(early.errors(), [(String::new(), "exchange.out_of_place".to_owned())]);

    // The same key records once.
    let once = |key: &'static str| world.reviewer("lead-zhao").post(&received).json(&json!({})).key(key);
    once("the-same").expect(200).await?;
    once("the-same").expect(200).await?;
    once("another").expect(409).await?;
    let steps = world.steps().await?;
    assert_eq!(steps.iter().filter(|news| matches!(news.step, AuthorityStep::Received { .. })).count(), 1);

    let by_file = world.passed().await?;
    let granted = path(&world, &by_file, "granted").await?;
    let refusal = world.reviewer("lead-zhao").post(&granted).json(&json!({})).expect(409).await?;
    assert_eq!(refusal.errors(), [(String::new(), "exchange.not_by_hand".to_owned())]);
    let nothing = format!("/v1/review/exchanges/{}/granted", world.stage.id::<domain::id::ExchangeId>());
    world.reviewer("lead-zhao").post(&nothing).json(&json!({})).expect(404).await?;
    Ok(())
}

#[tokio::test]
async fn what_does_not_get_through_as_a_file_is_taken_over() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let target = Target { subject: Some(NUMBER.parse()?), reason: Some(1), ..Target::default() };
    let filing = world.filing_of(OrderKind::CancelSubject, target);
    let mut filing = world.pass(filing, &draft()).await?;
    let take_over = path(&world, &filing, "by-hand").await?;
    world.reviewer("lead-zhao").post(&take_over).expect(409).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready"]);
    assert_eq!(world.exchange(&filing).await?["trouble"], format!("unknown_id: Ztid {NUMBER}"));
    world.reviewer("reviewer-chen").post(&take_over).expect(403).await?;
    let taken = world.reviewer("lead-zhao").post(&take_over).expect(200).await?;
    assert_eq!(taken.body["delivery"], "desk");
    world.later(chrono::TimeDelta::hours(1));
    assert!(!world.office.send_next().await?, "it is not tried any more");
    record(&world, &filing, "received", json!({})).await?;
    let granted = record(&world, &filing, "granted", json!({})).await?;
    assert_eq!(granted["numbers"], json!({ "subject": NUMBER, "services": [] }));
    assert_eq!(world.orders_takes(&mut filing).await?, ["received", "granted"]);
    Ok(())
}

#[tokio::test]
async fn what_was_not_agreed_to_is_not_recorded() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing_of(OrderKind::Migrate, Target::default());
    filing.plan.steps.delivery = Delivery::Desk;
    let mut filing = world.pass(filing, &draft()).await?;
    let refused = path(&world, &filing, "received").await?;
    world.reviewer("lead-zhao").post(&refused).json(&json!({})).expect(409).await?;
    world.tell(&mut filing, domain::order::StateName::ToAuthority, Event::HandoverBegun).await?;
    let granted = path(&world, &filing, "granted").await?;
    let refusal = world.reviewer("lead-zhao").post(&granted).json(&json!({})).expect(422).await?;
    assert_eq!(refusal.errors(), [("/numbers".to_owned(), "exchange.numbers".to_owned())]);
    let who = AuthorityStep::SmsVerified { principal: PrincipalRole::Subject };
    assert!(world.steps().await?.iter().all(|news| news.step != who));
    Ok(())
}
