//! The story of codes, and what of it their owners should hear.

use chassis::{clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, JoinOnDsl, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::{
    authorization_code::Event,
    id::{AccountId, AuthorizationCodeId},
};
use serde_json::Value;
use uuid::Uuid;

use super::StoredCode;
use crate::store::{
    from_json,
    order::Doer,
    schema::{authorization_code, code_event},
    to_json,
};

/// Adds an event to the story of a code that it led to.
pub(super) async fn tell(
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
