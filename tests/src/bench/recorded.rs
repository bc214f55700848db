//! The statements of a transaction, as PostgreSQL logged them and as a script has them: brought to one shape, so that the
//! scripts of the limit cannot fall behind the code.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, ensure};

/// A statement without its columns and values: `update filing_order`, `select task for update`.
pub type Shape = String;

/// Every finished transaction of one database in PostgreSQL's log, whose lines begin `database|process|`.
pub fn transactions(log: &Path, database: &str) -> anyhow::Result<Vec<Vec<Shape>>> {
    let bytes = std::fs::read(log).with_context(|| format!("{}", log.display()))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut open: BTreeMap<&str, Vec<Shape>> = BTreeMap::new();
    let mut done = Vec::new();
    for line in text.lines() {
        let Some((process, statement)) = statement(line, database) else { continue };
        let shape = shape(statement);
        let own = open.entry(process).or_default();
        match shape.as_str() {
            "begin" => own.clear(),
            "commit" => done.push(std::mem::take(own)),
            _ => own.push(shape),
        }
    }
    Ok(done)
}

/// The statements of a script's transaction, in order.
#[must_use]
pub fn script(text: &str) -> Vec<Shape> {
    let statements = text.lines().filter(|line| !line.starts_with("--") && !line.starts_with('\\'));
    let shapes = statements.map(|line| shape(line.trim_end_matches("\\gset")));
    shapes.skip_while(|shape| shape != "begin").skip(1).take_while(|shape| shape != "commit").collect()
}

/// An error unless the newest recorded transaction that this command alone makes has the script's statements.
pub fn must_mirror(command: &str, script: &[Shape], recorded: &[Vec<Shape>]) -> anyhow::Result<()> {
    let telling = script.iter().filter(|shape| !shape.contains("idempotency_key"));
    let telling: Vec<&Shape> = telling.collect();
    let closest = recorded.iter().max_by_key(|one| telling.iter().filter(|shape| one.contains(shape)).count());
    ensure!(
        recorded.iter().any(|one| one == script),
        "{command}.sql does not have the statements of the service any more.\nscript:  {script:?}\nservice: {closest:?}",
    );
    Ok(())
}

fn statement<'a>(line: &'a str, database: &str) -> Option<(&'a str, &'a str)> {
    let rest = line.strip_prefix(database)?.strip_prefix('|')?;
    let (process, rest) = rest.split_once('|')?;
    let said = rest.strip_prefix("LOG:  ")?;
    let (how, statement) = said.split_once(": ")?;
    (how == "statement" || how.starts_with("execute ")).then_some((process, statement))
}

fn shape(statement: &str) -> Shape {
    let text = statement.to_lowercase().replace('"', "");
    let words: Vec<&str> = text.split([' ', '(', ';']).filter(|word| !word.is_empty()).collect();
    let after = |word: &str| {
        let at = words.iter().position(|known| *known == word)?;
        words.get(at + 1).copied()
    };
    let Some(verb) = words.first() else { return Shape::new() };
    let what = match *verb {
        "insert" => after("into"),
        "update" => after("update"),
        "delete" | "select" => after("from").or_else(|| words.get(1).copied()),
        _ => None,
    };
    let lock = if text.contains("for update") { " for update" } else { "" };
    format!("{verb} {}{lock}", what.unwrap_or_default()).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_statement_has_the_same_shape_in_log_and_script() {
        for (one, other, shape) in [
            (
                r#"INSERT INTO "outbox" ("message_id") VALUES ($1)"#,
                "INSERT INTO outbox (message_id) VALUES (:id::uuid);",
                "insert outbox",
            ),
            (
                r#"SELECT "task"."id" FROM "task" WHERE ("task"."id" = $1) FOR UPDATE"#,
                "SELECT id FROM task WHERE id = :id FOR UPDATE ",
                "select task for update",
            ),
            ("COMMIT", "COMMIT;", "commit"),
            (
                "SELECT pg_advisory_xact_lock(hashtextextended($1, 7))",
                "SELECT pg_advisory_xact_lock(hashtextextended(:id::text, 7));",
                "select pg_advisory_xact_lock",
            ),
        ] {
            assert_eq!(super::shape(one), shape);
            assert_eq!(super::shape(other), shape);
        }
    }

    #[test]
    fn a_script_that_misses_a_statement_is_told() {
        let script = script("-- about\n\\set n 1\nSELECT 1;\nBEGIN;\nUPDATE task SET x;\nCOMMIT;");
        assert_eq!(script, ["update task"]);
        let recorded = |shapes: &[&str]| vec![shapes.iter().map(|shape| (*shape).to_owned()).collect::<Vec<_>>()];
        assert!(must_mirror("claim", &script, &recorded(&["update task"])).is_ok());
        assert!(must_mirror("claim", &script, &recorded(&["update task", "insert outbox"])).is_err());
    }
}
