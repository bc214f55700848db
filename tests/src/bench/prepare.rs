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
    let version = written(&mut filing, &example).await?;
    Ok((filing, version))
}

/// Writes the whole draft; answers its version.
async fn written(filing: &mut Filing, example: &Example) -> anyhow::Result<i64> {
    filing.write(example).await?;
    filing.hand_in_materials(example).await?;
    filing.read().await?.version()
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

/// Takes a review.
pub async fn claim(bench: &Client, task: &str) -> anyhow::Result<()> {
    bench.post(&format!("/v1/review/tasks/{task}/claim")).expect(200).await?;
    Ok(())
}

/// Passes a review.
pub async fn pass(bench: &Client, task: &str) -> anyhow::Result<()> {
    bench.post(&format!("/v1/review/tasks/{task}/pass")).expect(200).await?;
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

/// Saves the subject of a draft; answers its version.
pub async fn save(client: &Client, path: &str, version: i64, subject: &Value) -> anyhow::Result<i64> {
    let put = client.put(&format!("{path}/draft/subject")).version(version).json(subject);
    put.expect(200).await?.version()
}

/// The one order whose statements are recorded. It is asked for what the load asks for.
pub struct Recorded<'a> {
    world: &'a World,
    customer: String,
    example: Example,
    bench: Client,
    order: String,
    version: i64,
    task: String,
}

impl<'a> Recorded<'a> {
    /// Of the nth customer.
    pub fn of(world: &'a World, nth: usize) -> anyhow::Result<Self> {
        Ok(Self {
            world,
            customer: customer(nth),
            example: Example::named("person-guangdong").edition(u32::try_from(nth)?),
            bench: world.as_("bench-reviewer", At::Review)?,
            order: String::new(),
            version: 0,
            task: String::new(),
        })
    }

    /// What must be there before a command.
    pub async fn before(&mut self, command: &str) -> anyhow::Result<()> {
        match command {
            // The first save adds what the later ones replace.
            "save" => self.save().await?,
            "submit" => self.version = written(&mut self.filing()?, &self.example).await?,
            "claim" => self.task = task(&self.bench, &self.order).await?,
            "pass" => look_and_call(&self.bench, &self.task).await?,
            _ => {}
        }
        Ok(())
    }

    /// The command itself.
    pub async fn ask(&mut self, command: &str) -> anyhow::Result<()> {
        match command {
            "create" => self.create().await,
            "save" => self.save().await,
            "submit" => self.filing()?.submit_version(self.version).await,
            "claim" => claim(&self.bench, &self.task).await,
            "pass" => pass(&self.bench, &self.task).await,
            other => anyhow::bail!("{other} is not measured"),
        }
    }

    async fn create(&mut self) -> anyhow::Result<()> {
        let client = self.world.as_(&self.customer, At::Orders)?;
        let opened = client.post("/v1/orders").json(&self.example.json("order")?).expect(201).await?;
        opened.text("/id").context("an order without an id")?.clone_into(&mut self.order);
        self.version = opened.version()?;
        Ok(())
    }

    async fn save(&mut self) -> anyhow::Result<()> {
        let client = self.world.as_(&self.customer, At::Orders)?;
        let (path, subject) = (format!("/v1/orders/{}", self.order), self.example.json("subject")?);
        self.version = save(&client, &path, self.version, &subject).await?;
        Ok(())
    }

    fn filing(&self) -> anyhow::Result<Filing> {
        Filing::known(self.world, &self.customer, &self.order)
    }
}

/// The indexes of orders that only lists and searches read, dropped.
#[must_use]
pub fn no_lists() -> String {
    let order = [
        "account_kind",
        "account_province",
        "state",
        "kind",
        "province",
        "state_kind",
        "state_province",
        "kind_province",
        "state_kind_province",
        "subject",
    ];
    let order = order.into_iter().map(|name| format!("filing_order_{name}"));
    let others = ["order_domain_name", "order_domain_account", "order_phone_index", "order_number_index"];
    let names: Vec<String> = order.chain(others.into_iter().map(str::to_owned)).collect();
    format!("DROP INDEX {}", names.join(", "))
}
