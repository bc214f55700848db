//! Curtains: who asked, and when the courier took each.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper,
    query_dsl::methods::FilterDsl,
    result::{DatabaseErrorKind, Error},
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, CurtainId, OrderId},
    photo::CurtainState,
};
use serde_json::Value;
use uuid::Uuid;

use super::{from_json, rows, schema::curtain, to_json};

/// A request for a curtain.
#[derive(Debug, Clone)]
pub(crate) struct Curtain {
    pub(crate) id: CurtainId,
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) state: CurtainState,
    pub(crate) courier: Option<String>,
    pub(crate) waybill: Option<String>,
    pub(crate) dispatch_at: DateTime<Utc>,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = curtain)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    account: Uuid,
    body: Value,
    courier: Option<String>,
    waybill: Option<String>,
    dispatch_at: DateTime<Utc>,
    created_at: DateTime<Utc>,
}

fn read(row: Row) -> Result<Curtain, Failure> {
    Ok(Curtain {
        id: row.id.into(),
        order: row.order_id.into(),
        account: row.account.into(),
        state: from_json(row.body)?,
        courier: row.courier,
        waybill: row.waybill,
        dispatch_at: row.dispatch_at,
        created_at: row.created_at,
    })
}

/// A new request; 409 when the account has had its free one.
pub(crate) async fn insert(tx: &mut Tx, new: &Curtain) -> Result<(), Failure> {
    diesel::insert_into(curtain::table)
        .values((
            curtain::id.eq(new.id.uuid()),
            curtain::order_id.eq(new.order.uuid()),
            curtain::account.eq(new.account.uuid()),
            curtain::state.eq(new.state.name()),
            curtain::body.eq(to_json(&new.state)?),
            curtain::dispatch_at.eq(new.dispatch_at),
            curtain::created_at.eq(new.created_at),
        ))
        .execute(tx)
        .await
        .map_err(|error| had_one(&error).unwrap_or_else(|| error.into()))?;
    Ok(())
}

fn had_one(error: &Error) -> Option<Failure> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _) = error else { return None };
    Some(Failure::conflict("This account has had its free curtain.").at(
        "",
        "curtain.one_per_account",
        "每个账号可免费申请一次幕布，可重复使用 / One free curtain an account; it can be used again",
    ))
}

/// One request for changing it: locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: CurtainId) -> Result<Curtain, Failure> {
    read(curtain::table.find(id.uuid()).for_update().select(Row::as_select()).first(tx).await?)
}

/// Writes that the courier has it.
pub(crate) async fn dispatched(
    tx: &mut Tx,
    id: CurtainId,
    state: CurtainState,
    courier: Option<(&str, &str)>,
) -> Result<(), Failure> {
    let (courier, waybill) = courier.unzip();
    diesel::update(curtain::table.find(id.uuid()))
        .set((
            curtain::state.eq(state.name()),
            curtain::body.eq(to_json(&state)?),
            curtain::courier.eq(courier),
            curtain::waybill.eq(waybill),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// Requests whose courier comes by `now`. Index: `curtain_due`.
pub(crate) async fn due(tx: &mut Tx, now: DateTime<Utc>, most: i64) -> Result<Vec<CurtainId>, Failure> {
    let waiting = FilterDsl::filter(curtain::table, curtain::state.eq("requested"));
    let ids: Vec<Uuid> = FilterDsl::filter(waiting, curtain::dispatch_at.le(now))
        .order((curtain::dispatch_at, curtain::id))
        .limit(most)
        .select(curtain::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(CurtainId::from).collect())
}

/// Which requests to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) order: Option<OrderId>,
    pub(crate) state: Option<String>,
    /// Only of this account.
    pub(crate) account: Option<AccountId>,
}

/// The oldest first, behind `after`. Indexes: `curtain_state`, the unique ones of order and account.
pub(crate) async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    after: Option<CurtainId>,
    most: usize,
) -> Result<Vec<Curtain>, Failure> {
    let mut query = curtain::table.order(curtain::id).limit(rows(most)?).select(Row::as_select()).into_boxed();
    if let Some(order) = wanted.order {
        query = FilterDsl::filter(query, curtain::order_id.eq(order.uuid()));
    }
    if let Some(state) = &wanted.state {
        query = FilterDsl::filter(query, curtain::state.eq(state.clone()));
    }
    if let Some(account) = wanted.account {
        query = FilterDsl::filter(query, curtain::account.eq(account.uuid()));
    }
    if let Some(after) = after {
        query = FilterDsl::filter(query, curtain::id.gt(after.uuid()));
    }
    let found: Vec<Row> = query.load(tx).await?;
    found.into_iter().map(read).collect()
}
