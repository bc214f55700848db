//! The exchanges with the authority.

use chassis::{clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl::{exists, sql},
    select,
    sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, ExchangeId, OrderId},
    message::OrderNews,
    order::{Delivery, Plan},
};
use uuid::Uuid;

use super::{json, read, round, schema::exchange};
use crate::exchange::Stage;

/// One submission's exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Our number of it at the authority.
    pub record: i64,
    /// Its id.
    pub id: ExchangeId,
    /// The order.
    pub order: OrderId,
    /// Which submission of it.
    pub round: u32,
    /// Whose order.
    pub account: AccountId,
    /// What was settled when the order was opened.
    pub plan: Plan,
    /// Whether it goes by hand, from the beginning or because a lead took it over.
    pub by_hand: bool,
    /// Where it stands.
    pub stage: Stage,
    /// How often sending failed.
    pub attempts: i32,
    /// When it may be sent.
    pub next_at: DateTime<Utc>,
    /// What went wrong last.
    pub trouble: Option<String>,
    /// When it was opened.
    pub opened_at: DateTime<Utc>,
    /// When the authority took it.
    pub sent_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = exchange, check_for_backend(diesel::pg::Pg))]
struct Row {
    record: i64,
    id: Uuid,
    order_id: Uuid,
    round: i32,
    account: Uuid,
    plan: serde_json::Value,
    stage: serde_json::Value,
    attempts: i32,
    next_at: DateTime<Utc>,
    trouble: Option<String>,
    delivery: String,
    opened_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    changed_at: DateTime<Utc>,
}

impl Row {
    fn exchange(self) -> Result<Exchange, Failure> {
        Ok(Exchange {
            record: self.record,
            id: self.id.into(),
            order: self.order_id.into(),
            round: self.round.unsigned_abs(),
            account: self.account.into(),
            plan: read(self.plan)?,
            by_hand: self.delivery == "desk",
            stage: read(self.stage)?,
            attempts: self.attempts,
            next_at: self.next_at,
            trouble: self.trouble,
            opened_at: self.opened_at,
            sent_at: self.sent_at,
            changed_at: self.changed_at,
        })
    }
}

/// Opens the exchange of a round; its number, or none when there is one already.
pub async fn open(tx: &mut Tx, news: &OrderNews, now: DateTime<Utc>) -> Result<Option<i64>, Failure> {
    let stage = Stage::Waiting;
    let record = diesel::insert_into(exchange::table)
        .values((
            exchange::id.eq(mint::<Uuid>()),
            exchange::order_id.eq(news.order.uuid()),
            exchange::round.eq(round(news.round)?),
            exchange::account.eq(news.account.uuid()),
            exchange::province.eq(news.plan.province.code()),
            exchange::plan.eq(json(&news.plan)?),
            exchange::state.eq(stage.name()),
            exchange::stage.eq(json(&stage)?),
            exchange::delivery.eq(delivery(&news.plan)),
            exchange::next_at.eq(now),
            exchange::opened_at.eq(now),
            exchange::changed_at.eq(now),
        ))
        .on_conflict((exchange::order_id, exchange::round))
        .do_nothing()
        .returning(exchange::record)
        .get_result(tx)
        .await
        .optional()?;
    Ok(record)
}

/// How an order goes, in the table. What needs no authority never comes here.
fn delivery(plan: &Plan) -> &'static str {
    match plan.steps.delivery {
        Delivery::Upload | Delivery::None => "upload",
        Delivery::Desk => "desk",
    }
}

/// The exchange of an id, locked.
pub async fn of_id(tx: &mut Tx, id: ExchangeId) -> Result<Option<Exchange>, Failure> {
    let found = exchange::table.filter(exchange::id.eq(id.uuid()));
    let row: Option<Row> = found.select(Row::as_select()).for_update().first(tx).await.optional()?;
    row.map(Row::exchange).transpose()
}

