//! The status query, as our other services ask it: what is filed, for how long an answer is kept, and what happens while the
//! authority is away.

use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use crate::world::World;

const NUMBER: &str = "辽ICP备2026000001号";
const CERTIFICATE: &str = "91210000EXAMPLE03F";

fn service(world: &World) -> anyhow::Result<Client> {
    let token = world.stage.outside.sandbox.identity.token_with("service", None, &[])?;
    Ok(Client::new(world.stage.base.clone(), Some(token)))
}

fn question(number: &str, domains: &[&str]) -> Value {
    json!({ "certificate": { "kind": 1, "number": number }, "domains": domains })
}

async fn ask(world: &World, number: &str, domains: &[&str], status: u16) -> anyhow::Result<Answer> {
    service(world)?.post("/v1/peer/status").json(&question(number, domains)).expect(status).await
}

/// The example is filed.
async fn filed() -> anyhow::Result<World> {
    let mut world = World::open().await?;
    let mut filing = world.passed().await?;
    world.round(&mut filing).await?;
    world.verify_both().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    Ok(world)
}

#[tokio::test]
async fn a_peer_hears_what_is_filed() -> anyhow::Result<()> {
    let world = filed().await?;
    let answer = ask(&world, CERTIFICATE, &["Example-Liaoning.cn", "example-free.cn"], 200).await?.body;
    let expected = json!({
        "subject": { "filed": true, "number": NUMBER, "shell": false },
        "services": [
            { "domain": "Example-Liaoning.cn", "filed": true, "number": format!("{NUMBER}-1"), "subject_number": NUMBER },
            { "domain": "example-free.cn", "filed": false, "number": null, "subject_number": null },
        ],
    });
    assert_eq!(answer, expected);
    let other = ask(&world, "91210200EXAMPLE04W", &[], 200).await?.body;
    assert_eq!(other, json!({ "subject": { "filed": false, "number": null, "shell": null }, "services": [] }));
    Ok(())
}

#[tokio::test]
async fn a_subject_without_services_is_a_shell() -> anyhow::Result<()> {
    let world = World::open().await?;
    let filing = json!({ "subject": {
        "name": "大连样本科技有限公司", "nature": 4, "province": "210000", "number": "辽ICP备2025000077号",
        "certificate": { "kind": 1, "number": "91210200EXAMPLE04W" },
        "principal": { "name": "孙样本", "mobile": "13800001009", "number": "210202190909090099" },
    } });
    world.authority.post("authority/filed").json(&filing).expect(201).await?;
    let answer = ask(&world, "91210200EXAMPLE04W", &[], 200).await?;
    assert_eq!(answer.body["subject"], json!({ "filed": true, "number": "辽ICP备2025000077号", "shell": true }));
    Ok(())
}

#[tokio::test]
async fn a_kind_of_certificate_that_the_authority_cannot_look_up_is_not_filed() -> anyhow::Result<()> {
    let world = World::open().await?;
    let asked = json!({ "certificate": { "kind": 41, "number": "810000190001010011" } });
    let answer = service(&world)?.post("/v1/peer/status").json(&asked).expect(200).await?;
    assert_eq!(answer.body["subject"]["filed"], false);
    Ok(())
}

#[tokio::test]
async fn while_the_authority_is_away_the_caller_is_told_when_to_ask_again() -> anyhow::Result<()> {
    let world = World::open().await?;
    let cases = [
        (json!({ "maintenance": true }), "300"),
        (json!({ "refuse_queries": 1 }), "60"),
        (json!({ "lose_answers": 1 }), "10"),
    ];
    for (behaviour, wait) in cases {
        world.behave(behaviour).await?;
        let away = ask(&world, CERTIFICATE, &[], 503).await?;
        assert_eq!(away.headers.get("retry-after").unwrap(), wait);
    }
    world.behave(json!({})).await?;
    ask(&world, CERTIFICATE, &[], 200).await?;
    Ok(())
}

#[tokio::test]
async fn an_answer_is_kept_for_a_while() -> anyhow::Result<()> {
    let world = filed().await?;
    let before = ask(&world, CERTIFICATE, &["example-liaoning.cn"], 200).await?.body;
    world.behave(json!({ "maintenance": true })).await?;
    assert_eq!(ask(&world, CERTIFICATE, &["example-liaoning.cn"], 200).await?.body, before, "nobody was asked");
    world.later(chrono::TimeDelta::minutes(3));
    ask(&world, CERTIFICATE, &["example-liaoning.cn"], 503).await?;
    Ok(())
}

#[tokio::test]
async fn only_our_services_ask_and_only_what_is_a_domain() -> anyhow::Result<()> {
    let world = World::open().await?;
    for person in ["lead-zhao", "reviewer-chen", "operations-wu"] {
        let asked = question(CERTIFICATE, &[]);
        world.reviewer(person).post("/v1/peer/status").json(&asked).expect(403).await?;
    }
    let refusal = ask(&world, CERTIFICATE, &["example-lin.cn", "no domain"], 422).await?;
    assert_eq!(refusal.errors(), [("/domains/1".to_owned(), "status.domain".to_owned())]);
    Ok(())
}
