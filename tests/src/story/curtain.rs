//! A person in Guangdong files one website, the historic curtain way: returned once with reasons on two fields, corrected,
//! passed; the curtain photo is refused once.

use super::{Filing, principal, reviewer};
use crate::{example::Example, world::World};

/// Files it and answers the order with its numbers.
pub async fn curtain(world: &World) -> anyhow::Result<Filing> {
    let mut example = Example::named("person-guangdong");
    let mut filing = Filing::open(world, "customer-guangdong", &mut example).await?;
    filing.write(&example).await?;
    filing.hand_in_materials(&example).await?;
    filing.submit().await?;

    let task = reviewer::claim(world, "reviewer-chen", filing.order()).await?;
    task.send_back(&example.json("return")?).await?;
    filing.reaches("returned").await?;
    filing.correct("services", &example.json("services-corrected")?).await?;
    filing.submit().await?;

    let task = reviewer::claim(world, "reviewer-lin", filing.order()).await?;
    task.reach("subject").await?;
    task.pass().await?;
    filing.reaches("photo_pending").await?;
    if filing.ask_for_curtain().await? {
        reviewer::dispatch_curtain(world, filing.order()).await?;
    }
    filing.upload_photo(&example.picture("curtain-dark")?).await?;
    reviewer::refuse_photo(world, "reviewer-lin", filing.order(), &example.json("photo-refusal")?).await?;
    filing.reaches("photo_pending").await?;
    filing.upload_photo(&example.picture("curtain")?).await?;
    reviewer::accept_photo(world, "reviewer-lin", filing.order()).await?;
    filing.reaches("awaiting_sms").await?;
    principal::verify_all(world, &filing).await?;
    filing.reaches("filed").await?;
    Ok(filing)
}
