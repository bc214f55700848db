//! What the principals do when the authority's SMS arrives: enter the code on the authority's page.

use std::collections::BTreeSet;

use anyhow::{Context, ensure};
use sandbox::kit::Answer;
use serde_json::{Value, json};

use super::{Filing, SOON};
use crate::{wait::eventually, world::World};

/// Every principal of the filing reads the newest code and enters it with the last six of the identity number.
pub(super) async fn verify_all(world: &World, filing: &Filing) -> anyhow::Result<()> {
    for (mobile, last6) in filing.people().await? {
        enter(world, &mobile, &last6).await?;
    }
    Ok(())
}

/// Somebody reads the newest code and enters it.
async fn enter(world: &World, mobile: &str, last6: &str) -> anyhow::Result<()> {
    let inbox = || async { world.outside.get(&format!("authority/sms?mobile={mobile}")).expect(200).await };
    let arrived = |answer: &Answer| newest_code(answer).is_some();
    let answer = eventually("the authority's SMS", SOON, inbox, arrived).await?;
    let code = newest_code(&answer).context("the SMS has no code")?;
    let entered = json!({ "mobile": mobile, "code": code, "last6": last6 });
    let answer = world.outside.post("authority/verify").json(&entered).expect(200).await?;
    ensure!(answer.text("/outcome")? == "verified", "the authority answered {}", answer.body);
    Ok(())
}

/// The same for those whom the order still waits for.
pub(super) async fn verify_pending(world: &World, filing: &Filing, order: &Answer) -> anyhow::Result<()> {
    let draft = filing.draft().await?;
    for role in order.list("/sms/pending")? {
        let own = draft.text("/services/0/principal/mobile").is_ok();
        let at = if role == "service" && own { "/services/0/principal" } else { "/subject/principal" };
        let mobile = draft.text(&format!("{at}/mobile"))?;
        let number = draft.text(&format!("{at}/certificate/number"))?;
        let last6 = number.get(number.len().saturating_sub(6)..).context("a short number")?;
        enter(world, mobile, last6).await?;
    }
    Ok(())
}

fn newest_code(answer: &Answer) -> Option<String> {
    let items = answer.list("/items").ok()?;
    items.last()?.get("code").and_then(Value::as_str).map(str::to_owned)
}

impl Filing {
    /// Mobile and the last six of the identity number of each different principal, as the customer wrote them.
    async fn people(&self) -> anyhow::Result<BTreeSet<(String, String)>> {
        let draft = self.draft().await?;
        let person = |at: &str| {
            let mobile = draft.text(&format!("{at}/mobile")).ok()?.to_owned();
            let number = draft.text(&format!("{at}/certificate/number")).ok()?;
            Some((mobile, number.get(number.len().checked_sub(6)?..)?.to_owned()))
        };
        let people = ["/subject/principal", "/services/0/principal"].into_iter().filter_map(person);
        Ok(people.collect())
    }
}
