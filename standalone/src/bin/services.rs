//! `make services`: the four services as four processes on real servers. It prints what to open, and stops at Ctrl-C.

#![expect(clippy::print_stdout, reason = "what to open is what people look for")]

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use chassis::supervise::signalled;
use clap::Parser;
use sandbox::{
    SandboxArgs,
    infra::{Fsync, Home, Wants},
};
use standalone::{
    SERVICES,
    processes::{Processes, ProcessesArgs},
};

/// The four services as four processes on private servers, or on those that the environment names (`ICP_TEST_DATABASE_URL`,
/// `ICP_TEST_AMQP_URL`, `ICP_TEST_REDIS_URL`)
#[derive(Parser)]
struct Args {
    /// Port of the outside world (tokens, SMS, mail, face check, authority)
    #[arg(long, env = "SANDBOX_PORT", default_value_t = 8090)]
    sandbox_port: u16,
    /// Where data is kept, in `services`, and the addresses for `make demo`
    #[arg(long, env = "ICP_DIR", default_value = ".icp")]
    dir: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { sandbox_port, dir } = Args::parse();
    let own = dir.join("services");
    let signal = signalled();
    tokio::pin!(signal);
    let starting = Processes::start(ProcessesArgs {
        home: Home::Kept(own.clone()),
        dir: own.clone(),
        wants: Wants { fsync: Fsync::On, ..Wants::all() },
        more: Vec::new(),
        sandbox: SandboxArgs {
            http: SocketAddr::from(([127, 0, 0, 1], sandbox_port)),
            dir: Some(own.join("sandbox")),
            ..SandboxArgs::default()
        },
    });
    let mut all = tokio::select! {
        all = starting => all?,
        _ = &mut signal => return Ok(()),
    };
    all.endpoints.write(&dir)?;
    println!("{}", standalone::banner::text(&all.endpoints, &all.sandbox)?);
    println!("进程 / processes:");
    for service in SERVICES {
        let pid = all.pid(service).unwrap_or_default();
        println!("  {service:<11} pid {pid:<7} start again: {}", all.script(service).display());
    }
    println!("Ctrl-C 停止 / stops everything");
    loop {
        tokio::select! {
            _ = &mut signal => break,
            () = tokio::time::sleep(Duration::from_millis(500)) => {
                for (name, status) in all.ended() {
                    println!("{name} ended ({status}); start it again by {}", all.script(name).display());
                }
            }
        }
    }
    all.stop().await
}
