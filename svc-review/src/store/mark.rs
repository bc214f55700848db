//! Under which ids the authority answers about an exchange, and which of them passed.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;

use super::schema::{exchange, mark};
use crate::authority::{About, Operation};

/// The states of an exchange about which the authority can say something.
const UNDER_WAY: [&str; 4] = ["sending", "sent", "awaiting_sms", "at_authority"];

/// Writes the ids of an exchange; those of an earlier try stand.
pub async fn write(tx: &mut Tx, record: i64, marks: &[About]) -> Result<(), Failure> {
    let row =
        |about: &About| (mark::record.eq(record), mark::operation.eq(about.operation.code()), mark::id.eq(about.id));
    let rows: Vec<_> = marks.iter().map(row).collect();
    diesel::insert_into(mark::table).values(rows).on_conflict_do_nothing().execute(tx).await?;
    Ok(())
}

/// The exchange under way that an answer is about. Index: `mark_by_id`.
pub async fn whose(tx: &mut Tx, about: About) -> Result<Option<i64>, Failure> {
    let found = mark::table
        .inner_join(exchange::table)
        .filter(mark::operation.eq(about.operation.code()))
        .filter(mark::id.eq(about.id))
        .filter(exchange::state.eq_any(UNDER_WAY))
        .order(mark::record.desc())
        .select(mark::record)
        .first(tx)
        .await
        .optional()?;
    if found.is_some() || about.operation != Operation::First {
        return Ok(found);
    }
    // Sent by a process of the version before, which wrote no ids: first filings went by their record.
    let by_record = exchange::table.find(about.id).filter(exchange::state.eq_any(UNDER_WAY));
    Ok(by_record.select(exchange::record).first(tx).await.optional()?)
}

/// Whether another exchange under way goes by this id: its answers could not be told apart. Index: `mark_by_id`.
pub async fn is_shared(tx: &mut Tx, record: i64, about: About) -> Result<bool, Failure> {
    let others = mark::table
        .inner_join(exchange::table)
        .filter(mark::operation.eq(about.operation.code()))
        .filter(mark::id.eq(about.id))
        .filter(mark::record.ne(record))
        .filter(exchange::state.eq_any(UNDER_WAY));
    Ok(diesel::select(diesel::dsl::exists(others)).get_result(tx).await?)
}

/// Notes that an id passed, with the number that it got.
pub async fn passed(
    tx: &mut Tx,
    record: i64,
    about: About,
    number: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let row = mark::table.find((record, about.operation.code(), about.id));
    diesel::update(row).set((mark::passed_at.eq(now), mark::number.eq(number))).execute(tx).await?;
    Ok(())
}

/// Whether every id of an exchange passed, and the numbers that they got, in the order of the ids.
pub async fn all_passed(tx: &mut Tx, record: i64) -> Result<Option<Vec<String>>, Failure> {
    let rows: Vec<(Option<DateTime<Utc>>, Option<String>)> = mark::table
        .filter(mark::record.eq(record))
        .order(mark::id)
        .select((mark::passed_at, mark::number))
        .load(tx)
        .await?;
    let all = !rows.is_empty() && rows.iter().all(|(passed, _)| passed.is_some());
    Ok(all.then(|| rows.into_iter().filter_map(|(_, number)| number).collect()))
}
