//! Curtains: ask, list, hand over to the courier.

use actix_web::{get, post, web};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Customer, Once, Operations, Reply, Signed},
};
use domain::{
    id::{CurtainId, OrderId},
    photo::CurtainState,
    text::Text,
};
use serde::Deserialize;
use serde_json::json;

use super::{CurtainView, is_customer, must_be_staff_or_customer, nothing, one_of, sees_list};
use crate::{
    App,
    store::curtain::{self, Wanted},
};

/// For which order.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewCurtain {
    order: OrderId,
}

/// Asks for the free curtain: one an account, sent at 16:00 of a working day.
#[utoipa::path(tag = "curtains", request_body = Object, responses((status = 201, body = Object), (status = 409)))]
#[post("/v1/curtains")]
pub(super) async fn ask(app: web::Data<App>, me: Customer, new: Once<NewCurtain>) -> Result<Reply, Failure> {
    app.ask_for_curtain(&me, new.body.order, &new.key).await
}

/// How a list is narrowed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    order: Option<OrderId>,
    state: Option<String>,
    limit: Option<u32>,
    cursor: Option<String>,
}

/// Requests, oldest first: the own ones for customers, all for staff.
#[utoipa::path(tag = "curtains", params(("order" = Option<String>, Query), ("state" = Option<String>, Query),
    ("limit" = Option<u32>, Query), ("cursor" = Option<String>, Query)), responses((status = 200, body = Object)))]
#[get("/v1/curtains")]
pub(super) async fn list(app: web::Data<App>, me: Signed, query: web::Query<Narrowed>) -> Result<Reply, Failure> {
    must_be_staff_or_customer(&me)?;
    if !sees_list(&app, &me, query.order).await? {
        return Ok(nothing());
    }
    let wanted = Wanted {
        order: query.order,
        state: one_of(query.state.as_deref(), &CurtainState::NAMES)?,
        account: me.account.filter(|_| is_customer(&me)),
    };
    let filters = json!({ "order": query.order, "state": query.state, "by": me.id });
    let limit = cursor::limit(query.limit)?;
    let after: Option<CurtainId> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let rows = app.db.read("curtain.list", async |tx| curtain::list(tx, &wanted, after, limit + 1).await).await?;
    Ok(Reply::ok(&Page::of(rows, limit, |curtain| curtain.id, &filters).map(|curtain| CurtainView::from(&curtain))))
}

/// Who takes it along.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HandedOver {
    courier: Text<40>,
    waybill: Text<40>,
}

/// Notes that the courier has it.
#[utoipa::path(tag = "curtains", params(("id" = String, Path)), request_body = Object,
    responses((status = 200, body = Object), (status = 409)))]
#[post("/v1/curtains/{id}/dispatch")]
pub(super) async fn hand_over(
    app: web::Data<App>,
    me: Operations,
    id: web::Path<CurtainId>,
    once: Once<HandedOver>,
) -> Result<Reply, Failure> {
    let courier = (once.body.courier.as_str(), once.body.waybill.as_str());
    app.hand_over(&me, *id, courier, &once.key).await
}
