//! Orders are found by what they are about, by their account and by operations.

use chrono::TimeDelta;
use domain::{
    access::StaffId,
    example,
    filing_number::{NumberKind, SubjectNumber},
    message::{AuthorityStep, ReviewStep},
    order::{Numbers, Principals},
    region::Province,
};
use sandbox::kit::{Client, noon};
use serde_json::{Value, json};

use crate::world::{CUSTOMER, Filing, OTHER, Stage, asked, database, section, stage, with_role};

pub(crate) const SEARCH: &str = "/v1/operations/orders/search";

/// The ids on a page, in its order.
async fn ids(client: &Client, path: &str) -> anyhow::Result<Vec<String>> {
    let page = client.get(path).expect(200).await?;
    Ok(page.list("/items")?.iter().filter_map(|order| order["id"].as_str().map(str::to_owned)).collect())
}

async fn found(client: &Client, key: &Value) -> anyhow::Result<Vec<String>> {
    let page = client.post(SEARCH).json(key).expect(200).await?;
    Ok(page.list("/items")?.iter().filter_map(|order| order["id"].as_str().map(str::to_owned)).collect())
}

/// An order whose only service has these domains.
async fn with_domains<'a>(stage: &'a Stage, person: &str, domains: &[&str]) -> anyhow::Result<Filing<'a>> {
    let mut draft = example::enterprise_in_liaoning();
    draft.services[0].domains = domains.iter().map(|domain| (*domain).to_owned()).collect();
    if person == OTHER {
        draft.subject.certificate.number = Some("91210000EXAMPLE11A".into());
    }
    let mut filing = Filing::open(stage, person, &asked(&draft, "curtain")).await?;
    filing.save("services", &services(domains)).await?;
    Ok(filing)
}

fn services(domains: &[&str]) -> Value {
    json!([{ "kind": "website", "domains": domains }])
}

/// Takes an order that is in review to its numbers.
async fn granted(filing: &Filing<'_>, sequence: u32) -> anyhow::Result<Numbers> {
    filing.review(1, ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }).await?;
    filing.authority(1, AuthorityStep::Ready).await?;
    let until = noon() + TimeDelta::hours(24);
    filing.authority(1, AuthorityStep::Received { sms: Principals::new(), until }).await?;
    let subject = SubjectNumber::new(Province::Liaoning, 2026, sequence)?;
    let numbers = Numbers { services: vec![subject.service(1, NumberKind::Website)?], subject };
    filing.authority(1, AuthorityStep::Granted { numbers: numbers.clone() }).await?;
    Ok(numbers)
}

