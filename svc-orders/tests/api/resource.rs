//! Resources: which of them a service can be filed on, and what a draft says of them. The inventory is the sandbox's.

use chrono::TimeDelta;
use domain::{
    example,
    id::AccountId,
    message::{AuthorityStep, ReviewStep},
    order::Numbers,
    resource::ResourceKind,
};
use sandbox::{
    behaviour::Behaviour,
    inventory::Mode,
    kit::{Answer, noon},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::world::{CUSTOMER, Filing, OTHER, Stage, database, liaoning, section, stage, stage_with, violations};

/// The account of one of the demo people.
pub(crate) fn account(stage: &Stage, person: &str) -> AccountId {
    let people = stage.outside.sandbox.identity.people();
    people.iter().find(|known| known.person == person).unwrap().account.unwrap().into()
}

fn find<'a>(answer: &'a Answer, id: &str) -> anyhow::Result<&'a Value> {
    Ok(answer.list("/items")?.iter().find(|one| one["id"] == id).unwrap())
}

fn rules(reasons: &Value) -> Vec<&str> {
    reasons.as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect()
}

/// The one service of the example on another resource, with these addresses.
pub(crate) fn services(access: &Value) -> anyhow::Result<Value> {
    let mut all = section(&example::enterprise_in_liaoning(), "services")?;
    all[0]["access"] = access.clone();
    Ok(all)
}

/// Brings a submitted order to its number.
pub(crate) async fn file(filing: &Filing<'_>, numbers: Numbers) -> anyhow::Result<()> {
    let by = vec![domain::access::StaffId::new("reviewer-chen")];
    filing.review(1, ReviewStep::Passed { by }).await?;
    filing.authority(1, AuthorityStep::Ready).await?;
    let sms = [domain::order::PrincipalRole::Subject].into();
    filing.authority(1, AuthorityStep::Received { sms, until: noon() + TimeDelta::days(1) }).await?;
    filing.authority(1, AuthorityStep::Granted { numbers }).await?;
    Ok(())
}

/// The numbers of a subject with one service.
pub(crate) fn numbers(sequence: u32) -> anyhow::Result<Numbers> {
    let subject: domain::filing_number::SubjectNumber = format!("辽ICP备{:010}号", 2_026_000_000 + sequence).parse()?;
    let service = format!("{subject}-1").parse()?;
    Ok(Numbers { subject, services: vec![service] })
}

#[tokio::test]
async fn the_own_resources_are_listed_with_what_speaks_against_each() -> anyhow::Result<()> {
    let stage = stage().await?;
    let list = stage.client(CUSTOMER)?.get("/v1/resources").expect(200).await?;
    let server = find(&list, "ins-example-ln")?;
    assert_eq!(
        (&server["eligible"], &server["codes_eligible"], &server["reasons"]),
        (&json!(true), &json!(true), &json!([]))
    );
    assert_eq!((&server["type_zh"], &server["mode"], &server["place"]), (&json!("云服务器"), &json!(16), &json!(19)));
    let five = json!({ "allowed": 5, "used": 0, "left": 5 });
    assert_eq!(server["quota"], json!({ "services": five, "codes": five }));
    for (id, services, codes) in [
        ("light-example-ln", vec![], vec!["resource.type"]),
        ("site-example-ln", vec![], vec!["resource.type"]),
        ("lb-example-ln", vec!["resource.type"], vec!["resource.type"]),
        ("ins-hourly-ln", vec!["resource.billing"], vec!["resource.billing"]),
        ("ins-abroad-ln", vec!["resource.mainland"], vec!["resource.mainland"]),
    ] {
        let one = find(&list, id)?;
        assert_eq!((rules(&one["reasons"]), rules(&one["codes_reasons"])), (services, codes), "{id}");
        assert_eq!(one["eligible"], one["reasons"].as_array().unwrap().is_empty());
        let reason = &one["codes_reasons"][0];
        assert!(["message", "message_en", "fix", "fix_en"].iter().all(|name| reason[name].is_string()), "{reason}");
    }
    // Nobody sees another's.
    let theirs = stage.client(OTHER)?.get("/v1/resources").expect(200).await?;
    assert!(theirs.list("/items")?.iter().all(|one| one["id"].as_str().unwrap().ends_with("-zhou")));
    stage.anonymous().get("/v1/resources").expect(401).await?;
    stage.client("reviewer-chen")?.get("/v1/resources").expect(403).await?;
    Ok(())
}

