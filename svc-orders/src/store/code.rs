//! Authorization codes, their story, and whom owners trust. The digits lie here as a fingerprint and sealed, never as they are.

use std::collections::BTreeSet;

use chassis::{clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl::sql,
    result::{DatabaseErrorKind, Error},
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;
use domain::{
    authorization_code::{Code, Event, Hold, State, StateName, Why},
    id::{AccountId, AuthorizationCodeId, OrderId},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    from_json,
    order::Doer,
    schema::{allowed_account, authorization_code, code_event},
    to_json,
};

/// A code as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredCode {
    pub(crate) id: AuthorizationCodeId,
    pub(crate) code: Code,
    /// The owner's resource.
    pub(crate) resource: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) data_key: Vec<u8>,
    pub(crate) used_at: Option<DateTime<Utc>>,
    pub(crate) version: i64,
    pub(crate) changed_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = authorization_code)]
struct Row {
    id: Uuid,
    owner: Uuid,
    resource: String,
    sealed: Vec<u8>,
    data_key: Vec<u8>,
    receiver: Option<Uuid>,
    state: String,
    order_id: Option<Uuid>,
    service: Option<i16>,
    service_number: Option<String>,
    why: Option<String>,
    used_at: Option<DateTime<Utc>>,
    version: i64,
    changed_at: DateTime<Utc>,
}

impl Row {
    fn stored(self) -> Result<StoredCode, Failure> {
        let state = self.state()?;
        let code = Code { owner: self.owner.into(), receiver: self.receiver.map(AccountId::from), state };
        Ok(StoredCode {
            id: self.id.into(),
            code,
            resource: self.resource,
            sealed: self.sealed,
            data_key: self.data_key,
            used_at: self.used_at,
            version: self.version,
            changed_at: self.changed_at,
        })
    }

    fn state(&self) -> Result<State, Failure> {
        let broken = || Failure::internal(format!("the code {} is stored as what no code can be", self.id));
        let service = self.service.map(u16::try_from).transpose().map_err(Failure::internal)?;
        let hold = self.order_id.zip(service).map(|(order, service)| Hold { order: order.into(), service });
        let number = self.service_number.as_deref().map(str::parse).transpose();
        let filing = number.map_err(Failure::internal)?;
        let name = StateName::ALL.into_iter().find(|name| name.as_str() == self.state).ok_or_else(broken)?;
        Ok(match name {
            StateName::Unused => State::Unused,
            StateName::InUse => State::InUse(hold.ok_or_else(broken)?),
            StateName::Used => State::Used(hold.ok_or_else(broken)?, filing),
            StateName::Invalid => {
                let why = Why::ALL.into_iter().find(|why| Some(why.as_str()) == self.why.as_deref());
                let used = self.used_at.is_some();
                State::Invalid { why: why.ok_or_else(broken)?, of: hold, filing, used }
            }
            StateName::Deleted => State::Deleted,
        })
    }
}

/// A new code for a slot of its resource.
pub(crate) struct New<'a> {
    pub(crate) code: &'a StoredCode,
    pub(crate) slot: i16,
    pub(crate) digits: [u8; 32],
}

/// What a code does not exist is told with.
pub(crate) fn absent() -> Failure {
    Failure::not_found("There is no such code.")
}

/// Writes a new code with the beginning of its story.
pub(crate) async fn insert(tx: &mut Tx, new: &New<'_>, by: &Doer, account: AccountId) -> Result<(), Failure> {
    let StoredCode { id, code, resource, sealed, data_key, version, changed_at, .. } = new.code;
    let row = (
        authorization_code::id.eq(id.uuid()),
        authorization_code::owner.eq(code.owner.uuid()),
        authorization_code::resource.eq(resource),
        authorization_code::slot.eq(new.slot),
        authorization_code::digits_index.eq(new.digits.as_slice()),
        authorization_code::sealed.eq(sealed),
        authorization_code::data_key.eq(data_key),
        authorization_code::state.eq(code.state.name().as_str()),
        authorization_code::version.eq(*version),
        authorization_code::changed_at.eq(*changed_at),
    );
    let written = diesel::insert_into(authorization_code::table).values(row).execute(tx).await;
    written.map_err(|error| slot_taken(&error).unwrap_or_else(|| error.into()))?;
    tell(tx, new.code, &Event::Created, by, Some(account)).await
}

