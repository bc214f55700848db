//! A small shell process that outlives us just long enough to end the servers we started. It knows process ids and
//! directories, and no server.
//!
//! It is told line by line what to do at the end, and does it, last line first, when its standard input closes: because
//! we stop, because the value is dropped, or because this process died, even by `kill -9`.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::Context;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

/// `alive` looks at the process table, because a child that nobody has waited for still answers `kill -0`.
const SCRIPT: &str = r#"
alive() {
    if read -r _ _ state _ 2>/dev/null </proc/"$1"/stat; then [ "$state" != Z ]; else kill -0 "$1" 2>/dev/null; fi
}
halt() {
    kill -"$2" "$1" 2>/dev/null
    tenths=0
    while alive "$1" && [ "$tenths" -lt "$3"0 ]; do sleep 0.1; tenths=$((tenths + 1)); done
    alive "$1" && kill -KILL "$1" 2>/dev/null
}
todo=
while IFS= read -r line; do
    todo="$line
$todo"
done
eval "$todo"
"#;

/// The shell, and the pipe that keeps it waiting.
pub(super) struct Guard {
    shell: Child,
    orders: ChildStdin,
}

impl Guard {
    pub(super) fn start() -> anyhow::Result<Self> {
        let mut shell = Command::new("/bin/sh")
            .args(["-c", SCRIPT])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Its own group: Ctrl-C on the terminal is for us, and we end the servers in order.
            .process_group(0)
            .spawn()
            .context("/bin/sh cannot be started")?;
        let orders = shell.stdin.take().context("the guard has no input")?;
        Ok(Self { shell, orders })
    }

    /// At the end, sends `signal` to a process, and SIGKILL when it is still there after `seconds`.
    pub(super) async fn halt_at_end(&mut self, pid: u32, signal: &str, seconds: u32) -> anyhow::Result<()> {
        self.order(&format!("halt {pid} {signal} {seconds}")).await
    }

    /// At the end, removes a directory with all that is in it.
    pub(super) async fn remove_at_end(&mut self, dir: &Path) -> anyhow::Result<()> {
        let path = dir.to_str().filter(|path| !path.contains(['\'', '\n'])).context("an odd directory name")?;
        self.order(&format!("rm -rf -- '{path}'")).await
    }

    async fn order(&mut self, line: &str) -> anyhow::Result<()> {
        self.orders.write_all(format!("{line}\n").as_bytes()).await.context("the guard is gone")?;
        self.orders.flush().await.context("the guard is gone")
    }

    /// Lets the shell do its work and waits for it.
    pub(super) async fn stop(self, within: Duration) -> anyhow::Result<()> {
        let Self { mut shell, orders } = self;
        drop(orders);
        timeout(within, shell.wait()).await.context("the servers did not end in time")??;
        Ok(())
    }
}
