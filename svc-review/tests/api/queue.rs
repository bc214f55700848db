//! The queue: who sees what, who gets what next, and for how long.

use chrono::TimeDelta;
use domain::{
    order::{Event, StateName},
    region::Province,
};
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_submission_joins_the_queue_once() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    filing.round = 1;
    let event = filing.submitted();
    let news = filing.news(&world, StateName::Reviewing, event);
    let envelope = world.stage.deliver(&news).await?;
    world.stage.redeliver(&envelope).await?;
    world.stage.deliver(&news).await?;
    let list = world.reviewer("reviewer-chen").get("/v1/review/tasks").expect(200).await?;
    assert_eq!(list.list("/items")?.len(), 1);
    let task = world.task(&filing).await?;
    assert_eq!((&task["state"], &task["to_call"]), (&json!("open"), &json!(["subject", "service"])));
    Ok(())
}

#[tokio::test]
async fn of_two_reviewers_who_claim_at_once_one_gets_it() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    let claim = |who: &str| world.reviewer(who).post("/v1/review/claims").send();
    let (chen, lin, zhao) = futures::join!(claim("reviewer-chen"), claim("reviewer-lin"), claim("lead-zhao"));
    let mut statuses = [chen?.status, lin?.status, zhao?.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 204, 204]);
    Ok(())
}

#[tokio::test]
async fn a_claim_sent_twice_under_one_key_is_one_claim() -> anyhow::Result<()> {
    let world = World::open().await?;
    for _ in 0..2 {
        world.submit(&mut world.filing()).await?;
    }
    let chen = world.reviewer("reviewer-chen");
    let first = chen.post("/v1/review/claims").key("k1").expect(200).await?;
    let again = chen.post("/v1/review/claims").key("k1").expect(200).await?;
    assert_eq!(first.body, again.body);
    let other = chen.post("/v1/review/claims").key("k2").expect(200).await?;
    assert_ne!(first.text("/id")?, other.text("/id")?);
    chen.ask(reqwest::Method::POST, "/v1/review/claims").expect(428).await?;
    Ok(())
}

#[tokio::test]
async fn the_corrected_come_first_then_the_oldest() -> anyhow::Result<()> {
    let world = World::open().await?;
    let (mut old, mut young, mut corrected) = (world.filing(), world.filing(), world.filing());
    world.submit(&mut old).await?;
    world.later(TimeDelta::minutes(1));
    world.submit(&mut young).await?;
    world.later(TimeDelta::minutes(1));
    corrected.round = 1;
    world.submit(&mut corrected).await?;
    for expected in [&corrected, &old, &young] {
        let next = world.reviewer("reviewer-chen").post("/v1/review/claims").expect(200).await?;
        assert_eq!(next.text("/order")?, expected.order.to_string());
    }
    Ok(())
}

#[tokio::test]
async fn a_lease_protects_until_it_ends_and_a_lead_need_not_wait() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    let task = world.task_id(&filing).await?;
    assert_eq!(world.act("reviewer-chen", &task, "claim", Value::Null).await?.status, 200);
    let taken = world.act("reviewer-lin", &task, "claim", Value::Null).await?;
    assert_eq!((taken.status, taken.errors()), (409, vec![(String::new(), "review.taken".to_owned())]));
    world.later(TimeDelta::minutes(30));
    let next = world.reviewer("reviewer-lin").post("/v1/review/claims").expect(200).await?;
    assert_eq!(next.text("/claimed_by")?, "reviewer-lin");
    assert_eq!(world.act("reviewer-chen", &task, "pass", Value::Null).await?.status, 409);
    let lead = world.act("lead-zhao", &task, "claim", Value::Null).await?;
    assert_eq!((lead.status, lead.text("/claimed_by")?), (200, "lead-zhao"));
    assert_eq!(world.act("reviewer-lin", &task, "release", Value::Null).await?.status, 409);
    let released = world.act("lead-zhao", &task, "release", Value::Null).await?;
    assert_eq!((released.status, released.text("/state")?), (200, "open"));
    Ok(())
}