#[tokio::test]
async fn providers_differ_in_every_limit() -> anyhow::Result<()> {
    let stage = stage_with(&[
        "--resource-months=25",
        "--resource-days=731",
        "--resource-services=0",
        "--resource-codes=2",
        "--resource-types=load-balancer",
        "--resource-code-types=server,light-server",
    ])
    .await?;
    let list = stage.client(CUSTOMER)?.get("/v1/resources").expect(200).await?;
    let server = find(&list, "ins-example-ln")?;
    assert_eq!(rules(&server["reasons"]), ["resource.type", "resource.months", "resource.days", "resource.quota"]);
    assert_eq!(rules(&server["codes_reasons"]), ["resource.months"]);
    assert_eq!(server["quota"]["codes"], json!({ "allowed": 2, "used": 0, "left": 2 }));
    Ok(())
}

#[tokio::test]
async fn the_inventory_is_asked_once_in_a_while_and_may_be_away() -> anyhow::Result<()> {
    let stage = stage_with(&[]).await?;
    let (mine, inventory) = (stage.client(CUSTOMER)?, &stage.outside.sandbox.inventory);
    for _ in 0..3 {
        mine.get("/v1/resources").expect(200).await?;
    }
    assert_eq!(inventory.questions().len(), 1);
    stage.clock.advance(TimeDelta::seconds(10));
    inventory.behave(Behaviour::once(Mode::Fail));
    let away = mine.get("/v1/resources").expect(503).await?;
    assert_eq!(away.headers["retry-after"], "10");
    mine.get("/v1/resources").expect(200).await?;
    assert_eq!(inventory.questions().len(), 3);
    Ok(())
}

#[tokio::test]
async fn access_information_is_filled_in_and_compared_when_services_are_saved() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let saved = filing.save("services", &services(&json!({ "resource": "site-example-ln" }))?).await?;
    assert!(!violations(&saved).iter().any(|(_, rule)| rule.starts_with("resource.")), "{}", saved.body);
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    let access = &draft.body["services"][0]["access"];
    let expected = json!({ "resource": "site-example-ln", "addresses": ["203.0.113.13"], "mode": 4, "location": 19 });
    assert_eq!(access, &expected);
    // What a client makes up is not kept.
    let made_up = json!({ "resource": "ins-example-ln", "addresses": ["203.0.113.10"], "mode": 1, "location": 5 });
    filing.save("services", &services(&made_up)?).await?;
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!(
        (&draft.body["services"][0]["access"]["mode"], &draft.body["services"][0]["access"]["location"]),
        (&json!(16), &json!(19))
    );
    let cases = [
        (json!({ "resource": "ins-example-zhou" }), "/services/0/access/resource", "resource.foreign"),
        (json!({ "resource": "ins-hourly-ln" }), "/services/0/access/resource", "resource.billing"),
        (json!({ "resource": "lb-example-ln" }), "/services/0/access/resource", "resource.type"),
        (
            json!({ "resource": "ins-example-ln", "addresses": ["203.0.113.10", "198.51.100.9"] }),
            "/services/0/access/addresses/1",
            "resource.address",
        ),
    ];
    for (access, pointer, rule) in cases {
        let saved = filing.save("services", &services(&access)?).await?;
        let wanted = (pointer.to_owned(), rule.to_owned());
        assert!(violations(&saved).contains(&wanted), "{access}: {}", saved.body);
        let checklist = filing.client.get(&filing.path("/checklist")).expect(200).await?;
        assert!(violations(&checklist).contains(&wanted), "{access}: {}", checklist.body);
    }
    // Without a resource it is the packs that say so.
    let saved = filing.save("services", &services(&json!({}))?).await?;
    assert!(!violations(&saved).iter().any(|(_, rule)| rule.starts_with("resource.")), "{}", saved.body);
    Ok(())
}

