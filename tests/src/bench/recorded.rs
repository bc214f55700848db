//! The statements of one command, as PostgreSQL logged them with their values. It knows no command and no table but the audit,
//! which names them.

use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};
use url::Url;

use super::limit::execute;

/// A statement as a service sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its text, with `$1`, `$2` and so on.
    pub sql: String,
    /// The values of these; none is NULL.
    pub values: Vec<Option<String>>,
}

/// PostgreSQL while it logs every statement.
pub struct Recorder {
    admin: Url,
    log: PathBuf,
    from: usize,
}

/// What is set while it logs. Times are not logged: a line is only told apart from others by its database and process.
const SETTINGS: [(&str, &str); 2] = [("log_line_prefix", "%d|%p|"), ("log_statement", "all")];

impl Recorder {
    /// Begins to log.
    pub async fn start(admin: &Url, log: &Path) -> anyhow::Result<Self> {
        for (setting, value) in SETTINGS {
            execute(admin, &format!("ALTER SYSTEM SET {setting} = '{value}'")).await?;
        }
        reload(admin).await?;
        Ok(Self { admin: admin.clone(), log: log.to_owned(), from: 0 })
    }

    /// The command is asked for after this.
    pub fn mark(&mut self) -> anyhow::Result<()> {
        self.from = std::fs::read(&self.log)?.len();
        Ok(())
    }

    /// What a service sent since the mark for the command that the audit calls so.
    pub fn command(&self, database: &str, action: &str) -> anyhow::Result<Vec<Statement>> {
        let bytes = std::fs::read(&self.log).with_context(|| format!("{}", self.log.display()))?;
        let text = String::from_utf8_lossy(bytes.get(self.from..).unwrap_or_default()).into_owned();
        command(&lines(&text, database)?, action).with_context(|| format!("{database}: {action} was not recorded"))
    }

    /// Logs no more.
    pub async fn stop(self) -> anyhow::Result<()> {
        for (setting, _) in SETTINGS {
            execute(&self.admin, &format!("ALTER SYSTEM RESET {setting}")).await?;
        }
        reload(&self.admin).await
    }
}

async fn reload(admin: &Url) -> anyhow::Result<()> {
    execute(admin, "SELECT pg_reload_conf()").await?;
    // Connections hear of it before their next statement, and nothing tells when all of them have.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    Ok(())
}

/// A statement and the server process that did it.
struct Line {
    process: String,
    statement: Statement,
}

/// Every statement of a database in a log whose lines begin `database|process|`.
fn lines(log: &str, database: &str) -> anyhow::Result<Vec<Line>> {
    // A line that begins with a tab belongs to the one before it.
    let whole = log.replace("\n\t", "\r");
    let mut found: Vec<Line> = Vec::new();
    for line in whole.lines() {
        let own = line.strip_prefix(database).and_then(|rest| rest.strip_prefix('|'));
        let Some((process, said)) = own.and_then(|rest| rest.split_once('|')) else { continue };
        let said = said.replace('\r', "\n");
        if let Some(text) = said.strip_prefix("LOG:  ") {
            let Some((how, sql)) = text.split_once(": ") else { continue };
            if how == "statement" || how.starts_with("execute ") {
                let statement = Statement { sql: sql.to_owned(), values: Vec::new() };
                found.push(Line { process: process.to_owned(), statement });
            }
        } else if let Some((_, text)) = said.split_once("arameters: ") {
            let last = found.iter_mut().rfind(|line| line.process == process).context("values without a statement")?;
            last.statement.values = values(text)?;
        }
    }
    Ok(found)
}

/// `$1 = 'it''s', $2 = NULL` as values.
fn values(text: &str) -> anyhow::Result<Vec<Option<String>>> {
    let (mut values, mut rest) = (Vec::new(), text);
    while let Some((name, value)) = rest.split_once(" = ") {
        ensure!(name.trim_start_matches(", ") == format!("${}", values.len() + 1), "values of a statement: {rest}");
        if let Some(after) = value.strip_prefix("NULL") {
            values.push(None);
            rest = after;
        } else {
            let (value, after) = value.strip_prefix('\'').and_then(unquoted).context("a value without quotes")?;
            values.push(Some(value));
            rest = after;
        }
    }
    Ok(values)
}

