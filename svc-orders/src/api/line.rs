//! Orders that wait: in line behind another one, or for another account's consent.

use actix_web::{delete, get, post, web};
use chassis::{
    failure::Failure,
    http::{IfMatch, Once, Reply},
    idempotency,
};
use domain::{id::OrderId, order::Command};
use serde_json::json;

use super::{
    extract::{Acted, Answers, account},
    view::OrderView,
};
use crate::{
    App,
    command::{self, Version},
    store,
};

/// Puts a complete draft in line: it is submitted by itself when the order before it ends.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Nothing is before it, or it is no draft"),
    (status = 422, description = "Something else is missing or wrong")))]
#[post("/v1/orders/{id}/line")]
pub(super) async fn join(app: web::Data<App>, acted: Acted, want: IfMatch, once: Once<()>) -> Result<Reply, Failure> {
    let (id, now) = (acted.order.id, app.clock.now());
    app.db
        .transact("order.wait", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let before = command::locked(tx, id, Version::Is(want.0)).await?;
                let after = app.join_line(tx, &acted.me, before).await?;
                Ok(Reply::ok(&OrderView::from(&after)).etag(after.version))
            })
            .await
        })
        .await
}

/// Takes it out of the line.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object)))]
#[delete("/v1/orders/{id}/line")]
pub(super) async fn leave(app: web::Data<App>, acted: Acted, want: IfMatch) -> Result<Reply, Failure> {
    let id = acted.order.id;
    app.db
        .transact("order.leave_line", async |tx| {
            let before = command::locked(tx, id, Version::Is(want.0)).await?;
            let after = app.leave_line(tx, &acted.me, before).await?;
            Ok(Reply::ok(&OrderView::from(&after)).etag(after.version))
        })
        .await
}

/// Orders of others that ask this account for its consent, newest first.
#[utoipa::path(tag = "orders", responses((status = 200, body = Object)))]
#[get("/v1/consents")]
pub(super) async fn asked(app: web::Data<App>, me: Answers) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let orders = app.db.read("order.asking", async |tx| store::order::asking(tx, account).await).await?;
    let items: Vec<_> = orders.iter().map(OrderView::from).collect();
    Ok(Reply::ok(&json!({ "items": items })))
}

/// The other account consents to an order.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Nothing is asked any more")))]
#[post("/v1/consents/{id}/accept")]
pub(super) async fn accept(
    app: web::Data<App>,
    me: Answers,
    id: web::Path<String>,
    want: IfMatch,
    once: Once<()>,
) -> Result<Reply, Failure> {
    answer(&app, &me, (&id, want), &once, Command::Consent).await
}

/// The other account does not.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Nothing is asked any more")))]
#[post("/v1/consents/{id}/decline")]
pub(super) async fn decline(
    app: web::Data<App>,
    me: Answers,
    id: web::Path<String>,
    want: IfMatch,
    once: Once<()>,
) -> Result<Reply, Failure> {
    answer(&app, &me, (&id, want), &once, Command::Decline).await
}

async fn answer(
    app: &App,
    me: &Answers,
    (id, want): (&str, IfMatch),
    once: &Once<()>,
    command: Command,
) -> Result<Reply, Failure> {
    let (account, now, command) = (account(me)?, app.clock.now(), &command);
    let id: OrderId = id.parse().map_err(|error| store::order::absent().because(error))?;
    app.db
        .transact("order.consent", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let order = (id, Version::Is(want.0));
                let after = app.answer(tx, (me, account), order, command.clone()).await?;
                Ok(Reply::ok(&OrderView::from(&after)).etag(after.version))
            })
            .await
        })
        .await
}
