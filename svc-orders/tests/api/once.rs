//! Requests that are sent twice: they take effect once, and nobody can use another's key.

use futures::future::join_all;
use serde_json::json;

use crate::world::{CUSTOMER, Filing, OTHER, liaoning, stage};

#[tokio::test]
async fn the_same_request_under_the_same_key_gets_the_same_answer() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    let open = || mine.post("/v1/orders").json(&liaoning("curtain")).key("open-1");
    let (first, again) = (open().expect(201).await?, open().expect(201).await?);
    assert_eq!(again.body, first.body);
    for header in ["etag", "location"] {
        assert_eq!(again.headers[header], first.headers[header]);
    }
    assert_eq!(mine.get("/v1/orders").expect(200).await?.list("/items")?.len(), 1);
    assert_eq!(stage.outbox().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_person() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    mine.post("/v1/orders").json(&liaoning("curtain")).key("k").expect(201).await?;
    let other = mine.post("/v1/orders").json(&liaoning("electronic")).key("k").expect(422).await?;
    assert_eq!(other.text("/type")?, "urn:icp-filing:problem:key-reused");
    let theirs = stage.client(OTHER)?.post("/v1/orders").json(&liaoning("curtain")).key("k").expect(201).await?;
    assert!(!theirs.text("/id")?.is_empty());
    let without = mine.ask(reqwest::Method::POST, "/v1/orders").json(&liaoning("curtain")).expect(428).await?;
    assert_eq!(without.errors()[0].1, "idempotency_key");
    mine.post("/v1/orders").json(&liaoning("curtain")).key("two words").expect(400).await?;
    assert_eq!(mine.get("/v1/orders").expect(200).await?.list("/items")?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn twins_that_come_together_open_one_order() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    let twins = (0..8).map(|_| mine.post("/v1/orders").json(&liaoning("curtain")).key("twins").expect(201));
    let answers = join_all(twins).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    assert_eq!(mine.get("/v1/orders").expect(200).await?.list("/items")?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_submit_that_is_sent_again_is_answered_again_and_a_refused_one_may_be_tried_again() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "curtain").await?;
    let (path, version) = (filing.path("/submit"), filing.version);
    let submit = |version| filing.client.post(&path).version(version).key("submit-1");
    submit(version - 1).expect(412).await?;
    let first = submit(version).expect(200).await?;
    let again = submit(version).expect(200).await?;
    assert_eq!((again.body, again.headers["etag"].clone()), (first.body, first.headers["etag"].clone()));
    let read = filing.read().await?;
    assert_eq!((&read.body["round"], read.version()?), (&json!(1), version + 1));
    Ok(())
}
