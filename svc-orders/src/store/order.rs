//! Orders and their events.

use chassis::{
    db::{Cached, Tx},
    failure::Failure,
};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, OptionalExtension, QueryDsl, Queryable,
    Selectable, SelectableHelper,
    dsl::sql,
    result::{DatabaseErrorKind, Error},
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId},
    order::{Event, Order, StateName, evolve},
};
use serde_json::Value;
use uuid::Uuid;

use super::{
    from_json,
    schema::{filing_order, order_event},
    to_json,
};

/// An order as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) id: OrderId,
    pub(crate) account: AccountId,
    pub(crate) nature: u16,
    pub(crate) order: Order,
    pub(crate) version: i64,
    pub(crate) subject_index: Option<Vec<u8>>,
    pub(crate) person_index: Option<Vec<u8>>,
    pub(crate) data_key: Vec<u8>,
    /// The lanes of account and subject that it holds while it is in progress.
    pub(crate) lanes: Option<(i16, i16)>,
    /// Since when it waits behind another order, to be submitted by itself.
    pub(crate) in_line_since: Option<DateTime<Utc>>,
    /// Since when nobody has touched it; reminders do not count.
    pub(crate) idle_since: DateTime<Utc>,
    /// How many reminders were sent since then.
    pub(crate) reminded: i16,
    /// When what it held was deleted.
    pub(crate) purged_at: Option<DateTime<Utc>>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) touched_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = filing_order)]
pub(super) struct Row {
    id: Uuid,
    account: Uuid,
    nature: i32,
    body: Value,
    version: i64,
    subject_index: Option<Vec<u8>>,
    person_index: Option<Vec<u8>>,
    data_key: Vec<u8>,
    account_lane: Option<i16>,
    subject_lane: Option<i16>,
    in_line_since: Option<DateTime<Utc>>,
    idle_since: DateTime<Utc>,
    reminded: i16,
    purged_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    touched_at: DateTime<Utc>,
}

impl Row {
    pub(super) fn stored(self) -> Result<Stored, Failure> {
        Ok(Stored {
            id: self.id.into(),
            account: self.account.into(),
            nature: u16::try_from(self.nature).map_err(Failure::internal)?,
            order: from_json(self.body)?,
            version: self.version,
            subject_index: self.subject_index,
            person_index: self.person_index,
            data_key: self.data_key,
            lanes: self.account_lane.zip(self.subject_lane),
            in_line_since: self.in_line_since,
            idle_since: self.idle_since,
            reminded: self.reminded,
            purged_at: self.purged_at,
            created_at: self.created_at,
            touched_at: self.touched_at,
        })
    }
}

/// Who did something, for the story.
#[derive(Debug, Clone)]
pub(crate) struct Doer {
    pub(crate) actor: String,
    pub(crate) role: &'static str,
}

/// A new order with its first events.
pub(crate) async fn insert(tx: &mut Tx, order: &Stored, events: &[Event], by: &Doer) -> Result<(), Failure> {
    diesel::insert_into(filing_order::table)
        .values((
            filing_order::id.eq(order.id.uuid()),
            filing_order::account.eq(order.account.uuid()),
            filing_order::kind.eq(order.order.plan.kind.as_str()),
            filing_order::province.eq(order.order.plan.province.code()),
            filing_order::nature.eq(i32::from(order.nature)),
            filing_order::way.eq(way(order)),
            filing_order::state.eq(order.order.state.name().as_str()),
            filing_order::body.eq(to_json(&order.order)?),
            filing_order::version.eq(order.version),
            filing_order::data_key.eq(&order.data_key),
            filing_order::subject_index.eq(&order.subject_index),
            filing_order::person_index.eq(&order.person_index),
            filing_order::other_account.eq(order.order.plan.target.other.map(AccountId::uuid)),
            filing_order::idle_since.eq(order.idle_since),
            filing_order::created_at.eq(order.created_at),
            filing_order::touched_at.eq(order.touched_at),
        ))
        .execute(tx)
        .await?;
    tell(tx, order, events, by).await
}

fn way(order: &Stored) -> &'static str {
    match order.order.plan.way {
        domain::order::Way::Electronic => "electronic",
        domain::order::Way::Curtain => "curtain",
    }
}

/// The order, and nobody else's, for changing it: locked until the transaction ends.
pub(crate) async fn lock(tx: &mut Tx, id: OrderId) -> Result<Stored, Failure> {
    let row = filing_order::table.find(id.uuid()).for_update().select(Row::as_select()).first(tx).await.optional()?;
    row.map_or_else(|| Err(absent()), Row::stored)
}

/// Word for word what somebody hears who asks for an order of others.
pub(crate) fn absent() -> Failure {
    Failure::not_found("There is no such order.")
}

/// The order for looking at it; 404 when there is none.
pub(crate) async fn read(tx: &mut Tx, id: OrderId) -> Result<Stored, Failure> {
    let row = filing_order::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.map_or_else(|| Err(absent()), Row::stored)
}

/// The version alone, for those who wait for a change.
pub(crate) async fn version(tx: &mut Tx, id: OrderId) -> Result<Option<i64>, Failure> {
    Ok(filing_order::table.find(id.uuid()).select(filing_order::version).first(tx).await.optional()?)
}

