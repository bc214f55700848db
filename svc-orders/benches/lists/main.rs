//! `make bench-lists`: what a page of every list and every exact search cost with 10,000, 100,000 and 1,000,000 orders, through
//! HTTP. Three services stand side by side, each with a database of its own, and are asked in turn, so that whatever else the
//! machine does slows all of them alike. A page that costs more than 1.5 times what it cost with ten thousand orders fails the run.
#![expect(clippy::print_stdout, reason = "the figures are what the command was run for")]

mod pages;
mod rows;

use std::time::Instant;

use anyhow::{Context, ensure};
use pages::{Measure, Request, Who};
use sandbox::kit::{Client, Outside};
use serde_json::json;
use svc_orders::Orders;

type Stage = sandbox::kit::Stage<Orders>;

const SIZES: [u32; 3] = [10_000, 100_000, 1_000_000];
/// How much dearer than with the fewest orders a page may be.
const LIMIT: f64 = 1.5;
/// Requests that only warm up, and those that are measured, of every page and size.
const WARM: usize = 60;
const MEASURED: usize = 301;

/// Nobody here asks the inventory or writes to a person.
fn settings(outside: &Outside) -> Vec<String> {
    let nobody = "http://127.0.0.1:9";
    let peers = ["--resource-url", nobody, "--notify-url", nobody].map(str::to_owned);
    [outside.seal(), peers.to_vec()].concat()
}

/// One size: a service, its database, and what it is asked.
struct House {
    size: u32,
    stage: Stage,
    measures: Vec<Measure>,
    customer: Client,
    operations: Client,
}

impl House {
    async fn open(size: u32) -> anyhow::Result<Self> {
        let began = Instant::now();
        let stage = Stage::start(settings).await?;
        let client = |who| Ok::<_, anyhow::Error>(Client::new(stage.base.clone(), Some(pages::token(&stage, who)?)));
        let (customer, operations) = (client(Who::Customer)?, client(Who::Operations)?);
        let order = json!({
            "province": "440000", "nature": 4, "certificate": "91440000EXAMPLE01X", "way": "electronic",
            "services": [{ "kind": "website", "domain": "example-lists.cn" }]
        });
        customer.post("/v1/orders").json(&order).expect(201).await?;
        let rows = rows::connect(&stage).await?;
        rows::fill(&stage, &rows, size).await.with_context(|| format!("{size} orders"))?;
        let measures = pages::all(&rows).await?;
        println!("{size:>9} orders written in {:.0} s", began.elapsed().as_secs_f64());
        Ok(Self { size, stage, measures, customer, operations })
    }

    /// Microseconds of one request; an error when its answer is not the one that was meant.
    async fn ask(&self, measure: &Measure, nth: usize) -> anyhow::Result<u64> {
        let request = measure.requests.get(nth % measure.requests.len().max(1)).context("nothing to ask")?;
        let began = Instant::now();
        let answer = self.send(request).await?;
        let micros = u64::try_from(began.elapsed().as_micros())?;
        let items = answer.list("/items")?.len();
        ensure!(items >= measure.items, "{} with {} orders: {items} items", measure.name, self.size);
        Ok(micros)
    }

    async fn send(&self, request: &Request) -> anyhow::Result<sandbox::kit::Answer> {
        let client = match request.who {
            Who::Customer => &self.customer,
            Who::Operations => &self.operations,
        };
        match &request.body {
            None => client.get(&request.path).expect(200).await,
            Some(body) => client.post(&request.path).json(body).expect(200).await,
        }
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut houses = Vec::new();
    for size in SIZES {
        houses.push(House::open(size).await?);
    }
    println!("\n每页与每次查找的中位耗时（毫秒） / median of a page or search, ms\n");
    println!("  {:<60} {:>8} {:>8} {:>8}   {:>6} {:>6}", "", "10,000", "100,000", "1,000,000", "×100k", "×1M");
    let count = houses.first().map_or(0, |house| house.measures.len());
    let mut broken = Vec::new();
    for nth in 0..count {
        broken.extend(row(&houses, nth).await?);
    }
    for house in houses {
        house.stage.stop().await?;
    }
    ensure!(
        broken.is_empty(),
        "dearer than {LIMIT} times what it costs with ten thousand orders: {}",
        broken.join("; ")
    );
    println!("\n  all {count} within {LIMIT} times");
    Ok(())
}

/// Measures one page at every size, in turn, and answers its name if it broke the limit.
async fn row(houses: &[House], nth: usize) -> anyhow::Result<Option<String>> {
    let mut micros = vec![Vec::with_capacity(MEASURED); houses.len()];
    for round in 0..WARM + MEASURED {
        for (house, micros) in houses.iter().zip(&mut micros) {
            let measure = house.measures.get(nth).context("the sizes differ in what is measured")?;
            let took = house.ask(measure, round).await?;
            if round >= WARM {
                micros.push(took);
            }
        }
    }
    let medians: Vec<f64> = micros.iter_mut().map(|all| median(all)).collect();
    let (Some([few, more, most]), Some(house)) = (medians.first_chunk::<3>(), houses.first()) else {
        anyhow::bail!("three sizes are compared");
    };
    let name = house.measures.get(nth).map(|measure| measure.name.clone()).unwrap_or_default();
    let (tenfold, hundredfold) = (more / few, most / few);
    let broke = tenfold > LIMIT || hundredfold > LIMIT;
    let mark = if broke { "  BROKEN" } else { "" };
    println!("  {name:<60} {few:>8.2} {more:>8.2} {most:>8.2}   {tenfold:>6.2} {hundredfold:>6.2}{mark}");
    Ok(broke.then_some(name))
}

/// Milliseconds.
fn median(micros: &mut [u64]) -> f64 {
    micros.sort_unstable();
    let middle = micros.get(micros.len() / 2).copied().unwrap_or_default();
    f64::from(u32::try_from(middle).unwrap_or(u32::MAX)) / 1000.0
}
