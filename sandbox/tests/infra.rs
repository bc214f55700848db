//! What `with-infra` starts ends with it, however it dies.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::{process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{Instant, sleep},
};
use url::Url;

/// A `with-infra` around a shell that tells where PostgreSQL is and then waits for its input to end.
fn start() -> Child {
    Command::new(env!("CARGO_BIN_EXE_with-infra"))
        .args(["--postgres", "--", "/bin/sh", "-c", "echo \"$ICP_TEST_DATABASE_URL\"; read -r _; exit 7"])
        .env_remove("ICP_TEST_DATABASE_URL")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn address(child: &mut Child) -> (String, u16) {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).await.unwrap();
    let url = Url::parse(line.trim()).unwrap();
    (url.host_str().unwrap().to_owned(), url.port().unwrap())
}

async fn is_gone_within(limit: Duration, address: &(String, u16)) -> bool {
    let deadline = Instant::now() + limit;
    while Instant::now() < deadline {
        if TcpStream::connect((address.0.as_str(), address.1)).await.is_err() {
            return true;
        }
        sleep(Duration::from_millis(100)).await;
    }
    false
}

#[tokio::test]
async fn the_command_finds_its_server_and_gives_its_exit_code() {
    let mut child = start();
    let address = address(&mut child).await;
    assert!(TcpStream::connect((address.0.as_str(), address.1)).await.is_ok());
    drop(child.stdin.take());
    assert_eq!(child.wait().await.unwrap().code(), Some(7));
    assert!(is_gone_within(Duration::from_secs(1), &address).await);
}

#[tokio::test]
async fn a_killed_parent_leaves_no_server_behind() {
    let mut child = start();
    let address = address(&mut child).await;
    child.kill().await.unwrap();
    assert!(is_gone_within(Duration::from_secs(30), &address).await);
}
