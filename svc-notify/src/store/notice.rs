//! Notices and where each stands: queued, being sent, of unknown fate, sent or given up.

use std::cmp::Reverse;

use chassis::{clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper, dsl::min,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, MessageId, NoticeId, OrderId},
    notice::{Channel, Notice, NoticeKind, Receiver},
};
use serde_json::Value;
use uuid::Uuid;

use super::schema::{filing, notice};
use crate::fact::Facts;

/// States of a notice that is not settled yet.
const OPEN: [&str; 3] = ["queued", "sending", "unknown"];

/// A notice as it is stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = notice)]
pub(crate) struct Row {
    pub(crate) id: Uuid,
    pub(crate) order_id: Option<Uuid>,
    pub(crate) kind: String,
    pub(crate) principal: String,
    pub(crate) channel: String,
    facts: Value,
    pub(crate) state: String,
    pub(crate) attempts: i32,
    pub(crate) outcome: Option<String>,
    pub(crate) repeated: bool,
    pub(crate) next_at: DateTime<Utc>,
    pub(crate) queued_at: DateTime<Utc>,
    pub(crate) settled_at: Option<DateTime<Utc>>,
    pub(crate) account: Option<Uuid>,
}

/// A notice that is due, and held by the one who reads this.
#[derive(Debug, Clone)]
pub(crate) struct Due {
    pub(crate) id: NoticeId,
    pub(crate) order: Option<OrderId>,
    pub(crate) kind: NoticeKind,
    pub(crate) to: Receiver,
    pub(crate) channel: Channel,
    pub(crate) facts: Facts,
    /// Attempts so far.
    pub(crate) attempts: i32,
    /// Whether an earlier attempt may have arrived.
    pub(crate) repeated: bool,
}

impl TryFrom<Row> for Due {
    type Error = Failure;

    fn try_from(row: Row) -> Result<Self, Failure> {
        Ok(Self {
            id: row.id.into(),
            order: row.order_id.map(OrderId::from),
            kind: super::kind(&row.kind)?,
            to: super::receiver(&row.principal, row.account)?,
            channel: super::channel(&row.channel)?,
            facts: serde_json::from_value(row.facts)
                .map_err(|error| Failure::internal(format!("stored facts cannot be read: {error}")))?,
            attempts: row.attempts,
            repeated: row.repeated,
        })
    }
}

