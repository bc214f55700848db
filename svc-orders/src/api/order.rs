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
    extract::{Seen, account},
    view::{OrderView, StepView},
};
use crate::{
    App,
    command::{NewOrder, Status},
    store,
};

/// Opens an empty filing order.
#[utoipa::path(
    tag = "orders",
    request_body(content = Object, example = json!({ "province": "210000", "nature": 4, "way": "electronic" })),
    responses((status = 201, body = Object))
)]
#[post("/v1/orders")]
pub(super) async fn open(app: web::Data<App>, me: Customer, new: Once<NewOrder>) -> Result<Reply, Failure> {
    let (account, now) = (account(&me)?, app.clock.now());
    let subject = new.body.certificate.as_deref().map(|number| app.subject_index(number));
    let status = match new.body.kind {
        None => app.ask_authority(&new.body.asked()?).await?,
        Some(_) => Status::default(),
    };
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
