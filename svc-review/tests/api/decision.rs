//! Calls, passes, returns, and the look into the dossier.

use chrono::TimeDelta;
use domain::{message::ReviewStep, order::Eyes};
use serde_json::{Value, json};

use crate::world::{Filing, World};

async fn claimed(world: &World, who: &str, eyes: Eyes) -> anyhow::Result<(Filing, String)> {
    let mut filing = world.filing();
    filing.plan.eyes = eyes;
    world.submit(&mut filing).await?;
    let task = world.task_id(&filing).await?;
    assert_eq!(world.act(who, &task, "claim", Value::Null).await?.status, 200);
    Ok((filing, task))
}

fn call(principal: &str, outcome: &str) -> Value {
    json!({ "principal": principal, "outcome": outcome })
}

#[tokio::test]
async fn a_pass_needs_both_principals_reached_and_is_told_to_orders() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (filing, task) = claimed(&world, "reviewer-chen", Eyes::Two).await?;
    let early = world.act("reviewer-chen", &task, "pass", Value::Null).await?;
    assert_eq!((early.status, early.errors()[0].1.as_str()), (409, "review.calls_missing"));
    for principal in ["subject", "service"] {
        let answer = world.act("reviewer-chen", &task, "calls", call(principal, "reached")).await?;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }
    let passed = world.act("reviewer-chen", &task, "pass", Value::Null).await?;
    assert_eq!((passed.status, passed.text("/state")?), (200, "passed"));
    let told = world.reviews().await?;
    assert!(told.iter().all(|news| (news.order, news.round) == (filing.order, 1)));
    let names: Vec<_> = told.iter().map(|news| news.step.name()).collect();
    assert_eq!(names, ["called", "called", "passed"]);
    assert_eq!(world.act("reviewer-chen", &task, "pass", Value::Null).await?.status, 409);
    Ok(())
}

#[tokio::test]
async fn a_second_call_waits_an_hour_and_a_second_silence_returns() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (_, task) = claimed(&world, "reviewer-chen", Eyes::Two).await?;
    let silent = call("service", "unreachable");
    assert_eq!(world.act("reviewer-chen", &task, "calls", silent.clone()).await?.status, 200);
    world.later(TimeDelta::minutes(59));
    let soon = world.act("reviewer-chen", &task, "calls", silent.clone()).await?;
    assert_eq!((soon.status, soon.errors()[0].1.as_str()), (409, "review.too_soon"));
    world.later(TimeDelta::minutes(1));
    let returned = world.act("reviewer-chen", &task, "calls", silent).await?;
    assert_eq!((returned.status, returned.text("/state")?), (200, "returned"));
    let told = world.reviews().await?;
    let Some(ReviewStep::Returned { reasons }) = told.last().map(|news| news.step.clone()) else { panic!("{told:?}") };
    assert_eq!(
        (reasons[0].code.as_str(), reasons[0].pointer.as_str()),
        ("phone_unreachable", "/services/0/principal/mobile")
    );
    Ok(())
}

#[tokio::test]
async fn four_eyes_are_two_people() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (filing, task) = claimed(&world, "reviewer-chen", Eyes::Four).await?;
    for principal in ["subject", "service"] {
        world.act("reviewer-chen", &task, "calls", call(principal, "reached")).await?;
    }
    let first = world.act("reviewer-chen", &task, "pass", Value::Null).await?;
    assert_eq!((first.text("/state")?, first.text("/first_by")?), ("open", "reviewer-chen"));
    world.reviewer("reviewer-chen").post("/v1/review/claims").expect(204).await?;
    let again = world.act("reviewer-chen", &task, "claim", Value::Null).await?;
    assert_eq!((again.status, again.errors()[0].1.as_str()), (409, "review.second_person"));
    let second = world.reviewer("reviewer-lin").post("/v1/review/claims").expect(200).await?;
    assert_eq!(second.text("/order")?, filing.order.to_string());
    assert_eq!(world.act("reviewer-lin", &task, "pass", Value::Null).await?.text("/state")?, "passed");
    let told = world.reviews().await?;
    let Some(ReviewStep::Passed { by }) = told.last().map(|news| news.step.clone()) else { panic!("{told:?}") };
    assert_eq!(by.iter().map(ToString::to_string).collect::<Vec<_>>(), ["reviewer-chen", "reviewer-lin"]);
    Ok(())
}

#[tokio::test]
async fn a_return_names_fields_and_reasons_that_exist() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (_, task) = claimed(&world, "reviewer-chen", Eyes::Two).await?;
    let wrong = json!({ "reasons": [
        { "pointer": "services/0/name", "code": "service_name_bad" },
        { "pointer": "/subject/address", "code": "no_such_reason" },
    ] });
    let refused = world.act("reviewer-chen", &task, "return", wrong).await?;
    let errors: Vec<_> = refused.errors().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!((refused.status, errors), (422, vec!["/reasons/0/pointer".to_owned(), "/reasons/1/code".to_owned()]));
    let personal = json!({ "reasons": [{ "pointer": "", "code": "address_bad", "note": "请打 13800001001" }] });
    let refused = world.act("reviewer-chen", &task, "return", personal).await?;
    assert_eq!((refused.status, refused.errors()[0].0.as_str()), (422, "/reasons/0/note"));
    assert!(!refused.body.to_string().contains("13800001001"), "what was sent is not repeated");
    assert_eq!(world.act("reviewer-chen", &task, "return", json!({ "reasons": [] })).await?.status, 422);
    let unknown = json!({ "reasons": [], "because": 1 });
    assert_eq!(world.act("reviewer-chen", &task, "return", unknown).await?.errors()[0].0, "/because");

    let good = json!({ "reasons": [
        { "pointer": "/services/0/name", "code": "service_name_bad", "note": "名称与主体无关" },
        { "pointer": "/subject/address", "code": "address_bad" },
    ] });
    let returned = world.act("reviewer-chen", &task, "return", good).await?;
    assert_eq!((returned.status, returned.text("/state")?), (200, "returned"));
    let told = world.reviews().await?;
    let Some(ReviewStep::Returned { reasons }) = told.last().map(|news| news.step.clone()) else { panic!("{told:?}") };
    assert_eq!(reasons.len(), 2);
    Ok(())
}

#[tokio::test]
async fn the_dossier_is_shown_to_its_reviewer_and_the_lead_and_noted() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (filing, task) = claimed(&world, "reviewer-chen", Eyes::Two).await?;
    world.show(&filing);
    let path = format!("/v1/review/tasks/{task}/dossier");
    world.reviewer("reviewer-lin").get(&path).expect(403).await?;
    assert_eq!(world.stage.outside.peers.asked().len(), 0, "who may not see asks nobody");
    let dossier = world.reviewer("reviewer-chen").get(&path).expect(200).await?;
    assert_eq!(dossier.text("/draft/subject/principal/name")?, "林示范");
    assert_eq!(dossier.headers["cache-control"], "no-store");
    world.reviewer("lead-zhao").get(&path).expect(200).await?;
    let asked = world.stage.outside.peers.asked();
    let wanted = format!("/v1/peer/orders/{}/dossier?for=review&by=reviewer-chen", filing.order);
    assert!(asked.iter().any(|path| path.ends_with(&wanted)), "{asked:?}");
    let audited = world.stage.db.read("test.audit", async |tx| chassis::audit::verify(tx).await).await?;
    assert!(audited.broken.is_empty() && audited.rows >= 3, "a claim and two looks");
    Ok(())
}
