//! The dossier under review. It is asked for on the reviewer's behalf, noted on both sides, and kept nowhere here.

use actix_web::{get, web};
use chassis::{
    failure::Failure,
    http::{Reply, Reviewer},
};
use domain::{
    access::{Actor, Role},
    id::TaskId,
    review::ReviewState,
};
use serde_json::{Value, json};
use url::form_urlencoded::byte_serialize;

use super::Bench;
use crate::{
    command::By,
    store::task::{self, Task},
};

/// What the customer wrote, for the reviewer who has claimed the review, and for leads.
#[utoipa::path(tag = "review", params(("id" = Uuid, Path)), responses((status = 200, body = Object)))]
#[get("/v1/review/tasks/{id}/dossier")]
pub(super) async fn read(me: Reviewer, id: web::Path<TaskId>, bench: web::Data<Bench>) -> Result<Reply, Failure> {
    let now = bench.clock.now();
    // Noted before it is shown: who was refused by orders has asked all the same.
    let noted = async |tx: &mut chassis::db::Tx| {
        let task = task::get(tx, *id).await?.filter(|task| me.covers(task.province));
        let task = task.ok_or_else(|| Failure::not_found("There is no such review."))?;
        if !may_see(&me, &task) {
            return Err(Failure::forbidden("Claim this review first."));
        }
        let detail = json!({ "task": task.id, "round": task.round });
        By::person(&me).noted(tx, now, (task.order, "review.dossier"), detail).await?;
        Ok(task.order)
    };
    let order = bench.db.transact("task.dossier", noted).await?;
    let by: String = byte_serialize(me.id.as_bytes()).collect();
    let dossier: Value = bench.orders.get(&format!("/v1/peer/orders/{order}/dossier?for=review&by={by}")).await?;
    Ok(Reply::ok(&dossier))
}

fn may_see(actor: &Actor, task: &Task) -> bool {
    let holds = match &task.review.state {
        ReviewState::Claimed { by, .. } => by.as_str() == actor.id,
        ReviewState::Open | ReviewState::Passed | ReviewState::Returned | ReviewState::Closed => false,
    };
    holds || actor.role == Role::Lead
}
