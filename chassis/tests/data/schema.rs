//! What diesel believes about the tables is what PostgreSQL says about them.

use std::collections::BTreeSet;

use crate::world::World;

#[tokio::test]
async fn the_schema_in_code_is_the_schema_of_the_database() {
    let world = World::new().await;
    let rows = world
        .rows(
            "SELECT table_name || '.' || column_name || ' ' || udt_name || CASE is_nullable WHEN 'YES' THEN '?' ELSE '' END \
             FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name NOT IN ('thing', '__diesel_schema_migrations')",
        )
        .await;
    let there: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(believed(include_str!("../../src/db/schema.rs")), there);
}

/// `table.column type` for each column of the `table!` macros in this text, with `?` behind what may be null.
fn believed(text: &str) -> BTreeSet<String> {
    let (mut table, mut all) = ("", BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if let Some((column, kind)) = line.split_once(" -> ") {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let null = if inner.is_some() { "?" } else { "" };
            all.insert(format!("{table}.{column} {}{null}", udt(inner.unwrap_or(kind))));
        } else if let Some((name, _key)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = name;
        }
    }
    all
}

fn udt(kind: &str) -> &'static str {
    match kind {
        "BigInt" => "int8",
        "Integer" => "int4",
        "Text" => "text",
        "Uuid" => "uuid",
        "Jsonb" => "jsonb",
        "Binary" => "bytea",
        "Timestamptz" => "timestamptz",
        other => panic!("{other} needs a line here"),
    }
}
