//! What must be there before a command can be measured: people of their own accounts, complete drafts, reviews in the queue.

use anyhow::Context;
use sandbox::kit::{Answer, Client};
use serde_json::Value;
use standalone::processes::Processes;
use uuid::Uuid;

use crate::{
    example::Example,
    story::Filing,
    wait::eventually,
    world::{At, World},
};

use crate::story::SOON;

/// The name of the nth customer of the benchmark.
#[must_use]
pub fn customer(nth: usize) -> String {
    format!("bench-{nth}")
}

/// The house with so many customers, each with an account, and one reviewer of all provinces.
pub async fn people(all: &Processes, customers: usize) -> anyhow::Result<World> {
    let mut world = World::open(all.endpoints.clone()).await?;
    let identity = &all.sandbox.identity;
    for nth in 0..customers {
        let account = Uuid::from_u128(0xb_0000 + u128::try_from(nth)?);
        world = world.with(&customer(nth), identity.token_with("customer", Some(account), &[])?);
    }
    Ok(world.with("bench-reviewer", identity.token_with("reviewer", None, &[])?))
}

/// An order of the nth customer that only wants to be submitted, with its version.
pub async fn ready(world: &World, nth: usize) -> anyhow::Result<(Filing, i64)> {
    let edition = u32::try_from(nth)?;
    let mut example = Example::named("person-guangdong").edition(edition);
    let mut filing = Filing::open(world, &customer(nth), &mut example).await?;
    filing.write(&example).await?;
    filing.hand_in_materials(&example).await?;
    let version = filing.read().await?.version()?;
    Ok((filing, version))
}

/// The review of a submitted order, once it is in the queue.
pub async fn task(bench: &Client, order: &str) -> anyhow::Result<String> {
    let path = format!("/v1/review/tasks?order={order}&state=open");
    let queue = || async { bench.get(&path).expect(200).await };
    let there = |page: &Answer| page.list("/items").is_ok_and(|items| !items.is_empty());
    let page = eventually("the review task", SOON, queue, there).await?;
    Ok(page.text("/items/0/id")?.to_owned())
}

/// What a reviewer does between claiming and passing.
pub async fn look_and_call(bench: &Client, task: &str) -> anyhow::Result<()> {
    bench.get(&format!("/v1/review/tasks/{task}/dossier")).expect(200).await?;
    let call = serde_json::json!({ "principal": "subject", "outcome": "reached" });
    bench.post(&format!("/v1/review/tasks/{task}/calls")).json(&call).expect(200).await?;
    Ok(())
}

/// An empty draft of the nth customer: its client, its path and its version.
pub async fn draft(world: &World, nth: usize) -> anyhow::Result<(Client, String, i64)> {
    let client = world.as_(&customer(nth), At::Orders)?;
    let order: Value = Example::named("person-guangdong").json("order")?;
    let opened = client.post("/v1/orders").json(&order).expect(201).await?;
    let path = format!("/v1/orders/{}", opened.text("/id").context("an order without an id")?);
    let version = opened.version()?;
    Ok((client, path, version))
}
