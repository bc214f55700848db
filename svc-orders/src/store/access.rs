//! Where each service of an order runs, and what was wrong with that when the inventory was last asked. Addresses and codes of
//! tables; no personal data.

use std::collections::BTreeMap;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, QueryableByName,
    sql_types::{Array, BigInt, Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    filing_number::{ServiceNumber, SubjectNumber},
    id::{AccountId, AuthorizationCodeId, OrderId},
    violation::Violation,
};
use serde_json::Value;
use uuid::Uuid;

use super::{from_json, schema::service_access, to_json};

/// One service of an order.
pub(crate) struct Access<'a> {
    pub(crate) service: i16,
    /// Whose resource it is, and which; none when it could not be told.
    pub(crate) resource: Option<(AccountId, &'a str)>,
    pub(crate) code: Option<AuthorizationCodeId>,
    pub(crate) addresses: &'a [String],
    pub(crate) mode: Option<u16>,
    pub(crate) location: Option<u16>,
    pub(crate) findings: &'a [Violation],
}

/// Writes all services of an order, in place of what was there.
pub(crate) async fn put(tx: &mut Tx, order: OrderId, all: &[Access<'_>], at: DateTime<Utc>) -> Result<(), Failure> {
    diesel::delete(service_access::table.filter(service_access::order_id.eq(order.uuid()))).execute(tx).await?;
    for one in all {
        let row = (
            service_access::order_id.eq(order.uuid()),
            service_access::service.eq(one.service),
            service_access::owner.eq(one.resource.map(|(owner, _)| owner.uuid())),
            service_access::resource.eq(one.resource.map(|(_, resource)| resource)),
            service_access::code_id.eq(one.code.map(AuthorizationCodeId::uuid)),
            service_access::addresses.eq(to_json(&one.addresses)?),
            service_access::mode.eq(one.mode.map(i32::from)),
            service_access::location.eq(one.location.map(i32::from)),
            service_access::findings.eq(to_json(&one.findings)?),
            service_access::looked_at.eq(at),
        );
        diesel::insert_into(service_access::table).values(row).execute(tx).await?;
    }
    Ok(())
}

/// What was wrong with the resources of an order's services when the inventory was last asked.
pub(crate) async fn findings(tx: &mut Tx, order: OrderId) -> Result<Vec<Violation>, Failure> {
    let rows: Vec<Value> = service_access::table
        .filter(service_access::order_id.eq(order.uuid()))
        .order(service_access::service)
        .select(service_access::findings)
        .load(tx)
        .await?;
    let lists = rows.into_iter().map(from_json::<Vec<Violation>>).collect::<Result<Vec<_>, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

/// Says what is wrong with one service from now on, in place of what was said before.
pub(crate) async fn find(tx: &mut Tx, order: OrderId, service: i16, found: &[Violation]) -> Result<(), Failure> {
    diesel::update(service_access::table.find((order.uuid(), service)))
        .set(service_access::findings.eq(to_json(&found)?))
        .execute(tx)
        .await?;
    Ok(())
}

/// Whom a count leaves out, and whether cancelled services count.
pub(crate) struct Counting<'a> {
    /// The order that asks.
    pub(crate) order: Option<OrderId>,
    /// The filed services that it changes: they are there already.
    pub(crate) changes: &'a [ServiceNumber],
    /// Whether a cancelled service makes room.
    pub(crate) returns: bool,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    resource: String,
    #[diesel(sql_type = BigInt)]
    services: i64,
}

/// How many services each resource of an owner carries: those of orders on their way and those that are filed, each once,
/// however often it was changed. What is filed by a code counts with the codes. Index: `service_access_resource_of`.
pub(crate) async fn carried(
    tx: &mut Tx,
    owner: AccountId,
    counting: &Counting<'_>,
) -> Result<BTreeMap<String, u16>, Failure> {
    let changes: Vec<String> = counting.changes.iter().map(ToString::to_string).collect();
    let rows: Vec<Count> = diesel::sql_query(
        "SELECT a.resource, count(DISTINCT coalesce(a.service_number, a.order_id || '/' || a.service)) AS services \
           FROM service_access a JOIN filing_order o ON o.id = a.order_id \
          WHERE a.owner = $1 AND a.code_id IS NULL AND a.order_id <> $2 \
            AND o.state NOT IN ('draft', 'expired', 'abandoned') \
            AND (a.service_number IS NULL OR a.service_number <> ALL($3)) \
            AND NOT ($4 AND a.cancelled_at IS NOT NULL) \
          GROUP BY a.resource",
    )
    .bind::<SqlUuid, _>(owner.uuid())
    .bind::<SqlUuid, _>(counting.order.map_or(Uuid::nil(), OrderId::uuid))
    .bind::<Array<Text>, _>(changes)
    .bind::<Bool, _>(counting.returns)
    .load(tx)
    .await?;
    Ok(rows.into_iter().map(|row| (row.resource, u16::try_from(row.services).unwrap_or(u16::MAX))).collect())
}

/// Notes which number a service of an order got. Where it ran before, it runs no more.
pub(crate) async fn filed(
    tx: &mut Tx,
    order: OrderId,
    (service, number): (i16, &ServiceNumber),
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let number = number.to_string();
    diesel::update(service_access::table.find((order.uuid(), service)))
        .set(service_access::service_number.eq(&number))
        .execute(tx)
        .await?;
    diesel::sql_query(
        "UPDATE service_access before SET cancelled_at = $3 FROM service_access now \
          WHERE now.order_id = $1 AND now.service_number = $2 AND before.service_number = $2 \
            AND before.order_id <> $1 AND before.cancelled_at IS NULL \
            AND (before.owner, before.resource) IS DISTINCT FROM (now.owner, now.resource)",
    )
    .bind::<SqlUuid, _>(order.uuid())
    .bind::<Text, _>(number)
    .bind::<Timestamptz, _>(at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that filed services are cancelled: these, and all of a subject that is cancelled itself.
pub(crate) async fn cancelled(
    tx: &mut Tx,
    (services, subject): (&[ServiceNumber], Option<&SubjectNumber>),
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let services: Vec<String> = services.iter().map(ToString::to_string).collect();
    diesel::sql_query(
        "UPDATE service_access SET cancelled_at = $3 WHERE cancelled_at IS NULL \
            AND (service_number = ANY($1) OR starts_with(service_number, $2 || '-'))",
    )
    .bind::<Array<Text>, _>(services)
    .bind::<Nullable<Text>, _>(subject.map(ToString::to_string))
    .bind::<Timestamptz, _>(at)
    .execute(tx)
    .await?;
    Ok(())
}
