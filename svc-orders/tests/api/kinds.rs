//! Every kind of order from its opening to the ledger: what the type check or the customer decides, what is filled in, what may
//! not be changed, and what is on file afterwards.

use chrono::TimeDelta;
use domain::{
    access::StaffId,
    example,
    filing_number::{NumberKind, SubjectNumber},
    message::{AuthorityStep, ReviewStep},
    order::{Numbers, Principals},
    region::Province,
};
use sandbox::kit::{Answer, Client, noon};
use serde_json::{Value, json};

use crate::world::{CUSTOMER, Filing, OTHER, Stage, asked, at_home, section, stage};

pub(crate) const SUBJECT: &str = "辽ICP备2026000001号";
pub(crate) const SITE: &str = "辽ICP备2026000001号-1";

pub(crate) fn numbers(services: &[u32]) -> anyhow::Result<Numbers> {
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 1)?;
    let services =
        services.iter().map(|index| subject.service(*index, NumberKind::Website)).collect::<Result<_, _>>()?;
    Ok(Numbers { subject, services })
}

/// Through the review and past the authority, whoever is asked for an SMS.
pub(crate) async fn grant(filing: &mut Filing<'_>, numbers: Numbers) -> anyhow::Result<Answer> {
    if filing.state().await? == "reviewing" {
        filing.review(1, ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }).await?;
    }
    filing.authority(1, AuthorityStep::Ready).await?;
    let until = noon() + TimeDelta::hours(24);
    filing.authority(1, AuthorityStep::Received { sms: Principals::new(), until }).await?;
    filing.authority(1, AuthorityStep::Granted { numbers }).await?;
    let order = filing.read().await?;
    assert_eq!(order.text("/state")?, "filed");
    Ok(order)
}

/// The enterprise of the examples, on file with its site.
pub(crate) async fn filed(stage: &Stage) -> anyhow::Result<Filing<'_>> {
    let mut filing = Filing::ready(stage, "electronic").await?;
    filing.act("submit").await?;
    grant(&mut filing, numbers(&[1])?).await?;
    Ok(filing)
}

/// What is on file under a number, for its holder.
pub(crate) async fn on_file(client: &Client, number: &str) -> anyhow::Result<Answer> {
    client.get(&format!("/v1/filings/{number}")).expect(200).await
}

pub(crate) async fn changes(client: &Client, number: &str) -> anyhow::Result<Vec<String>> {
    let history = client.get(&format!("/v1/filings/{number}/history")).expect(200).await?;
    Ok(history.list("/items")?.iter().map(|one| one["change"].as_str().unwrap_or_default().to_owned()).collect())
}

/// Opens an order about what is on file.
pub(crate) async fn choose<'a>(stage: &'a Stage, person: &str, kind: &str, more: Value) -> anyhow::Result<Filing<'a>> {
    let mut body = json!({ "kind": kind, "way": "electronic" });
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    Filing::open(stage, person, &body).await
}

async fn kind_of(client: &Client, domain: &str) -> anyhow::Result<Answer> {
    let asked = json!({
        "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F", "services": [{ "domain": domain }],
    });
    client.post("/v1/type-checks").json(&asked).send().await
}

#[tokio::test]
async fn a_first_filing_is_on_file_with_everything_that_was_written() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = filed(&stage).await?;
    let (mine, draft) = (stage.client(CUSTOMER)?, example::enterprise_in_liaoning());
    let subject = on_file(&mine, SUBJECT).await?;
    assert_eq!(subject.body["subject"], section(&draft, "subject")?);
    let mut service = serde_json::to_value(&draft.services[0])?;
    // Where it runs is filled in from the provider's inventory.
    service["access"]["mode"] = json!(16);
    service["access"]["location"] = json!(19);
    assert_eq!(subject.body["services"][0]["service"], service);
    let history = mine.get(&format!("/v1/filings/{SITE}/history")).expect(200).await?;
    let first = &history.list("/items")?[0];
    assert_eq!((&first["change"], &first["order"]), (&json!("filed"), &json!(filing.id)));
    assert_eq!(first["content"]["domains"], json!(["example-liaoning.cn"]));
    let all = mine.get("/v1/filings").expect(200).await?;
    assert_eq!(all.list("/items")?.len(), 1);
    // Nobody else finds it.
    let other = stage.client(OTHER)?;
    for path in [format!("/v1/filings/{SITE}"), format!("/v1/filings/{SUBJECT}"), format!("/v1/filings/{SITE}/history")]
    {
        other.get(&path).expect(404).await?;
    }
    assert_eq!(other.get("/v1/filings").expect(200).await?.list("/items")?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn the_table_of_filings_opens_in_a_spreadsheet() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let table = stage.client(CUSTOMER)?.get("/v1/filings.csv").expect(200).await?;
    let text = std::str::from_utf8(&table.bytes)?;
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines.len(), 2, "{text:?}");
    assert!(lines[0].starts_with("主体备案号,主体名称,服务备案号"));
    assert!(lines[1].starts_with(&format!("{SUBJECT},辽宁示例网络科技有限公司,{SITE},website,")), "{}", lines[1]);
    Ok(())
}

