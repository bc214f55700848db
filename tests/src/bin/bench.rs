//! `make bench`: order commands a second through HTTP for four services on RabbitMQ, Redis and PostgreSQL, beside the same
//! statements under pgbench on the same server in the same run; memory and start-up besides.

#![expect(clippy::print_stdout, reason = "the figures are what the command was run for")]

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use anyhow::Context;
use chassis::supervise::signalled;
use clap::Parser;
use e2e::{
    bench::{
        limit::{self, Limit},
        load::{self, Measured},
        memory, prepare,
        recorded::Recorder,
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
    /// Seconds for each command that can be repeated
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Orders that are submitted, claimed and passed
    #[arg(long, default_value_t = 200)]
    orders: usize,
    /// Transactions of each run of pgbench
    #[arg(long, default_value_t = 4000)]
    transactions: usize,
    /// Writes the recorded statements of each command into this directory
    #[arg(long)]
    statements: Option<PathBuf>,
    /// Measures instead what the indexes of lists and searches cost the commands
    #[arg(long)]
    indexes: bool,
}

/// How often each command is measured with the indexes and without them.
const ROUNDS: usize = 3;

/// The commands in the order of an order's life, whose database they write, and what the audit calls them.
const COMMANDS: [(&str, &str, &str); 5] = [
    ("create", "svc_orders", "open"),
    ("save", "svc_orders", "save"),
    ("submit", "svc_orders", "submit"),
    ("claim", "svc_review", "review.claim"),
    ("pass", "svc_review", "review.pass"),
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

async fn measure(all: &Processes, args: &Args, log: &Path) -> anyhow::Result<()> {
    let admin = all.database_url()?;
    let world = prepare::people(all, args.orders + args.clients + 1).await?;
    let limits = record(&world, &admin, log, args).await?;
    if args.indexes {
        return indexes(&limits).await;
    }
    println!("\n每秒订单命令 / order commands a second, {} clients", args.clients);
    println!(
        "  {:<7} {:>10} {:>8} {:>8} {:>8}   {:>9} {:>8} {:>8}   {:>5}",
        "", "statements", "HTTP/s", "p50 ms", "p99 ms", "pgbench/s", "p50 ms", "p99 ms", "ratio"
    );
    let time = Duration::from_secs(args.seconds);
    let mut house = House::of(&world, args).await?;
    for (command, limit) in &limits {
        // What the command before set off is over; what this one sets off does not slow its own limit.
        limit::quiet(&admin).await?;
        let (alone, _) = limit.measure("").await.with_context(|| (*command).to_owned())?;
        let through = house.run(command, time).await.with_context(|| (*command).to_owned())?;
        row(command, limit.statements, &through, &alone);
    }
    println!("\n内存峰值 / peak memory");
    for service in SERVICES {
        let memory = memory::of(all.pid(service).context("a service ended")?)?;
        println!("  {service:<11} {:>3} MB (now {} MB)", memory.peak, memory.now);
    }
    Ok(())
}

fn row(command: &str, statements: usize, through: &Measured, alone: &Measured) {
    println!(
        "  {command:<7} {statements:>10} {:>8.0} {:>8.1} {:>8.1}   {:>9.0} {:>8.1} {:>8.1}   {:>5.2}   ({} answers)",
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

/// What the indexes that only lists and searches need cost the commands that write them: with and without in turn.
async fn indexes(limits: &[(&str, Limit)]) -> anyhow::Result<()> {
    println!("\n索引的代价 / the price of the indexes of lists and searches");
    println!(
        "  {:<7} {:>9} {:>9} {:>6}   {:>9} {:>9} {:>6}",
        "", "with/s", "without/s", "ratio", "bytes", "without", "ratio"
    );
    for (command, limit) in limits.iter().filter(|(command, _)| ["create", "save", "submit"].contains(command)) {
        let (mut with, mut without, mut ratio) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let one = rate_and_bytes(&limit.measure("").await?)?;
            let other = rate_and_bytes(&limit.measure(&prepare::no_lists()).await?)?;
            ratio.push((one.0 / other.0, one.1 / other.1));
            with.push(one);
            without.push(other);
        }
        let (with, without, ratio) = (median(&with), median(&without), median(&ratio));
        println!(
            "  {command:<7} {:>9.0} {:>9.0} {:>6.2}   {:>9.0} {:>9.0} {:>6.2}",
            with.0, without.0, ratio.0, with.1, without.1, ratio.1
        );
    }
    Ok(())
}

fn rate_and_bytes((measured, bytes): &(Measured, i64)) -> anyhow::Result<(f64, f64)> {
    Ok((measured.rate(), f64::from(i32::try_from(*bytes)?)))
}

/// The middle of the first numbers, and that of the second ones.
fn median(pairs: &[(f64, f64)]) -> (f64, f64) {
    let middle = |mut numbers: Vec<f64>| {
        numbers.sort_by(f64::total_cmp);
        numbers.get(numbers.len() / 2).copied().unwrap_or_default()
    };
    let (first, second) = pairs.iter().copied().unzip();
    (middle(first), middle(second))
}

/// Takes one order through every command while PostgreSQL logs its statements, and makes a limit of each.
async fn record(world: &World, admin: &Url, log: &Path, args: &Args) -> anyhow::Result<Vec<(&'static str, Limit)>> {
    let mut recorder = Recorder::start(admin, log).await?;
    let mut story = prepare::Recorded::of(world, args.orders + args.clients)?;
    let mut recorded = Vec::new();
    for (command, database, action) in COMMANDS {
        story.before(command).await?;
        let copy = format!("limit_{command}");
        limit::copy(admin, database, &copy).await?;
        recorder.mark()?;
        story.ask(command).await?;
        recorded.push((command, copy, recorder.command(database, action)?));
    }
    recorder.stop().await?;
    let each = args.transactions.div_ceil(args.clients);
    let mut limits = Vec::new();
    for (command, copy, statements) in recorded {
        if let Some(dir) = &args.statements {
            std::fs::create_dir_all(dir)?;
            let text: Vec<&str> = statements.iter().map(|one| one.sql.as_str()).collect();
            std::fs::write(dir.join(format!("{command}.sql")), text.join(";\n"))?;
        }
        let limit = Limit::prepare((admin, &copy), &statements, (args.clients, each)).await;
        limits.push((command, limit.with_context(|| command.to_owned())?));
    }
    Ok(limits)
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
            let version = prepare::save(&client, &path, version, &section).await?;
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
        load::once_each(&self.tasks, self.clients, async |task: &String| prepare::claim(&self.bench, task).await).await
    }

    async fn pass(&self) -> anyhow::Result<Measured> {
        for task in &self.tasks {
            prepare::look_and_call(&self.bench, task).await?;
        }
        load::once_each(&self.tasks, self.clients, async |task: &String| prepare::pass(&self.bench, task).await).await
    }
}
