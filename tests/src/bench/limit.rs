//! The limit: the recorded statements of one command under pgbench, on a copy of the database as it was before the command, on
//! the same server. Each transaction has an order of its own: the copy holds the recorded one many times, and what is an id or
//! a fingerprint ends in another number each time, in the rows and in the statements alike.

use std::{fmt::Write as _, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, ensure};
use tokio::process::Command;
use tokio_postgres::{Client, NoTls};
use url::Url;

use super::{load::Measured, recorded::Statement};

/// An id or a fingerprint in a text: all but its last eight digits, then these.
const OWN: &str = "([0-9a-f]{56}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4})[0-9a-f]{8}(?![0-9a-f])";
/// Stands in a value for the eight digits.
const MARK: &str = "########";
/// The numbers begin behind this one, so that all have eight digits.
const FIRST: usize = 10_000_000;

/// So few transactions a second are those of services that have nothing to do.
const QUIET: i64 = 50;

/// Runs SQL that answers nothing.
pub async fn execute(database: &Url, sql: &str) -> anyhow::Result<()> {
    connected(database, async |client| Ok(client.batch_execute(sql).await?)).await
}

async fn connected<T>(database: &Url, work: impl AsyncFnOnce(&Client) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let (client, connection) = tokio_postgres::connect(database.as_str(), NoTls).await.context("PostgreSQL")?;
    tokio::select! {
        done = work(&client) => done,
        ended = connection => {
            ended?;
            anyhow::bail!("PostgreSQL closed the connection")
        }
    }
}

/// A database of the server.
#[must_use]
pub fn database(admin: &Url, name: &str) -> Url {
    let mut url = admin.clone();
    url.set_path(name);
    url
}

/// Copies a database that others use.
pub async fn copy(admin: &Url, from: &str, to: &str) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let file = dir.path().join("dump.sql");
    execute(admin, &format!("CREATE DATABASE {to}")).await?;
    let dump = ["--no-owner", "--no-privileges", "-f"];
    run(Command::new(program("pg_dump")?).args(dump).arg(&file).arg(database(admin, from).as_str())).await?;
    let restore = ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"];
    run(Command::new(program("psql")?).args(restore).arg(&file).arg(database(admin, to).as_str())).await?;
    Ok(())
}

fn program(name: &str) -> anyhow::Result<std::path::PathBuf> {
    sandbox::infra::postgres_program(name)
}

async fn run(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().await.with_context(|| format!("{command:?}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    // pgbench goes on without a client whose statement failed.
    ensure!(output.status.success() && !said.contains("ERROR"), "{:?}: {said}", command.as_std().get_program());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// What pgbench does instead of a service.
pub struct Limit {
    admin: Url,
    /// The database with the many orders. It is only copied.
    template: String,
    script: String,
    values: Vec<String>,
    clients: usize,
    each: usize,
    /// How many of the statements write rows.
    writes: usize,
    /// How many statements the command has, BEGIN and COMMIT among them.
    pub statements: usize,
}

impl Limit {
    /// From a copy of a database before the command, and the command's statements. Every client will do so many.
    pub async fn prepare(
        (admin, copy): (&Url, &str),
        statements: &[Statement],
        (clients, each): (usize, usize),
    ) -> anyhow::Result<Self> {
        let own = database(admin, copy);
        execute(&own, &multiplied(clients * each)).await?;
        execute(&own, "VACUUM ANALYZE").await?;
        let (script, values) = connected(&own, async |client| script(client, statements, each).await).await?;
        let rehearsed = connected(&own, async |client| rehearse(client, statements).await).await;
        rehearsed.with_context(|| format!("{copy}: the statements do not fit their rows"))?;
        let (admin, template) = (admin.clone(), copy.to_owned());
        let writes = statements.iter().filter(|one| writes(&one.sql)).count();
        Ok(Self { admin, template, script, values, clients, each, writes, statements: statements.len() })
    }

    /// Measures it once, after `first` was done to the database. With how many bytes each transaction writes to the log.
    pub async fn measure(&self, first: &str) -> anyhow::Result<(Measured, i64)> {
        let name = format!("{}_now", self.template);
        execute(&self.admin, &format!("CREATE DATABASE {name} TEMPLATE {}", self.template)).await?;
        let own = database(&self.admin, &name);
        execute(&own, first).await?;
        let position = "SELECT (pg_current_wal_lsn() - '0/0'::pg_lsn)::bigint";
        let before = number(&own, position).await?;
        let measured = self.pgbench(&own).await?;
        let bytes = (number(&own, position).await? - before) / i64::try_from(self.clients * self.each)?;
        let (wrote, wanted) = (written(&own).await?, self.writes * self.clients * self.each);
        ensure!(wrote >= i64::try_from(wanted)?, "{name}: {wrote} rows were written instead of {wanted}");
        execute(&self.admin, &format!("DROP DATABASE {name}")).await?;
        Ok((measured, bytes))
    }

    async fn pgbench(&self, database: &Url) -> anyhow::Result<Measured> {
        let dir = tempfile::tempdir()?;
        let file = dir.path().join("script.sql");
        std::fs::write(&file, &self.script)?;
        let (clients, each) = (self.clients.to_string(), self.each.to_string());
        let mut command = Command::new(program("pgbench")?);
        command.current_dir(dir.path());
        command.args(["-n", "-M", "prepared", "-j", "2", "-l", "-c", &clients, "-t", &each, "-D", "k=0", "-f"]);
        command.arg(&file);
        for value in &self.values {
            command.args(["-D", value]);
        }
        let said = run(command.arg(database.as_str())).await?;
        let micros = micros(dir.path())?;
        ensure!(micros.len() == self.clients * self.each, "pgbench did only {} transactions", micros.len());
        let tps = said.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse::<f64>().ok());
        let count = f64::from(u32::try_from(micros.len())?);
        Ok(Measured::of(micros, Duration::from_secs_f64(count / tps.context("pgbench names no rate")?)))
    }
}

fn writes(sql: &str) -> bool {
    sql.starts_with("INSERT") || sql.starts_with("UPDATE")
}

/// How many rows were written since the database was made.
async fn written(database: &Url) -> anyhow::Result<i64> {
    number(database, "SELECT sum(n_tup_ins + n_tup_upd)::bigint FROM pg_stat_user_tables").await
}

/// Waits until the server has little to do.
pub async fn quiet(admin: &Url) -> anyhow::Result<()> {
    let commits = "SELECT sum(xact_commit)::bigint FROM pg_stat_database";
    let mut last = number(admin, commits).await?;
    for _ in 0..60 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let now = number(admin, commits).await?;
        if now - last < QUIET {
            return Ok(());
        }
        last = now;
    }
    anyhow::bail!("the database does not come to rest")
}

async fn number(database: &Url, sql: &str) -> anyhow::Result<i64> {
    connected(database, async |client| Ok(client.query_one(sql, &[]).await?.get(0))).await
}

/// How long every transaction took, by pgbench's log.
fn micros(dir: &Path) -> anyhow::Result<Vec<u64>> {
    let mut micros = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pgbench_log")) {
            // client, transaction, microseconds, …
            for line in std::fs::read_to_string(path)?.lines() {
                micros.push(line.split(' ').nth(2).context("a line of pgbench's log")?.parse()?);
            }
        }
    }
    Ok(micros)
}

