//! What the authority has on file reaches the ledger: once, only what differs, only what belongs to an account, and beside what
//! orders bring, whichever comes first.

use chassis::audit;
use domain::{example, filing_number::NumberKind, order::Numbers};
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use crate::{
    kinds::{SITE, SUBJECT, changes, choose, filed, grant, numbers, on_file},
    world::{CUSTOMER, OTHER, Stage, database, peer, section, stage, with_role},
};

/// Hands a record of the subject over, with what its parts say.
async fn told(stage: &Stage, subject: Value, services: Value) -> anyhow::Result<Answer> {
    let record = json!({ "number": SUBJECT, "nature": 4, "subject": subject, "services": services });
    peer(stage)?.post("/v1/peer/filings").json(&json!({ "records": [record] })).expect(200).await
}

async fn cancelled(stage: &Stage, numbers: &[&str]) -> anyhow::Result<Answer> {
    peer(stage)?.post("/v1/peer/filings").json(&json!({ "cancelled": numbers })).expect(200).await
}

/// A service of a record.
fn served(number: &str, here: Option<bool>, more: Value) -> Value {
    let mut service = json!({ "kind": "website" });
    if let (Some(service), Value::Object(more)) = (service.as_object_mut(), more) {
        service.extend(more);
    }
    json!({ "number": number, "here": here, "service": service })
}

fn counted(answer: &Answer) -> [&Value; 3] {
    ["written", "unchanged", "left_out"].map(|name| &answer.body[name])
}

async fn state(client: &Client, number: &str) -> anyhow::Result<String> {
    Ok(on_file(client, number).await?.text("/state")?.to_owned())
}

/// What the example's record says, as the authority repeats it: everything that the format carries.
fn whole() -> anyhow::Result<(Value, Value)> {
    let draft = example::enterprise_in_liaoning();
    let mut service = section(&draft, "services")?[0].clone();
    service["access"] = json!({ "addresses": service["access"]["addresses"] });
    Ok((section(&draft, "subject")?, json!([{ "number": SITE, "here": true, "service": service }])))
}

#[tokio::test]
async fn what_is_as_the_authority_has_it_makes_no_version() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let (subject, services) = whole()?;
    let mine = stage.client(CUSTOMER)?;
    let before = on_file(&mine, SUBJECT).await?;
    for _ in 0..2 {
        assert_eq!(counted(&told(&stage, subject.clone(), services.clone()).await?), [0, 2, 0]);
        assert_eq!(counted(&told(&stage, json!({}), json!([])).await?), [0, 1, 0], "silence");
    }
    assert_eq!(on_file(&mine, SUBJECT).await?.body, before.body);
    assert_eq!(changes(&mine, SITE).await?, ["filed"]);
    Ok(())
}

