//! A database of its own for each test, cloned from a template that is migrated once. It knows no table.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    thread,
};

use anyhow::Context;
use chassis::{config::DatabaseArgs, db::migrate};
use clap::Parser;
use diesel::{migration::MigrationSource, pg::Pg};
use diesel_migrations::EmbeddedMigrations;
use secrecy::SecretString;
use tokio_postgres::NoTls;
use url::Url;
use uuid::Uuid;

/// The lock under which templates are made: the first eight bytes of "icp-kit\0".
const LOCK: i64 = 0x6963_702d_6b69_7400;

/// The server for tests.
#[derive(Parser)]
struct Given {
    #[arg(long, env = "ICP_TEST_DATABASE_URL", hide_env_values = true)]
    database_url: Option<Url>,
}

/// The superuser's URL of the server for tests. Fails, saying what to do, when none is given.
pub fn admin_url() -> anyhow::Result<Url> {
    Given::try_parse_from(["kit"])?
        .database_url
        .context("ICP_TEST_DATABASE_URL is not set: run the tests by `make test`, or put `with-infra` in front of them")
}

/// An empty, migrated database. Dropped at the end, and kept when the test panics.
pub struct Database {
    name: String,
    admin: Url,
}

impl Database {
    /// A new database with the schema of a service.
    pub async fn create(service: &str, own: fn() -> EmbeddedMigrations) -> anyhow::Result<Self> {
        let admin = admin_url()?;
        let template = template(&admin, service, own).await?;
        let name = format!("test_{}_{}", plain(service), Uuid::new_v4().simple());
        run(&admin, &[format!("CREATE DATABASE {name} TEMPLATE {template}")]).await?;
        Ok(Self { name, admin })
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> Url {
        named(&self.admin, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if thread::panicking() {
            #[expect(clippy::print_stderr, reason = "whoever reads the failure wants to look inside")]
            {
                eprintln!("the database {} is kept", self.name);
            }
            return;
        }
        let (admin, statement) = (self.admin.clone(), format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        // Within a runtime nothing can be awaited here, so that another one does it.
        let dropping = thread::spawn(move || -> anyhow::Result<()> {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run(&admin, &[statement]))
        });
        // A database that stays behind disturbs nobody: the server is removed with its data, or is a developer's own.
        let _left_behind = dropping.join();
    }
}

/// The name of the service's migrated template, made under a lock by whoever comes first.
async fn template(admin: &Url, service: &str, own: fn() -> EmbeddedMigrations) -> anyhow::Result<String> {
    let name = format!("template_{}_{:016x}", plain(service), fingerprint(own())?);
    let (client, connection) = tokio_postgres::connect(admin.as_str(), NoTls).await.context("the test server")?;
    let locked = async {
        client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]).await?;
        let there = client.query_opt("SELECT 1 FROM pg_database WHERE datname = $1", &[&name]).await?;
        if there.is_none() {
            let making = format!("{name}_making");
            client.execute(&format!("DROP DATABASE IF EXISTS {making}"), &[]).await?;
            client.execute(&format!("CREATE DATABASE {making}"), &[]).await?;
            let args =
                DatabaseArgs { url: SecretString::from(named(admin, &making).to_string()), ..DatabaseArgs::default() };
            migrate::run(&args, own()).await?;
            client.execute(&format!("ALTER DATABASE {making} RENAME TO {name}"), &[]).await?;
        }
        anyhow::Ok(name)
    };
    tokio::select! {
        name = locked => name,
        ended = connection => {
            ended?;
            anyhow::bail!("the test server closed the connection")
        }
    }
}

fn fingerprint(own: EmbeddedMigrations) -> anyhow::Result<u64> {
    let mut hasher = DefaultHasher::new();
    for source in [migrate::MIGRATIONS, own] {
        let migrations = MigrationSource::<Pg>::migrations(&source).map_err(|error| anyhow::anyhow!("{error}"))?;
        for migration in migrations {
            migration.name().to_string().hash(&mut hasher);
        }
    }
    Ok(hasher.finish())
}

async fn run(admin: &Url, statements: &[String]) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(admin.as_str(), NoTls).await.context("the test server")?;
    let work = async {
        for statement in statements {
            client.batch_execute(statement).await.with_context(|| statement.clone())?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        done = work => done,
        ended = connection => {
            ended?;
            anyhow::bail!("the test server closed the connection")
        }
    }
}

fn named(admin: &Url, name: &str) -> Url {
    let mut url = admin.clone();
    url.set_path(name);
    url
}

fn plain(service: &str) -> String {
    service.replace('-', "_")
}