#[tokio::test]
async fn a_reviewer_works_on_the_provinces_of_the_token() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut far = world.filing();
    far.plan.province = Province::Beijing;
    world.submit(&mut far).await?;
    let task = world.task_id(&far).await?;
    let lin = world.reviewer("reviewer-lin");
    lin.post("/v1/review/claims").expect(204).await?;
    lin.get(&format!("/v1/review/tasks/{task}")).expect(404).await?;
    lin.get("/v1/review/tasks?province=110000").expect(403).await?;
    assert_eq!(lin.get("/v1/review/tasks").expect(200).await?.list("/items")?.len(), 0);
    assert_eq!(world.act("reviewer-lin", &task, "claim", Value::Null).await?.status, 404);
    world.reviewer("reviewer-chen").post("/v1/review/claims").expect(200).await?;
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_order_leaves_the_queue_even_when_its_message_comes_first() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    world.tell(&mut filing, StateName::Draft, Event::Withdrawn).await?;
    assert_eq!(world.task(&filing).await?["state"], "closed");

    let mut hasty = world.filing();
    hasty.round = 1;
    let event = hasty.submitted();
    let submitted = hasty.news(&world, StateName::Reviewing, event);
    let withdrawn = hasty.news(&world, StateName::Draft, Event::Withdrawn);
    world.stage.deliver(&withdrawn).await?;
    world.stage.deliver(&submitted).await?;
    assert_eq!(world.task(&hasty).await?, Value::Null);
    Ok(())
}

#[tokio::test]
async fn lists_are_paged_without_gaps_and_a_cursor_keeps_to_its_filters() -> anyhow::Result<()> {
    let world = World::open().await?;
    for _ in 0..5 {
        world.submit(&mut world.filing()).await?;
    }
    let chen = world.reviewer("reviewer-chen");
    let (mut seen, mut path) = (Vec::new(), "/v1/review/tasks?state=open&limit=2".to_owned());
    let mut cursor = String::new();
    loop {
        let page = chen.get(&path).expect(200).await?;
        seen.extend(page.list("/items")?.iter().map(|item| item["id"].to_string()));
        let Some(next) = page.body["next"].as_str() else { break };
        cursor = next.to_owned();
        path = format!("/v1/review/tasks?state=open&limit=2&cursor={cursor}");
    }
    let mut different = seen.clone();
    different.sort();
    different.dedup();
    assert_eq!((seen.len(), different.len()), (5, 5));
    chen.get(&format!("/v1/review/tasks?limit=2&cursor={cursor}")).expect(400).await?;
    chen.get("/v1/review/tasks?limit=0").expect(400).await?;
    chen.get("/v1/review/tasks?state=nonsense").expect(400).await?;
    Ok(())
}

#[tokio::test]
async fn only_staff_may_look_and_only_reviewers_may_act() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    world.submit(&mut filing).await?;
    let task = world.task_id(&filing).await?;
    let customer = world.reviewer("customer-liaoning");
    for path in ["/v1/review/tasks", "/v1/review/exchanges", &format!("/v1/review/tasks/{task}")] {
        customer.get(path).expect(403).await?;
        world.stage.anonymous().get(path).expect(401).await?;
        world.reviewer("operations-wu").get(path).expect(200).await?;
    }
    let codes = customer.get("/v1/review/reasons").expect(200).await?;
    assert!(codes.list("/items")?.len() > 40);
    for who in ["customer-liaoning", "operations-wu"] {
        for what in ["claim", "release", "pass"] {
            assert_eq!(world.act(who, &task, what, Value::Null).await?.status, 403, "{who} {what}");
        }
        world.reviewer(who).get(&format!("/v1/review/tasks/{task}/dossier")).expect(403).await?;
    }
    Ok(())
}
