//! The rights that owners gave. Whether one of them works is decided elsewhere.

use std::collections::BTreeSet;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, MemberId, OrderId},
    member::{Grant, Right},
};
use serde_json::Value;
use uuid::Uuid;

use super::{from_json, schema::member, to_json};

/// Rights that somebody has in an account.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) id: MemberId,
    pub(crate) account: AccountId,
    pub(crate) person: String,
    pub(crate) grant: Grant,
    /// The order that named the subject which the rights are limited to.
    pub(crate) subject_of: Option<OrderId>,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = member)]
struct Row {
    id: Uuid,
    account: Uuid,
    person: String,
    rights: Value,
    subject_index: Option<Vec<u8>>,
    subject_of: Option<Uuid>,
    starts_at: DateTime<Utc>,
    ends_at: Option<DateTime<Utc>>,
    version: i64,
    created_at: DateTime<Utc>,
}

impl Row {
    fn member(self) -> Result<Member, Failure> {
        let rights: BTreeSet<Right> = from_json(self.rights)?;
        Ok(Member {
            id: self.id.into(),
            account: self.account.into(),
            person: self.person,
            grant: Grant { rights, subject: self.subject_index, from: self.starts_at, until: self.ends_at },
            subject_of: self.subject_of.map(OrderId::from),
            version: self.version,
            created_at: self.created_at,
        })
    }
}

/// The rights that a person has in an account and that are not over. Index: `member_person`.
pub(crate) async fn of_person(
    tx: &mut Tx,
    account: AccountId,
    person: &str,
    now: DateTime<Utc>,
) -> Result<Vec<Grant>, Failure> {
    let rows: Vec<Row> = member::table
        .filter(member::account.eq(account.uuid()))
        .filter(member::person.eq(person))
        .filter(member::ends_at.is_null().or(member::ends_at.gt(now)))
        .select(Row::as_select())
        .load(tx)
        .await?;
    rows.into_iter().map(|row| row.member().map(|member| member.grant)).collect()
}

/// All rights in an account, those given last first, behind `after`. Index: `member_account`.
pub(crate) async fn list(
    tx: &mut Tx,
    account: AccountId,
    after: Option<MemberId>,
    most: usize,
) -> Result<Vec<Member>, Failure> {
    let mut query = member::table
        .filter(member::account.eq(account.uuid()))
        .order(member::id.desc())
        .limit(i64::try_from(most).map_err(Failure::internal)?)
        .select(Row::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(member::id.lt(after.uuid()));
    }
    let rows: Vec<Row> = query.load(tx).await?;
    rows.into_iter().map(Row::member).collect()
}

/// Rights in this account and nobody else's, locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, account: AccountId, id: MemberId) -> Result<Option<Member>, Failure> {
    let row: Option<Row> = member::table
        .filter(member::id.eq(id.uuid()))
        .filter(member::account.eq(account.uuid()))
        .for_update()
        .select(Row::as_select())
        .first(tx)
        .await
        .optional()?;
    row.map(Row::member).transpose()
}

/// New rights.
pub(crate) async fn insert(tx: &mut Tx, new: &Member) -> Result<(), Failure> {
    diesel::insert_into(member::table)
        .values((
            member::id.eq(new.id.uuid()),
            member::account.eq(new.account.uuid()),
            member::person.eq(&new.person),
            member::rights.eq(to_json(&new.grant.rights)?),
            member::subject_index.eq(&new.grant.subject),
            member::subject_of.eq(new.subject_of.map(OrderId::uuid)),
            member::starts_at.eq(new.grant.from),
            member::ends_at.eq(new.grant.until),
            member::version.eq(new.version),
            member::created_at.eq(new.created_at),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// What was changed of rights that are locked.
pub(crate) async fn update(tx: &mut Tx, after: &Member) -> Result<(), Failure> {
    diesel::update(member::table.find(after.id.uuid()))
        .set((
            member::rights.eq(to_json(&after.grant.rights)?),
            member::subject_index.eq(&after.grant.subject),
            member::subject_of.eq(after.subject_of.map(OrderId::uuid)),
            member::starts_at.eq(after.grant.from),
            member::ends_at.eq(after.grant.until),
            member::version.eq(after.version),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// Rights that are over for good; the audit remembers them.
pub(crate) async fn delete(tx: &mut Tx, id: MemberId) -> Result<(), Failure> {
    diesel::delete(member::table.find(id.uuid())).execute(tx).await?;
    Ok(())
}
