//! A private RabbitMQ with its own name server (epmd), cookie, directories and ports. It knows no queue of ours.
//!
//! The distribution's `rabbitmq-server` in `/usr/sbin` is a wrapper that insists on root and the user `rabbitmq`; the
//! script it wraps runs as anybody. No plugin is enabled. An own epmd, started by us, is ended by us; one that Erlang
//! starts by itself stays behind for ever.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use tokio::process::Command;

use super::{
    free_port,
    guard::Guard,
    program::{self, Greeting},
    tail,
};

const ABSENT: &str = "RabbitMQ (rabbitmq-server, epmd) is not installed: run `make setup` (Debian and Ubuntu: `apt-get \
                      install rabbitmq-server`), or set ICP_TEST_AMQP_URL";
/// The protocol header of AMQP 0-9-1 is answered by a method frame (`connection.start`) on channel 0.
const HEADER: Greeting = Greeting { ask: b"AMQP\x00\x00\x09\x01", expect: &[1, 0, 0] };

struct Ports {
    amqp: u16,
    distribution: u16,
    epmd: u16,
}

/// Starts it in `dir/rabbit` and answers the URL of the virtual host `/`.
pub(super) async fn start(dir: &Path, guard: &mut Guard) -> anyhow::Result<String> {
    let mut likely = vec![PathBuf::from("/usr/lib/rabbitmq/bin")];
    likely.extend(program::newest_first("/usr/lib/rabbitmq/lib", "sbin"));
    let server = program::find("rabbitmq-server", likely).context(ABSENT)?;
    let epmd = program::find("epmd", program::newest_first("/usr/lib/erlang", "bin")).context(ABSENT)?;
    let mut last = None;
    for attempt in 0..2 {
        let home = dir.join(format!("rabbit-{attempt}"));
        let ports = Ports { amqp: free_port()?, distribution: free_port()?, epmd: free_port()? };
        std::fs::create_dir_all(home.join("log"))?;
        match serve((&server, &epmd), &home, &ports, guard).await {
            Ok(()) => return Ok(format!("amqp://guest:guest@127.0.0.1:{}/%2f", ports.amqp)),
            Err(error) => last = Some(error.context(format!("its log ends:\n{}", tail(&home.join("log/out"))))),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("never tried"))).context("RabbitMQ does not start")
}

async fn serve((server, epmd): (&Path, &Path), home: &Path, ports: &Ports, guard: &mut Guard) -> anyhow::Result<()> {
    let mut names = Command::new(epmd);
    names.args(["-port", &ports.epmd.to_string(), "-address", "127.0.0.1"]).current_dir(home);
    let (_names, pid) = program::serve(&mut names, &home.join("log/epmd"))?;
    guard.halt_at_end(pid, "TERM", 2).await?;

    std::fs::write(home.join("rabbitmq.conf"), configuration(ports)).context("rabbitmq.conf")?;
    std::fs::write(home.join("enabled_plugins"), "[].\n").context("enabled_plugins")?;
    let mut command = Command::new(server);
    command.current_dir(home).envs(environment(home, ports));
    let (mut child, pid) = program::serve(&mut command, &home.join("log/out"))?;
    guard.halt_at_end(pid, "TERM", 25).await?;
    program::answers(&mut child, ports.amqp, &HEADER, Duration::from_secs(90)).await
}

fn configuration(ports: &Ports) -> String {
    format!(
        "listeners.tcp.1 = 127.0.0.1:{}\nlog.console = false\nlog.file.level = warning\n\
         vm_memory_high_watermark.relative = 0.3\ndisk_free_limit.absolute = 50MB\n",
        ports.amqp
    )
}

fn environment(home: &Path, ports: &Ports) -> Vec<(&'static str, String)> {
    let at = |name: &str| home.join(name).to_string_lossy().into_owned();
    vec![
        // The cookie lives here, so that no node of the machine can join.
        ("HOME", at("")),
        // The same at every start, or a kept directory would hold one broker for each.
        ("RABBITMQ_NODENAME", "icp@localhost".to_owned()),
        ("RABBITMQ_NODE_PORT", ports.amqp.to_string()),
        ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".to_owned()),
        ("RABBITMQ_DIST_PORT", ports.distribution.to_string()),
        ("RABBITMQ_MNESIA_BASE", at("mnesia")),
        ("RABBITMQ_LOG_BASE", at("log")),
        ("RABBITMQ_PID_FILE", at("pid")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins")),
        ("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf")),
        ("RABBITMQ_CONF_ENV_FILE", "/dev/null".to_owned()),
        ("ERL_EPMD_PORT", ports.epmd.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".to_owned()),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}".to_owned()),
        // Makes the script replace itself by the Erlang machine, so that the process we know is the server.
        ("RUNNING_UNDER_SYSTEMD", "1".to_owned()),
    ]
}