#[tokio::test]
async fn an_order_is_handed_in_with_resources_as_they_are_then() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (inventory, me) = (&stage.outside.sandbox.inventory, Uuid::from(account(&stage, CUSTOMER)));
    let mut filing = Filing::ready(&stage, "curtain").await?;
    inventory.change(me, "ins-example-ln", |it| it.expires_at = Some(noon() + TimeDelta::days(29)));
    let refused = filing.refused("submit", 422).await?;
    assert_eq!(refused.errors(), [("/services/0/access/resource".to_owned(), "resource.days".to_owned())]);
    inventory.behave(Behaviour::once(Mode::Fail));
    let away = filing.refused("submit", 503).await?;
    assert!(away.headers.contains_key("retry-after"));
    inventory.change(me, "ins-example-ln", |it| it.expires_at = Some(noon() + TimeDelta::days(30)));
    filing.act("submit").await?;
    assert_eq!(filing.state().await?, "reviewing");
    Ok(())
}

#[tokio::test]
async fn a_draft_is_saved_while_the_inventory_is_away() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "curtain").await?;
    stage.outside.sandbox.inventory.behave(Behaviour::once(Mode::Fail));
    let access = json!({ "resource": "ins-example-ln", "addresses": ["203.0.113.10"] });
    let saved = filing.save("services", &services(&access)?).await?;
    let warned = &saved.body["violations"][0];
    assert_eq!((&warned["rule"], &warned["severity"]), (&json!("resource.unchecked"), &json!("warns")));
    filing.act("submit").await?;
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!(draft.body["services"][0]["access"]["location"], 19);
    Ok(())
}

