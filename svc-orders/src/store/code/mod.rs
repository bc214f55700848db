//! Authorization codes, their story, and whom owners trust. The digits lie here as a fingerprint and sealed, never as they are.

mod allowed;
mod list;
mod story;

use std::collections::BTreeSet;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl::sql,
    result::{DatabaseErrorKind, Error},
    sql_types::{Bool, Text},
};
use diesel_async::RunQueryDsl;
use domain::{
    authorization_code::{Code, Event, Hold, State, StateName, Why},
    id::{AccountId, AuthorizationCodeId, OrderId},
};
use uuid::Uuid;

pub(crate) use allowed::{allow, allowed, allows, disallow};
pub(crate) use list::{Listed, Side, list, live, owners};
use story::tell;
pub(crate) use story::{News, Told, news, story};

use super::{order::Doer, schema::authorization_code};

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

/// The codes that an order holds, in the order of their ids. Index: `authorization_code_service`.
pub(crate) async fn held_by(tx: &mut Tx, order: OrderId) -> Result<Vec<AuthorizationCodeId>, Failure> {
    let mut ids: Vec<Uuid> = authorization_code::table
        .filter(authorization_code::order_id.eq(order.uuid()))
        .filter(sql::<Bool>("state IN ('in_use', 'used')"))
        .filter(authorization_code::state.eq("in_use"))
        .select(authorization_code::id)
        .load(tx)
        .await?;
    // Whoever locks several codes does so in the order of their ids.
    ids.sort_unstable();
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

/// Keeps others from counting what a resource carries until the end of the transaction.
pub(crate) async fn lock_resource(tx: &mut Tx, owner: AccountId, resource: &str) -> Result<(), Failure> {
    // The seed keeps these locks apart from those of the audit.
    diesel::sql_query("SELECT pg_advisory_xact_lock(hashtextextended($1, 11))")
        .bind::<Text, _>(format!("{owner}|{resource}"))
        .execute(tx)
        .await?;
    Ok(())
}
