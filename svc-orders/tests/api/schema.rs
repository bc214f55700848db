//! The tables: as the code sees them, and there and back again.

use std::collections::BTreeSet;

use chassis::{config::DatabaseArgs, db::migrate};
use sandbox::kit::Database;
use svc_orders::Orders;
use tokio_postgres::{Client, NoTls};

use crate::world::{database, stage};

/// What diesel calls a type, and what PostgreSQL does.
const TYPES: [(&str, &str); 8] = [
    ("Uuid", "uuid"),
    ("Text", "text"),
    ("Integer", "integer"),
    ("SmallInt", "smallint"),
    ("BigInt", "bigint"),
    ("Jsonb", "jsonb"),
    ("Binary", "bytea"),
    ("Timestamptz", "timestamp with time zone"),
];

/// Every column in `schema.rs`: table, name, type, whether it may be null.
fn written() -> BTreeSet<(String, String, String, bool)> {
    let mut found = BTreeSet::new();
    let mut table = "";
    for line in include_str!("../../src/store/schema.rs").lines().map(str::trim) {
        // Who joins whom is nothing that the database knows.
        if line.starts_with("diesel::joinable!") {
            continue;
        }
        if let Some((name, "{")) =
            line.split_once(" (").map(|(name, rest)| (name, rest.rsplit(' ').next().unwrap_or("")))
        {
            table = name;
        } else if let Some((name, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            let plain = kind.trim_start_matches("Nullable<").trim_end_matches('>');
            let known = TYPES.iter().find(|(diesel, _)| *diesel == plain).map_or("unknown", |(_, postgres)| *postgres);
            found.insert((table.to_owned(), name.to_owned(), known.to_owned(), plain != kind));
        }
    }
    found
}

async fn columns(rows: &Client) -> anyhow::Result<BTreeSet<(String, String, String, bool)>> {
    let found = rows
        .query(
            "SELECT table_name, column_name, data_type, is_nullable = 'YES' FROM information_schema.columns
             WHERE table_name IN ('filing_order', 'order_event', 'draft_section', 'material',
               'ledger_subject', 'ledger_service', 'ledger_domain', 'ledger_version',
               'authorization_code', 'code_event', 'allowed_account', 'service_access',
               'member', 'order_domain', 'order_phone', 'order_number')",
            &[],
        )
        .await?;
    Ok(found.iter().map(|row| (row.get(0), row.get(1), row.get(2), row.get(3))).collect())
}

#[tokio::test]
async fn the_code_sees_the_tables_as_they_are() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (found, written) = (columns(&database(&stage).await?).await?, written());
    assert!(written.len() > 30);
    assert_eq!(written, found);
    Ok(())
}

/// Everything that migrations make.
async fn made(rows: &Client) -> anyhow::Result<BTreeSet<String>> {
    let found = rows
        .query(
            "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable
               FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'
             UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '\\_\\_%'
             UNION ALL SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
               WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '\\_\\_%'",
            &[],
        )
        .await?;
    Ok(found.iter().map(|row| row.get(0)).collect())
}

#[tokio::test]
async fn the_migrations_go_back_and_come_again() -> anyhow::Result<()> {
    let own = <Orders as chassis::launch::Spec>::migrations;
    let database = Database::create("orders-again", own).await?;
    let args = DatabaseArgs { url: database.url().to_string().into(), ..DatabaseArgs::default() };
    let (rows, connection) = tokio_postgres::connect(database.url().as_str(), NoTls).await?;
    #[expect(clippy::disallowed_methods, reason = "it ends with the client")]
    drop(tokio::spawn(connection));
    let before = made(&rows).await?;
    assert!(before.iter().any(|line| line.contains("filing_order_account_lane")));
    migrate::revert_all(&args, own()).await?;
    assert_eq!(made(&rows).await?, BTreeSet::new());
    migrate::run(&args, own()).await?;
    assert_eq!(made(&rows).await?, before);
    Ok(())
}