#[tokio::test]
async fn a_subject_on_file_adds_a_service_and_does_not_write_itself_anew() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mut draft = example::enterprise_in_liaoning();
    draft.services[0].domains = vec!["example-more.cn".to_owned()];
    draft.services[0].home_url = Some("www.example-more.cn".to_owned());
    draft.services[0].name = Some("辽宁示例网络展示".to_owned());
    let mut adds = Filing::open(&stage, CUSTOMER, &asked(&draft, "electronic")).await?;
    let order = adds.read().await?;
    assert_eq!((order.text("/kind")?, order.text("/subject")?), ("add_here", SUBJECT));
    // Who files is filled in from the record, and stays as it is.
    let known = adds.client.get(&adds.path("/draft")).expect(200).await?;
    assert_eq!(
        (known.text("/subject/name")?, &known.body["subject"]["filed_services"]),
        ("辽宁示例网络科技有限公司", &json!(1))
    );
    let path = adds.path("/draft/subject");
    let refused = adds.client.put(&path).version(adds.version).json(&json!({})).expect(409).await?;
    assert_eq!(refused.errors()[0].1, "order.not_part");
    for name in ["services", "consent"] {
        adds.save(name, &section(&draft, name)?).await?;
    }
    adds.attach().await?;
    adds.verify().await?;
    adds.read().await?;
    adds.act("submit").await?;
    grant(&mut adds, numbers(&[2])?).await?;
    let subject = on_file(&adds.client, SUBJECT).await?;
    let services: Vec<_> = subject.list("/services")?.iter().map(|one| one["number"].clone()).collect();
    assert_eq!(services, [SITE, "辽ICP备2026000001号-2"]);
    assert_eq!(kind_of(&adds.client, "example-more.cn").await?.errors()[0].1, "type.filed_here");
    Ok(())
}

#[tokio::test]
async fn a_service_is_changed_but_for_its_domain() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mut change = choose(&stage, CUSTOMER, "change_service", json!({ "numbers": [SITE] })).await?;
    let known = change.client.get(&change.path("/draft")).expect(200).await?;
    let mut services = known.body["services"].clone();
    services[0]["name"] = json!("辽宁示例网络新名");
    services[0]["domains"] = json!(["example-other.cn"]);
    services[0]["home_url"] = json!("www.example-other.cn");
    let saved = change.save("services", &services).await?;
    let frozen = saved.list("/violations")?.iter().find(|one| one["rule"] == "order.frozen").unwrap().clone();
    assert_eq!(frozen["pointer"], "/services/0/domains/0");
    assert!(frozen["fix"].is_string());
    services[0]["domains"] = json!(["example-liaoning.cn"]);
    services[0]["home_url"] = json!("www.example-liaoning.cn");
    change.save("services", &services).await?;
    change.save("consent", &section(&example::enterprise_in_liaoning(), "consent")?).await?;
    change.attach().await?;
    change.verify().await?;
    change.read().await?;
    change.act("submit").await?;
    grant(&mut change, numbers(&[1])?).await?;
    let site = on_file(&change.client, SITE).await?;
    assert_eq!((site.text("/service/name")?, &site.body["version"]), ("辽宁示例网络新名", &json!(2)));
    assert_eq!(changes(&change.client, SITE).await?, ["filed", "changed"]);
    Ok(())
}

