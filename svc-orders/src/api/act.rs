//! What the customer does with a whole order: hand it in, take it back, give it up. Each takes effect once.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{IfMatch, Once, Reply},
    idempotency,
};
use domain::order::Command;

use super::{extract::Acted, view::OrderView};
use crate::{
    App,
    command::{self, Version},
};

/// Hands the order in, or answers everything that is wrong with it.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Not in this state, or another order is in progress"),
    (status = 422, description = "Something is missing or wrong")))]
#[post("/v1/orders/{id}/submit")]
pub(super) async fn submit(app: web::Data<App>, acted: Acted, want: IfMatch, once: Once<()>) -> Result<Reply, Failure> {
    let (by, id, now) = (command::doer(&acted.me), acted.order.id, app.clock.now());
    let looked = app.look_again(&acted.order).await?;
    let looked = looked.as_ref();
    app.db
        .transact("order.submit", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let before = command::locked(tx, id, Version::Is(want.0)).await?;
                let settled = app.settle_again(tx, &by, &before, looked).await?;
                let after = app.submit(tx, &by, before, settled).await?;
                Ok(Reply::ok(&OrderView::from(&after)).etag(after.version))
            })
            .await
        })
        .await
}

/// Takes the order back while it has not left for the authority.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Not in this state")))]
#[post("/v1/orders/{id}/withdraw")]
pub(super) async fn withdraw(
    app: web::Data<App>,
    acted: Acted,
    want: IfMatch,
    once: Once<()>,
) -> Result<Reply, Failure> {
    act(&app, &acted, want, &once, Command::Withdraw).await
}

/// Gives the order up for good.
#[utoipa::path(tag = "orders", params(("id" = String, Path)), responses((status = 200, body = Object),
    (status = 409, description = "Not in this state")))]
#[post("/v1/orders/{id}/abandon")]
pub(super) async fn abandon(
    app: web::Data<App>,
    acted: Acted,
    want: IfMatch,
    once: Once<()>,
) -> Result<Reply, Failure> {
    act(&app, &acted, want, &once, Command::Abandon).await
}

async fn act(app: &App, acted: &Acted, want: IfMatch, once: &Once<()>, command: Command) -> Result<Reply, Failure> {
    let (by, id, now) = (command::doer(&acted.me), acted.order.id, app.clock.now());
    let command = &command;
    app.db
        .transact("order.act", async |tx| {
            idempotency::once(tx, &once.key, now, async |tx| {
                let after = app.execute(tx, &by, (id, Version::Is(want.0)), command.clone()).await?;
                Ok(Reply::ok(&OrderView::from(&after)).etag(after.version))
            })
            .await
        })
        .await
}
