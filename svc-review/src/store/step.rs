//! What orders must hear of an exchange, one step after the other.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper, dsl::max,
};
use diesel_async::RunQueryDsl;
use domain::{filing_number::SubjectNumber, message::AuthorityStep};

use super::{
    json, read,
    schema::{exchange, step},
};
use crate::exchange::Stage;

/// A step that orders has not taken yet.
#[derive(Debug, Clone)]
pub struct Step {
    /// Of which exchange.
    pub record: i64,
    /// Its place.
    pub seq: i64,
    /// The step.
    pub step: AuthorityStep,
    /// When it was told last.
    pub told_at: Option<DateTime<Utc>>,
    /// How often.
    pub told: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = step, check_for_backend(diesel::pg::Pg))]
struct Row {
    record: i64,
    seq: i64,
    what: serde_json::Value,
    told_at: Option<DateTime<Utc>>,
    told: i32,
}

impl Row {
    fn step(self) -> Result<Step, Failure> {
        let step = read(self.what)?;
        Ok(Step { record: self.record, seq: self.seq, step, told_at: self.told_at, told: self.told })
    }
}

/// Appends steps; the exchange is locked.
pub async fn append(tx: &mut Tx, record: i64, steps: &[AuthorityStep], now: DateTime<Utc>) -> Result<(), Failure> {
    let last: Option<i64> = step::table.filter(step::record.eq(record)).select(max(step::seq)).first(tx).await?;
    let rows = (last.unwrap_or(0).saturating_add(1)..).zip(steps).map(|(seq, one)| {
        Ok((step::record.eq(record), step::seq.eq(seq), step::what.eq(json(one)?), step::made_at.eq(now)))
    });
    let rows: Vec<_> = rows.collect::<Result<_, Failure>>()?;
    diesel::insert_into(step::table).values(rows).execute(tx).await?;
    Ok(())
}

/// The first step that orders has not taken.
pub async fn current(tx: &mut Tx, record: i64) -> Result<Option<Step>, Failure> {
    let row: Option<Row> = step::table
        .filter(step::record.eq(record))
        .filter(step::confirmed_at.is_null())
        .order(step::seq)
        .select(Row::as_select())
        .first(tx)
        .await
        .optional()?;
    row.map(Row::step).transpose()
}

/// Notes that a step was told.
pub async fn told(tx: &mut Tx, one: &Step, now: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(step::table.find((one.record, one.seq)))
        .set((step::told_at.eq(now), step::told.eq(one.told.saturating_add(1))))
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that orders took a step, or never will.
pub async fn done(tx: &mut Tx, one: &Step, now: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(step::table.find((one.record, one.seq))).set(step::confirmed_at.eq(now)).execute(tx).await?;
    Ok(())
}

/// The exchanges with a step that was told before `before` and not taken since. Index: `step_told`.
pub async fn unheard(tx: &mut Tx, before: DateTime<Utc>) -> Result<Vec<i64>, Failure> {
    let records = step::table
        .filter(step::confirmed_at.is_null())
        .filter(step::told_at.le(before))
        .order(step::told_at)
        .limit(100)
        .select(step::record)
        .load(tx)
        .await?;
    Ok(records)
}

/// The subjects of grants that orders has not taken yet. Indexes: `step_told`, the primary key.
pub async fn grants(tx: &mut Tx) -> Result<Vec<SubjectNumber>, Failure> {
    let stages: Vec<serde_json::Value> = step::table
        .inner_join(exchange::table.on(exchange::record.eq(step::record)))
        .filter(step::confirmed_at.is_null())
        .filter(exchange::state.eq("granted"))
        .select(exchange::stage)
        .load(tx)
        .await?;
    let mut subjects = Vec::new();
    for stage in stages {
        if let Stage::Granted { numbers } = read(stage)? {
            subjects.push(numbers.subject);
        }
    }
    Ok(subjects)
}