#[tokio::test]
async fn a_change_of_access_needs_no_reviewer_no_material_and_no_face() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mut change = choose(&stage, CUSTOMER, "change_access", json!({ "numbers": [SITE] })).await?;
    let mut services = change.client.get(&change.path("/draft")).expect(200).await?.body["services"].clone();
    services[0]["access"] = json!({ "resource": "ins-second-ln" });
    change.save("services", &services).await?;
    change.save("consent", &section(&example::enterprise_in_liaoning(), "consent")?).await?;
    assert_eq!(change.act("submit").await?.text("/state")?, "to_authority");
    grant(&mut change, numbers(&[1])?).await?;
    let access = on_file(&change.client, SITE).await?.body["service"]["access"].clone();
    assert_eq!((&access["resource"], &access["addresses"]), (&json!("ins-second-ln"), &json!(["203.0.113.11"])));
    Ok(())
}

#[tokio::test]
async fn what_is_cancelled_is_on_file_no_more_and_may_be_filed_again() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    let nameless = json!({ "kind": "cancel_service", "numbers": [SITE] });
    assert_eq!(mine.post("/v1/orders").json(&nameless).expect(422).await?.errors()[0].0, "/reason");
    let mut cancel = choose(&stage, CUSTOMER, "cancel_service", json!({ "numbers": [SITE], "reason": 1 })).await?;
    assert_eq!(cancel.client.get(&cancel.path("/checklist")).expect(200).await?.body["ready"], json!(true));
    assert_eq!(cancel.act("submit").await?.text("/state")?, "reviewing");
    grant(&mut cancel, numbers(&[1])?).await?;
    assert_eq!(on_file(&mine, SITE).await?.text("/state")?, "cancelled");
    // An empty shell: Liaoning lets it add a service directly.
    assert_eq!(kind_of(&mine, "example-liaoning.cn").await?.text("/kind")?, "add_here");
    let mut whole = choose(&stage, CUSTOMER, "cancel_subject", json!({ "reason": 1 })).await?;
    whole.act("submit").await?;
    grant(&mut whole, numbers(&[])?).await?;
    assert_eq!(on_file(&mine, SUBJECT).await?.text("/state")?, "cancelled");
    assert_eq!(kind_of(&mine, "example-liaoning.cn").await?.text("/kind")?, "first");
    assert_eq!(changes(&mine, SUBJECT).await?, ["filed", "cancelled"]);
    let empty = mine.post("/v1/orders").json(&json!({ "kind": "change_subject" })).expect(409).await?;
    assert_eq!(empty.errors()[0].1, "ledger.empty");
    Ok(())
}

#[tokio::test]
async fn access_that_was_cancelled_comes_back_as_an_access_filing() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mut cancel = choose(&stage, CUSTOMER, "cancel_access", json!({ "numbers": [SITE], "reason": 1 })).await?;
    cancel.act("submit").await?;
    grant(&mut cancel, numbers(&[1])?).await?;
    assert_eq!(on_file(&cancel.client, SITE).await?.text("/state")?, "access_cancelled");
    let draft = example::enterprise_in_liaoning();
    let mut access = Filing::open(&stage, CUSTOMER, &asked(&draft, "electronic")).await?;
    assert_eq!(access.read().await?.text("/kind")?, "access");
    access.write(&draft).await?;
    access.attach().await?;
    access.verify().await?;
    access.read().await?;
    access.act("submit").await?;
    grant(&mut access, numbers(&[1])?).await?;
    assert_eq!(changes(&access.client, SITE).await?, ["filed", "access_cancelled", "filed"]);
    Ok(())
}

#[tokio::test]
async fn a_filing_goes_to_another_account_when_both_sides_agree() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let (mine, other) = (stage.client(CUSTOMER)?, stage.client(OTHER)?);
    let account = "01990000-0000-7000-8000-000000000003";
    let mut transfer = choose(&stage, CUSTOMER, "transfer_account", json!({ "to": account })).await?;
    assert_eq!(transfer.act("submit").await?.text("/state")?, "awaiting_consent");
    let asking = other.get("/v1/consents").expect(200).await?;
    assert_eq!((asking.list("/items")?.len(), asking.text("/items/0/kind")?), (1, "transfer_account"));
    assert_eq!(mine.get("/v1/consents").expect(200).await?.list("/items")?.len(), 0);
    let (yes, no) = (format!("/v1/consents/{}/accept", transfer.id), format!("/v1/consents/{}/decline", transfer.id));
    mine.post(&yes).version(transfer.version).expect(404).await?;
    other.post(&no).version(transfer.version).expect(200).await?;
    let returned = transfer.read().await?;
    assert_eq!(
        (returned.text("/returned_by")?, returned.text("/reasons/0/code")?),
        ("other_account", "consent_declined")
    );
    transfer.act("submit").await?;
    let done = other.post(&yes).version(transfer.version).expect(200).await?;
    assert_eq!(done.text("/state")?, "filed");
    mine.get(&format!("/v1/filings/{SUBJECT}")).expect(404).await?;
    assert_eq!(on_file(&other, SUBJECT).await?.list("/services")?.len(), 1);
    assert_eq!(changes(&other, SUBJECT).await?, ["filed", "transferred"]);
    assert_eq!(kind_of(&mine, "example-new.cn").await?.errors()[0].1, "type.subject_elsewhere");
    other.post(&yes).version(done.version()?).expect(409).await?;
    Ok(())
}

