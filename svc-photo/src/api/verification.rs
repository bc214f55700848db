//! Face checks: take one, list them.

use actix_web::{get, post, web};
use chassis::{
    failure::Failure,
    http::{Reply, Signed},
};
use domain::{access::Action, id::OrderId};
use serde::Deserialize;
use serde_json::json;

use super::upload::Upload;
use crate::{App, store::verification};

/// Compares a live picture with the person to be verified. The picture is not kept.
#[utoipa::path(tag = "verifications",
    request_body(content_type = "multipart/form-data", content = Object, description = "order, file"),
    responses((status = 201, body = Object), (status = 409), (status = 422), (status = 429), (status = 503)))]
#[post("/v1/verifications")]
pub(super) async fn take(app: web::Data<App>, upload: Upload) -> Result<Reply, Failure> {
    app.verify(&upload.me, upload.order, upload.file, &upload.key).await
}

/// Which order's.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Of {
    order: OrderId,
}

/// The face checks of an order, oldest first.
#[utoipa::path(tag = "verifications", params(("order" = String, Query)), responses((status = 200, body = Object)))]
#[get("/v1/verifications")]
pub(super) async fn list(app: web::Data<App>, me: Signed, of: web::Query<Of>) -> Result<Reply, Failure> {
    app.filing(&me, of.order, Action::Read).await?;
    let all = app.db.read("verification.of", async |tx| verification::of(tx, of.order).await).await?;
    let items: Vec<_> = all
        .iter()
        .map(|one| json!({ "id": one.id, "outcome": one.outcome, "result": one.result, "created_at": one.created_at }))
        .collect();
    Ok(Reply::ok(&json!({ "items": items })))
}
