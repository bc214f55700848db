//! The exchanges with the authority as staff sees them.

use std::collections::BTreeMap;

use actix_web::{get, web};
use chassis::{
    db::cursor::{self, Page},
    failure::Failure,
    http::{Reply, Signed},
};
use domain::id::OrderId;
use serde::Deserialize;

use super::{Bench, may_look, view::ExchangeView};
use crate::store::{exchange, upload};

/// Which exchanges to show.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ExchangeQuery {
    /// Of this order
    #[param(value_type = Option<Uuid>)]
    order: Option<OrderId>,
    /// `true`: only those that a lead has to carry on by hand
    #[serde(default)]
    by_hand: bool,
    /// How many, 1 to 100; 20 when absent
    limit: Option<u32>,
    /// The `next` of the page before
    cursor: Option<String>,
}

/// Exchanges with the authority, newest first.
#[utoipa::path(tag = "review", params(ExchangeQuery), responses((status = 200, body = Page<ExchangeView>)))]
#[get("/v1/review/exchanges")]
pub(super) async fn list(
    me: Signed,
    query: web::Query<ExchangeQuery>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    may_look(&me)?;
    let limit = cursor::limit(query.limit)?;
    let filters = (query.order, query.by_hand);
    let before: Option<i64> = cursor::decode(query.cursor.as_deref(), &filters)?;
    let more = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let found = bench
        .db
        .read("exchange.list", async |tx| {
            let found = exchange::list(tx, filters, before, more).await?;
            let records: Vec<i64> = found.iter().map(|exchange| exchange.record).collect();
            Ok((found, upload::taken(tx, &records).await?))
        })
        .await?;
    let (found, taken) = found;
    let sequences: BTreeMap<i64, i64> = taken.into_iter().collect();
    let views = found.into_iter().map(|exchange| {
        let sequence = sequences.get(&exchange.record).copied();
        ExchangeView::of(exchange, sequence)
    });
    Ok(Reply::ok(&Page::of(views.collect(), limit, |view: &ExchangeView| view.record, &filters)))
}
