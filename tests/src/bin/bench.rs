//! `make bench`: order commands a second through HTTP for four services on RabbitMQ, Redis and PostgreSQL, beside the same
//! statements under pgbench on the same server in the same run; memory and start-up besides.

#![expect(clippy::print_stdout, reason = "the figures are what the command was run for")]

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use chassis::supervise::signalled;
use clap::Parser;
use e2e::{
    bench::{
        limit,
        load::{self, Measured},
        memory, prepare, recorded,
    },
    example::Example,
    story::Filing,
    world::{At, World},
};
use futures::{StreamExt, TryStreamExt, stream};
use sandbox::{
    SandboxArgs,
    infra::{Fsync, Home, Wants},
    kit::Client,
};
use standalone::{
    SERVICES,
    processes::{Processes, ProcessesArgs},
};
use url::Url;

/// Order commands a second through HTTP, beside pgbench with the same statements
#[derive(Parser)]
struct Args {
    /// Clients at a time, for both
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// Seconds for each command that can be repeated, and for each run of pgbench
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Orders that are submitted, claimed and passed
    #[arg(long, default_value_t = 200)]
    orders: usize,
}

/// The commands in the order of an order's life, and whose database they write.
const COMMANDS: [(&str, &str); 5] = [
    ("create", "svc-orders"),
    ("save", "svc-orders"),
    ("submit", "svc-orders"),
    ("claim", "svc-review"),
    ("pass", "svc-review"),
];

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let dir = tempfile::tempdir()?;
    let signal = signalled();
    let all = start(dir.path().to_owned()).await?;
    let log = dir.path().join("postgres/log");
    let outcome = tokio::select! {
        outcome = measure(&all, &args, &log) => outcome,
        _ = signal => Err(anyhow::anyhow!("broken off")),
    };
    all.stop().await?;
    outcome
}

async fn start(dir: PathBuf) -> anyhow::Result<Processes> {
    // Whom the limits stop is no measure of what they protect.
    let unlimited = ["HTTP_RATE_PER_MINUTE", "HTTP_RATE_BURST", "HTTP_ANONYMOUS_RATE_PER_MINUTE"];
    let mut more: Vec<_> = unlimited.into_iter().map(|name| (name, "1000000".to_owned())).collect();
    more.push(("LOG_FILTER", "warn".to_owned()));
    let mut all = Processes::start(ProcessesArgs {
        home: Home::Kept(dir.clone()),
        wants: Wants { private: true, fsync: Fsync::On, ..Wants::all() },
        more,
        sandbox: SandboxArgs { dir: Some(dir.join("sandbox")), ..SandboxArgs::default() },
        dir,
    })
    .await?;
    println!("启动与空闲内存 / start-up and idle memory");
    for service in SERVICES {
        all.kill(service).await?;
        let began = Instant::now();
        all.start_again(service).await?;
        let took = began.elapsed();
        let idle = memory::of(all.pid(service).context("a service without a process")?)?;
        println!("  {service:<11} ready after {:>4} ms, {:>3} MB", took.as_millis(), idle.now);
    }
    Ok(all)
}

async fn measure(all: &Processes, args: &Args, log: &std::path::Path) -> anyhow::Result<()> {
    let admin = all.database_url()?;
    let world = prepare::people(all, args.orders + args.clients + 1).await?;
    let limits = limits(all, &admin).await?;
    record(&world, &admin, log, args.orders + args.clients).await?;
    println!("\n每秒订单命令 / order commands a second, {} clients", args.clients);
    println!(
        "  {:<7} {:>8} {:>8} {:>8}   {:>9} {:>8} {:>8}   {:>5}",
        "", "HTTP/s", "p50 ms", "p99 ms", "pgbench/s", "p50 ms", "p99 ms", "ratio"
    );
    let time = Duration::from_secs(args.seconds);
    let mut house = House::of(&world, args).await?;
    for ((command, service), database) in COMMANDS.into_iter().zip(&limits) {
        let through = house.run(command, time).await.with_context(|| format!("{service}: {command}"))?;
        let alone = limit::pgbench(database, command, args.clients, time).await?;
        row(command, &through, &alone);
    }
    println!("\n内存峰值 / peak memory");
    for service in SERVICES {
        let memory = memory::of(all.pid(service).context("a service ended")?)?;
        println!("  {service:<11} {:>3} MB (now {} MB)", memory.peak, memory.now);
    }
    Ok(())
}

fn row(command: &str, through: &Measured, alone: &Measured) {
    println!(
        "  {command:<7} {:>8.0} {:>8.1} {:>8.1}   {:>9.0} {:>8.1} {:>8.1}   {:>5.2}   ({} answers)",
        through.rate(),
        through.percentile(50),
        through.percentile(99),
        alone.rate(),
        alone.percentile(50),
        alone.percentile(99),
        through.rate() / alone.rate(),
        through.count(),
    );
}

