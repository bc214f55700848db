//! What time does: untouched drafts expire. Nobody waits for it here.

use std::sync::Arc;

use chassis::{config::SealArgs, seal::Keyring};
use chrono::TimeDelta;
use clap::Parser;
use domain::{
    access::StaffId,
    message::ReviewStep,
    order::{Eyes, Way},
};
use serde_json::json;
use svc_orders::{App, Settings, expire};
use tokio_util::sync::CancellationToken;

use crate::world::{CUSTOMER, Filing, Stage, liaoning, stage};

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    seal: SealArgs,
}

/// The commands of another replica beside the one that serves HTTP.
pub(crate) fn replica(stage: &Stage) -> anyhow::Result<App> {
    let arguments = [vec!["replica".to_owned()], stage.outside.seal()].concat();
    let settings =
        Settings { ways: vec![Way::Electronic, Way::Curtain], eyes: Eyes::Two, expire_after: TimeDelta::days(45) };
    Ok(App {
        db: stage.db.clone(),
        clock: Arc::<chassis::clock::FixedClock>::clone(&stage.clock),
        keyring: Arc::new(Keyring::open(&Given::try_parse_from(arguments)?.seal)?),
        rules: chassis::rulebook::Rulebook::open(None)?,
        review: None,
        settings,
        resources: None,
        draining: CancellationToken::new(),
    })
}

#[tokio::test]
async fn a_draft_that_nobody_touches_expires_to_the_second() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = replica(&stage)?;
    let idle = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?.id;
    let mut touched = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    stage.clock.advance(TimeDelta::hours(1));
    touched.save("subject", &json!({})).await?;
    stage.clock.advance(TimeDelta::days(45) - TimeDelta::hours(1) - TimeDelta::seconds(1));
    assert_eq!(expire(&app).await?, 0);
    stage.clock.advance(TimeDelta::seconds(1));
    assert_eq!(expire(&app).await?, 1);
    assert_eq!(expire(&app).await?, 0);
    // The tokens of the day before are over.
    let mine = stage.client(CUSTOMER)?;
    let expired = mine.get(&format!("/v1/orders/{idle}")).expect(200).await?;
    assert_eq!((expired.text("/state")?, expired.text("/state_zh")?), ("expired", "已过期"));
    let path = format!("/v1/orders/{idle}/draft/subject");
    let refused = mine.put(&path).version(expired.version()?).json(&json!({})).expect(409).await?;
    assert_eq!(refused.errors()[0].1, "order.finished");
    assert_eq!(mine.get(&touched.path("")).expect(200).await?.text("/state")?, "draft");
    let told = stage.outbox().await?;
    assert_eq!(told.iter().filter(|message| message.topic() == "order.expired").count(), 1);
    Ok(())
}

#[tokio::test]
async fn what_waits_for_us_never_expires_and_what_waits_for_the_customer_does() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = replica(&stage)?;
    let filing = Filing::reviewing(&stage, "curtain").await?;
    stage.clock.advance(TimeDelta::days(400));
    assert_eq!(expire(&app).await?, 0);
    filing.review(1, ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }).await?;
    stage.clock.advance(TimeDelta::days(45));
    assert_eq!(expire(&app).await?, 1);
    let order = stage.client(CUSTOMER)?.get(&filing.path("")).expect(200).await?;
    assert_eq!(order.text("/state")?, "expired");
    Ok(())
}