/// The promise that the database keeps, as an answer: somebody else took the slot in this very moment.
fn slot_taken(error: &Error) -> Option<Failure> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about) = error else { return None };
    (about.constraint_name()? == "authorization_code_slot").then(|| {
        Failure::conflict("Another code was made at this moment.").at(
            "",
            "resource.codes",
            "同一资源的另一个授权码刚刚生成，请稍后再试 / Another code of this resource was made at this moment; try again",
        )
    })
}

/// Writes what an event made of a code that is locked: row and story. `account` is whose act it was.
pub(crate) async fn save(
    tx: &mut Tx,
    after: &StoredCode,
    event: &Event,
    by: &Doer,
    account: Option<AccountId>,
) -> Result<(), Failure> {
    let (state, hold) = (&after.code.state, after.code.state.hold());
    let why = if let State::Invalid { why, .. } = state { Some(why.as_str()) } else { None };
    let service = hold.map(|hold| i16::try_from(hold.service)).transpose().map_err(Failure::internal)?;
    let written = diesel::update(authorization_code::table.find(after.id.uuid()))
        .set((
            authorization_code::receiver.eq(after.code.receiver.map(AccountId::uuid)),
            authorization_code::state.eq(state.name().as_str()),
            authorization_code::order_id.eq(hold.map(|hold| hold.order.uuid())),
            authorization_code::service.eq(service),
            authorization_code::service_number.eq(state.filing().map(ToString::to_string)),
            authorization_code::why.eq(why),
            authorization_code::used_at.eq(after.used_at),
            authorization_code::version.eq(after.version),
            authorization_code::changed_at.eq(after.changed_at),
        ))
        .execute(tx)
        .await?;
    if written != 1 {
        return Err(Failure::internal(format!("the code {} was locked and yet is gone", after.id)));
    }
    tell(tx, after, event, by, account).await
}

async fn tell(
    tx: &mut Tx,
    after: &StoredCode,
    event: &Event,
    by: &Doer,
    account: Option<AccountId>,
) -> Result<(), Failure> {
    let owner = after.code.owner.uuid();
    let row = (
        code_event::code_id.eq(after.id.uuid()),
        code_event::version.eq(after.version),
        code_event::id.eq(mint::<Uuid>()),
        code_event::tells.eq(event.concerns_owner().then_some(owner)),
        code_event::name.eq(event.name()),
        code_event::event.eq(to_json(event)?),
        code_event::state.eq(after.code.state.name().as_str()),
        code_event::account.eq(account.map(AccountId::uuid)),
        code_event::actor.eq(&by.actor),
        code_event::role.eq(by.role),
        code_event::at.eq(after.changed_at),
    );
    diesel::insert_into(code_event::table).values(row).execute(tx).await?;
    Ok(())
}

/// The code for looking at it; 404 when there is none.
pub(crate) async fn read(tx: &mut Tx, id: AuthorizationCodeId) -> Result<StoredCode, Failure> {
    let row = authorization_code::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.map_or_else(|| Err(absent()), Row::stored)
}

/// The same for changing it: nobody else changes it until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, id: AuthorizationCodeId) -> Result<StoredCode, Failure> {
    let row: Option<Row> = authorization_code::table
        .find(id.uuid())
        .select(Row::as_select())
        .for_no_key_update()
        .first(tx)
        .await
        .optional()?;
    row.map_or_else(|| Err(absent()), Row::stored)
}

/// The code with these digits. Index: `authorization_code_digits`.
pub(crate) async fn find(tx: &mut Tx, digits: &[u8; 32]) -> Result<Option<StoredCode>, Failure> {
    let row: Option<Row> = authorization_code::table
        .filter(authorization_code::digits_index.eq(digits.as_slice()))
        .filter(authorization_code::state.ne("deleted"))
        .select(Row::as_select())
        .first(tx)
        .await
        .optional()?;
    row.map(Row::stored).transpose()
}

/// The codes that an order holds. Index: `authorization_code_service`.
pub(crate) async fn held_by(tx: &mut Tx, order: OrderId) -> Result<Vec<AuthorizationCodeId>, Failure> {
    let ids: Vec<Uuid> = authorization_code::table
        .filter(authorization_code::order_id.eq(order.uuid()))
        .filter(sql::<Bool>("state IN ('in_use', 'used')"))
        .filter(authorization_code::state.eq("in_use"))
        .order(authorization_code::id)
        .select(authorization_code::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(AuthorizationCodeId::from).collect())
}

