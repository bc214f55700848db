//! Whom owners trust with codes.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::id::AccountId;
use uuid::Uuid;

use crate::store::schema::allowed_account;

/// Whether an owner trusts an account.
pub(crate) async fn allows(tx: &mut Tx, owner: AccountId, account: AccountId) -> Result<bool, Failure> {
    let row: Option<Uuid> = allowed_account::table
        .find((owner.uuid(), account.uuid()))
        .select(allowed_account::account)
        .first(tx)
        .await
        .optional()?;
    Ok(row.is_some())
}

/// From now on an owner trusts an account; twice is once.
pub(crate) async fn allow(
    tx: &mut Tx,
    owner: AccountId,
    account: AccountId,
    since: DateTime<Utc>,
) -> Result<(), Failure> {
    let row = (
        allowed_account::owner.eq(owner.uuid()),
        allowed_account::account.eq(account.uuid()),
        allowed_account::since.eq(since),
    );
    diesel::insert_into(allowed_account::table).values(row).on_conflict_do_nothing().execute(tx).await?;
    Ok(())
}

/// An owner trusts an account no more; whether it did.
pub(crate) async fn disallow(tx: &mut Tx, owner: AccountId, account: AccountId) -> Result<bool, Failure> {
    Ok(diesel::delete(allowed_account::table.find((owner.uuid(), account.uuid()))).execute(tx).await? > 0)
}

/// Whom an owner trusts, since when.
pub(crate) async fn allowed(tx: &mut Tx, owner: AccountId) -> Result<Vec<(AccountId, DateTime<Utc>)>, Failure> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = allowed_account::table
        .filter(allowed_account::owner.eq(owner.uuid()))
        .order(allowed_account::account)
        .select((allowed_account::account, allowed_account::since))
        .load(tx)
        .await?;
    Ok(rows.into_iter().map(|(account, since)| (account.into(), since)).collect())
}
