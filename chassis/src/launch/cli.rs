//! The command line of a service: serve, migrate, and what operations do by hand. It knows no service by name.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use uuid::Uuid;

use super::{Spec, serve};
use crate::{
    audit,
    bus::{Bus, rabbit::Rabbit},
    clock::{Clock, SystemClock},
    config::Problems,
    db::{Db, migrate},
    dead,
    http::{Service, openapi},
};

#[derive(Parser)]
struct Cli<C: clap::Args, T: Subcommand> {
    #[command(subcommand)]
    task: Option<Task<T>>,
    #[command(flatten)]
    config: C,
}

#[derive(Subcommand)]
enum Task<T: Subcommand> {
    /// Serve until SIGTERM or SIGINT (the default)
    Serve,
    /// Bring the database's schema to this version, make the queue at the broker, and end
    Migrate,
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    /// The audit trail
    #[command(subcommand)]
    Audit(AuditTask),
    /// Messages that were given up
    #[command(subcommand)]
    Dead(DeadTask),
    #[command(flatten)]
    Own(T),
}

#[derive(Subcommand)]
enum AuditTask {
    /// Walk every chain and name each row that was changed
    Verify,
}

#[derive(Subcommand)]
enum DeadTask {
    /// List them, oldest first
    List,
    /// Show one whole
    Show {
        /// Its id
        id: Uuid,
    },
    /// Have it handled again
    Replay {
        /// Its id
        id: Uuid,
    },
}

/// The whole `main` of a service.
#[must_use]
pub fn main<S: Spec>() -> ExitCode {
    let command = Cli::<S::Config, S::Task>::command().name(S::NAME).version(S::VERSION);
    let cli = Cli::<S::Config, S::Task>::from_arg_matches(&command.get_matches());
    let outcome = match cli {
        Ok(cli) => runtime().and_then(|runtime| runtime.block_on(perform::<S>(cli))),
        Err(error) => error.exit(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_wrong(&format!("{}: {error:#}", S::NAME));
            ExitCode::FAILURE
        }
    }
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

async fn perform<S: Spec>(cli: Cli<S::Config, S::Task>) -> anyhow::Result<()> {
    match cli.task.unwrap_or(Task::Serve) {
        Task::Serve => serve::<S>(cli.config).await,
        Task::Migrate => migrate_now::<S>(&cli.config).await,
        Task::Openapi => {
            say(&describe::<S>()?);
            Ok(())
        }
        Task::Audit(AuditTask::Verify) => verify::<S>(&cli.config).await,
        Task::Dead(task) => dead_letters::<S>(&cli.config, task).await,
        Task::Own(task) => S::perform(task, cli.config).await,
    }
}

/// The service's description as its golden file holds it.
pub fn describe<S: Spec>() -> anyhow::Result<String> {
    let service = Service { routes: S::routes, wiring: std::sync::Arc::new(|_| ()) };
    Ok(openapi::document(S::NAME, S::VERSION, &[service]).to_pretty_json()?)
}

async fn migrate_now<S: Spec>(config: &S::Config) -> anyhow::Result<()> {
    let database = database::<S>(config)?;
    let bus = &S::common(config).bus;
    anyhow::ensure!(bus.url.is_some(), "AMQP_URL: is required, for the queue of this service");
    let done = migrate::run(database, S::migrations()).await?;
    if done.is_empty() {
        say("the schema is current");
    }
    for name in done {
        say(&format!("ran {name}"));
    }
    // All services migrate before the first one serves, so that no message is sent before each has a queue for it.
    Rabbit::connect(bus).await?.declare(S::READS).await?;
    say(&format!("the queue {} is there", S::READS.queue));
    Ok(())
}

async fn verify<S: Spec>(config: &S::Config) -> anyhow::Result<()> {
    let db = Db::connect(database::<S>(config)?, S::NAME).await?;
    let verified = db.read("audit.verify", async |tx| audit::verify(tx).await).await?;
    say(&format!("{} rows in {} chains", verified.rows, verified.chains));
    for broken in &verified.broken {
        say(&format!("BROKEN: {broken}"));
    }
    anyhow::ensure!(verified.broken.is_empty(), "{} chain(s) were changed", verified.broken.len());
    Ok(())
}

async fn dead_letters<S: Spec>(config: &S::Config, task: DeadTask) -> anyhow::Result<()> {
    let db = Db::connect(database::<S>(config)?, S::NAME).await?;
    match task {
        DeadTask::List => {
            let letters = db.read("dead.list", async |tx| dead::list(tx).await).await?;
            for letter in letters {
                say(&format!("{}  {}  {}  {}", letter.id, letter.at, letter.topic, letter.why));
            }
        }
        DeadTask::Show { id } => {
            let letter = db.read("dead.show", async |tx| dead::show(tx, id).await).await?;
            say(&serde_json::to_string_pretty(&letter)?);
        }
        DeadTask::Replay { id } => {
            let now = SystemClock.now();
            db.transact("dead.replay", async |tx| dead::replay(tx, id, now).await).await?;
            say(&format!("{id} goes out again with the next batch"));
        }
    }
    Ok(())
}

fn database<S: Spec>(config: &S::Config) -> anyhow::Result<&crate::config::DatabaseArgs> {
    let database = &S::common(config).database;
    let mut problems = Problems::new();
    database.check(&mut problems);
    problems.refuse()?;
    Ok(database)
}

#[expect(clippy::print_stdout, reason = "this is what the command was run for")]
fn say(text: &str) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a command that fails says why on stderr")]
fn say_wrong(text: &str) {
    eprintln!("{text}");
}