#[tokio::test]
async fn what_changed_at_the_authority_is_a_version_without_an_order() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    let subject = json!({ "name": "沈阳示例网络科技有限公司", "principal": { "mobile": "13800001777" } });
    let service = json!({ "name": "沈阳示例", "domains": ["example-shenyang.cn"] });
    for written in [2, 0] {
        let services = json!([served(SITE, Some(true), service.clone())]);
        assert_eq!(counted(&told(&stage, subject.clone(), services).await?), [written, 2 - written, 0]);
    }
    let now = on_file(&mine, SUBJECT).await?;
    assert_eq!(now.text("/subject/name")?, "沈阳示例网络科技有限公司");
    let was = example::enterprise_in_liaoning().subject;
    assert_eq!(now.body["subject"]["certificate"], serde_json::to_value(&was.certificate)?, "the record said nothing");
    assert_eq!(now.text("/subject/principal/mobile")?, "13800001777");
    assert_eq!(now.text("/services/0/service/name")?, "沈阳示例");
    let history = mine.get(&format!("/v1/filings/{SITE}/history")).expect(200).await?;
    let last = history.list("/items")?.last().unwrap().clone();
    assert_eq!((&last["change"], &last["order"], &last["version"]), (&json!("synchronised"), &json!(null), &json!(2)));
    // The type check finds the new domain, and the old one is free.
    let rows = database(&stage).await?;
    let domains: Vec<String> =
        rows.query("SELECT domain FROM ledger_domain", &[]).await?.iter().map(|row| row.get(0)).collect();
    assert_eq!(domains, ["example-shenyang.cn"]);

    let noted = rows.query("SELECT actor, role, detail FROM audit WHERE action = 'synchronised'", &[]).await?;
    let noted: Vec<(String, String, String)> = noted.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let line = ("authority".to_owned(), "service".to_owned(), r#"{"effect":"changed","version":2}"#.to_owned());
    assert_eq!(noted, [line.clone(), line]);
    assert!(stage.db.read("test.audit", async |tx| audit::verify(tx).await).await?.broken.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_certificate_with_another_number_is_found_by_it() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    told(&stage, json!({ "certificate": { "number": "91210000EXAMPLE77X" } }), json!([])).await?;
    let ask = async |certificate: &str| {
        let services = json!([{ "domain": "example-new.cn" }]);
        let asked = json!({ "province": "210000", "nature": 4, "certificate": certificate, "services": services });
        let found = stage.client(CUSTOMER)?.post("/v1/type-checks").json(&asked).expect(200).await?;
        anyhow::Ok(found.text("/kind")?.to_owned())
    };
    assert_eq!(ask("91210000EXAMPLE77X").await?, "add_here");
    assert_eq!(ask("91210000EXAMPLE03F").await?, "first");
    Ok(())
}

#[tokio::test]
async fn what_belongs_to_no_account_is_left_out() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (subject, services) = whole()?;
    assert_eq!(counted(&told(&stage, subject, services).await?), [0, 0, 2], "nobody here has it");
    assert_eq!(counted(&cancelled(&stage, &[SUBJECT, SITE]).await?), [0, 0, 2]);
    let rows = database(&stage).await?;
    let count: i64 = rows.query_one("SELECT count(*) FROM ledger_version", &[]).await?.get(0);
    assert_eq!(count, 0);

    filed(&stage).await?;
    let (second, third) = (format!("{SUBJECT}-2"), format!("{SUBJECT}-3"));
    let name = json!({ "name": "示例商城", "domains": ["example-shop.cn"] });
    let services = json!([served(&second, Some(false), name.clone()), served(&third, None, name.clone())]);
    assert_eq!(counted(&told(&stage, json!({}), services).await?), [0, 1, 2], "others serve them, as far as is known");
    // What we serve is ours, whoever filed it.
    let services = json!([served(&second, Some(true), name)]);
    for written in [1, 0] {
        assert_eq!(counted(&told(&stage, json!({}), services.clone()).await?), [written, 2 - written, 0]);
    }
    let mine = stage.client(CUSTOMER)?;
    assert_eq!(
        (state(&mine, &second).await?.as_str(), changes(&mine, &second).await?),
        ("filed", vec!["synchronised".to_owned()])
    );
    stage.client(OTHER)?.get(&format!("/v1/filings/{second}")).expect(404).await?;
    Ok(())
}

#[tokio::test]
async fn an_access_is_lost_and_regained_and_silence_changes_nothing() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    for (here, written, then) in [
        (None, 0, "filed"),
        (Some(false), 1, "access_cancelled"),
        (None, 0, "access_cancelled"),
        (Some(false), 0, "access_cancelled"),
        (Some(true), 1, "filed"),
    ] {
        let answer = told(&stage, json!({}), json!([served(SITE, here, json!({}))])).await?;
        assert_eq!(
            (counted(&answer), state(&mine, SITE).await?.as_str()),
            ([&json!(written), &json!(2 - written), &json!(0)], then)
        );
    }
    assert_eq!(changes(&mine, SITE).await?, ["filed", "synchronised", "synchronised"]);
    Ok(())
}

