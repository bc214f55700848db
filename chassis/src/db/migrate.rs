//! Brings a database to the schema that a service was built for. It knows migrations by name only.

use anyhow::{Context, anyhow};
use diesel::{
    migration::{Migration, MigrationSource},
    pg::Pg,
};
use diesel_async::{AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::Connector;
use crate::config::DatabaseArgs;

/// The tables of this crate: outbox, inbox, idempotency keys, audit, dead letters.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which migrations run: "icp-migr" as a number.
const LOCK: i64 = 0x6963_702d_6d69_6772;
/// How long one waits until another has run them.
const TURN_TIMEOUT: &str = "SET lock_timeout = '5min'; SET statement_timeout = '5min'";
/// How long a migration waits for a table that somebody uses; better to fail and run again than to stop the service.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '3s'; SET statement_timeout = 0";

/// Runs what has not run yet, this crate's migrations first, and answers their names. Of several who try, one works and the
/// others wait.
pub async fn run(args: &DatabaseArgs, own: EmbeddedMigrations) -> anyhow::Result<Vec<String>> {
    differ(&own)?;
    let mut connection = open(args).await?;
    connection.batch_execute(TURN_TIMEOUT).await?;
    diesel::sql_query(format!("SELECT pg_advisory_lock({LOCK})"))
        .execute(&mut connection)
        .await
        .context("the lock for migrations")?;
    connection.batch_execute(LOCK_TIMEOUT).await?;
    blocking(connection, move |harness| {
        let mut names = Vec::new();
        for source in [MIGRATIONS, own] {
            let done = harness.run_pending_migrations(source).map_err(|error| anyhow!("{error}"))?;
            names.extend(done.iter().map(ToString::to_string));
        }
        Ok(names)
    })
    .await
}

/// The names of those that have not run.
pub async fn pending(args: &DatabaseArgs, own: EmbeddedMigrations) -> anyhow::Result<Vec<String>> {
    differ(&own)?;
    let connection = open(args).await?;
    blocking(connection, move |harness| {
        let mut names = Vec::new();
        for source in [MIGRATIONS, own] {
            let pending = harness.pending_migrations(source).map_err(|error| anyhow!("{error}"))?;
            names.extend(pending.iter().map(|migration| migration.name().to_string()));
        }
        Ok(names)
    })
    .await
}

/// Reverts a service's migrations and then this crate's, last one first. For tests: it takes all data with it.
pub async fn revert_all(args: &DatabaseArgs, own: EmbeddedMigrations) -> anyhow::Result<()> {
    let connection = open(args).await?;
    blocking(connection, move |harness| {
        let mut all = migrations(&MIGRATIONS)?;
        all.extend(migrations(&own)?);
        all.sort_by_key(|migration| migration.name().to_string());
        let applied = harness.applied_migrations().map_err(|error| anyhow!("{error}"))?;
        for migration in all.iter().rev().filter(|migration| applied.contains(&migration.name().version())) {
            harness.revert_migration(&**migration).map_err(|error| anyhow!("{}: {error}", migration.name()))?;
        }
        Ok(())
    })
    .await
}

/// Only the number in front of a name is remembered as run: of two with the same number, one would never run.
fn differ(own: &EmbeddedMigrations) -> anyhow::Result<()> {
    let ours = migrations(&MIGRATIONS)?;
    for migration in migrations(own)? {
        let name = migration.name();
        let taken = ours.iter().any(|ours| ours.name().version() == name.version());
        anyhow::ensure!(!taken, "the migration {name} needs another number: the chassis has this one");
    }
    Ok(())
}

fn migrations(source: &EmbeddedMigrations) -> anyhow::Result<Vec<Box<dyn Migration<Pg>>>> {
    source.migrations().map_err(|error| anyhow!("{error}"))
}

async fn open(args: &DatabaseArgs) -> anyhow::Result<AsyncPgConnection> {
    Connector::new(args, "migrate")?.open().await.context("DATABASE_URL: the database does not answer")
}

/// The migrations' own interface blocks, which is nothing for a thread that others wait on.
async fn blocking<T: Send + 'static>(
    connection: AsyncPgConnection,
    work: impl FnOnce(&mut AsyncMigrationHarness<AsyncPgConnection>) -> anyhow::Result<T> + Send + 'static,
) -> anyhow::Result<T> {
    tokio::task::spawn_blocking(move || work(&mut AsyncMigrationHarness::new(connection))).await?
}
