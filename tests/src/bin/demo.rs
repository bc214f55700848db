//! `make demo`: two filings from an empty draft to their numbers, over REST alone, against whatever house is running. It
//! ends with the two numbers, and with an error where any step went otherwise.

#![expect(clippy::print_stdout, reason = "the story is what the command was run for")]

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use clap::Parser;
use e2e::{
    story::{self, Filing},
    timeline,
    wait::eventually,
    world::World,
};
use serde_json::Value;
use standalone::endpoints::Endpoints;

/// Two filings from draft to number, against what `make run` or `make services` started
#[derive(Parser)]
struct Args {
    /// Where the running house wrote down its addresses
    #[arg(long, env = "ICP_DIR", default_value = ".icp")]
    dir: PathBuf,
    /// How long to wait for the last notice, in seconds
    #[arg(long, default_value_t = 300)]
    notices_within: u64,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let world = World::open(Endpoints::read(&args.dir)?).await?;
    let within = Duration::from_secs(args.notices_within);
    println!("一、辽宁某企业，一个网站，电子化核验 / an enterprise in Liaoning, one website, the electronic way");
    let first = story::electronic(&world).await?;
    let first = tell(&first, within).await?;
    println!("二、广东某个人，一个网站，幕布拍照 / a person in Guangdong, one website, the curtain way");
    let second = story::curtain(&world).await?;
    let second = tell(&second, within).await?;
    println!("备案成功 / filed:\n  {first}\n  {second}");
    Ok(())
}

/// How long notices take while svc-notify is there.
const AT_ONCE: Duration = Duration::from_secs(10);

fn all_sent(notices: &[Value]) -> bool {
    let filed = notices.iter().any(|notice| notice.get("kind").is_some_and(|kind| kind == "filed"));
    filed && notices.iter().all(|notice| notice.get("state").is_some_and(|state| state == "sent"))
}

/// Prints the story and answers the number that it ended with.
async fn tell(filing: &Filing, within: Duration) -> anyhow::Result<String> {
    let soon = eventually("every notice", AT_ONCE, || filing.notices(), |all| all_sent(all)).await;
    let notices = match soon {
        Ok(notices) => notices,
        Err(not_yet) => {
            let left = within.as_secs();
            println!(
                "  通知尚未全部送达，等待 svc-notify / waiting up to {left} s for svc-notify to send every notice"
            );
            eventually("every notice", within, || filing.notices(), |all| all_sent(all)).await.context(not_yet)?
        }
    };
    println!("{}", timeline::table(&filing.history().await?, &notices)?);
    let order = filing.read().await?;
    let number = order.text("/numbers/services/0").context("the order has no number")?;
    Ok(number.to_owned())
}
