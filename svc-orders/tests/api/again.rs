//! What need not be written twice: parts of a site for another one of the same principal, and an order that came to nothing.

use chrono::TimeDelta;
use domain::{
    example,
    message::ReviewStep,
    order::{Numbers, Reason},
};
use sandbox::kit::Answer;
use serde_json::{Value, json};

use crate::{
    resource::{file, numbers},
    time::replica,
    world::{CUSTOMER, Filing, OTHER, Stage, asked, liaoning, reason, section, stage, violations},
};

/// A draft with two more sites: one that names nobody yet, and one of the subject's own principal.
async fn three_sites(stage: &Stage) -> anyhow::Result<Filing<'_>> {
    let mut body = liaoning("electronic");
    body["services"] = json!([{ "domain": "example-liaoning.cn" }, { "domain": "example-two.cn" },
        { "domain": "example-three.cn" }]);
    let mut filing = Filing::open(stage, CUSTOMER, &body).await?;
    let draft = example::enterprise_in_liaoning();
    filing.save("subject", &section(&draft, "subject")?).await?;
    let mut services = section(&draft, "services")?;
    let all = services.as_array_mut().unwrap();
    all.push(json!({ "kind": "website", "name": "第二个网站", "domains": ["example-two.cn"] }));
    all.push(json!({ "kind": "website", "domains": ["example-three.cn"], "principal": { "same_as_subject": true } }));
    filing.save("services", &services).await?;
    Ok(filing)
}

async fn copy(filing: &mut Filing<'_>, body: &Value, status: u16) -> anyhow::Result<Answer> {
    filing.read().await?;
    let path = filing.path("/draft/services/copy");
    filing.client.post(&path).version(filing.version).json(body).expect(status).await
}

#[tokio::test]
async fn a_site_takes_over_what_another_one_of_the_same_principal_says() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = three_sites(&stage).await?;
    let parts = json!(["principal", "contents", "languages", "preapprovals", "remark", "resource"]);
    let saved = copy(&mut filing, &json!({ "from": 0, "to": [1], "parts": parts }), 200).await?;
    assert_eq!(saved.version()?, filing.version + 1);
    let services = filing.client.get(&filing.path("/draft")).expect(200).await?.body["services"].clone();
    for part in ["principal", "contents", "languages", "preapprovals"] {
        assert_eq!(services[1][part], services[0][part], "{part}");
    }
    assert_eq!((&services[1]["name"], &services[1]["domains"]), (&json!("第二个网站"), &json!(["example-two.cn"])));
    // The resource is looked up as if it had been written by hand.
    assert_eq!(services[1]["access"]["mode"], services[0]["access"]["mode"]);
    assert!(services[1]["access"]["mode"].is_u64());

    let other = copy(&mut filing, &json!({ "from": 0, "to": [2], "parts": ["contents"] }), 422).await?;
    assert_eq!(other.errors(), [("/to/0".to_owned(), "copy.principal".to_owned())]);
    assert!(other.text("/errors/0/fix")?.contains("负责人相同"), "{}", other.body);
    copy(&mut filing, &json!({ "from": 0, "to": [1], "parts": ["domains"] }), 422).await?;
    let stale = filing.client.post(&filing.path("/draft/services/copy")).version(1);
    stale.json(&json!({ "from": 0, "to": [1], "parts": ["remark"] })).expect(412).await?;
    Ok(())
}

/// Sends the order back for a reason that its customer cannot mend in this order.
async fn returned(filing: &Filing<'_>) -> anyhow::Result<()> {
    let reasons: Vec<Reason> = vec![reason("/services/0/domains/0")];
    filing.review(1, ReviewStep::Returned { reasons }).await?;
    Ok(())
}

async fn clone(filing: &Filing<'_>, key: &str, status: u16) -> anyhow::Result<Answer> {
    filing.client.post(&filing.path("/clone")).key(key).expect(status).await
}

