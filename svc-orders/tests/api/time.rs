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
use svc_orders::{App, Settings, expire, keep};
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
    let settings = Settings {
        ways: vec![Way::Electronic, Way::Curtain],
        eyes: Eyes::Two,
        expire_after: TimeDelta::days(45),
        remind_after: [7, 15, 30].map(TimeDelta::days).into(),
        purge_after: TimeDelta::days(180),
        purge_warning: TimeDelta::days(7),
    };
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

#[tokio::test]
async fn a_customer_is_reminded_three_times_and_told_before_anything_is_deleted() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = replica(&stage)?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let mut told = Vec::new();
    for day in 1..=240 {
        stage.clock.advance(TimeDelta::days(1));
        let (kept, expired) = (keep(&app).await?, expire(&app).await?);
        if kept != [0, 0, 0] || expired > 0 {
            told.push((day, kept, expired));
        }
    }
    let expected = [
        (7, [1, 0, 0], 0),
        (15, [1, 0, 0], 0),
        (30, [1, 0, 0], 0),
        (45, [0, 0, 0], 1),
        (45 + 173, [0, 1, 0], 0),
        (45 + 180, [0, 0, 1], 0),
    ];
    assert_eq!(told, expected);
    let order = stage.client(CUSTOMER)?.get(&filing.path("")).expect(200).await?;
    assert_eq!(order.text("/state")?, "expired");
    stage.client(CUSTOMER)?.get(&filing.path("/draft")).expect(404).await?;
    let topics: Vec<&str> = stage
        .outbox()
        .await?
        .iter()
        .map(domain::message::Message::topic)
        .map(|topic| match topic.as_str() {
            "order.reminded" => "reminded",
            "order.purged" => "purged",
            _ => "other",
        })
        .collect();
    assert_eq!(topics.iter().filter(|topic| **topic == "reminded").count(), 4);
    assert_eq!(topics.iter().filter(|topic| **topic == "purged").count(), 1);
    Ok(())
}

#[tokio::test]
async fn whoever_was_away_for_long_hears_it_once_and_a_touch_begins_anew() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = replica(&stage)?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    stage.clock.advance(TimeDelta::days(20));
    assert_eq!(keep(&app).await?, [1, 0, 0]);
    assert_eq!(keep(&app).await?, [0, 0, 0]);
    let mine = stage.client(CUSTOMER)?;
    let version = mine.get(&filing.path("")).expect(200).await?.version()?;
    mine.put(&filing.path("/draft/subject")).version(version).json(&json!({})).expect(200).await?;
    stage.clock.advance(TimeDelta::days(6));
    assert_eq!(keep(&app).await?, [0, 0, 0]);
    stage.clock.advance(TimeDelta::days(1));
    assert_eq!(keep(&app).await?, [1, 0, 0]);
    Ok(())
}