/// Queues a notice on one channel, unless this message has queued it already.
pub(crate) async fn queue(
    tx: &mut Tx,
    message: MessageId,
    (what, channel): (Notice, Channel),
    facts: &Facts,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let account = match what.to {
        Receiver::Owner(account) => Some(account.uuid()),
        Receiver::Principal(_) => None,
    };
    diesel::insert_into(notice::table)
        .values((
            notice::id.eq(mint::<Uuid>()),
            notice::message_id.eq(message.uuid()),
            notice::order_id.eq(what.order.map(OrderId::uuid)),
            notice::account.eq(account),
            notice::kind.eq(what.kind.as_str()),
            notice::principal.eq(super::receiver_name(what.to)),
            notice::channel.eq(channel.as_str()),
            notice::facts.eq(serde_json::to_value(facts).map_err(Failure::internal)?),
            notice::next_at.eq(now),
            notice::queued_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes the notice that is due longest, and holds it until then. Index: `notice_due`.
pub(crate) async fn claim(tx: &mut Tx, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<Option<Row>, Failure> {
    let due: Option<Row> = notice::table
        .filter(notice::state.eq_any(OPEN))
        .filter(notice::next_at.le(now))
        .order((notice::next_at, notice::id))
        .limit(1)
        .for_update()
        .skip_locked()
        .select(Row::as_select())
        .first(tx)
        .await
        .optional()?;
    if let Some(row) = &due {
        diesel::update(notice::table.find(row.id))
            .set((notice::state.eq("sending"), notice::next_at.eq(until)))
            .execute(tx)
            .await?;
    }
    Ok(due)
}

/// Counts the attempt that begins; false when somebody else holds the notice by now.
pub(crate) async fn begin(tx: &mut Tx, id: NoticeId, number: i32) -> Result<bool, Failure> {
    let held =
        notice::table.find(id.uuid()).filter(notice::state.eq("sending")).filter(notice::attempts.eq(number - 1));
    Ok(diesel::update(held).set(notice::attempts.eq(number)).execute(tx).await? == 1)
}

/// Lets go of a notice for which nothing was tried.
pub(crate) async fn put_back(tx: &mut Tx, due: &Due, next_at: DateTime<Utc>) -> Result<(), Failure> {
    let state = if due.repeated { "unknown" } else { "queued" };
    move_on(tx, (due.id, due.attempts), (state, next_at)).await
}

/// Waits for another attempt.
pub(crate) async fn wait(
    tx: &mut Tx,
    key: (NoticeId, i32),
    (outcome, repeated): (&str, bool),
    next_at: DateTime<Utc>,
) -> Result<(), Failure> {
    let state = if outcome == "unknown" { "unknown" } else { "queued" };
    move_on(tx, key, (state, next_at)).await?;
    let changed = (notice::outcome.eq(outcome), notice::repeated.eq(repeated));
    diesel::update(notice::table.find(key.0.uuid())).set(changed).execute(tx).await?;
    Ok(())
}

async fn move_on(
    tx: &mut Tx,
    (id, attempts): (NoticeId, i32),
    (state, next_at): (&str, DateTime<Utc>),
) -> Result<(), Failure> {
    let held = notice::table.find(id.uuid()).filter(notice::state.eq("sending")).filter(notice::attempts.eq(attempts));
    diesel::update(held).set((notice::state.eq(state), notice::next_at.eq(next_at))).execute(tx).await?;
    Ok(())
}

/// Sent, or given up. It stays as it is from now on.
pub(crate) async fn settle(
    tx: &mut Tx,
    id: NoticeId,
    (state, outcome): (&str, &str),
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let open = notice::table.find(id.uuid()).filter(notice::state.eq_any(OPEN));
    let changed = (notice::state.eq(state), notice::outcome.eq(outcome), notice::settled_at.eq(now));
    diesel::update(open).set(changed).execute(tx).await?;
    Ok(())
}

/// Since when the oldest notice waits. Index: `notice_due`.
pub(crate) async fn oldest_open(tx: &mut Tx) -> Result<Option<DateTime<Utc>>, Failure> {
    Ok(notice::table.filter(notice::state.eq_any(OPEN)).select(min(notice::queued_at)).first(tx).await?)
}

/// One notice.
pub(crate) async fn find(tx: &mut Tx, id: NoticeId) -> Result<Option<Row>, Failure> {
    Ok(notice::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?)
}

/// The notices of one order, newest first. Index: `notice_order`.
pub(crate) async fn of_order(
    tx: &mut Tx,
    order: OrderId,
    (after, limit): (Option<Uuid>, usize),
) -> Result<Vec<Row>, Failure> {
    let mut query = notice::table.filter(notice::order_id.eq(order.uuid())).into_boxed();
    if let Some(after) = after {
        query = query.filter(notice::id.lt(after));
    }
    Ok(query.order(notice::id.desc()).limit(one_more(limit)).select(Row::as_select()).load(tx).await?)
}

/// The notices of one account, newest first: of its orders, and to its owner. Indexes: `filing_account`, `notice_order`;
/// `notice_account`.
pub(crate) async fn of_account(
    tx: &mut Tx,
    account: AccountId,
    (after, limit): (Option<Uuid>, usize),
) -> Result<Vec<Row>, Failure> {
    let joined = notice::table.inner_join(filing::table.on(notice::order_id.eq(filing::order_id.nullable())));
    let mut of_orders = joined.filter(filing::account.eq(account.uuid())).into_boxed();
    let mut to_owner = notice::table.filter(notice::account.eq(account.uuid())).into_boxed();
    if let Some(after) = after {
        of_orders = of_orders.filter(notice::id.lt(after));
        to_owner = to_owner.filter(notice::id.lt(after));
    }
    let most = one_more(limit);
    let mut rows: Vec<Row> = of_orders.order(notice::id.desc()).limit(most).select(Row::as_select()).load(tx).await?;
    let own: Vec<Row> = to_owner.order(notice::id.desc()).limit(most).select(Row::as_select()).load(tx).await?;
    rows.extend(own);
    // One that is both is shown once.
    rows.sort_unstable_by_key(|row| Reverse(row.id));
    rows.dedup_by_key(|row| row.id);
    rows.truncate(limit.saturating_add(1));
    Ok(rows)
}

/// The notices of everybody, newest first. Index: the primary key.
pub(crate) async fn of_all(tx: &mut Tx, (after, limit): (Option<Uuid>, usize)) -> Result<Vec<Row>, Failure> {
    let mut query = notice::table.into_boxed();
    if let Some(after) = after {
        query = query.filter(notice::id.lt(after));
    }
    Ok(query.order(notice::id.desc()).limit(one_more(limit)).select(Row::as_select()).load(tx).await?)
}

/// One row more tells whether there is another page.
fn one_more(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1)
}