/// The databases of the limit: the schemas of the services, with rows to choose from.
async fn limits(all: &Processes, admin: &Url) -> anyhow::Result<Vec<Url>> {
    let mut databases = Vec::new();
    for (service, seed) in [("svc-orders", "seed-orders"), ("svc-review", "seed-review")] {
        let mut url = admin.clone();
        let name = format!("limit_{}", service.trim_start_matches("svc-"));
        url.set_path(&name);
        limit::execute(admin, &format!("CREATE DATABASE {name}")).await?;
        all.once(service, &["migrate"], &[("DATABASE_URL", url.as_str())]).await?;
        let rows = limit::script(seed)?.replace(":rows", &limit::ROWS.to_string());
        limit::execute(&url, &rows).await?;
        databases.push((service, url));
    }
    let of = |service: &str| databases.iter().find(|(known, _)| *known == service).map(|(_, url)| url.clone());
    COMMANDS.iter().map(|(_, service)| of(service).context("no such limit")).collect()
}

/// Takes one order through every command while PostgreSQL logs its statements, and compares them with the scripts'.
async fn record(world: &World, admin: &Url, log: &std::path::Path, nth: usize) -> anyhow::Result<()> {
    for setting in ["SET log_line_prefix = '%d|%p|'", "SET log_statement = 'all'", "SET log_parameter_max_length = 0"] {
        limit::execute(admin, &format!("ALTER SYSTEM {setting}")).await?;
    }
    limit::execute(admin, "SELECT pg_reload_conf()").await?;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (filing, version) = prepare::ready(world, nth).await?;
    filing.submit_version(version).await?;
    let bench = world.as_("bench-reviewer", At::Review)?;
    let task = prepare::task(&bench, filing.order()).await?;
    claim(&bench, &task).await?;
    prepare::look_and_call(&bench, &task).await?;
    pass(&bench, &task).await?;
    for setting in ["log_line_prefix", "log_statement", "log_parameter_max_length"] {
        limit::execute(admin, &format!("ALTER SYSTEM RESET {setting}")).await?;
    }
    limit::execute(admin, "SELECT pg_reload_conf()").await?;
    for (command, service) in COMMANDS {
        let recorded = recorded::transactions(log, &service.replace('-', "_"))?;
        recorded::must_mirror(command, &recorded::script(&limit::script(command)?), &recorded)?;
    }
    Ok(())
}

async fn claim(bench: &Client, task: &str) -> anyhow::Result<()> {
    bench.post(&format!("/v1/review/tasks/{task}/claim")).expect(200).await?;
    Ok(())
}

async fn pass(bench: &Client, task: &str) -> anyhow::Result<()> {
    bench.post(&format!("/v1/review/tasks/{task}/pass")).expect(200).await?;
    Ok(())
}

/// The house under load, with what one command leaves for the next.
struct House<'a> {
    world: &'a World,
    clients: usize,
    orders: usize,
    bench: Client,
    filings: Vec<(Filing, i64)>,
    tasks: Vec<String>,
}

impl<'a> House<'a> {
    async fn of(world: &'a World, args: &Args) -> anyhow::Result<Self> {
        let bench = world.as_("bench-reviewer", At::Review)?;
        let (clients, orders) = (args.clients, args.orders);
        Ok(Self { world, clients, orders, bench, filings: Vec::new(), tasks: Vec::new() })
    }

    async fn run(&mut self, command: &str, time: Duration) -> anyhow::Result<Measured> {
        match command {
            "create" => self.create(time).await,
            "save" => self.save(time).await,
            "submit" => self.submit().await,
            "claim" => self.claim().await,
            "pass" => self.pass().await,
            other => anyhow::bail!("{other} is not measured"),
        }
    }

    async fn create(&self, time: Duration) -> anyhow::Result<Measured> {
        let order = Example::named("person-guangdong").json("order")?;
        let clients = (0..self.clients).map(|nth| self.world.as_(&prepare::customer(self.orders + nth), At::Orders));
        let clients: Vec<Client> = clients.collect::<anyhow::Result<_>>()?;
        load::for_a_while(clients, time, async |client: Client| {
            client.post("/v1/orders").json(&order).expect(201).await?;
            Ok(client)
        })
        .await
    }

    async fn save(&self, time: Duration) -> anyhow::Result<Measured> {
        let section = Example::named("person-guangdong").json("subject")?;
        let drafts = (0..self.clients).map(|nth| prepare::draft(self.world, self.orders + nth));
        let drafts = futures::future::try_join_all(drafts).await?;
        load::for_a_while(drafts, time, async |(client, path, version)| {
            let put = client.put(&format!("{path}/draft/subject")).version(version).json(&section);
            let version = put.expect(200).await?.version()?;
            Ok((client, path, version))
        })
        .await
    }

    async fn submit(&mut self) -> anyhow::Result<Measured> {
        let preparing = (0..self.orders).map(|nth| prepare::ready(self.world, nth));
        self.filings = stream::iter(preparing).buffer_unordered(4).try_collect().await?;
        let submit = async |(filing, version): &(Filing, i64)| filing.submit_version(*version).await;
        load::once_each(&self.filings, self.clients, submit).await
    }

    async fn claim(&mut self) -> anyhow::Result<Measured> {
        for (filing, _) in &self.filings {
            self.tasks.push(prepare::task(&self.bench, filing.order()).await?);
        }
        load::once_each(&self.tasks, self.clients, async |task: &String| claim(&self.bench, task).await).await
    }

    async fn pass(&self) -> anyhow::Result<Measured> {
        for task in &self.tasks {
            prepare::look_and_call(&self.bench, task).await?;
        }
        load::once_each(&self.tasks, self.clients, async |task: &String| pass(&self.bench, task).await).await
    }
}
