//! What reviewers and operations do at their desks.

use anyhow::Context;
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use super::SOON;
use crate::{
    wait::eventually,
    world::{At, World},
};

/// A review on somebody's desk.
pub(super) struct Task {
    id: String,
    bench: Client,
}

/// Finds the order's review in the queue and takes it.
pub(super) async fn claim(world: &World, reviewer: &str, order: &str) -> anyhow::Result<Task> {
    let bench = world.as_(reviewer, At::Review)?;
    let path = format!("/v1/review/tasks?order={order}&state=open");
    let queue = || async { bench.get(&path).expect(200).await };
    let found = eventually("the review task", SOON, queue, |page: &Answer| {
        page.list("/items").is_ok_and(|items| !items.is_empty())
    })
    .await?;
    let id = found.text("/items/0/id")?.to_owned();
    bench.post(&format!("/v1/review/tasks/{id}/claim")).expect(200).await?;
    Ok(Task { id, bench })
}

impl Task {
    fn path(&self, rest: &str) -> String {
        format!("/v1/review/tasks/{}/{rest}", self.id)
    }

    /// Looks at the dossier, then calls a principal, who answers.
    pub(super) async fn reach(&self, principal: &str) -> anyhow::Result<()> {
        self.bench.get(&self.path("dossier")).expect(200).await?;
        let call = json!({ "principal": principal, "outcome": "reached" });
        self.bench.post(&self.path("calls")).json(&call).expect(200).await?;
        Ok(())
    }

    /// Who is to be called.
    pub(super) async fn to_call(&self) -> anyhow::Result<Vec<String>> {
        let task = self.bench.get(&format!("/v1/review/tasks/{}", self.id)).expect(200).await?;
        let roles = task.list("/to_call")?.iter().filter_map(|role| role.as_str().map(str::to_owned));
        Ok(roles.collect())
    }

    /// Passes it.
    pub(super) async fn pass(&self) -> anyhow::Result<()> {
        self.bench.post(&self.path("pass")).expect(200).await?;
        Ok(())
    }

    /// Sends it back.
    pub(super) async fn send_back(&self, reasons: &Value) -> anyhow::Result<()> {
        self.bench.post(&self.path("return")).json(reasons).expect(200).await?;
        Ok(())
    }
}

/// Operations hand the order's curtain to the courier.
pub(super) async fn dispatch_curtain(world: &World, order: &str) -> anyhow::Result<()> {
    let desk = world.as_("operations-wu", At::Photo)?;
    let found = desk.get(&format!("/v1/curtains?order={order}")).expect(200).await?;
    let id = found.text("/items/0/id")?;
    let handed = json!({ "courier": "顺丰速运", "waybill": "SF0000000000000" });
    desk.post(&format!("/v1/curtains/{id}/dispatch")).json(&handed).expect(200).await?;
    Ok(())
}

async fn waiting_photo(bench: &Client, order: &str) -> anyhow::Result<String> {
    let found = bench.get(&format!("/v1/photos?order={order}&state=waiting")).expect(200).await?;
    let id = found.list("/items")?.first().and_then(|photo| photo.get("id")?.as_str()).context("no photo waits")?;
    Ok(id.to_owned())
}

/// Refuses the photo that waits.
pub(super) async fn refuse_photo(world: &World, reviewer: &str, order: &str, reasons: &Value) -> anyhow::Result<()> {
    let bench = world.as_(reviewer, At::Photo)?;
    let id = waiting_photo(&bench, order).await?;
    bench.get(&format!("/v1/photos/{id}/content")).expect(200).await?;
    bench.post(&format!("/v1/photos/{id}/refuse")).json(reasons).expect(200).await?;
    Ok(())
}

/// Accepts the photo that waits.
pub(super) async fn accept_photo(world: &World, reviewer: &str, order: &str) -> anyhow::Result<()> {
    let bench = world.as_(reviewer, At::Photo)?;
    let id = waiting_photo(&bench, order).await?;
    bench.post(&format!("/v1/photos/{id}/accept")).expect(200).await?;
    Ok(())
}
