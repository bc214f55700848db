//! The reviewers' queue.

use chassis::{
    clock::mint,
    db::{Cached, Tx},
    failure::Failure,
};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, Insertable, OptionalExtension, QueryDsl, Queryable, Selectable,
    SelectableHelper, dsl::count_star,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId, TaskId},
    message::OrderNews,
    order::{Principals, Way},
    region::Province,
    review::{Review, ReviewEvent, ReviewState},
};
use uuid::Uuid;

use super::{
    json, read, round,
    schema::{task, task_event},
};

/// A first submission's place in the queue.
const NEWCOMER: i16 = 5;
/// That of a corrected one: who was sent back does not wait behind newcomers again.
const CORRECTED: i16 = 4;

/// A task of the queue.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The order under review.
    pub order: OrderId,
    /// Which submission of it.
    pub round: u32,
    /// Whose order.
    pub account: AccountId,
    /// The administration that decides.
    pub province: Province,
    /// The kind of order.
    pub kind: String,
    /// How the principal is verified.
    pub way: String,
    /// Its rank in the queue; lower comes first.
    pub priority: i16,
    /// The review itself.
    pub review: Review,
    /// How often it changed, from 1.
    pub version: i64,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When it was decided or closed.
    pub decided_at: Option<DateTime<Utc>>,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = task, check_for_backend(diesel::pg::Pg))]
struct Row {
    id: Uuid,
    order_id: Uuid,
    round: i32,
    account: Uuid,
    province: String,
    kind: String,
    way: String,
    priority: i16,
    state: String,
    claimed_by: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    first_by: Option<String>,
    review: serde_json::Value,
    version: i64,
    opened_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

impl Row {
    fn task(self) -> Result<Task, Failure> {
        Ok(Task {
            id: self.id.into(),
            order: self.order_id.into(),
            round: self.round.unsigned_abs(),
            account: self.account.into(),
            province: self.province.parse().map_err(|error| Failure::internal(format!("task.province: {error}")))?,
            kind: self.kind,
            way: self.way,
            priority: self.priority,
            review: read(self.review)?,
            version: self.version,
            opened_at: self.opened_at,
            decided_at: self.decided_at,
        })
    }
}

/// What the columns beside the review say about it.
fn holder(review: &Review) -> (Option<String>, Option<DateTime<Utc>>) {
    match &review.state {
        ReviewState::Claimed { by, until } => (Some(by.as_str().to_owned()), Some(*until)),
        ReviewState::Open | ReviewState::Passed | ReviewState::Returned | ReviewState::Closed => (None, None),
    }
}

/// Opens a task for a submission; nothing when there is one already.
pub async fn open(tx: &mut Tx, news: &OrderNews, principals: &Principals) -> Result<(), Failure> {
    let review = Review::open(news.plan.eyes, principals.clone());
    let row = Row {
        id: mint(),
        order_id: news.order.uuid(),
        round: round(news.round)?,
        account: news.account.uuid(),
        province: news.plan.province.code().to_owned(),
        kind: news.plan.kind.as_str().to_owned(),
        way: match news.plan.way {
            Way::Electronic => "electronic".to_owned(),
            Way::Curtain => "curtain".to_owned(),
        },
        priority: if news.round > 1 { CORRECTED } else { NEWCOMER },
        state: review.state.name().to_owned(),
        claimed_by: None,
        lease_until: None,
        first_by: None,
        review: json(&review)?,
        version: 1,
        opened_at: news.at,
        decided_at: None,
    };
    diesel::insert_into(task::table)
        .values(row)
        .on_conflict((task::order_id, task::round))
        .do_nothing()
        .execute(tx)
        .await?;
    Ok(())
}

/// A task, locked until the transaction ends.
pub async fn for_update(tx: &mut Tx, id: TaskId) -> Result<Option<Task>, Failure> {
    let row: Option<Row> =
        task::table.find(id.uuid()).select(Row::as_select()).for_update().first(tx).await.optional()?;
    row.map(Row::task).transpose()
}

/// The tasks of an order that are not decided, locked.
pub async fn undecided(tx: &mut Tx, order: OrderId, up_to: u32) -> Result<Vec<Task>, Failure> {
    let rows: Vec<Row> = task::table
        .filter(task::order_id.eq(order.uuid()))
        .filter(task::round.le(round(up_to)?))
        .filter(task::state.eq_any(["open", "claimed"]))
        .select(Row::as_select())
        .for_update()
        .load(tx)
        .await?;
    rows.into_iter().map(Row::task).collect()
}

/// A task as it is.
pub async fn get(tx: &mut Tx, id: TaskId) -> Result<Option<Task>, Failure> {
    let row: Option<Row> = task::table.find(id.uuid()).select(Row::as_select()).first(tx).await.optional()?;
    row.map(Row::task).transpose()
}

/// The next task that this reviewer may take, locked; tasks that others are taking at this moment are passed over.
/// Index: `task_queue`.
pub async fn next(
    tx: &mut Tx,
    reviewer: &str,
    provinces: &[Province],
    now: DateTime<Utc>,
) -> Result<Option<Task>, Failure> {
    let codes: Vec<&str> = provinces.iter().map(|province| province.code()).collect();
    let row: Option<Row> = task::table
        .filter(task::state.eq("open").or(task::state.eq("claimed").and(task::lease_until.le(now))))
        .filter(task::first_by.is_null().or(task::first_by.ne(reviewer)))
        .filter(task::province.eq_any(codes))
        .order((task::priority, task::opened_at, task::id))
        .select(Row::as_select())
        .for_update()
        .skip_locked()
        .first(tx)
        .await
        .optional()?;
    row.map(Row::task).transpose()
}

/// The events of one step of a review, and who made it.
pub struct Step<'a> {
    /// What happened.
    pub events: &'a [ReviewEvent],
    /// Who did it.
    pub actor: &'a str,
    /// When.
    pub now: DateTime<Utc>,
}