#[tokio::test]
async fn a_customer_finds_the_own_orders_by_what_they_are_about() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filed = Filing::reviewing(&stage, "electronic").await?;
    let numbers = granted(&filed, 7).await?;
    let guangdong = json!({
        "province": "440000", "nature": 4, "certificate": "91440000EXAMPLE", "services": [{ "domain": "example-south.cn" }],
        "way": "curtain",
    });
    let south = Filing::open(&stage, CUSTOMER, &guangdong).await?;
    let chinese = with_domains(&stage, CUSTOMER, &["示范.cn", "WWW.Example-Two.cn", "no domain"]).await?;
    with_domains(&stage, OTHER, &["示范.cn"]).await?;
    let (mine, one, two, three) = (&south.client, filed.id.to_string(), south.id.to_string(), chinese.id.to_string());
    for (query, expected) in [
        ("kind=first", vec![&two, &one]),
        ("kind=first&limit=1", vec![&two]),
        ("kind=add_here", vec![&three]),
        ("kind=migrate", vec![]),
        ("province=440000", vec![&two]),
        ("province=210000&state=draft", vec![&three]),
        ("domain=示范.cn", vec![&three]),
        ("domain=XN--FIQY6J679D.cn&kind=first", vec![]),
        ("domain=www.example-two.cn&state=draft", vec![&three]),
        ("domain=example-two.cn", vec![]),
        // The order that brought it, and the one that adds to it.
        (&format!("number={}", numbers.subject), vec![&three, &one]),
        (&format!("number={}&state=filed", numbers.services[0]), vec![&one]),
        (&format!("number={}&state=draft", numbers.services[0]), vec![]),
        ("number=辽ICP备2026000008号", vec![]),
    ] {
        assert_eq!(ids(mine, &format!("/v1/orders?{query}")).await?.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    let number = format!("/v1/orders?number={}", numbers.subject);
    assert!(ids(&stage.client(OTHER)?, &number).await?.is_empty());
    for query in
        ["kind=odd", "province=21", "domain=http://a.cn/", "number=7", "domain=a.cn&number=辽ICP备2026000008号"]
    {
        mine.get(&format!("/v1/orders?{query}")).expect(400).await?;
    }
    // A cursor belongs to the filters that it came from.
    let page = mine.get("/v1/orders?kind=first&limit=1").expect(200).await?;
    let cursor = page.text("/next")?;
    assert_eq!(ids(mine, &format!("/v1/orders?kind=first&limit=1&cursor={cursor}")).await?, [one]);
    mine.get(&format!("/v1/orders?province=210000&cursor={cursor}")).expect(400).await?;
    assert_eq!(filed.state().await?, "filed");
    Ok(())
}

#[tokio::test]
async fn an_order_is_found_by_what_its_draft_says_now() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = with_domains(&stage, CUSTOMER, &["example-one.cn", "example-two.cn"]).await?;
    let operations = with_role(&stage, "operations", &[])?;
    let count = async |domain: &str| -> anyhow::Result<usize> {
        Ok(ids(&operations, &format!("/v1/operations/orders?domain={domain}")).await?.len())
    };
    assert_eq!((count("example-one.cn").await?, count("example-three.cn").await?), (1, 0));
    filing.save("services", &services(&["example-two.cn", "example-three.cn"])).await?;
    assert_eq!((count("example-one.cn").await?, count("example-three.cn").await?), (0, 1));
    assert_eq!(count("example-two.cn").await?, 1);

    let called = |mobile: &str| json!({ "principal": { "mobile": mobile } });
    filing.save("subject", &called("13800001001")).await?;
    assert_eq!(found(&operations, &json!({ "phone": "13800001001" })).await?, [filing.id.to_string()]);
    filing.save("subject", &called("1380000")).await?;
    assert!(found(&operations, &json!({ "phone": "13800001001" })).await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn operations_find_orders_of_all_accounts_by_what_a_caller_can_tell() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::reviewing(&stage, "electronic").await?;
    let other = with_domains(&stage, OTHER, &["example-other.cn"]).await?;
    let operations = with_role(&stage, "operations", &[])?;
    let draft = example::enterprise_in_liaoning();
    let subject = serde_json::to_value(&draft.subject)?;
    let certificate = subject["certificate"]["number"].as_str().unwrap_or_default();
    let (one, two) = (filing.id.to_string(), other.id.to_string());
    assert_eq!(ids(&operations, "/v1/operations/orders").await?, [two.clone(), one.clone()]);
    assert_eq!(
        ids(&operations, "/v1/operations/orders?state=reviewing&province=210000").await?,
        std::slice::from_ref(&one)
    );
    let account = stage.outside.sandbox.identity.people().iter().find(|known| known.person == OTHER);
    let account = account.and_then(|person| person.account).unwrap_or_default();
    assert_eq!(
        ids(&operations, &format!("/v1/operations/orders?account={account}")).await?,
        std::slice::from_ref(&two)
    );
    assert_eq!(ids(&operations, "/v1/operations/orders?domain=example-other.cn").await?, [two]);
    let both = serde_json::to_value(&draft.services[0].principal)?;
    for key in [
        json!({ "certificate": certificate }),
        json!({ "certificate": format!(" {} ", certificate.to_lowercase()) }),
        json!({ "phone": subject["principal"]["mobile"] }),
        json!({ "phone": format!("+86 {}", subject["principal"]["emergency"].as_str().unwrap_or_default()) }),
        json!({ "phone": both.get("mobile").unwrap_or(&subject["principal"]["mobile"]) }),
    ] {
        assert_eq!(found(&operations, &key).await?, std::slice::from_ref(&one), "{key}");
    }
    assert!(found(&operations, &json!({ "certificate": "91210000MA0NOBODYX" })).await?.is_empty());
    for (key, pointer, rule) in [
        (json!({}), "", "search.one_key"),
        (json!({ "certificate": "x", "phone": "13800001001" }), "", "search.one_key"),
        (json!({ "phone": "024-1234" }), "/phone", "mobile"),
    ] {
        let refused = operations.post(SEARCH).json(&key).expect(422).await?;
        assert_eq!(refused.errors(), [(pointer.to_owned(), rule.to_owned())]);
    }
    for role in ["reviewer", "lead", "photo-point", "service"] {
        let client = with_role(&stage, role, &[])?;
        client.get("/v1/operations/orders").expect(403).await?;
        client.post(SEARCH).json(&json!({ "certificate": "x" })).expect(403).await?;
    }
    filing.client.get("/v1/operations/orders").expect(403).await?;
    // What is answered holds no more than the order's own view.
    let shown = operations.post(SEARCH).json(&json!({ "certificate": certificate })).expect(200).await?;
    assert_eq!(shown.body["items"][0], operations.get(&filing.path("")).expect(200).await?.body);
    Ok(())
}

#[tokio::test]
async fn a_search_is_noted_with_the_kind_of_its_key_and_without_the_key() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = with_domains(&stage, CUSTOMER, &["example-noted.cn"]).await?;
    let subject = section(&example::enterprise_in_liaoning(), "subject")?;
    filing.save("subject", &subject).await?;
    let operations = stage.client("operations-wu")?;
    let certificate = subject["certificate"]["number"].as_str().unwrap_or_default();
    ids(&operations, "/v1/operations/orders?state=draft").await?;
    ids(&operations, "/v1/operations/orders?domain=example-noted.cn&state=draft").await?;
    found(&operations, &json!({ "certificate": certificate })).await?;
    found(&operations, &json!({ "phone": "13912345678" })).await?;
    let rows = database(&stage).await?;
    let noted = rows.query("SELECT actor, role, detail FROM audit WHERE action = 'searched' ORDER BY seq", &[]).await?;
    let noted: Vec<(String, String, String)> = noted.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    let by = |key: &str, found: u8| {
        ("operations-wu".to_owned(), "operations".to_owned(), format!(r#"{{"by":["{key}"],"found":{found}}}"#))
    };
    assert_eq!(noted, [by("domain", 1), by("certificate", 1), by("phone", 0)]);
    let checked = stage.db.read("test.audit", async |tx| chassis::audit::verify(tx).await).await?;
    assert!(checked.broken.is_empty());
    Ok(())
}
