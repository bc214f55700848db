//! `with-infra [--postgres] [--rabbitmq] [--redis] -- COMMAND ARGS…`: runs a command with private servers around it. It
//! knows no test.

use std::{
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use anyhow::Context;
use clap::Parser;
use sandbox::infra::{Fsync, Home, Infra, Wants};
use tokio::{
    process::{Child, Command},
    signal::unix::{SignalKind, signal},
};

/// Runs a command with the servers it needs: those that `ICP_TEST_DATABASE_URL`, `ICP_TEST_AMQP_URL` and
/// `ICP_TEST_REDIS_URL` name, or private ones that are started before and ended after it. The command finds them in the
/// same variables.
#[derive(Parser)]
#[command(name = "with-infra")]
struct Args {
    /// PostgreSQL.
    #[arg(long)]
    postgres: bool,
    /// RabbitMQ.
    #[arg(long)]
    rabbitmq: bool,
    /// Redis.
    #[arg(long)]
    redis: bool,
    /// Whether a private PostgreSQL waits for its disk: `on` for measurements.
    #[arg(long, value_enum, default_value = "off")]
    fsync: Fsync,
    /// Keeps the data in this directory instead of a temporary one.
    #[arg(long)]
    dir: Option<std::path::PathBuf>,
    /// The command and its arguments.
    #[arg(last = true, required = true)]
    command: Vec<std::ffi::OsString>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let args = Args::parse();
    let Args { postgres, rabbitmq: rabbit, redis, fsync, .. } = args;
    let wants = Wants { postgres, rabbit, redis, fsync, private: false };
    let home = args.dir.map_or(Home::Temporary, Home::Kept);
    // Before the servers start: a signal that arrives in between must not leave them to the guard alone.
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let infra = tokio::select! {
        infra = Infra::start(home, wants) => infra?,
        _ = terminate.recv() => return Ok(ExitCode::from(143)),
        _ = interrupt.recv() => return Ok(ExitCode::from(130)),
    };
    let (program, rest) = args.command.split_first().context("a command is required")?;
    let mut command = Command::new(program);
    command.args(rest).envs(infra.environment());
    let status = match command.spawn() {
        Err(error) => Err(error).with_context(|| format!("{} cannot be started", program.to_string_lossy())),
        Ok(mut child) => loop {
            tokio::select! {
                status = child.wait() => break status.context("the command is lost"),
                _ = terminate.recv() => forward(&child, "TERM").await?,
                // The terminal sent it to the command as well, which is waited for.
                _ = interrupt.recv() => {}
            }
        },
    };
    let stopped = infra.stop().await;
    let code = code_of(status?);
    stopped?;
    Ok(code)
}

async fn forward(child: &Child, name: &str) -> anyhow::Result<()> {
    if let Some(pid) = child.id() {
        // Its failure means that the command has just ended, which the loop sees next.
        let _status = Command::new("kill").args(["-s", name, &pid.to_string()]).status().await?;
    }
    Ok(())
}

/// As a shell would say it: 128 + signal for a command that was killed.
fn code_of(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| signal + 128)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}
