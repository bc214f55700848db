//! `sandbox`: the outside world as a program of its own. It knows no service.

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use chassis::{clock::SystemClock, supervise};
use clap::Parser;
use sandbox::{Sandbox, SandboxArgs};
use url::Url;

/// Stands in for what is outside of ICP filing: identity service, inventory, authority, SMS gateway, mail server, face-compare
/// vendor.
#[derive(Parser)]
#[command(name = "sandbox", version)]
struct Args {
    /// Where HTTP listens; port 0 is a free one
    #[arg(long, env = "SANDBOX_HTTP", default_value = "127.0.0.1:8090", value_name = "ADDRESS")]
    http: SocketAddr,
    /// Where SMTP listens; port 0 is a free one
    #[arg(long, env = "SANDBOX_SMTP", default_value = "127.0.0.1:2525", value_name = "ADDRESS")]
    smtp: SocketAddr,
    /// How the services reach the HTTP address, when it is by another name
    #[arg(long, env = "SANDBOX_PUBLIC_URL", value_name = "URL")]
    public_url: Option<Url>,
    /// Where the signing key is kept, so that tokens stand over a restart
    #[arg(long, env = "SANDBOX_DIR", value_name = "DIR")]
    dir: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Args { http, smtp, public_url: public, dir } = Args::parse();
    let sandbox = Sandbox::start(SandboxArgs { http, smtp, public, dir }, Arc::new(SystemClock)).await?;
    announce(&sandbox);
    supervise::signalled().await?;
    sandbox.stop().await;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a program says where it can be found")]
fn announce(sandbox: &Sandbox) {
    println!("备案沙箱 / ICP sandbox: {}", sandbox.http);
    println!("  mail (SMTP)  {}", sandbox.smtp);
    println!("  demo people  {}identity/people", sandbox.http);
    println!("Ctrl-C 结束 / ends it");
}