#[tokio::test]
async fn what_the_authority_cancelled_is_cancelled_once_and_comes_back_with_its_record() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    assert_eq!(counted(&cancelled(&stage, &[SITE]).await?), [1, 0, 0]);
    assert_eq!(counted(&cancelled(&stage, &[SITE]).await?), [0, 1, 0]);
    assert_eq!((state(&mine, SITE).await?, state(&mine, SUBJECT).await?), ("cancelled".to_owned(), "filed".to_owned()));
    let (subject, services) = whole()?;
    assert_eq!(counted(&told(&stage, subject.clone(), services.clone()).await?), [1, 1, 0]);
    assert_eq!(state(&mine, SITE).await?, "filed");
    // A subject takes its services with it.
    assert_eq!(counted(&cancelled(&stage, &[SUBJECT, SITE]).await?), [2, 1, 0]);
    assert_eq!(
        (state(&mine, SITE).await?, state(&mine, SUBJECT).await?),
        ("cancelled".to_owned(), "cancelled".to_owned())
    );
    assert_eq!(counted(&told(&stage, subject, services).await?), [2, 0, 0]);
    assert_eq!((state(&mine, SITE).await?, state(&mine, SUBJECT).await?), ("filed".to_owned(), "filed".to_owned()));
    assert_eq!(changes(&mine, SUBJECT).await?, ["filed", "synchronised", "synchronised"]);
    // Whoever holds it hears of each once: a subject and its services in one piece.
    let heard: Vec<_> = crate::code::told(&stage).await?.into_iter().map(|(_, event)| event).collect();
    assert_eq!(heard, ["filing_cancelled", "filing_changed", "filing_cancelled", "filing_changed"]);
    Ok(())
}

