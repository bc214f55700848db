//! An enterprise in Liaoning files one website, the electronic way: no returns, both principals verify by SMS.

use super::{Filing, principal, reviewer};
use crate::{example::Example, world::World};

/// Files it and answers the order with its numbers.
pub async fn electronic(world: &World) -> anyhow::Result<Filing> {
    let mut example = Example::named("enterprise-liaoning");
    let mut filing = Filing::open(world, "customer-liaoning", &mut example).await?;
    filing.write(&example).await?;
    filing.hand_in_materials(&example).await?;
    filing.check_face(&example).await?;
    filing.submit().await?;
    let task = reviewer::claim(world, "reviewer-chen", filing.order()).await?;
    task.reach("subject").await?;
    task.reach("service").await?;
    task.pass().await?;
    filing.reaches("awaiting_sms").await?;
    principal::verify_all(world, &filing).await?;
    filing.reaches("filed").await?;
    Ok(filing)
}
