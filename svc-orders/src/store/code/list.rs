//! Lists of codes: for both sides, and for the job that ends them.

use chassis::{db::Tx, failure::Failure};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper, dsl::sql, sql_types::Bool};
use diesel_async::RunQueryDsl;
use domain::{
    authorization_code::StateName,
    id::{AccountId, AuthorizationCodeId},
};
use uuid::Uuid;

use super::{Row, StoredCode};
use crate::store::schema::authorization_code;

/// Which codes an account sees, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Those of its servers.
    Owner,
    /// Those that were granted to it.
    Receiver,
}

/// How a list of codes is narrowed.
pub(crate) struct Listed<'a> {
    pub(crate) account: AccountId,
    pub(crate) side: Side,
    pub(crate) state: Option<StateName>,
    pub(crate) resource: Option<&'a str>,
    pub(crate) after: Option<AuthorizationCodeId>,
}

/// The newest first. Indexes: `authorization_code_owner`, `authorization_code_receiver`.
pub(crate) async fn list(tx: &mut Tx, wanted: &Listed<'_>, most: usize) -> Result<Vec<StoredCode>, Failure> {
    let mut query = authorization_code::table
        .filter(sql::<Bool>("state <> 'deleted'"))
        .order(authorization_code::id.desc())
        .limit(i64::try_from(most).map_err(Failure::internal)?)
        .select(Row::as_select())
        .into_boxed();
    query = match wanted.side {
        Side::Owner => query.filter(authorization_code::owner.eq(wanted.account.uuid())),
        Side::Receiver => query.filter(authorization_code::receiver.eq(wanted.account.uuid())),
    };
    if let Some(state) = wanted.state {
        query = query.filter(authorization_code::state.eq(state.as_str()));
    }
    if let Some(resource) = wanted.resource {
        query = query.filter(authorization_code::resource.eq(resource.to_owned()));
    }
    if let Some(after) = wanted.after {
        query = query.filter(authorization_code::id.lt(after.uuid()));
    }
    let rows: Vec<Row> = query.load(tx).await?;
    rows.into_iter().map(Row::stored).collect()
}

/// Owners of codes that may still become invalid, in the order of their ids, from the one after `after`.
pub(crate) async fn owners(tx: &mut Tx, after: Option<AccountId>, most: i64) -> Result<Vec<AccountId>, Failure> {
    let ids: Vec<Uuid> = authorization_code::table
        .filter(authorization_code::owner.gt(after.map_or(Uuid::nil(), AccountId::uuid)))
        .filter(sql::<Bool>("state <> 'deleted'"))
        .filter(sql::<Bool>("state <> 'invalid'"))
        .select(authorization_code::owner)
        .distinct()
        .order(authorization_code::owner)
        .limit(most)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(AccountId::from).collect())
}

/// The codes of an owner that may still become invalid.
pub(crate) async fn live(tx: &mut Tx, owner: AccountId) -> Result<Vec<StoredCode>, Failure> {
    let rows: Vec<Row> = authorization_code::table
        .filter(authorization_code::owner.eq(owner.uuid()))
        .filter(sql::<Bool>("state NOT IN ('deleted', 'invalid')"))
        .order(authorization_code::id)
        .select(Row::as_select())
        .load(tx)
        .await?;
    rows.into_iter().map(Row::stored).collect()
}