#[tokio::test]
async fn an_order_that_asked_for_it_ends_right_whichever_comes_first() -> anyhow::Result<()> {
    for (kind, first) in
        [("cancel_service", true), ("cancel_service", false), ("cancel_subject", true), ("cancel_subject", false)]
    {
        let stage = stage().await?;
        filed(&stage).await?;
        let mine = stage.client(CUSTOMER)?;
        let (about, number) = if kind == "cancel_service" {
            (json!({ "numbers": [SITE], "reason": 1 }), SITE)
        } else {
            (json!({ "subject": SUBJECT, "reason": 1 }), SUBJECT)
        };
        let mut order = choose(&stage, CUSTOMER, kind, about).await?;
        order.act("submit").await?;
        if first {
            cancelled(&stage, &[number]).await?;
        }
        grant(&mut order, numbers(&[1])?).await?;
        assert_eq!(counted(&cancelled(&stage, &[number]).await?), [0, 1, 0]);
        assert_eq!(
            (state(&mine, SITE).await?.as_str(), state(&mine, number).await?.as_str()),
            ("cancelled", "cancelled")
        );
        let expected: &[&str] = if first { &["filed", "synchronised", "cancelled"] } else { &["filed", "cancelled"] };
        assert_eq!(changes(&mine, number).await?, expected, "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn an_access_less_does_not_bring_back_what_the_authority_cancelled() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mut order = choose(&stage, CUSTOMER, "cancel_access", json!({ "numbers": [SITE], "reason": 1 })).await?;
    order.act("submit").await?;
    cancelled(&stage, &[SITE]).await?;
    grant(&mut order, numbers(&[1])?).await?;
    assert_eq!(state(&order.client, SITE).await?, "cancelled");
    assert_eq!(changes(&order.client, SITE).await?, ["filed", "synchronised"]);
    Ok(())
}

#[tokio::test]
async fn a_grant_finds_what_a_record_told_before_it() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let mine = stage.client(CUSTOMER)?;
    let (second, draft) = (format!("{SUBJECT}-2"), example::enterprise_in_liaoning());
    let mut asked = crate::world::asked(&draft, "electronic");
    asked["services"] = json!([{ "kind": "website", "domain": "example-shop.cn" }]);
    let mut adding = crate::world::Filing::open(&stage, CUSTOMER, &asked).await?;
    let mut services = section(&draft, "services")?;
    services[0]["name"] = json!("示例商城");
    services[0]["domains"] = json!(["example-shop.cn"]);
    services[0]["home_url"] = json!("www.example-shop.cn");
    adding.save("services", &services).await?;
    adding.save("consent", &section(&draft, "consent")?).await?;
    adding.attach().await?;
    adding.verify().await?;
    adding.read().await?;
    adding.act("submit").await?;
    let name = json!({ "name": "示例商城", "domains": ["example-shop.cn"] });
    told(&stage, json!({}), json!([served(&second, Some(true), name)])).await?;
    let subject = numbers(&[])?.subject;
    let services = vec![subject.service(2, NumberKind::Website)?];
    grant(&mut adding, Numbers { subject, services }).await?;
    let now = on_file(&mine, &second).await?;
    assert_eq!((now.text("/state")?, now.text("/service/home_url")?), ("filed", "www.example-shop.cn"));
    assert_eq!(changes(&mine, &second).await?, ["synchronised", "filed"]);
    Ok(())
}

#[tokio::test]
async fn a_certificate_is_on_file_under_one_number() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let other = "辽ICP备2026000002号";
    let rows = database(&stage).await?;
    // Another subject of the account, as an order would have filed it.
    let copy =
        "INSERT INTO ledger_subject SELECT gen_random_uuid(), $1, account, sha256('x'), province, nature, 'filed',
        data_key, sealed, version, filed_at, changed_at FROM ledger_subject";
    rows.execute(copy, &[&other]).await?;
    let mine = stage.client(CUSTOMER)?;
    let taken = json!({ "number": SUBJECT, "subject": { "certificate": { "number": "91210000EXAMPLE88Q" } } });
    let given = json!({ "cancelled": [other] });
    peer(&stage)?.post("/v1/peer/filings").json(&given).expect(200).await?;
    let index: Vec<u8> =
        rows.query_one("SELECT subject_index FROM ledger_subject WHERE number = $1", &[&SUBJECT]).await?.get(0);
    let record = json!({ "records": [taken] });
    peer(&stage)?.post("/v1/peer/filings").json(&record).expect(200).await?;
    let now: Vec<u8> =
        rows.query_one("SELECT subject_index FROM ledger_subject WHERE number = $1", &[&SUBJECT]).await?.get(0);
    assert_ne!(index, now);
    // The other one gets the same certificate: the first has it no more.
    let sql = "UPDATE ledger_subject SET state = 'filed', subject_index = $2 WHERE number = $1";
    rows.execute(sql, &[&other, &index]).await?;
    let back = json!({ "records": [{ "number": SUBJECT,
        "subject": { "certificate": { "number": "91210000EXAMPLE03F" } } }] });
    let answer = peer(&stage)?.post("/v1/peer/filings").json(&back).expect(200).await?;
    assert_eq!(counted(&answer), [2, 0, 0]);
    let states: Vec<String> = rows
        .query("SELECT state FROM ledger_subject ORDER BY number", &[])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    assert_eq!(states, ["filed", "cancelled"]);
    assert_eq!(state(&mine, SUBJECT).await?, "filed");
    Ok(())
}

#[tokio::test]
async fn only_our_own_services_hand_something_over_and_it_must_fit() -> anyhow::Result<()> {
    let stage = stage().await?;
    filed(&stage).await?;
    let body = json!({ "cancelled": [SITE] });
    for client in
        [stage.client(CUSTOMER)?, with_role(&stage, "reviewer", &["210000"])?, with_role(&stage, "operations", &[])?]
    {
        client.post("/v1/peer/filings").json(&body).expect(403).await?;
    }
    stage.anonymous().post("/v1/peer/filings").json(&body).expect(401).await?;
    let strange = served("辽ICP备2026000009号-1", Some(true), json!({}));
    let record = json!({ "number": SUBJECT, "subject": { "name": "沈阳示例" }, "services": [strange] });
    let wrong = json!({ "records": [record], "cancelled": ["辽ICP备1号", SITE] });
    let refused = peer(&stage)?.post("/v1/peer/filings").json(&wrong).expect(422).await?;
    let pointers: Vec<String> = refused.errors().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/records/0/services/0/number", "/cancelled/0"]);
    let mine = stage.client(CUSTOMER)?;
    assert_eq!((changes(&mine, SUBJECT).await?.len(), changes(&mine, SITE).await?.len()), (1, 1), "nothing half done");
    Ok(())
}
