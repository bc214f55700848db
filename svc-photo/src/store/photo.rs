//! Curtain photos and what reviewers said of them.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    query_dsl::methods::FilterDsl,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId, PhotoId},
    photo::PhotoState,
    region::Province,
};
use serde_json::Value;
use uuid::Uuid;

use super::{from_json, rows, schema::photo, to_json};
use crate::picture::Quality;

/// A curtain photo.
#[derive(Debug, Clone)]
pub(crate) struct Photo {
    pub(crate) id: PhotoId,
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) province: Province,
    pub(crate) state: PhotoState,
    pub(crate) object: String,
    pub(crate) quality: Quality,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = photo)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    account: Uuid,
    province: String,
    body: Value,
    object: String,
    quality: Value,
    created_at: DateTime<Utc>,
}

fn read(row: Row) -> Result<Photo, Failure> {
    Ok(Photo {
        id: row.id.into(),
        order: row.order_id.into(),
        account: row.account.into(),
        province: Province::of(&row.province).ok_or_else(|| Failure::internal("a stored province"))?,
        state: from_json(row.body)?,
        object: row.object,
        quality: from_json(row.quality)?,
        created_at: row.created_at,
    })
}

/// A new photo. The database refuses a second one that waits.
pub(crate) async fn insert(tx: &mut Tx, new: &Photo) -> Result<(), Failure> {
    diesel::insert_into(photo::table)
        .values((
            photo::id.eq(new.id.uuid()),
            photo::order_id.eq(new.order.uuid()),
            photo::account.eq(new.account.uuid()),
            photo::province.eq(new.province.code()),
            photo::state.eq(new.state.name()),
            photo::body.eq(to_json(&new.state)?),
            photo::object.eq(&new.object),
            photo::quality.eq(to_json(&new.quality)?),
            photo::created_at.eq(new.created_at),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// One photo.
pub(crate) async fn find(tx: &mut Tx, id: PhotoId) -> Result<Option<Photo>, Failure> {
    let row: Option<Row> = photo::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.map(read).transpose()
}

/// One photo for judging it: locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: PhotoId) -> Result<Photo, Failure> {
    read(photo::table.find(id.uuid()).for_update().select(Row::as_select()).first(tx).await?)
}

/// Writes what became of it.
pub(crate) async fn judge(tx: &mut Tx, id: PhotoId, state: &PhotoState) -> Result<(), Failure> {
    diesel::update(photo::table.find(id.uuid()))
        .set((photo::state.eq(state.name()), photo::body.eq(to_json(state)?)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Which photos to list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) order: Option<OrderId>,
    pub(crate) state: Option<String>,
    /// Only of this account.
    pub(crate) account: Option<AccountId>,
    /// Only of these provinces; none means all.
    pub(crate) provinces: Vec<Province>,
}

/// The oldest first, behind `after`. Indexes: `photo_state`, `photo_order`, `photo_account`.
pub(crate) async fn list(
    tx: &mut Tx,
    wanted: &Wanted,
    after: Option<PhotoId>,
    most: usize,
) -> Result<Vec<Photo>, Failure> {
    let mut query = photo::table.order(photo::id).limit(rows(most)?).select(Row::as_select()).into_boxed();
    if let Some(order) = wanted.order {
        query = FilterDsl::filter(query, photo::order_id.eq(order.uuid()));
    }
    if let Some(state) = &wanted.state {
        query = FilterDsl::filter(query, photo::state.eq(state.clone()));
    }
    if let Some(account) = wanted.account {
        query = FilterDsl::filter(query, photo::account.eq(account.uuid()));
    }
    if !wanted.provinces.is_empty() {
        let codes: Vec<&str> = wanted.provinces.iter().map(|province| province.code()).collect();
        query = FilterDsl::filter(query, photo::province.eq_any(codes));
    }
    if let Some(after) = after {
        query = FilterDsl::filter(query, photo::id.gt(after.uuid()));
    }
    let found: Vec<Row> = query.load(tx).await?;
    found.into_iter().map(read).collect()
}
