//! Orders: open, list, read, history.

use actix_web::{
    get, post,
    web::{self, Query},
};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Customer, Once, Reply},
    idempotency,
};
use domain::{id::OrderId, order::StateName};
use serde::Deserialize;
use serde_json::json;

use super::{
    extract::{Seen, account},
    view::{OrderView, StepView},
};
use crate::{
    App,
    command::{NewOrder, Status},
    store::{self, order::OrdersOf},
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
    let status = match new.body.kind {
        None => app.ask_authority(&new.body.asked()?).await?,
        Some(_) => Status::default(),
    };
    app.db
        .transact("order.open", async |tx| {
            idempotency::once(tx, &new.key, now, async |tx| {
                let order = app.open(tx, &me, account, (&new.body, &status)).await?;
                Ok(Reply::created(format!("/v1/orders/{}", order.id), &OrderView::from(&order)).etag(order.version))
            })
            .await
        })
        .await
}

/// How a list is narrowed.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    /// Only orders in this state.
    state: Option<String>,
    /// 1 to 100, 20 when absent.
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    cursor: Option<String>,
}

/// The account's orders, newest first.
#[utoipa::path(tag = "orders", params(Narrowed), responses((status = 200, body = Object)))]
#[get("/v1/orders")]
pub(super) async fn list(app: web::Data<App>, me: Customer, query: Query<Narrowed>) -> Result<Reply, Failure> {
    let state = query
        .state
        .as_deref()
        .map(str::parse::<StateName>)
        .transpose()
        .map_err(|error| Failure::unreadable("The query has an unknown state.").because(error))?;
    let filters = json!({ "account": account(&me)?, "state": state });
    let limit = cursor::limit(query.limit)?;
    let after: Option<OrderId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let orders = OrdersOf(account(&me)?);
    let rows = app.db.read("order.list", async |tx| orders.list(tx, state, after, limit + 1).await).await?;
    let page = Page::of(rows, limit, |order| order.id, &filters).map(|order| OrderView::from(&order));
    Ok(Reply::ok(&page))
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
