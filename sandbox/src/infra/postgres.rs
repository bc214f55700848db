//! A private PostgreSQL: finding it, making the cluster, starting it. It knows no database of ours.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{process::Command, time::sleep};

use super::{
    Fsync, free_port,
    guard::Guard,
    program::{self, User},
    tail,
};

/// Where a cluster is kept that cannot be kept beside the rest.
const ELSEWHERE: &str = "/var/lib/icp-filing";

pub(super) const ABSENT: &str = "PostgreSQL's programs (initdb, pg_ctl) are not installed: run `make setup` \
                      (Debian and Ubuntu: `apt-get install postgresql`), or set ICP_TEST_DATABASE_URL";

struct Cluster {
    bin: PathBuf,
    home: PathBuf,
    data: PathBuf,
    log: PathBuf,
    user: Option<User>,
}

/// Starts it in `dir/postgres` and answers the superuser's URL.
pub(super) async fn start(dir: &Path, fsync: Fsync, guard: &mut Guard) -> anyhow::Result<String> {
    let cluster = Cluster::find(dir).await?;
    cluster.own()?;
    if !cluster.data.join("PG_VERSION").is_file() {
        cluster.init().await?;
    }
    cluster.wait_for_the_last_one_to_end().await?;
    let mut last = None;
    for _ in 0..3 {
        let port = free_port()?;
        match cluster.serve(port, fsync).await {
            Ok(()) => {
                // SIGINT is PostgreSQL's fast shutdown: open transactions are rolled back, data is flushed.
                guard.halt_at_end(cluster.pid()?, "INT", 20).await?;
                return Ok(format!("postgres://postgres@127.0.0.1:{port}/postgres"));
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("never tried")))
        .with_context(|| format!("PostgreSQL does not start; its log ends:\n{}", tail(&cluster.log)))
}

/// `dir/postgres`; where the server's user cannot pass (we are root, and `dir` is in a closed home directory), a folder under
/// `/var/lib` with a link to it in that place.
fn home(dir: &Path, user: Option<User>) -> anyhow::Result<PathBuf> {
    let usual = dir.join("postgres");
    if user.is_none() || program::others_can_pass(dir)? || (usual.exists() && !usual.is_symlink()) {
        return Ok(usual);
    }
    // No two directories have the same name.
    let name = dir.to_string_lossy().replace('%', "%25").replace('/', "%2F");
    let elsewhere = Path::new(ELSEWHERE).join(name);
    std::fs::create_dir_all(&elsewhere).with_context(|| format!("{}", elsewhere.display()))?;
    if !usual.is_symlink() {
        std::os::unix::fs::symlink(&elsewhere, &usual).with_context(|| format!("{}", usual.display()))?;
    }
    Ok(elsewhere)
}

impl Cluster {
    async fn find(dir: &Path) -> anyhow::Result<Self> {
        let likely = program::newest_first("/usr/lib/postgresql", "bin");
        let initdb = program::find("initdb", likely).context(ABSENT)?;
        let bin = initdb.parent().context(ABSENT)?.to_owned();
        let user = program::unprivileged().await?;
        let home = home(dir, user)?;
        let (data, log) = (home.join("data"), home.join("log"));
        Ok(Self { bin, home, data, log, user })
    }

    /// Makes the directory, and gives it to the user that the server runs as.
    fn own(&self) -> anyhow::Result<()> {
        let home = &self.home;
        std::fs::create_dir_all(home).with_context(|| format!("{}", home.display()))?;
        if let Some(User { uid, gid }) = self.user {
            std::os::unix::fs::chown(home, Some(uid), Some(gid)).with_context(|| format!("{}", home.display()))?;
        }
        Ok(())
    }

    async fn init(&self) -> anyhow::Result<()> {
        let data = self.data.to_string_lossy().into_owned();
        let args = ["-D", &data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"];
        self.run("initdb", &args).await.context("initdb failed")
    }

    async fn serve(&self, port: u16, fsync: Fsync) -> anyhow::Result<()> {
        let disk = match fsync {
            Fsync::On => "",
            Fsync::Off => " -c fsync=off -c synchronous_commit=off -c full_page_writes=off",
        };
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=300 \
             -c timezone=UTC{disk}"
        );
        let (data, log) = (self.data.to_string_lossy(), self.log.to_string_lossy());
        let args = ["-D", &data, "-l", &log, "-o", &options, "-s", "-w", "-t", "60", "start"];
        self.run("pg_ctl", &args).await
    }

    /// Whoever ran this cluster before may still be stopping it; starting over it would fail.
    async fn wait_for_the_last_one_to_end(&self) -> anyhow::Result<()> {
        let data = self.data.to_string_lossy().into_owned();
        for _ in 0..100 {
            if self.run("pg_ctl", &["-D", &data, "status"]).await.is_err() {
                return Ok(());
            }
            sleep(Duration::from_millis(200)).await;
        }
        bail!("{data} is in use by another run; stop that one first")
    }

    async fn run(&self, program: &str, args: &[&str]) -> anyhow::Result<()> {
        let mut command = Command::new(self.bin.join(program));
        // The current directory may be closed to the server's user; `/` never is. Own group: see `Guard`.
        command.args(args).current_dir("/").process_group(0).stdin(std::process::Stdio::null());
        if let Some(User { uid, gid }) = self.user {
            command.uid(uid).gid(gid);
        }
        // Files, not pipes: the server inherits them, and a pipe would stay open as long as it runs.
        let out = tempfile::NamedTempFile::new()?;
        command.stdout(out.reopen()?).stderr(out.reopen()?);
        let status = command.status().await.with_context(|| format!("{program} cannot be run"))?;
        if status.success() {
            return Ok(());
        }
        let said = tail(out.path());
        let hint = if said.contains("Permission denied") && self.user.is_some() {
            "\nAs root, PostgreSQL runs as another user, who must be able to reach this directory: choose one outside \
             of closed home directories, or do not run as root."
        } else {
            ""
        };
        bail!("{program} ended with {status}: {said}{hint}")
    }

    /// The first line of `postmaster.pid`.
    fn pid(&self) -> anyhow::Result<u32> {
        let text = std::fs::read_to_string(self.data.join("postmaster.pid")).context("postmaster.pid")?;
        text.lines().next().unwrap_or_default().trim().parse().context("postmaster.pid")
    }
}