/// Writes what the events made of the order: row and story. `before` is the version that was read.
pub(crate) async fn save(tx: &mut Tx, before: i64, after: &Stored, events: &[Event], by: &Doer) -> Result<(), Failure> {
    let target =
        filing_order::table.filter(filing_order::id.eq(after.id.uuid())).filter(filing_order::version.eq(before));
    let written = Cached(diesel::update(target).set((
        filing_order::state.eq(after.order.state.name().as_str()),
        filing_order::body.eq(to_json(&after.order)?),
        filing_order::version.eq(after.version),
        filing_order::subject_index.eq(&after.subject_index),
        filing_order::person_index.eq(&after.person_index),
        filing_order::account_lane.eq(after.lanes.map(|(account, _)| account)),
        filing_order::subject_lane.eq(after.lanes.map(|(_, subject)| subject)),
        filing_order::in_line_since.eq(after.in_line_since),
        filing_order::data_key.eq(&after.data_key),
        filing_order::idle_since.eq(after.idle_since),
        filing_order::reminded.eq(after.reminded),
        filing_order::purged_at.eq(after.purged_at),
        filing_order::touched_at.eq(after.touched_at),
    )))
    .execute(tx)
    .await
    .map_err(|error| in_progress(&error).unwrap_or_else(|| error.into()))?;
    if written != 1 {
        return Err(Failure::internal(format!("order {} was locked and yet changed", after.id)));
    }
    tell(tx, after, events, by).await
}

/// The two promises that the database keeps, as answers: a lane was taken in this very moment. Who tries again hears the
/// rule, or gets another lane.
fn in_progress(error: &Error) -> Option<Failure> {
    let Error::DatabaseError(DatabaseErrorKind::UniqueViolation, about) = error else { return None };
    let (rule, message) = match about.constraint_name()? {
        "filing_order_account_lane" => (
            "order.lane_of_account",
            "本账号的另一个备案订单刚刚提交，请稍后再试 / Another order of this account was submitted at this moment; try again later",
        ),
        "filing_order_subject_lane" => (
            "order.lane_of_subject",
            "该主体的另一个备案订单刚刚提交，请稍后再试 / Another order of this subject was submitted at this moment; try again later",
        ),
        _ => return None,
    };
    Some(Failure::conflict("Another order was submitted at this moment.").at("", rule, message))
}

/// The lanes that other orders in progress hold.
#[derive(Debug, Default)]
pub(crate) struct Rivals {
    /// Those of the same account.
    pub(crate) of_account: Vec<i16>,
    /// Those of the same subject, in whatever account.
    pub(crate) of_subject: Vec<i16>,
}

impl Rivals {
    /// The first lanes that nobody holds.
    pub(crate) fn free_lanes(&self) -> (i16, i16) {
        let free = |held: &[i16]| (0..i16::MAX).find(|lane| !held.contains(lane)).unwrap_or(i16::MAX);
        (free(&self.of_account), free(&self.of_subject))
    }
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = filing_order)]
struct Rival {
    account: Uuid,
    subject_index: Option<Vec<u8>>,
    account_lane: Option<i16>,
    subject_lane: Option<i16>,
}

/// Looks for the other orders in progress of an order's account and subject. Indexes: `filing_order_account_lane`,
/// `filing_order_subject_lane`.
pub(crate) async fn rivals(tx: &mut Tx, order: &Stored) -> Result<Rivals, Failure> {
    let rows: Vec<Rival> = filing_order::table
        .filter(filing_order::id.ne(order.id.uuid()))
        // Written out as in the indexes: a list that is bound as a parameter does not prove that a partial index fits.
        .filter(sql::<Bool>("state NOT IN ('draft', 'filed', 'expired', 'abandoned')"))
        .filter(
            filing_order::account
                .eq(order.account.uuid())
                .or(filing_order::subject_index.eq(&order.subject_index).assume_not_null()),
        )
        .select(Rival::as_select())
        .load(tx)
        .await?;
    let mut rivals = Rivals::default();
    for rival in rows {
        rivals.of_account.extend(rival.account_lane.filter(|_| rival.account == order.account.uuid()));
        let same = rival.subject_index.is_some() && rival.subject_index == order.subject_index;
        rivals.of_subject.extend(rival.subject_lane.filter(|_| same));
    }
    Ok(rivals)
}

/// Puts an order in line or takes it out; nothing else changes, so that its version stays.
pub(crate) async fn set_line(tx: &mut Tx, id: OrderId, since: Option<DateTime<Utc>>) -> Result<(), Failure> {
    diesel::update(filing_order::table.find(id.uuid())).set(filing_order::in_line_since.eq(since)).execute(tx).await?;
    Ok(())
}

/// The orders in line behind the first `skip`, the longest waiting first. Index: `filing_order_in_line`.
pub(crate) async fn in_line(tx: &mut Tx, skip: i64, most: i64) -> Result<Vec<OrderId>, Failure> {
    let ids: Vec<Uuid> = filing_order::table
        .filter(filing_order::in_line_since.is_not_null())
        .order((filing_order::in_line_since, filing_order::id))
        .offset(skip)
        .limit(most)
        .select(filing_order::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(OrderId::from).collect())
}

