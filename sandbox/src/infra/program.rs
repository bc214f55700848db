//! Where server programs are installed, and as whom they run. It knows no server.

use std::{
    ffi::OsStr,
    fs::Permissions,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, bail};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep, timeout},
};

/// Whether every user may pass through this directory and those above it.
pub(super) fn others_can_pass(dir: &Path) -> anyhow::Result<bool> {
    for dir in dir.ancestors() {
        let mode = std::fs::metadata(dir).with_context(|| format!("{}", dir.display()))?.permissions().mode();
        if mode & 0o001 == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The first of the directories that holds the program, then those of `PATH`.
pub(super) fn find(name: &str, likely: Vec<PathBuf>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    likely.into_iter().chain(std::env::split_paths(&path)).map(|dir| dir.join(name)).find(|file| file.is_file())
}

/// Sub-directories `parent/*/child`, those with the highest number in their name first.
pub(super) fn newest_first(parent: &str, child: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let mut found: Vec<(Vec<u32>, PathBuf)> =
        entries.flatten().map(|entry| (numbers(&entry.file_name()), entry.path().join(child))).collect();
    found.sort_by(|a, b| b.0.cmp(&a.0));
    found.into_iter().map(|(_, dir)| dir).collect()
}

fn numbers(name: &OsStr) -> Vec<u32> {
    let name = name.to_string_lossy();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// Somebody a server can run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct User {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

/// Whom PostgreSQL, which refuses root, runs as: `None` when we are not root and run it ourselves.
pub(super) async fn unprivileged() -> anyhow::Result<Option<User>> {
    if id(&["-u"]).await? != 0 {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let (Ok(uid), Ok(gid)) = (id(&["-u", name]).await, id(&["-g", name]).await) {
            return Ok(Some(User { uid, gid }));
        }
    }
    bail!("PostgreSQL refuses to run as root, and there is neither a user `postgres` nor `nobody`")
}

async fn id(args: &[&str]) -> anyhow::Result<u32> {
    let output = Command::new("id").args(args).stderr(Stdio::null()).output().await.context("`id` cannot be run")?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().parse()?)
}

/// Lets other users pass through a directory of ours, without letting them read it.
pub(super) fn let_others_pass(dir: &Path) -> anyhow::Result<()> {
    std::fs::set_permissions(dir, Permissions::from_mode(0o711)).with_context(|| format!("{}", dir.display()))
}

/// Starts a server in the foreground, in its own process group, with all output into `log`.
pub(super) fn serve(command: &mut Command, log: &Path) -> anyhow::Result<(Child, u32)> {
    let out = std::fs::File::create(log).with_context(|| format!("{}", log.display()))?;
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let child = command
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(out)
        .process_group(0)
        .spawn()
        .with_context(|| format!("{program} cannot be started"))?;
    let pid = child.id().with_context(|| format!("{program} ended at once"))?;
    Ok((child, pid))
}

/// What a server says first, and what it is asked before.
pub(super) struct Greeting {
    pub(super) ask: &'static [u8],
    pub(super) expect: &'static [u8],
}

/// Waits until the server answers the greeting on its port. Fails when it ends before, or after `within`.
pub(super) async fn answers(
    server: &mut Child,
    port: u16,
    greeting: &Greeting,
    within: Duration,
) -> anyhow::Result<()> {
    let deadline = Instant::now() + within;
    while Instant::now() < deadline {
        if let Some(status) = server.try_wait()? {
            bail!("it ended with {status}");
        }
        if greet(port, greeting).await.unwrap_or(false) {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    bail!("it did not answer within {} s", within.as_secs())
}

async fn greet(port: u16, greeting: &Greeting) -> anyhow::Result<bool> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.write_all(greeting.ask).await?;
    let mut answer = vec![0; greeting.expect.len()];
    timeout(Duration::from_secs(2), stream.read_exact(&mut answer)).await??;
    Ok(answer == greeting.expect)
}
