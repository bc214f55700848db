//! Curtains: one free request an account; the courier leaves at 16:00 on working days in Shanghai.

use chrono::{DateTime, Utc};
use domain::order::StateName;
use serde_json::{Value, json};

use crate::world::{Owned, World, same};

const CUSTOMER: &str = "customer-guangdong";

async fn ask(world: &World, order: &Owned, status: u16) -> sandbox::kit::Answer {
    world.client(CUSTOMER).post("/v1/curtains").json(&json!({ "order": order.id })).expect(status).await.unwrap()
}

fn time(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

async fn list(world: &World, person: &str, query: &str) -> Vec<Value> {
    let answer = world.client(person).get(&format!("/v1/curtains{query}")).expect(200).await.unwrap();
    answer.list("/items").unwrap().clone()
}

/// Waits for the job, which looks by itself.
async fn dispatched(world: &World) -> Value {
    for _ in 0..200 {
        if let Some(curtain) = list(world, "operations-wu", "?state=dispatched").await.into_iter().next() {
            return curtain;
        }
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("the courier never came")
}

#[tokio::test]
async fn a_curtain_is_asked_for_and_handed_over() {
    let world = World::start().await;
    let order = world.curtain(StateName::PhotoPending).await;
    let asked = ask(&world, &order, 201).await;
    // 12:00 in Shanghai on a Monday: today at 16:00.
    assert_eq!(asked.text("/state").unwrap(), "requested");
    assert_eq!(time(asked.text("/dispatch_at").unwrap()), time("2026-03-02T08:00:00Z"));
    let id = asked.text("/id").unwrap();
    assert_eq!(list(&world, "operations-wu", "?state=requested").await[0]["id"], id);
    let path = format!("/v1/curtains/{id}/dispatch");
    let handed = json!({ "courier": "顺丰", "waybill": "SF0000000001" });
    let operations = world.client("operations-wu");
    let gone = operations.post(&path).key("handed").json(&handed).expect(200).await.unwrap();
    assert_eq!((gone.text("/state").unwrap(), gone.text("/waybill").unwrap()), ("dispatched", "SF0000000001"));
    assert_eq!(gone.text("/dispatched_at").unwrap(), "2026-03-02T04:00:00Z");
    let again = operations.post(&path).key("handed").json(&handed).expect(200).await.unwrap();
    assert!(same(&gone.body, &again.body));
    let twice = operations.post(&path).json(&handed).expect(409).await.unwrap();
    assert_eq!(twice.errors()[0].1, "curtain.dispatched");
    assert_eq!(world.topics().await, ["photo.curtain_requested", "photo.curtain_dispatched"]);
    assert_eq!(list(&world, CUSTOMER, &format!("?order={}", order.id)).await[0]["courier"], "顺丰");
}

#[tokio::test]
async fn an_account_has_one_free_curtain() {
    let world = World::start().await;
    let first = world.curtain(StateName::PhotoPending).await;
    let asked = ask(&world, &first, 201).await;
    for order in [first, world.curtain(StateName::PhotoPending).await] {
        let refused = ask(&world, &order, 409).await;
        assert_eq!(refused.errors()[0].1, "curtain.one_per_account");
    }
    let mine = list(&world, CUSTOMER, "").await;
    assert_eq!((mine.len(), mine[0]["id"].clone()), (1, asked.body["id"].clone()));
    assert_eq!(world.topics().await.len(), 1);
}

#[tokio::test]
async fn a_repeated_request_is_one_request() {
    let world = World::start().await;
    let order = world.curtain(StateName::PhotoPending).await;
    let customer = world.client(CUSTOMER);
    let ask = || customer.post("/v1/curtains").key("once").json(&json!({ "order": order.id })).expect(201);
    let (first, again) = (ask().await.unwrap(), ask().await.unwrap());
    assert!(same(&first.body, &again.body));
    assert_eq!(world.topics().await.len(), 1);
}

#[tokio::test]
async fn a_curtain_is_for_orders_that_want_a_photo() {
    let world = World::start().await;
    for state in [StateName::Draft, StateName::Reviewing, StateName::PhotoReviewing, StateName::Filed] {
        let order = world.curtain(state).await;
        assert_eq!(ask(&world, &order, 409).await.errors()[0].1, "photo.not_wanted");
    }
    let order = world.curtain(StateName::PhotoPending).await;
    let customer = world.client(CUSTOMER);
    let odd = json!({ "order": order.id, "address": "somewhere" });
    let answer = customer.post("/v1/curtains").json(&odd).expect(422).await.unwrap();
    assert_eq!(answer.errors(), [("/address".to_owned(), "unknown_field".to_owned())]);
    assert!(world.topics().await.is_empty());
}

#[tokio::test]
async fn the_courier_rests_at_weekends_and_on_holidays() {
    let cases = [
        // A moment before four, and four itself.
        ("2026-03-02T07:59:59Z", "2026-03-02T08:00:00Z"),
        ("2026-03-02T08:00:00Z", "2026-03-03T08:00:00Z"),
        // Friday evening, and Saturday: Monday.
        ("2026-03-06T12:00:00Z", "2026-03-09T08:00:00Z"),
        ("2026-03-07T02:00:00Z", "2026-03-09T08:00:00Z"),
        // Sunday in London, Monday in Shanghai.
        ("2026-03-08T17:00:00Z", "2026-03-09T08:00:00Z"),
        // Spring Festival: from the working Saturday before it to the Tuesday behind it.
        ("2026-02-14T09:00:00Z", "2026-02-24T08:00:00Z"),
        ("2026-02-28T01:00:00Z", "2026-02-28T08:00:00Z"),
        // National Day.
        ("2026-09-30T09:00:00Z", "2026-10-08T08:00:00Z"),
    ];
    for (now, leaves) in cases {
        let world = World::start().await;
        world.stage.clock.set(time(now));
        let order = world.curtain(StateName::PhotoPending).await;
        let asked = ask(&world, &order, 201).await;
        assert_eq!(time(asked.text("/dispatch_at").unwrap()), time(leaves), "asked at {now}");
    }
}

#[tokio::test]
async fn the_job_hands_over_what_is_due_and_nothing_else() {
    let world = World::start().await;
    let order = world.curtain(StateName::PhotoPending).await;
    let id = ask(&world, &order, 201).await.text("/id").unwrap().to_owned();
    world.stage.clock.set(time("2026-03-02T08:00:00Z"));
    let gone = dispatched(&world).await;
    assert_eq!((gone["id"].as_str(), gone["dispatched_at"].as_str()), (Some(&*id), Some("2026-03-02T08:00:00Z")));
    assert!(gone.get("courier").is_none());
    let path = format!("/v1/curtains/{id}/dispatch");
    let handed = json!({ "courier": "SF", "waybill": "SF0000000001" });
    world.client("operations-wu").post(&path).json(&handed).expect(409).await.unwrap();
    assert_eq!(world.topics().await, ["photo.curtain_requested", "photo.curtain_dispatched"]);
    let by: Vec<_> = world.audit(&order).await.into_iter().map(|(actor, role, _)| (actor, role)).collect();
    assert_eq!(by[1], ("svc-photo".to_owned(), "service".to_owned()));
}