/// Orders that ask an account for its consent, newest first. Index: `filing_order_other`.
pub(crate) async fn asking(tx: &mut Tx, account: AccountId) -> Result<Vec<Stored>, Failure> {
    let rows: Vec<Row> = filing_order::table
        .filter(filing_order::other_account.eq(account.uuid()))
        .filter(sql::<Bool>("state = 'awaiting_consent'"))
        .order(filing_order::id.desc())
        .limit(100)
        .select(Row::as_select())
        .load(tx)
        .await?;
    rows.into_iter().map(Row::stored).collect()
}

/// Adds events to the story. `after` stands behind the last of them.
async fn tell(tx: &mut Tx, after: &Stored, events: &[Event], by: &Doer) -> Result<(), Failure> {
    let first = after.version - i64::try_from(events.len()).map_err(Failure::internal)?;
    for (version, event) in (first + 1..).zip(events) {
        let row = (
            order_event::order_id.eq(after.id.uuid()),
            order_event::version.eq(version),
            order_event::name.eq(event.name()),
            order_event::event.eq(to_json(event)?),
            order_event::state.eq(after.order.state.name().as_str()),
            order_event::actor.eq(&by.actor),
            order_event::role.eq(by.role),
            order_event::at.eq(after.touched_at),
        );
        diesel::insert_into(order_event::table).values(row).execute(tx).await?;
    }
    Ok(())
}

/// A line of the story.
pub(crate) struct Told {
    pub(crate) version: i64,
    pub(crate) event: Event,
    /// The state after it.
    pub(crate) state: StateName,
    pub(crate) actor: String,
    pub(crate) role: String,
    pub(crate) at: DateTime<Utc>,
}

/// The whole story, oldest first; the state after each event is told by folding it again.
pub(crate) async fn story(tx: &mut Tx, order: &Stored) -> Result<Vec<Told>, Failure> {
    let rows: Vec<(i64, Value, String, String, DateTime<Utc>)> = order_event::table
        .filter(order_event::order_id.eq(order.id.uuid()))
        .order(order_event::version)
        .select((order_event::version, order_event::event, order_event::actor, order_event::role, order_event::at))
        .load(tx)
        .await?;
    let mut now = Order::open(order.order.plan.clone());
    let mut story = Vec::with_capacity(rows.len());
    for (version, event, actor, role, at) in rows {
        let event: Event = from_json(event)?;
        now = evolve(now, &event);
        story.push(Told { version, event, state: now.state.name(), actor, role, at });
    }
    Ok(story)
}

/// Orders that nobody has touched since `before`, oldest first. Index: `filing_order_expiring`.
pub(crate) async fn idle(tx: &mut Tx, before: DateTime<Utc>, most: i64) -> Result<Vec<OrderId>, Failure> {
    let ids: Vec<Uuid> = filing_order::table
        // Written out as in the index: a list that is bound as a parameter does not prove that the partial index fits.
        .filter(sql::<Bool>("state IN ('draft', 'returned', 'photo_pending')"))
        .filter(filing_order::idle_since.le(before))
        .order(filing_order::idle_since)
        .limit(most)
        .select(filing_order::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(OrderId::from).collect())
}

/// Orders that are kept in mind while nobody touches them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept {
    /// Drafts that will expire. Index: `filing_order_idle`.
    Idle,
    /// Ended orders that still hold something. Index: `filing_order_ended`.
    Ended,
}

/// Those that nobody has touched since `before` and of which so many reminders were sent, oldest first.
pub(crate) async fn kept(
    tx: &mut Tx,
    (which, reminded, before): (Kept, i16, DateTime<Utc>),
    most: i64,
) -> Result<Vec<OrderId>, Failure> {
    let states = match which {
        Kept::Idle => "state IN ('draft', 'returned', 'photo_pending')",
        Kept::Ended => "state IN ('expired', 'abandoned') AND purged_at IS NULL",
    };
    let ids: Vec<Uuid> = filing_order::table
        .filter(sql::<Bool>(states))
        .filter(filing_order::reminded.eq(reminded))
        .filter(filing_order::idle_since.le(before))
        .order(filing_order::idle_since)
        .limit(most)
        .select(filing_order::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(OrderId::from).collect())
}

/// Orders that are not over, in the order of their ids, from the one after `after`.
pub(crate) async fn under_way(tx: &mut Tx, after: Option<OrderId>, most: i64) -> Result<Vec<OrderId>, Failure> {
    let after = after.map_or(Uuid::nil(), OrderId::uuid);
    let over = StateName::ALL.into_iter().filter(|state| state.is_final()).map(StateName::as_str);
    let ids: Vec<Uuid> = filing_order::table
        .filter(filing_order::id.gt(after))
        .filter(filing_order::state.ne_all(over))
        .order(filing_order::id)
        .limit(most)
        .select(filing_order::id)
        .load(tx)
        .await?;
    Ok(ids.into_iter().map(OrderId::from).collect())
}