#[tokio::test]
async fn a_resource_carries_so_many_services_and_no_more() -> anyhow::Result<()> {
    let stage = stage_with(&["--resource-services=1", "--resource-cache-seconds=0"]).await?;
    let used = async || -> anyhow::Result<Value> {
        let list = stage.client(CUSTOMER)?.get("/v1/resources").expect(200).await?;
        Ok(find(&list, "ins-example-ln")?["quota"]["services"]["used"].clone())
    };
    // Drafts take nothing, and two services of one draft count as two.
    let mut filing = Filing::ready(&stage, "curtain").await?;
    assert_eq!(used().await?, 0);
    let one = section(&example::enterprise_in_liaoning(), "services")?;
    let saved = filing.save("services", &json!([one[0], one[0]])).await?;
    let quota = ("/services/1/access/resource".to_owned(), "resource.quota".to_owned());
    assert!(
        violations(&saved).contains(&quota)
            && !violations(&saved)
                .iter()
                .any(|(at, rule)| at.starts_with("/services/0/access") && rule == "resource.quota")
    );
    filing.save("services", &one).await?;
    filing.act("submit").await?;
    assert_eq!(used().await?, 1);
    // Withdrawn, it takes nothing again.
    filing.act("withdraw").await?;
    assert_eq!(used().await?, 0);
    filing.read().await?;
    filing.act("submit").await?;
    let rows = database(&stage).await?;
    let round_two = "UPDATE filing_order SET state = 'filed' WHERE state = 'reviewing'";
    rows.execute(round_two, &[]).await?;
    let second = Filing::ready(&stage, "curtain").await?;
    let refused = second.refused("submit", 422).await?;
    assert_eq!(refused.errors(), [("/services/0/access/resource".to_owned(), "resource.quota".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn what_is_filed_is_kept_with_its_number() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "electronic").await?;
    filing.act("submit").await?;
    file(&filing, numbers(7)?).await?;
    assert_eq!(filing.state().await?, "filed");
    let rows = database(&stage).await?;
    let row = rows
        .query_one("SELECT service_number, resource, mode, location, addresses::text FROM service_access", &[])
        .await?;
    assert_eq!(row.get::<_, String>(0), "辽ICP备2026000007号-1");
    assert_eq!(
        (row.get::<_, String>(1), row.get::<_, i32>(2), row.get::<_, i32>(3)),
        ("ins-example-ln".to_owned(), 16, 19)
    );
    assert_eq!(row.get::<_, String>(4), "[\"203.0.113.10\"]");
    Ok(())
}

#[tokio::test]
async fn the_contract_of_docs_inventory_is_what_the_sandbox_answers() -> anyhow::Result<()> {
    let stage = stage().await?;
    let document = include_str!("../../../docs/inventory.md");
    let examples: Vec<Value> = document
        .split("```json\n")
        .skip(1)
        .filter_map(|part| serde_json::from_str(part.split("```").next()?).ok())
        .collect();
    let me = Uuid::from(account(&stage, CUSTOMER));
    let mut fleet = stage.outside.sandbox.inventory.resources(me);
    fleet.retain(|resource| resource.kind == ResourceKind::Server && resource.id == "ins-example-ln");
    assert_eq!(examples[0], json!({ "resources": fleet }));
    assert_eq!(examples[1], json!({ "account": me, "mobile": "13800001001", "email": "owner-1@example.com" }));
    Ok(())
}

/// How many services the two servers carry after a service was filed on the first, and then cancelled or moved.
async fn carried_after(returns: &str, second: &str) -> anyhow::Result<(Value, Value)> {
    let stage = stage_with(&["--resource-cache-seconds=0", "--resource-quota-returns", returns]).await?;
    let mut first = Filing::ready(&stage, "electronic").await?;
    first.act("submit").await?;
    file(&first, numbers(7)?).await?;
    let kind = if second == "cancelled" { "cancel_service" } else { "change_service" };
    let asked = json!({ "kind": kind, "numbers": ["辽ICP备2026000007号-1"], "reason": 1, "way": "electronic" });
    let mut then = Filing::open(&stage, CUSTOMER, &asked).await?;
    if second != "cancelled" {
        let resource = if second == "moved" { "ins-second-ln" } else { "ins-example-ln" };
        then.save("services", &services(&json!({ "resource": resource }))?).await?;
        then.save("consent", &section(&example::enterprise_in_liaoning(), "consent")?).await?;
        then.attach().await?;
        then.verify().await?;
        then.read().await?;
    }
    then.act("submit").await?;
    file(&then, numbers(7)?).await?;
    assert_eq!(then.state().await?, "filed");
    let list = stage.client(CUSTOMER)?.get("/v1/resources").expect(200).await?;
    let used = |id| anyhow::Ok(find(&list, id)?["quota"]["services"]["used"].clone());
    Ok((used("ins-example-ln")?, used("ins-second-ln")?))
}

#[tokio::test]
async fn whether_a_cancelled_service_makes_room_is_the_providers_choice() -> anyhow::Result<()> {
    assert_eq!(carried_after("false", "cancelled").await?, (json!(1), json!(0)));
    assert_eq!(carried_after("true", "cancelled").await?, (json!(0), json!(0)));
    Ok(())
}

#[tokio::test]
async fn a_changed_service_counts_once_and_a_moved_one_leaves_its_server() -> anyhow::Result<()> {
    assert_eq!(carried_after("false", "changed").await?, (json!(1), json!(0)));
    assert_eq!(carried_after("true", "moved").await?, (json!(0), json!(1)));
    assert_eq!(carried_after("false", "moved").await?, (json!(1), json!(1)));
    Ok(())
}
