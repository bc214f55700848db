//! What is somebody else's does not exist, and without a token nothing does.

use std::collections::BTreeSet;

use reqwest::Method;
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};
use svc_orders::Orders;

use crate::world::{CUSTOMER, Filing, OTHER, liaoning, stage, with_role};

/// Method and path of every operation, as the description has them.
pub(crate) fn every_operation() -> anyhow::Result<BTreeSet<(String, String)>> {
    let described: Value = serde_json::from_str(&chassis::launch::describe::<Orders>()?)?;
    let mut found = BTreeSet::new();
    for (path, item) in described["paths"].as_object().into_iter().flatten() {
        let methods = item.as_object().into_iter().flatten().map(|(method, _)| method.to_uppercase());
        found.extend(methods.map(|method| (method, path.clone())));
    }
    Ok(found)
}

/// Those that ask for a token. The rules are for everybody: see rules.rs.
fn operations() -> anyhow::Result<Vec<(Method, String)>> {
    let open = |path: &str| ["/v1/checks", "/v1/rules", "/v1/reference"].iter().any(|open| path.starts_with(open));
    let closed = every_operation()?.into_iter().filter(|(_, path)| !open(path));
    closed.map(|(method, path)| Ok((Method::from_bytes(method.as_bytes())?, path))).collect()
}

/// Asks for an operation with everything in its form, so that only the person can be wrong.
pub(crate) async fn ask(client: &Client, method: &Method, path: &str, order: &str) -> anyhow::Result<Answer> {
    let mut path = path
        .replace("{id}", order)
        .replace("{principal}", "subject")
        .replace("{number}", "辽ICP备2026000001号")
        .replace("{account}", order)
        .replace("{name}", "liaoning")
        .replace("{table}", "provinces");
    if path.ends_with("/dossier") {
        path.push_str("?for=review");
    }
    let ask = client.ask(method.clone(), &path).version(1);
    let rights = json!({ "rights": ["read"] });
    let ask = match (method, path.as_str()) {
        (&Method::POST, "/v1/members") => ask.json(&json!({ "person": "x", "rights": ["read"] })).key("a"),
        (&Method::PUT, path) if path.starts_with("/v1/members/") => ask.json(&rights),
        (&Method::POST, "/v1/operations/orders/search") => ask.json(&json!({ "certificate": "x" })),
        (&Method::POST, "/v1/peer/filings") => ask.json(&json!({})),
        (&Method::POST, "/v1/orders") => ask.json(&liaoning("curtain")).key("a"),
        (&Method::POST, "/v1/type-checks") => ask.json(
            &json!({ "province": "210000", "nature": 4, "certificate": "x", "services": [{ "domain": "example.cn" }] }),
        ),
        (&Method::POST, path) if path.starts_with("/v1/imports") => {
            let row = json!({
                "province": "210000", "nature": 4, "certificate": "x",
                "service": { "kind": "website", "domains": ["example.cn"] },
            });
            ask.json(&json!({ "rows": [row] })).key("a")
        }
        (&Method::POST, path) if path.ends_with("/grant") || path == "/v1/allowed-accounts" => {
            ask.json(&json!({ "account": "01990000-0000-7000-8000-000000000002" })).key("a")
        }
        (&Method::POST, "/v1/code-requests") => {
            ask.json(&json!({ "owner": "01990000-0000-7000-8000-000000000002", "resource": "ins-example-gd" })).key("a")
        }
        (&Method::POST, path) if path.ends_with("/copy") => ask.json(&json!({ "from": 0, "to": [], "parts": [] })),
        (&Method::POST, path) if path.ends_with("/codes") => ask.json(&json!({ "count": 1 })).key("a"),
        (&Method::POST, _) => ask.key("a"),
        (&Method::PUT, path) if path.ends_with("services") => ask.json(&json!([])),
        (&Method::PUT, _) => ask.json(&json!({})),
        _ => ask,
    };
    ask.send().await
}

#[tokio::test]
async fn without_a_good_token_nothing_is_answered() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let (id, nobody) = (filing.id.to_string(), stage.anonymous());
    let forger = Client::new(stage.base.clone(), Some("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.".to_owned()));
    let operations = operations()?;
    assert_eq!(operations.len(), 56, "{operations:#?}");
    for (method, path) in &operations {
        for client in [&nobody, &forger] {
            let answer = ask(client, method, path, &id).await?;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(answer.headers["www-authenticate"], "Bearer", "{method} {path}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn somebody_elses_order_is_no_order_in_every_operation() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let (id, other) = (filing.id.to_string(), stage.client(OTHER)?);
    let missing: String = stage.id::<uuid::Uuid>().to_string();
    let before = filing.story().await?;
    for (method, path) in operations()? {
        if !path.contains("{id}") {
            continue;
        }
        let answer = ask(&other, &method, &path, &id).await?;
        if path.starts_with("/v1/peer") || path.contains("/assist/") {
            assert_eq!(answer.status, 403, "{method} {path}");
            continue;
        }
        assert_eq!(answer.status, 404, "{method} {path}");
        let absent = ask(&other, &method, &path, &missing).await?;
        assert_eq!(told(&answer), told(&absent), "{method} {path}: the answers must not tell which one there is");
        let nonsense = ask(&other, &method, &path, "7").await?;
        assert_eq!(told(&answer), told(&nonsense), "{method} {path}");
    }
    assert_eq!(filing.story().await?, before);
    assert_eq!(other.get("/v1/orders").expect(200).await?.list("/items")?.len(), 0);
    Ok(())
}

/// A problem without its trace id, which is another each time.
pub(crate) fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.body.clone();
    if let Some(problem) = body.as_object_mut() {
        problem.remove("trace_id");
    }
    (answer.status, body)
}

async fn statuses(client: &Client, order: &str) -> anyhow::Result<Vec<u16>> {
    let mut found = Vec::new();
    for rest in ["", "/history", "/draft", "/checklist"] {
        found.push(client.get(&format!("/v1/orders/{order}{rest}")).send().await?.status);
    }
    found.push(client.post(&format!("/v1/orders/{order}/submit")).version(1).send().await?.status);
    found.push(client.get(&format!("/v1/peer/orders/{order}/brief")).send().await?.status);
    Ok(found)
}

#[tokio::test]
async fn staff_sees_orders_but_no_drafts_and_decides_nothing_here() -> anyhow::Result<()> {
    let stage = stage().await?;
    let id = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?.id.to_string();
    let cases = [
        ("reviewer", [].as_slice(), [200, 200, 403, 403, 403, 403]),
        ("reviewer", &["210000", "440000"], [200, 200, 403, 403, 403, 403]),
        ("reviewer", &["440000"], [404, 404, 403, 403, 403, 403]),
        ("lead", &[], [200, 200, 403, 403, 403, 403]),
        ("operations", &[], [200, 200, 403, 403, 403, 403]),
        ("photo-point", &[], [404, 404, 403, 403, 403, 403]),
        ("service", &[], [200, 200, 403, 403, 403, 200]),
    ];
    for (role, provinces, expected) in cases {
        let client = with_role(&stage, role, provinces)?;
        assert_eq!(statuses(&client, &id).await?, expected, "{role} {provinces:?}");
    }
    Ok(())
}