fn unquoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (part, after) = rest.split_once('\'')?;
        value.push_str(part);
        let Some(more) = after.strip_prefix('\'') else { return Some((value, after)) };
        value.push('\'');
        rest = more;
    }
}

/// The transaction that noted this action in the audit, behind what was looked up for it before.
fn command(lines: &[Line], action: &str) -> Option<Vec<Statement>> {
    let notes = |line: &Line| {
        line.statement.sql.starts_with(r#"INSERT INTO "audit""#)
            && line.statement.values.iter().flatten().any(|value| value == action)
    };
    let noted = lines.iter().position(notes)?;
    let process = &lines.get(noted)?.process;
    let is = |line: &Line, what: &str| line.process == *process && line.statement.sql == what;
    let begin = lines.iter().take(noted).rposition(|line| is(line, "BEGIN"))?;
    let commit = lines.iter().skip(noted).position(|line| is(line, "COMMIT"))? + noted;
    let within = lines.get(begin..=commit)?.iter().filter(|line| line.process == *process);
    let within: Vec<Statement> = within.map(|line| line.statement.clone()).collect();
    let ids: Vec<&String> = within.iter().flat_map(|one| &one.values).flatten().filter(|value| is_id(value)).collect();
    // Other things go on at the same time, in transactions or about other ids.
    let before = lines.get(..begin)?.iter().map(|line| &line.statement);
    let looked_up = before
        .filter(|one| one.sql.starts_with("SELECT") && !one.sql.contains("FOR UPDATE"))
        .filter(|one| one.values.iter().flatten().any(|value| ids.contains(&value)));
    Some(looked_up.cloned().chain(within.iter().cloned()).collect())
}

fn is_id(value: &str) -> bool {
    uuid::Uuid::try_parse(value).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "019a0000-0000-7000-8000-000000000001";

    fn log() -> String {
        [
            r#"svc_orders|7|LOG:  execute s0: SELECT "id" FROM "filing_order" WHERE "id" = $1"#,
            &format!("svc_orders|7|DETAIL:  parameters: $1 = '{ID}'"),
            "svc_orders|8|LOG:  execute s1: SELECT \"seq\" FROM \"outbox\"",
            "svc_orders|7|LOG:  statement: BEGIN",
            "svc_review|9|LOG:  statement: BEGIN",
            r#"svc_orders|7|LOG:  execute s2: INSERT INTO "audit" ("aggregate", "action") VALUES ($1, $2, $3)"#,
            &format!("svc_orders|7|DETAIL:  parameters: $1 = '{ID}', $2 = 'open', $3 = NULL, $4 = 'it''s"),
            "\ttwo lines'",
            "svc_orders|8|LOG:  statement: BEGIN",
            "svc_orders|7|LOG:  statement: COMMIT",
            "",
        ]
        .join("\n")
    }

    #[test]
    fn a_command_is_its_transaction_and_what_was_looked_up_before() {
        let lines = lines(&log(), "svc_orders").unwrap();
        let found = command(&lines, "open").unwrap();
        let first: Vec<&str> = found.iter().filter_map(|one| one.sql.split(' ').next()).collect();
        assert_eq!(first, ["SELECT", "BEGIN", "INSERT", "COMMIT"]);
        let text = |value: &str| Some(value.to_owned());
        assert_eq!(found[2].values, [text(ID), text("open"), None, text("it's\ntwo lines")]);
    }

    #[test]
    fn a_command_that_the_audit_does_not_name_is_not_found() {
        assert!(command(&lines(&log(), "svc_orders").unwrap(), "submit").is_none());
        assert!(command(&lines(&log(), "svc_review").unwrap(), "open").is_none());
    }
}