#[tokio::test]
async fn an_expired_order_is_asked_again_with_everything_but_its_consent() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "electronic").await?;
    let early = clone(&filing, "early", 409).await?;
    assert_eq!(early.errors(), [(String::new(), "order.clone_state".to_owned())]);
    let written = filing.client.get(&filing.path("/draft")).expect(200).await?.body;
    stage.clock.advance(TimeDelta::days(46));
    svc_orders::expire(&replica(&stage)?).await?;
    // Tokens have expired as well.
    filing.client = stage.client(CUSTOMER)?;
    assert_eq!(filing.state().await?, "expired");

    let answer = clone(&filing, "again", 201).await?;
    assert_eq!((answer.text("/state")?, answer.text("/kind")?), ("draft", "first"));
    let path = format!("/v1/orders/{}", answer.text("/id")?);
    assert_ne!(path, filing.path(""));
    assert_eq!(answer.headers["location"], path);
    let draft = filing.client.get(&format!("{path}/draft")).expect(200).await?.body;
    for section in ["subject", "services"] {
        assert_eq!(draft[section], written[section], "{section}");
    }
    assert_eq!((&written["consent"]["privacy"], &draft["consent"]["privacy"]), (&json!(true), &json!(false)));
    // A repetition opens nothing.
    assert_eq!(clone(&filing, "again", 201).await?.body, answer.body);
    let all = filing.client.get("/v1/orders").expect(200).await?;
    assert_eq!(all.list("/items")?.len(), 2);
    // Nobody else can ask what it asked.
    stage.client(OTHER)?.post(&filing.path("/clone")).expect(404).await?;
    Ok(())
}

#[tokio::test]
async fn what_was_asked_wrongly_is_asked_rightly_and_decided_anew() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "curtain").await?;
    returned(&filing).await?;
    filing.read().await?;
    // The type check's answers are frozen: another domain needs another order.
    let mut draft = example::enterprise_in_liaoning();
    draft.services[0].domains = vec!["example-better.cn".to_owned()];
    let saved = filing.save("services", &section(&draft, "services")?).await?;
    assert!(violations(&saved).iter().any(|(_, rule)| rule == "order.frozen"), "{}", saved.body);
    filing.act("abandon").await?;

    // Meanwhile the subject was filed with another site.
    let mut first = Filing::ready(&stage, "electronic").await?;
    first.act("submit").await?;
    let filed: Numbers = numbers(1)?;
    file(&first, filed).await?;

    let answer = clone(&filing, "again", 201).await?;
    assert_eq!(answer.text("/kind")?, "add_here");
    let path = format!("/v1/orders/{}", answer.text("/id")?);
    let body = filing.client.get(&format!("{path}/draft")).expect(200).await?.body;
    assert_eq!(body["services"][0]["domains"], json!(["example-better.cn"]));
    assert_eq!(body["subject"]["filed_services"], json!(1), "counted now, and not as it was written then");
    let list = filing.client.get(&format!("{path}/checklist")).expect(200).await?;
    let frozen = list.list("/violations")?.iter().any(|one| one["rule"] == "order.frozen");
    assert!(!frozen, "{}", list.body);
    Ok(())
}

#[tokio::test]
async fn an_order_about_what_is_on_file_is_asked_again_too() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut first = Filing::ready(&stage, "electronic").await?;
    first.act("submit").await?;
    file(&first, numbers(1)?).await?;
    let site = "辽ICP备2026000001号-1";
    let change = json!({ "kind": "change_service", "numbers": [site], "way": "curtain" });
    let mut change = Filing::open(&stage, CUSTOMER, &change).await?;
    let mut services = change.client.get(&change.path("/draft")).expect(200).await?.body["services"].clone();
    services[0]["name"] = json!("换了名字的网站");
    change.save("services", &services).await?;
    change.act("abandon").await?;
    let again = clone(&change, "change", 201).await?;
    assert_eq!((again.text("/kind")?, again.text("/way")?), ("change_service", "curtain"));
    let path = format!("/v1/orders/{}/draft", again.text("/id")?);
    let draft = change.client.get(&path).expect(200).await?.body;
    assert_eq!(draft["services"][0]["name"], "换了名字的网站");

    let cancel = json!({ "kind": "cancel_service", "numbers": [site], "reason": 1, "way": "curtain" });
    let mut cancel = Filing::open(&stage, CUSTOMER, &cancel).await?;
    cancel.act("abandon").await?;
    assert_eq!(clone(&cancel, "cancel", 201).await?.text("/kind")?, "cancel_service");
    // What was filed is no order that came to nothing.
    clone(&first, "filed", 409).await?;
    Ok(())
}

#[tokio::test]
async fn a_draft_without_its_certificate_number_cannot_be_asked_again() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &asked(&example::enterprise_in_liaoning(), "curtain")).await?;
    filing.save("subject", &json!({ "name": "只有名字" })).await?;
    filing.act("abandon").await?;
    let answer = clone(&filing, "nameless", 422).await?;
    assert_eq!(answer.errors(), [("/subject/certificate/number".to_owned(), "order.clone_certificate".to_owned())]);
    Ok(())
}
