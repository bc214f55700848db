//! Finds or starts PostgreSQL, RabbitMQ and Redis for development and tests, and ends what it started. It knows none of
//! our schemas, queues or keys.
//!
//! A server that somebody already runs is used as it is given (`ICP_TEST_DATABASE_URL`, `ICP_TEST_AMQP_URL`,
//! `ICP_TEST_REDIS_URL`). Otherwise the installed binaries are started on free ports of 127.0.0.1, in one directory, with
//! nothing shared with servers of the machine. They listen on the loopback interface only and ask for no password.

mod guard;
mod postgres;
mod program;
mod rabbit;
mod redis;

use std::{
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::Parser;
use guard::Guard;

/// Which servers are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// PostgreSQL, as superuser.
    pub postgres: bool,
    /// RabbitMQ, as user `guest`.
    pub rabbit: bool,
    /// Redis.
    pub redis: bool,
    /// How a private PostgreSQL treats its disk.
    pub fsync: Fsync,
    /// Whether servers are started even where the environment names some.
    pub private: bool,
}

impl Wants {
    /// All three.
    #[must_use]
    pub fn all() -> Self {
        Self { postgres: true, rabbit: true, redis: true, fsync: Fsync::Off, private: false }
    }

    /// PostgreSQL alone.
    #[must_use]
    pub fn postgres() -> Self {
        Self { postgres: true, ..Self::default() }
    }
}

/// Whether a private PostgreSQL waits for its disk. A killed server loses nothing either way; a power cut may, when off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Fsync {
    /// As in production: for data that is kept, and for measurements.
    On,
    /// For throw-away data.
    #[default]
    Off,
}

/// Where private servers keep their data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// A new directory, removed at the end.
    Temporary,
    /// This directory, created when it is absent and kept.
    Kept(PathBuf),
}

/// What is given instead of being started.
#[derive(Debug, Default, Parser)]
struct Given {
    /// URL of a PostgreSQL superuser.
    #[arg(long, env = "ICP_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<String>,
    /// URL of a RabbitMQ virtual host.
    #[arg(long, env = "ICP_TEST_AMQP_URL", hide_env_values = true)]
    amqp_url: Option<String>,
    /// URL of a Redis database.
    #[arg(long, env = "ICP_TEST_REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
}

/// A program of the installed PostgreSQL, such as `pgbench`: the newest version's.
pub fn postgres_program(name: &str) -> anyhow::Result<PathBuf> {
    program::find(name, program::newest_first("/usr/lib/postgresql", "bin")).context(postgres::ABSENT)
}

/// Running servers. Dropping it asks for their end without waiting; so does the death of this process, however it dies.
pub struct Infra {
    database_url: Option<String>,
    amqp_url: Option<String>,
    redis_url: Option<String>,
    guard: Guard,
}

impl Infra {
    /// Finds or starts what is wanted. Fails when a program is not installed, saying how to install it, or when a server
    /// does not come up, showing the end of its log; what was started until then is ended.
    pub async fn start(home: Home, wants: Wants) -> anyhow::Result<Self> {
        let given = if wants.private {
            Given::default()
        } else {
            // No arguments: only the environment is read.
            Given::try_parse_from(["infra"]).context("ICP_TEST_* cannot be read")?
        };
        let mut guard = Guard::start()?;
        let dir = prepare(&home, &mut guard).await?;
        let database_url = match given.database_url {
            None if wants.postgres => Some(postgres::start(&dir, wants.fsync, &mut guard).await?),
            given => given.filter(|_| wants.postgres),
        };
        let amqp_url = match given.amqp_url {
            None if wants.rabbit => Some(rabbit::start(&dir, &mut guard).await?),
            given => given.filter(|_| wants.rabbit),
        };
        let redis_url = match given.redis_url {
            None if wants.redis => Some(redis::start(&dir, &mut guard).await?),
            given => given.filter(|_| wants.redis),
        };
        Ok(Self { database_url, amqp_url, redis_url, guard })
    }

    /// URL of a PostgreSQL superuser's connection to the database `postgres`. Fails when PostgreSQL was not wanted.
    pub fn database_url(&self) -> anyhow::Result<&str> {
        self.database_url.as_deref().context("PostgreSQL was not asked for")
    }

    /// URL of the RabbitMQ virtual host `/`. Fails when RabbitMQ was not wanted.
    pub fn amqp_url(&self) -> anyhow::Result<&str> {
        self.amqp_url.as_deref().context("RabbitMQ was not asked for")
    }

    /// URL of the Redis server. Fails when Redis was not wanted.
    pub fn redis_url(&self) -> anyhow::Result<&str> {
        self.redis_url.as_deref().context("Redis was not asked for")
    }

    /// The environment that lets another process use the same servers.
    #[must_use]
    pub fn environment(&self) -> Vec<(&'static str, &str)> {
        let known = [
            ("ICP_TEST_DATABASE_URL", self.database_url.as_deref()),
            ("ICP_TEST_AMQP_URL", self.amqp_url.as_deref()),
            ("ICP_TEST_REDIS_URL", self.redis_url.as_deref()),
        ];
        known.into_iter().filter_map(|(name, url)| Some((name, url?))).collect()
    }

    /// Ends what was started, in the reverse order, and removes temporary data. Fails when that takes over a minute.
    pub async fn stop(self) -> anyhow::Result<()> {
        self.guard.stop(Duration::from_secs(60)).await
    }
}

async fn prepare(home: &Home, guard: &mut Guard) -> anyhow::Result<PathBuf> {
    match home {
        Home::Temporary => {
            let dir = tempfile::Builder::new().prefix("icp-").tempdir().context("no temporary directory")?.keep();
            guard.remove_at_end(&dir).await?;
            program::let_others_pass(&dir)?;
            Ok(dir)
        }
        Home::Kept(dir) => {
            std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
            program::let_others_pass(dir)?;
            std::path::absolute(dir).context("the directory has no absolute path")
        }
    }
}

/// A port that nobody listens on now. Somebody may take it before the server does; then the server does not start, and
/// the caller tries again.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}

/// The last lines of a server's log, for an error message.
fn tail(log: &Path) -> String {
    let text = std::fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.iter().skip(lines.len().saturating_sub(15)).copied().collect::<Vec<_>>().join("\n")
}