#[tokio::test]
async fn a_site_migrates_to_another_subject_with_its_holders_consent() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let (mine, mut draft) = (stage.client(CUSTOMER)?, example::enterprise_in_liaoning());
    draft.subject.certificate.number = Some("91210000EXAMPLE11A".into());
    let more = json!({
        "numbers": [SITE], "province": "210000", "nature": 4, "certificate": draft.subject.certificate.number,
    });
    let mut gets = choose(&stage, OTHER, "migrate", more).await?;
    let known = gets.client.get(&gets.path("/draft")).expect(200).await?;
    assert_eq!(known.body["services"][0]["domains"], json!(["example-liaoning.cn"]));
    assert_eq!(known.body["services"][0]["principal"]["name"], Value::Null, "people of the former holder stay with it");
    gets.write(&at_home(&draft, OTHER)).await?;
    gets.attach().await?;
    gets.verify().await?;
    gets.read().await?;
    assert_eq!(gets.act("submit").await?.text("/state")?, "awaiting_consent");
    mine.post(&format!("/v1/consents/{}/accept", gets.id)).version(gets.version).expect(200).await?;
    assert_eq!(gets.state().await?, "reviewing");
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 2)?;
    let services = vec![subject.service(1, NumberKind::Website)?];
    grant(&mut gets, Numbers { subject, services }).await?;
    assert_eq!(on_file(&mine, SITE).await?.text("/state")?, "migrated");
    assert_eq!(on_file(&gets.client, "辽ICP备2026000002号-1").await?.text("/state")?, "filed");
    Ok(())
}

#[tokio::test]
async fn an_earlier_filing_is_claimed() -> anyhow::Result<()> {
    let stage = stage().await?;
    let draft = example::enterprise_in_liaoning();
    let mut more = asked(&draft, "electronic");
    more["subject"] = json!(SUBJECT);
    more["numbers"] = json!([SITE]);
    let mut claim = choose(&stage, CUSTOMER, "claim", more).await?;
    claim.write(&draft).await?;
    claim.attach().await?;
    claim.read().await?;
    assert_eq!(claim.act("submit").await?.text("/state")?, "reviewing");
    claim.review(1, ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }).await?;
    assert_eq!(claim.read().await?.text("/numbers/services/0")?, SITE);
    assert_eq!(changes(&claim.client, SITE).await?, ["claimed"]);
    Ok(())
}

#[tokio::test]
async fn what_may_not_be_ordered_is_refused_with_its_reason() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    let cases = [
        (json!({ "kind": "first" }), "order.kind_decided"),
        (json!({ "kind": "change_service" }), "order.one_service"),
        (json!({ "kind": "change_service", "numbers": ["辽ICP备2026000009号-1"] }), "ledger.unknown"),
        (json!({ "kind": "transfer_account" }), "order.needed"),
        (json!({ "kind": "transfer_account", "to": "01990000-0000-7000-8000-000000000001" }), "transfer.same"),
        (
            json!({ "kind": "migrate", "numbers": [SITE], "province": "210000", "nature": 5, "certificate": "x" }),
            "migrate.person",
        ),
        (
            json!({ "kind": "migrate", "numbers": [SITE], "province": "210000", "nature": 4, "certificate": "x" }),
            "migrate.same",
        ),
        (json!({ "kind": "claim", "province": "210000", "nature": 4, "certificate": "x" }), "order.needed"),
    ];
    for (body, rule) in cases {
        let refused = mine.post("/v1/orders").json(&body).expect(422).await?;
        assert_eq!(refused.errors()[0].1, rule, "{body}");
    }
    assert_eq!(mine.get("/v1/orders").expect(200).await?.list("/items")?.len(), 1);
    Ok(())
}
