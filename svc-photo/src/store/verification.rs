//! Face checks: how each ended, and the fingerprint of the person. Neither name, number nor picture.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper, query_dsl::methods::FilterDsl};
use diesel_async::RunQueryDsl;
use domain::id::{OrderId, VerificationId};
use uuid::Uuid;

use super::schema::verification;

/// A face check.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = verification)]
pub(crate) struct Verification {
    pub(crate) id: Uuid,
    pub(crate) outcome: String,
    pub(crate) result: String,
    pub(crate) created_at: DateTime<Utc>,
}

/// What is written of a new one.
pub(crate) struct NewVerification<'a> {
    pub(crate) id: VerificationId,
    pub(crate) order: OrderId,
    pub(crate) outcome: &'a str,
    pub(crate) person: &'a str,
    pub(crate) result: &'a str,
    pub(crate) at: DateTime<Utc>,
}

/// Writes how one ended.
pub(crate) async fn insert(tx: &mut Tx, new: &NewVerification<'_>) -> Result<(), Failure> {
    diesel::insert_into(verification::table)
        .values((
            verification::id.eq(new.id.uuid()),
            verification::order_id.eq(new.order.uuid()),
            verification::outcome.eq(new.outcome),
            verification::person.eq(new.person),
            verification::result.eq(new.result),
            verification::created_at.eq(new.at),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// How many there were for an order since a time. Index: `verification_order`.
pub(crate) async fn count_since(tx: &mut Tx, order: OrderId, since: DateTime<Utc>) -> Result<i64, Failure> {
    let of_order = FilterDsl::filter(verification::table, verification::order_id.eq(order.uuid()));
    Ok(FilterDsl::filter(of_order, verification::created_at.ge(since)).count().get_result(tx).await?)
}

/// Those of an order, oldest first.
pub(crate) async fn of(tx: &mut Tx, order: OrderId) -> Result<Vec<Verification>, Failure> {
    Ok(FilterDsl::filter(verification::table, verification::order_id.eq(order.uuid()))
        .order(verification::id)
        .select(Verification::as_select())
        .load(tx)
        .await?)
}
