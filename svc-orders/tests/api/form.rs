//! Requests that cannot be: each gets its problem with the place, and nothing is half done.

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{CUSTOMER, Filing, Stage, liaoning, stage, stage_with};

/// Everything that a refused request must leave as it was.
async fn everything(stage: &Stage, filing: &Filing<'_>) -> anyhow::Result<(Value, Value, usize, usize)> {
    let list = filing.client.get("/v1/orders").expect(200).await?;
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    Ok((list.body, draft.body, filing.story().await?.len(), stage.outbox().await?.len()))
}

#[tokio::test]
async fn a_section_that_does_not_fit_is_refused_with_its_place() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let before = everything(&stage, &filing).await?;
    let cases = [
        ("subject", r#"{"name": "#, 400, "", ""),
        ("subject", "", 400, "", ""),
        ("subject", r#"{"nmae": "x"}"#, 422, "/nmae", "unknown_field"),
        (
            "subject",
            r#"{"principal": {"certificate": {"number": 5}}}"#,
            422,
            "/principal/certificate/number",
            "wrong_type",
        ),
        ("subject", r#"{"principal": {"wechat": "x"}}"#, 422, "/principal/wechat", "unknown_field"),
        ("subject", "[]", 422, "", "wrong_type"),
        ("services", r#"[{"kind": "website", "oops": 1}]"#, 422, "/0/oops", "unknown_field"),
        ("services", r#"[{"kind": "website"}, {"kind": "game"}]"#, 422, "/1/kind", "wrong_type"),
        ("services", "[{}]", 422, "/0/kind", "missing_field"),
        ("services", r#"[{"kind": "website", "contents": [70000]}]"#, 422, "/0/contents/0", "wrong_type"),
        ("consent", r#"{"privacy": "yes"}"#, 422, "/privacy", "wrong_type"),
        ("consent", r#"{"at": "yesterday"}"#, 422, "/at", "wrong_type"),
    ];
    for (name, body, status, pointer, rule) in cases {
        let path = filing.path(&format!("/draft/{name}"));
        let ask = filing.client.put(&path).version(filing.version).body("application/json", body);
        let refused = ask.expect(status).await?;
        assert_eq!(refused.headers["content-type"], "application/problem+json", "{body}");
        if status == 422 {
            let (found, known) = refused.errors().remove(0);
            assert!(
                known == rule && (found == pointer || rule == "wrong_type" && pointer.starts_with(&found)),
                "{body}: {found} {known}"
            );
        }
    }
    assert_eq!(everything(&stage, &filing).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_body_of_another_kind_or_size_is_refused() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let before = everything(&stage, &filing).await?;
    let put = || filing.client.put(&filing.path("/draft/subject")).version(filing.version);
    put().body("text/plain", "{}").expect(415).await?;
    put().body("application/json", "{}").header("content-encoding", "gzip").expect(415).await?;
    let large = format!(r#"{{"remark": "{}"}}"#, "x".repeat(1 << 20));
    put().body("application/json", large).expect(413).await?;
    filing.client.ask(Method::PATCH, &filing.path("/draft/subject")).expect(405).await?;
    assert_eq!(everything(&stage, &filing).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_change_names_the_version_that_it_is_meant_for() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "curtain").await?;
    let before = everything(&stage, &filing).await?;
    for (method, rest) in [
        (Method::PUT, "/draft/subject"),
        (Method::PUT, "/draft/services"),
        (Method::PUT, "/draft/consent"),
        (Method::POST, "/submit"),
        (Method::POST, "/withdraw"),
        (Method::POST, "/abandon"),
    ] {
        let path = filing.path(rest);
        let body = if rest == "/draft/services" { json!([]) } else { json!({}) };
        let ask = || {
            let ask = filing.client.ask(method.clone(), &path);
            if method == Method::PUT { ask.json(&body) } else { ask.key("a-key") }
        };
        ask().expect(428).await?;
        ask().header("if-match", "v1").expect(400).await?;
        ask().header("if-match", "*").expect(400).await?;
        let stale = ask().version(filing.version - 1).expect(412).await?;
        assert_eq!(stale.version()?, filing.version, "{rest}: the answer says which version there is");
    }
    assert_eq!(everything(&stage, &filing).await?, before);
    filing.act("submit").await?;
    Ok(())
}

#[tokio::test]
async fn an_order_is_opened_with_what_there_is() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    let cases = [
        (json!({ "province": "999999", "nature": 4 }), "/province"),
        (json!({ "province": 210_000, "nature": 4 }), "/province"),
        (
            json!({ "province": "210000", "nature": 77, "certificate": "x", "services": [{ "domain": "example.cn" }] }),
            "/nature",
        ),
        (json!({ "province": "210000" }), "/nature"),
        (json!({ "province": "210000", "nature": 4 }), "/certificate"),
        (json!({ "province": "210000", "nature": 4, "certificate": "x" }), "/services"),
        (json!({ "province": "210000", "nature": 4, "way": "pigeon" }), "/way"),
        (json!({ "province": "210000", "nature": 4, "account": "mine" }), "/account"),
        (json!({ "province": "210000", "nature": 4, "kind": "access" }), "/kind"),
    ];
    for (body, pointer) in cases {
        let refused = mine.post("/v1/orders").json(&body).expect(422).await?;
        assert_eq!(refused.errors()[0].0, pointer, "{body}");
    }
    let check =
        json!({ "province": "210000", "nature": 4, "certificate": "x", "services": [{ "domain": "no domain" }] });
    let refused = mine.post("/v1/type-checks").json(&check).expect(422).await?;
    assert_eq!(refused.errors()[0].0, "/services/0/domain");
    assert_eq!(mine.get("/v1/orders").expect(200).await?.list("/items")?.len(), 0);
    assert_eq!(stage.outbox().await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_way_that_is_not_offered_is_refused() -> anyhow::Result<()> {
    let stage = stage_with(&["--orders-ways", "curtain"]).await?;
    let mine = stage.client(CUSTOMER)?;
    let refused = mine.post("/v1/orders").json(&liaoning("electronic")).expect(422).await?;
    assert_eq!(refused.errors(), [("/way".to_owned(), "order.way_not_offered".to_owned())]);
    let mut asked = liaoning("curtain");
    asked.as_object_mut().unwrap().remove("way");
    let usual = mine.post("/v1/orders").json(&asked).expect(201).await?;
    assert_eq!(usual.text("/way")?, "curtain");
    Ok(())
}
