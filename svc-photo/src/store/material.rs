//! Materials: what was uploaded for the subject and for each service, one of a kind.

use std::collections::HashSet;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper, dsl::sql,
    query_dsl::methods::FilterDsl, sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use domain::id::{AccountId, MaterialId, OrderId};
use serde_json::Value;
use uuid::Uuid;

use super::{
    from_json, rows,
    schema::{material, photo},
    to_json,
};
use crate::picture::Quality;

/// A material.
#[derive(Debug, Clone)]
pub(crate) struct Material {
    pub(crate) id: MaterialId,
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
    pub(crate) kind: String,
    pub(crate) service: Option<u16>,
    pub(crate) object: String,
    pub(crate) quality: Quality,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = material)]
struct Row {
    id: Uuid,
    order_id: Uuid,
    account: Uuid,
    kind: String,
    service: Option<i16>,
    object: String,
    quality: Value,
    created_at: DateTime<Utc>,
}

fn read(row: Row) -> Result<Material, Failure> {
    Ok(Material {
        id: row.id.into(),
        order: row.order_id.into(),
        account: row.account.into(),
        kind: row.kind,
        service: row.service.map(u16::try_from).transpose().map_err(Failure::internal)?,
        object: row.object,
        quality: from_json(row.quality)?,
        created_at: row.created_at,
    })
}

/// Puts a material in the place of the one of its kind, and answers that one.
pub(crate) async fn put(tx: &mut Tx, new: &Material) -> Result<Option<Material>, Failure> {
    let before = of(tx, new.order).await?;
    let before = before.into_iter().find(|known| known.kind == new.kind && known.service == new.service);
    if let Some(before) = &before {
        remove(tx, before.id).await?;
    }
    diesel::insert_into(material::table)
        .values((
            material::id.eq(new.id.uuid()),
            material::order_id.eq(new.order.uuid()),
            material::account.eq(new.account.uuid()),
            material::kind.eq(&new.kind),
            material::service.eq(new.service.map(i16::try_from).transpose().map_err(Failure::internal)?),
            material::object.eq(&new.object),
            material::quality.eq(to_json(&new.quality)?),
            material::created_at.eq(new.created_at),
        ))
        .execute(tx)
        .await?;
    Ok(before)
}

/// The materials of an order, in the order of their uploads. Index: `material_one_of_a_kind`.
pub(crate) async fn of(tx: &mut Tx, order: OrderId) -> Result<Vec<Material>, Failure> {
    let found: Vec<Row> = FilterDsl::filter(material::table, material::order_id.eq(order.uuid()))
        .order(material::id)
        .select(Row::as_select())
        .load(tx)
        .await?;
    found.into_iter().map(read).collect()
}

/// What an account uploaded, newest first, behind `after`. Of the same picture, which several orders may hold, only the newest
/// is shown. Indexes: `material_account`, `material_account_kind`; `material_same` for the newest of a picture.
pub(crate) async fn library(
    tx: &mut Tx,
    (account, kind): (AccountId, Option<&str>),
    after: Option<MaterialId>,
    most: usize,
) -> Result<Vec<Material>, Failure> {
    let newest = sql::<Bool>(
        "NOT EXISTS (SELECT 1 FROM material newer WHERE newer.account = material.account \
           AND newer.kind = material.kind AND newer.quality ->> 'sha256' = material.quality ->> 'sha256' \
           AND newer.id > material.id)",
    );
    let own = FilterDsl::filter(material::table, material::account.eq(account.uuid()));
    let mut query = FilterDsl::filter(own, newest).order(material::id.desc()).limit(rows(most)?).into_boxed();
    if let Some(kind) = kind {
        query = FilterDsl::filter(query, material::kind.eq(kind));
    }
    if let Some(after) = after {
        query = FilterDsl::filter(query, material::id.lt(after.uuid()));
    }
    let found: Vec<Row> = query.select(Row::as_select()).load(tx).await?;
    found.into_iter().map(read).collect()
}

/// One material.
pub(crate) async fn find(tx: &mut Tx, id: MaterialId) -> Result<Option<Material>, Failure> {
    let row: Option<Row> = material::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.map(read).transpose()
}

/// Forgets everything that belongs to an order whose time is over.
pub(crate) async fn forget(tx: &mut Tx, order: OrderId) -> Result<(), Failure> {
    diesel::delete(QueryDsl::filter(material::table, material::order_id.eq(order.uuid()))).execute(tx).await?;
    diesel::delete(QueryDsl::filter(photo::table, photo::order_id.eq(order.uuid()))).execute(tx).await?;
    Ok(())
}

/// Forgets a material; false when it was gone.
pub(crate) async fn remove(tx: &mut Tx, id: MaterialId) -> Result<bool, Failure> {
    Ok(diesel::delete(material::table.find(id.uuid())).execute(tx).await? == 1)
}

/// Which of these objects belong to something.
pub(crate) async fn known(tx: &mut Tx, objects: &[String]) -> Result<HashSet<String>, Failure> {
    let materials: Vec<String> =
        FilterDsl::filter(material::table, material::object.eq_any(objects)).select(material::object).load(tx).await?;
    let photos: Vec<String> =
        FilterDsl::filter(photo::table, photo::object.eq_any(objects)).select(photo::object).load(tx).await?;
    Ok(materials.into_iter().chain(photos).collect())
}
