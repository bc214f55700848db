//! Progress as it happens: at once, then after each change, until the story or the server ends.

use std::time::Duration;

use anyhow::Context;
use domain::message::ReviewStep;
use reqwest::Response;
use serde_json::Value;

use crate::world::{CUSTOMER, Filing, OTHER, Stage, reason, stage};

/// Longer than any change takes to be seen.
const SOON: Duration = Duration::from_secs(20);

/// The events of one stream.
struct Events {
    response: Response,
    rest: String,
}

impl Events {
    async fn of(stage: &Stage, person: &str, filing: &Filing<'_>) -> anyhow::Result<Self> {
        let token = stage.outside.sandbox.identity.token(person)?;
        let url = stage.base.join(&filing.path("/stream"))?;
        let response = reqwest::Client::new().get(url).bearer_auth(token).send().await?;
        anyhow::ensure!(response.status() == 200, "the stream answers {}", response.status());
        anyhow::ensure!(response.headers()["content-type"] == "text/event-stream", "{:?}", response.headers());
        Ok(Self { response, rest: String::new() })
    }

    /// The next block; none when the stream has ended.
    async fn block(&mut self) -> anyhow::Result<Option<String>> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.rest = rest;
                return Ok(Some(block));
            }
            match tokio::time::timeout(SOON, self.response.chunk()).await.context("nothing came in time")?? {
                Some(bytes) => self.rest.push_str(std::str::from_utf8(&bytes)?),
                None => return Ok(None),
            }
        }
    }

    /// The order in the next event.
    async fn order(&mut self) -> anyhow::Result<Value> {
        let block = self.block().await?.context("the stream has ended")?;
        let data = block.lines().find_map(|line| line.strip_prefix("data: ")).context("an event without data")?;
        let order: Value = serde_json::from_str(data)?;
        anyhow::ensure!(block.contains(&format!("id: {}", order["version"])), "{block}");
        Ok(order)
    }
}

#[tokio::test]
async fn progress_is_told_at_once_and_after_each_change_until_the_end() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "curtain").await?;
    let mut events = Events::of(&stage, CUSTOMER, &filing).await?;
    let now = events.order().await?;
    assert_eq!(now, filing.read().await?.body);
    filing.review(1, ReviewStep::Returned { reasons: vec![reason("/subject/name")] }).await?;
    let returned = events.order().await?;
    assert_eq!((&returned["state"], &returned["reasons"][0]["pointer"]), (&"returned".into(), &"/subject/name".into()));
    filing.read().await?;
    filing.act("abandon").await?;
    assert_eq!(events.order().await?["state"], "abandoned");
    assert_eq!(events.block().await?, None);
    // Of a finished order there is one thing to tell.
    let mut events = Events::of(&stage, CUSTOMER, &filing).await?;
    assert_eq!(events.order().await?["state"], "abandoned");
    assert_eq!(events.block().await?, None);
    assert!(Events::of(&stage, OTHER, &filing).await.is_err());
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_when_the_server_stops() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::reviewing(&stage, "curtain").await?;
    let mut events = Events::of(&stage, CUSTOMER, &filing).await?;
    events.order().await?;
    drop(filing);
    let (stopped, ended) = tokio::join!(tokio::time::timeout(SOON, stage.stop()), events.block());
    stopped.context("the server waited for its streams")??;
    assert_eq!(ended?, None);
    Ok(())
}
