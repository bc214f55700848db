//! Face checks against the sandbox's vendor: consent first, nothing personal kept, nothing half-done while it is away.

use chrono::TimeDelta;
use domain::{
    message::{Message, VerificationOutcome},
    order::StateName,
};
use sandbox::kit::{Answer, Ask};
use sandbox::{behaviour::Behaviour, face::Mode};

use crate::world::{NAME, NUMBER, Owned, PERSON, World, jpeg, same};

const CUSTOMER: &str = "customer-liaoning";

fn ask(world: &World, order: &Owned) -> Ask {
    world.picture(CUSTOMER, "/v1/verifications", order, jpeg(1))
}

async fn checked(world: &World, order: &Owned, status: u16) -> Answer {
    ask(world, order).expect(status).await.unwrap()
}

async fn ready() -> (World, Owned) {
    let world = World::start().await;
    let order = world.electronic(StateName::Draft).await;
    world.names(&order, true);
    (world, order)
}

async fn all(world: &World, order: &Owned) -> Vec<serde_json::Value> {
    let path = format!("/v1/verifications?order={}", order.id);
    world.client(CUSTOMER).get(&path).expect(200).await.unwrap().list("/items").unwrap().clone()
}

#[tokio::test]
async fn a_recognised_person_passes_and_only_the_fingerprint_stays() {
    let (world, order) = ready().await;
    let answer = checked(&world, &order, 201).await;
    assert_eq!(answer.text("/outcome").unwrap(), "passed");
    let asked = world.stage.outside.sandbox.face.checks();
    assert_eq!((asked.len(), asked[0].name.as_str(), asked[0].id_card.as_str()), (1, NAME, NUMBER));
    let told = world.stage.outbox().await.unwrap();
    let [Message::Verification(news)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!((news.order, news.person.as_str(), news.outcome), (order.id, PERSON, VerificationOutcome::Passed));
    assert_eq!(all(&world, &order).await[0]["outcome"], "passed");
    assert_eq!(world.objects(), 0, "the live picture is kept nowhere");
    for table in ["verification", "outbox", "audit", "idempotency_key", "filing"] {
        let rows = world.sql(&format!("SELECT t::text FROM {table} t"), &[]).await;
        assert!(rows.iter().flatten().all(|row| !row.contains(NAME) && !row.contains(NUMBER)), "{table}");
    }
}

#[tokio::test]
async fn another_person_and_a_picture_of_a_picture_fail() {
    let (world, order) = ready().await;
    for mode in [Mode::OtherPerson, Mode::NotAlive] {
        world.stage.outside.sandbox.face.behave(Behaviour::once(mode));
        assert_eq!(checked(&world, &order, 201).await.text("/outcome").unwrap(), "failed");
    }
    assert_eq!(world.topics().await, ["verification.failed", "verification.failed"]);
    assert_eq!(all(&world, &order).await.len(), 2);
}

#[tokio::test]
async fn while_the_vendor_is_away_nothing_happens() {
    let (world, order) = ready().await;
    let slow = Behaviour { delay_ms: 3_000, ..Behaviour::once(Mode::Delay) };
    for behaviour in [Behaviour::once(Mode::Fail), slow] {
        world.stage.outside.sandbox.face.behave(behaviour);
        let away = ask(&world, &order).key("again").expect(503).await.unwrap();
        assert!(away.headers.contains_key("retry-after"));
        assert!(!away.body.to_string().contains(NAME) && !away.body.to_string().contains(NUMBER));
    }
    assert!(world.topics().await.is_empty() && all(&world, &order).await.is_empty());
    // The same request works when the vendor is back.
    ask(&world, &order).key("again").expect(201).await.unwrap();
}

#[tokio::test]
async fn a_repeated_check_asks_the_vendor_once() {
    let (world, order) = ready().await;
    let check = || ask(&world, &order).key("once").expect(201);
    let (first, again) = (check().await.unwrap(), check().await.unwrap());
    assert!(same(&first.body, &again.body));
    assert_eq!(world.stage.outside.sandbox.face.checks().len(), 1);
    assert_eq!(world.topics().await.len(), 1);
}

#[tokio::test]
async fn without_consent_nobody_is_asked() {
    let (world, order) = ready().await;
    world.names(&order, false);
    let refused = checked(&world, &order, 422).await;
    assert_eq!(refused.errors(), [("/consent/face".to_owned(), "verification.consent".to_owned())]);
    assert!(world.stage.outside.sandbox.face.checks().is_empty());
}

#[tokio::test]
async fn a_draft_that_names_nobody_is_the_customers_to_complete() {
    let (world, order) = ready().await;
    let path = format!("/v1/peer/orders/{}/person", order.id);
    let missing = serde_json::json!({ "pointer": "/subject/principal", "rule": "order.person_missing", "message": "请先填写负责人", "message_en": "Enter the principal first" });
    let problem = serde_json::json!({ "detail": "The draft names nobody yet.", "errors": [missing] });
    world.stage.outside.peers.answer(&path, 409, problem);
    let refused = checked(&world, &order, 409).await;
    assert_eq!(refused.errors(), [("/subject/principal".to_owned(), "order.person_missing".to_owned())]);
    world.stage.outside.peers.answer(&path, 500, serde_json::json!({}));
    checked(&world, &order, 503).await;
    assert!(world.stage.outside.sandbox.face.checks().is_empty());
}

#[tokio::test]
async fn only_so_many_tries_a_day() {
    let (world, order) = ready().await;
    world.stage.outside.sandbox.face.behave(Behaviour::always(Mode::OtherPerson));
    for _ in 0..3 {
        checked(&world, &order, 201).await;
    }
    let late = checked(&world, &order, 429).await;
    assert!(late.headers.contains_key("retry-after"));
    assert_eq!(world.stage.outside.sandbox.face.checks().len(), 3);
    world.stage.clock.advance(TimeDelta::hours(25));
    checked(&world, &order, 201).await;
}

#[tokio::test]
async fn a_check_belongs_to_an_electronic_order_that_is_being_written() {
    let world = World::start().await;
    let curtain = world.curtain(StateName::Draft).await;
    let other = world.picture("customer-guangdong", "/v1/verifications", &curtain, jpeg(1));
    assert_eq!(other.expect(409).await.unwrap().errors()[0].1, "verification.other_way");
    let late = world.electronic(StateName::Reviewing).await;
    world.names(&late, true);
    checked(&world, &late, 409).await;
    let fake = world.electronic(StateName::Draft).await;
    world.names(&fake, true);
    let pdf = world.picture(CUSTOMER, "/v1/verifications", &fake, b"%PDF-1.7".to_vec());
    assert_eq!(pdf.expect(422).await.unwrap().errors()[0].0, "/file");
    assert!(world.stage.outside.sandbox.face.checks().is_empty());
}