/// The exchange of a round, locked.
pub async fn of_round(tx: &mut Tx, order: OrderId, of: u32) -> Result<Option<Exchange>, Failure> {
    let row: Option<Row> = exchange::table
        .filter(exchange::order_id.eq(order.uuid()))
        .filter(exchange::round.eq(round(of)?))
        .select(Row::as_select())
        .for_update()
        .first(tx)
        .await
        .optional()?;
    row.map(Row::exchange).transpose()
}

/// The exchange of a number, locked.
pub async fn of_record(tx: &mut Tx, record: i64) -> Result<Option<Exchange>, Failure> {
    let row: Option<Row> =
        exchange::table.find(record).select(Row::as_select()).for_update().first(tx).await.optional()?;
    row.map(Row::exchange).transpose()
}

/// Whether something may be sent. Index: `exchange_due`.
pub async fn any_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<bool, Failure> {
    let due = exchange::table.filter(exchange::state.eq("begun")).filter(exchange::delivery.eq("upload"));
    let due = due.filter(exchange::next_at.le(now));
    Ok(select(exists(due)).get_result(tx).await?)
}

/// What may be sent next, locked; passed over when another process looks at it. Index: `exchange_due`.
pub async fn next_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<Exchange>, Failure> {
    let row: Option<Row> = exchange::table
        .filter(exchange::state.eq("begun"))
        .filter(exchange::delivery.eq("upload"))
        .filter(exchange::next_at.le(now))
        .order((exchange::next_at, exchange::record))
        .select(Row::as_select())
        .for_update()
        .skip_locked()
        .first(tx)
        .await
        .optional()?;
    row.map(Row::exchange).transpose()
}

/// Writes where a locked exchange stands now.
pub async fn save(tx: &mut Tx, record: i64, stage: &Stage, now: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(exchange::table.find(record))
        .set((exchange::state.eq(stage.name()), exchange::stage.eq(json(stage)?), exchange::changed_at.eq(now)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that the authority took it.
pub async fn sent(tx: &mut Tx, record: i64, now: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(exchange::table.find(record))
        .set((exchange::sent_at.eq(now), exchange::trouble.eq(None::<String>), exchange::changed_at.eq(now)))
        .execute(tx)
        .await?;
    Ok(())
}

/// From now on it goes by hand.
pub async fn take_over(tx: &mut Tx, record: i64, now: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(exchange::table.find(record))
        .set((exchange::delivery.eq("desk"), exchange::changed_at.eq(now)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Why a sending did not succeed, and when it is tried again.
pub struct Setback<'a> {
    /// A word for it.
    pub trouble: &'a str,
    /// Not before.
    pub next_at: DateTime<Utc>,
    /// How often by now.
    pub attempts: i32,
}

/// Notes a setback.
pub async fn set_back(tx: &mut Tx, record: i64, by: &Setback<'_>) -> Result<(), Failure> {
    diesel::update(exchange::table.find(record))
        .set((exchange::trouble.eq(by.trouble), exchange::next_at.eq(by.next_at), exchange::attempts.eq(by.attempts)))
        .execute(tx)
        .await?;
    Ok(())
}

/// Exchanges, newest first, before a key; with `by_hand` only those that a lead has to carry on. Indexes: the primary key,
/// `exchange_by_order`, `exchange_by_hand`.
pub async fn list(
    tx: &mut Tx,
    (order, by_hand): (Option<OrderId>, bool),
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<Exchange>, Failure> {
    let mut query = exchange::table.select(Row::as_select()).into_boxed();
    if let Some(order) = order {
        query = query.filter(exchange::order_id.eq(order.uuid()));
    }
    if by_hand {
        // Written out as in the index: values that are bound as parameters do not prove that a partial index fits.
        query = query.filter(sql::<Bool>(
            "exchange.delivery = 'desk' AND exchange.state IN ('begun', 'sent', 'awaiting_sms', 'at_authority')",
        ));
    }
    if let Some(record) = before {
        query = query.filter(exchange::record.lt(record));
    }
    let rows: Vec<Row> = query.order(exchange::record.desc()).limit(limit).load(tx).await?;
    rows.into_iter().map(Row::exchange).collect()
}
