//! `make run`: the whole house in one process. It prints what to open, and stops at Ctrl-C or SIGTERM.

#![expect(clippy::print_stdout, reason = "what to open is what people look for")]

use std::{net::SocketAddr, path::PathBuf};

use chassis::{config::TelemetryArgs, supervise::signalled, telemetry};
use clap::Parser;
use sandbox::{
    SandboxArgs,
    infra::{Fsync, Home, Wants},
};
use standalone::house::{House, HouseArgs};

/// All four services and the outside world in one process, on embedded defaults
#[derive(Parser)]
struct Args {
    /// Port of the services
    #[arg(long, env = "PORT", default_value_t = 8080)]
    port: u16,
    /// Port of the outside world (tokens, SMS, mail, face check, authority)
    #[arg(long, env = "SANDBOX_PORT", default_value_t = 8090)]
    sandbox_port: u16,
    /// Where data is kept, in `run`, and the addresses for `make demo`
    #[arg(long, env = "ICP_DIR", default_value = ".icp")]
    dir: PathBuf,
    /// What is logged
    #[arg(long, env = "LOG_FILTER", default_value = "warn")]
    log_filter: String,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let telemetry = telemetry::init(
        &TelemetryArgs { filter: args.log_filter, ..TelemetryArgs::default() },
        "icp-filing",
        env!("CARGO_PKG_VERSION"),
    )?;
    let outcome = run(args.dir, args.port, args.sandbox_port, telemetry.registry()).await;
    telemetry.shutdown().await;
    outcome
}

async fn run(dir: PathBuf, port: u16, sandbox_port: u16, registry: prometheus::Registry) -> anyhow::Result<()> {
    let own = dir.join("run");
    // Before the servers start: a signal that arrives in between must end them too.
    let signal = signalled();
    tokio::pin!(signal);
    let starting = House::start(HouseArgs {
        home: Home::Kept(own.clone()),
        dir: own.clone(),
        wants: Wants { fsync: Fsync::On, ..Wants::postgres() },
        port,
        sandbox: SandboxArgs {
            http: SocketAddr::from(([127, 0, 0, 1], sandbox_port)),
            dir: Some(own.join("sandbox")),
            ..SandboxArgs::default()
        },
        registry,
    });
    let house = tokio::select! {
        house = starting => house?,
        _ = &mut signal => return Ok(()),
    };
    house.endpoints.write(&dir)?;
    println!("{}", standalone::banner::text(&house.endpoints, &house.sandbox)?);
    house.run(async { drop(signal.await) }).await
}
