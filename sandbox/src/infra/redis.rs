//! A private Redis, without persistence. It knows none of our keys.

use std::{path::Path, time::Duration};

use anyhow::Context;
use tokio::process::Command;

use super::{
    free_port,
    guard::Guard,
    program::{self, Greeting},
    tail,
};

const ABSENT: &str = "redis-server is not installed: run `make setup` (Debian and Ubuntu: `apt-get install \
                      redis-server`), or set ICP_TEST_REDIS_URL";
const PING: Greeting = Greeting { ask: b"PING\r\n", expect: b"+PONG" };

/// Starts it in `dir/redis` and answers its URL.
pub(super) async fn start(dir: &Path, guard: &mut Guard) -> anyhow::Result<String> {
    let server = ["redis-server", "valkey-server"].iter().find_map(|name| program::find(name, Vec::new()));
    let server = server.context(ABSENT)?;
    let home = dir.join("redis");
    std::fs::create_dir_all(&home)?;
    let log = home.join("log");
    let mut last = None;
    for _ in 0..3 {
        let port = free_port()?;
        let mut command = Command::new(&server);
        command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--daemonize", "no"]);
        command.args(["--save", "", "--appendonly", "no"]).arg("--dir").arg(&home);
        let (mut child, pid) = program::serve(&mut command, &log)?;
        guard.halt_at_end(pid, "TERM", 5).await?;
        match program::answers(&mut child, port, &PING, Duration::from_secs(10)).await {
            Ok(()) => return Ok(format!("redis://127.0.0.1:{port}")),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("never tried")))
        .with_context(|| format!("Redis does not start; its log ends:\n{}", tail(&log)))
}
