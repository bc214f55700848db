//! The limit: the statements of one command under pgbench, on a database of the same schema on the same server.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, ensure};
use tokio::process::Command;
use tokio_postgres::NoTls;
use url::Url;

use super::load::Measured;

/// How many rows the commands choose from.
pub const ROWS: u32 = 1000;

/// Runs SQL that answers nothing.
pub async fn execute(database: &Url, sql: &str) -> anyhow::Result<()> {
    let (client, connection) = tokio_postgres::connect(database.as_str(), NoTls).await.context("PostgreSQL")?;
    tokio::select! {
        done = client.batch_execute(sql) => Ok(done?),
        ended = connection => {
            ended?;
            anyhow::bail!("PostgreSQL closed the connection")
        }
    }
}

/// A script of `benches/`.
pub fn script(name: &str) -> anyhow::Result<String> {
    let path = path(name);
    std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches").join(format!("{name}.sql"))
}

/// Measures one script with so many clients for so long.
pub async fn pgbench(database: &Url, name: &str, clients: usize, time: Duration) -> anyhow::Result<Measured> {
    let program = sandbox::infra::postgres_program("pgbench")?;
    let dir = tempfile::tempdir()?;
    let output = Command::new(program)
        .current_dir(dir.path())
        .args(["-n", "-M", "prepared", "-j", "2", "-l", "-c", &clients.to_string()])
        .args(["-T", &time.as_secs().to_string(), "-f"])
        .arg(path(name))
        .args(["-D", &format!("rows={ROWS}")])
        .args(["-D", &format!(r#"body={{"state": "{}"}}"#, "x".repeat(200))])
        .args(["-D", &format!(r#"reply={{"body": "{}"}}"#, "x".repeat(480))])
        .args(["-D", &format!(r#"envelope={{"data": "{}"}}"#, "x".repeat(700))])
        .arg(database.as_str())
        .stdin(Stdio::null())
        .output()
        .await
        .context("pgbench")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && !said.contains("ERROR"), "pgbench {name}: {said}");
    let mut micros = Vec::new();
    for entry in std::fs::read_dir(dir.path())? {
        let text = std::fs::read_to_string(entry?.path())?;
        // client, transaction, microseconds, …
        for line in text.lines() {
            micros.push(line.split(' ').nth(2).context("a line of pgbench's log")?.parse()?);
        }
    }
    Ok(Measured::of(micros, time))
}