/// The slots of a resource that are taken. Index: `authorization_code_slot`.
pub(crate) async fn slots(tx: &mut Tx, owner: AccountId, resource: &str) -> Result<BTreeSet<i16>, Failure> {
    let taken: Vec<i16> = authorization_code::table
        .filter(authorization_code::owner.eq(owner.uuid()))
        .filter(authorization_code::resource.eq(resource))
        .filter(sql::<Bool>("state <> 'deleted'"))
        .select(authorization_code::slot)
        .load(tx)
        .await?;
    Ok(taken.into_iter().collect())
}

/// The resource of every code of an owner. Index: `authorization_code_slot`.
pub(crate) async fn resources(tx: &mut Tx, owner: AccountId) -> Result<Vec<String>, Failure> {
    Ok(authorization_code::table
        .filter(authorization_code::owner.eq(owner.uuid()))
        .filter(sql::<Bool>("state <> 'deleted'"))
        .select(authorization_code::resource)
        .load(tx)
        .await?)
}

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

/// A line of a code's story.
pub(crate) struct Told {
    pub(crate) version: i64,
    pub(crate) event: Event,
    pub(crate) state: String,
    pub(crate) account: Option<AccountId>,
    pub(crate) actor: String,
    pub(crate) role: String,
    pub(crate) at: DateTime<Utc>,
}

type Line = (i64, Value, String, Option<Uuid>, String, String, DateTime<Utc>);

/// The whole story, oldest first.
pub(crate) async fn story(tx: &mut Tx, id: AuthorizationCodeId) -> Result<Vec<Told>, Failure> {
    let lines: Vec<Line> = code_event::table
        .filter(code_event::code_id.eq(id.uuid()))
        .order(code_event::version)
        .select((
            code_event::version,
            code_event::event,
            code_event::state,
            code_event::account,
            code_event::actor,
            code_event::role,
            code_event::at,
        ))
        .load(tx)
        .await?;
    let told = |(version, event, state, account, actor, role, at): Line| {
        Ok(Told { version, event: from_json(event)?, state, account: account.map(AccountId::from), actor, role, at })
    };
    lines.into_iter().map(told).collect()
}

/// Something that an account is to hear.
pub(crate) struct News {
    pub(crate) id: Uuid,
    pub(crate) code: AuthorizationCodeId,
    pub(crate) resource: String,
    pub(crate) event: Event,
    pub(crate) account: Option<AccountId>,
    pub(crate) at: DateTime<Utc>,
}

type NewsRow = (Uuid, Uuid, String, Value, Option<Uuid>, DateTime<Utc>);

/// What an account is to hear, newest first, behind `after`. Index: `code_event_news`.
pub(crate) async fn news(
    tx: &mut Tx,
    account: AccountId,
    after: Option<Uuid>,
    most: usize,
) -> Result<Vec<News>, Failure> {
    let rows: Vec<NewsRow> = code_event::table
        .inner_join(authorization_code::table.on(authorization_code::id.eq(code_event::code_id)))
        .filter(code_event::tells.eq(account.uuid()))
        .filter(code_event::id.lt(after.unwrap_or(Uuid::max())))
        .order(code_event::id.desc())
        .limit(i64::try_from(most).map_err(Failure::internal)?)
        .select((
            code_event::id,
            code_event::code_id,
            authorization_code::resource,
            code_event::event,
            code_event::account,
            code_event::at,
        ))
        .load(tx)
        .await?;
    let news = |(id, code, resource, event, account, at): NewsRow| {
        let (code, account) = (code.into(), account.map(AccountId::from));
        Ok(News { id, code, resource, event: from_json(event)?, account, at })
    };
    rows.into_iter().map(news).collect()
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

/// Keeps others from counting what a resource carries until the end of the transaction.
pub(crate) async fn lock_resource(tx: &mut Tx, owner: AccountId, resource: &str) -> Result<(), Failure> {
    // The seed keeps these locks apart from those of the audit.
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))")
        .bind::<Text, _>(format!("{owner}|{resource}"))
        .execute(tx)
        .await?;
    Ok(())
}

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