/// Every row that names an order, so many times more.
fn multiplied(times: usize) -> String {
    let (from, to) = (FIRST + 1, FIRST + times);
    format!(
        r"DO $$
        DECLARE one regclass;
        BEGIN
            SET LOCAL session_replication_role = replica;
            FOR one IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
                EXECUTE format(
                    'INSERT INTO %1$s OVERRIDING SYSTEM VALUE SELECT made.* FROM %1$s, generate_series({from}, {to}) n,
                        LATERAL jsonb_populate_record(NULL::%1$s,
                            regexp_replace(to_jsonb(%1$s)::text, %2$L, ''\1'' || n, ''g'')::jsonb) made
                     WHERE to_jsonb(%1$s)::text ~ %2$L ON CONFLICT DO NOTHING', one, '{OWN}');
            END LOOP;
        END $$"
    )
}

/// The statements as a script of pgbench, and its variables: the nth order of each client is its own.
async fn script(client: &Client, statements: &[Statement], each: usize) -> anyhow::Result<(String, Vec<String>)> {
    let marking = client.prepare(&format!("SELECT regexp_replace($1, '{OWN}', '\\1{MARK}', 'g')")).await?;
    let mut script = format!("\\set k :k + 1\n\\set n {FIRST} + :client_id * {each} + :k\n");
    let mut variables = Vec::new();
    for (place, statement) in statements.iter().enumerate() {
        let types = client.prepare(&statement.sql).await.with_context(|| statement.sql.clone())?;
        let mut sql = statement.sql.clone();
        // From the last: `$1` begins `$12`.
        for (nth, (value, kind)) in statement.values.iter().zip(types.params()).enumerate().rev() {
            let (name, kind) = (format!("s{place}_{nth}"), kind.name());
            let said = if let Some(value) = value {
                let marked: String = client.query_one(&marking, &[value]).await?.get(0);
                let own = marked.contains(MARK);
                variables.push(format!("{name}={marked}"));
                if own { format!("replace(:{name}, '{MARK}', :n::text)::{kind}") } else { format!(":{name}::{kind}") }
            } else {
                "NULL".to_owned()
            };
            sql = sql.replace(&format!("${}", nth + 1), &said);
        }
        writeln!(script, "{sql};")?;
    }
    Ok((script, variables))
}

/// Does the recorded statements themselves once more, and takes them back: each must meet the rows that it met in the service.
async fn rehearse(client: &Client, statements: &[Statement]) -> anyhow::Result<()> {
    for statement in statements {
        let mut sql = statement.sql.replace("COMMIT", "ROLLBACK");
        for (nth, value) in statement.values.iter().enumerate().rev() {
            let said = value.as_ref().map_or("NULL".to_owned(), |value| format!("'{}'", value.replace('\'', "''")));
            sql = sql.replace(&format!("${}", nth + 1), &said);
        }
        let met = client.execute(&sql, &[]).await.with_context(|| sql.clone())?;
        ensure!(met > 0 || !writes(&sql), "no row for: {sql}");
    }
    Ok(())
}