/// Writes the review after its events; the row was locked when it was read.
pub async fn save(tx: &mut Tx, before: Task, review: Review, step: &Step<'_>) -> Result<Task, Failure> {
    let count = i64::try_from(step.events.len()).unwrap_or(i64::MAX);
    let version = before.version.saturating_add(count);
    let over = !matches!(review.state, ReviewState::Open | ReviewState::Claimed { .. });
    let after = Task { version, decided_at: over.then_some(step.now), review, ..before };
    let (claimed_by, lease_until) = holder(&after.review);
    Cached(diesel::update(task::table.find(after.id.uuid())).set((
        task::state.eq(after.review.state.name()),
        task::claimed_by.eq(claimed_by),
        task::lease_until.eq(lease_until),
        task::first_by.eq(after.review.first.as_ref().map(|staff| staff.as_str().to_owned())),
        task::review.eq(json(&after.review)?),
        task::version.eq(version),
        task::decided_at.eq(after.decided_at),
    )))
    .execute(tx)
    .await?;
    for (seq, event) in (before.version.saturating_add(1)..).zip(step.events) {
        let row = (
            task_event::task_id.eq(after.id.uuid()),
            task_event::seq.eq(seq),
            task_event::at.eq(step.now),
            task_event::actor.eq(step.actor),
            task_event::event.eq(json(event)?),
        );
        diesel::insert_into(task_event::table).values(row).execute(tx).await?;
    }
    Ok(after)
}

/// Which tasks a list shows.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Wanted {
    /// Of this state.
    pub state: Option<String>,
    /// Of this order.
    pub order: Option<OrderId>,
    /// Of these provinces.
    pub provinces: Vec<Province>,
}

/// The key of a list: when it was opened, and the id.
pub type Key = (DateTime<Utc>, Uuid);

/// Tasks, oldest first, after a key. Indexes: `task_of_round`, `task_by_state`, `task_by_province`, `task_by_opening`.
pub async fn list(tx: &mut Tx, wanted: &Wanted, after: Option<Key>, limit: i64) -> Result<Vec<Task>, Failure> {
    let mut query = task::table.select(Row::as_select()).into_boxed();
    if let Some(state) = &wanted.state {
        query = query.filter(task::state.eq(state.clone()));
    }
    if let Some(order) = wanted.order {
        query = query.filter(task::order_id.eq(order.uuid()));
    }
    if !wanted.provinces.is_empty() {
        let codes: Vec<&str> = wanted.provinces.iter().map(|province| province.code()).collect();
        query = query.filter(task::province.eq_any(codes));
    }
    if let Some((at, id)) = after {
        query = query.filter(task::opened_at.gt(at).or(task::opened_at.eq(at).and(task::id.gt(id))));
    }
    let rows: Vec<Row> = query.order((task::opened_at, task::id)).limit(limit).load(tx).await?;
    rows.into_iter().map(Row::task).collect()
}

/// How many tasks wait, and since when the oldest does. Index: `task_queue`.
pub async fn waiting(tx: &mut Tx) -> Result<(i64, Option<DateTime<Utc>>), Failure> {
    let waiting = task::state.eq("open").or(task::state.eq("claimed"));
    let found = task::table.filter(waiting).select((count_star(), diesel::dsl::min(task::opened_at))).first(tx).await?;
    Ok(found)
}
