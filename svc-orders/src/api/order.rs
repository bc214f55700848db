//! Orders: open, read, history.

use actix_web::{get, post, web};
use chassis::{
    failure::Failure,
    http::{Customer, Once, Reply},
    idempotency,
};
use domain::member::Right;
use serde_json::json;

use super::{
    extract::{Mine, Seen, account},
    view::{OrderView, StepView},
};
use crate::{App, command::NewOrder, store};

/// Opens an order: of the kind that the type check decides (province, nature, certificate, services), or, with `kind`, of what
/// is on file (subject, numbers; a cancellation's reason; a transfer's receiver). Its draft is filled from what is on file.
#[utoipa::path(
    tag = "orders",
    request_body(content = Object, example = json!({
        "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F", "way": "electronic",
        "services": [{ "kind": "website", "domain": "example-liaoning.cn" }]
    })),
    responses((status = 201, body = Object), (status = 409, description = "It cannot be filed as it is"),
        (status = 422, description = "Something of the question is missing, or not offered"))
)]
#[post("/v1/orders")]
pub(super) async fn open(app: web::Data<App>, me: Customer, new: Once<NewOrder>) -> Result<Reply, Failure> {
    let (account, now) = (account(&me)?, app.clock.now());
    let subject = new.body.certificate.as_deref().map(|number| app.subject_index(number));
    let status = app.status_for(&new.body).await?;
    app.db
        .transact("order.open", async |tx| {
            idempotency::once(tx, &new.key, now, async |tx| {
                app.must_have(tx, &me, (Right::Edit, subject.as_ref().map(<[u8; 32]>::as_slice))).await?;
                let order = app.open(tx, &me, account, (&new.body, &status)).await?;
                Ok(Reply::created(format!("/v1/orders/{}", order.id), &OrderView::from(&order)).etag(order.version))
            })
            .await
        })
        .await
}

/// Asks again what a returned, given up or expired order asked: a new order whose kind is decided anew, with what was written.
/// Consent is given anew; materials are taken over with `POST /v1/material-copies`.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 201, body = Object),
    (status = 409, description = "It is under way or filed, or cannot be filed any more")))]
#[post("/v1/orders/{id}/clone")]
pub(super) async fn clone(app: web::Data<App>, mine: Mine, once: Once<()>) -> Result<Reply, Failure> {
    if let Some(known) = app.db.read("order.once", async |tx| idempotency::known(tx, &once.key).await).await? {
        return Ok(known);
    }
    let (now, again) = (app.clock.now(), app.again(&mine.order).await?);
    let subject = again.new.certificate.as_deref().map(|number| app.subject_index(number));
    let (status, looked) = (app.status_for(&again.new).await?, app.look_for(&again).await?);
    app.db
        .transact("order.clone", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                if let Some(subject) = &subject {
                    app.must_have(tx, &mine.me, (Right::Edit, Some(subject))).await?;
                }
                let order = app.clone_order(tx, &mine.me, &again, (&status, &looked)).await?;
                Ok(Reply::created(format!("/v1/orders/{}", order.id), &OrderView::from(&order)).etag(order.version))
            })
            .await
        })
        .await
}

/// One order: its state, what can be done now, and why it was returned if it was.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object), (status = 304)))]
#[get("/v1/orders/{id}")]
pub(super) async fn read(seen: Seen) -> Reply {
    Reply::ok(&OrderView::from(&seen.order)).etag(seen.order.version)
}

/// What happened to an order, oldest first.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[get("/v1/orders/{id}/history")]
pub(super) async fn history(app: web::Data<App>, seen: Seen) -> Result<Reply, Failure> {
    let story = app.db.read("order.story", async |tx| store::order::story(tx, &seen.order).await).await?;
    let items: Vec<_> = story.iter().map(StepView::from).collect();
    Ok(Reply::ok(&json!({ "items": items })))
}
