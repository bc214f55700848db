//! The keys of our calls to the authority, and the files of answers that were read.

use chassis::{clock::mint, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::schema::{download, upload};

/// A call whose key is written.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = upload, check_for_backend(diesel::pg::Pg))]
pub struct Upload {
    /// Its id.
    pub id: Uuid,
    /// Whose exchange.
    pub record: i64,
    /// Its key: the place in the sequence of uploads.
    pub sequence: i64,
    /// Until when its process is trusted to be alive.
    pub held_until: DateTime<Utc>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The authority took the file.
    Taken,
    /// It certainly did not; the sequence number is free again.
    Void,
}

/// Writes the key of a call. Fails with a conflict when another call is under way (`upload_under_way`).
pub async fn write(
    tx: &mut Tx,
    record: i64,
    sequence: i64,
    (now, held_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Upload, Failure> {
    let written = Upload { id: mint(), record, sequence, held_until };
    diesel::insert_into(upload::table)
        .values((
            upload::id.eq(written.id),
            upload::record.eq(record),
            upload::sequence.eq(sequence),
            upload::state.eq("written"),
            upload::held_until.eq(held_until),
            upload::written_at.eq(now),
        ))
        .execute(tx)
        .await?;
    Ok(written)
}

/// The call that is not settled, locked; none either when another process looks at it.
pub async fn under_way(tx: &mut Tx) -> Result<Option<Upload>, Failure> {
    let found = upload::table
        .filter(upload::state.eq("written"))
        .select(Upload::as_select())
        .for_update()
        .skip_locked()
        .first(tx)
        .await
        .optional()?;
    Ok(found)
}

/// Whether any call is not settled, whoever looks at it.
pub async fn is_any_under_way(tx: &mut Tx) -> Result<bool, Failure> {
    let open = upload::table.filter(upload::state.eq("written"));
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(tx).await?)
}

/// Claims a call whose process seems to be gone.
pub async fn hold(tx: &mut Tx, id: Uuid, until: DateTime<Utc>) -> Result<(), Failure> {
    diesel::update(upload::table.find(id)).set(upload::held_until.eq(until)).execute(tx).await?;
    Ok(())
}

/// Settles a call; says whether it was not settled before.
pub async fn settle(tx: &mut Tx, id: Uuid, how: Settled, now: DateTime<Utc>) -> Result<bool, Failure> {
    let state = match how {
        Settled::Taken => "taken",
        Settled::Void => "void",
    };
    let changed = diesel::update(upload::table.find(id).filter(upload::state.eq("written")))
        .set((upload::state.eq(state), upload::settled_at.eq(now)))
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// The keys under which the given exchanges went.
pub async fn taken(tx: &mut Tx, records: &[i64]) -> Result<Vec<(i64, i64)>, Failure> {
    let found = upload::table
        .filter(upload::record.eq_any(records.to_vec()))
        .filter(upload::state.eq("taken"))
        .select((upload::record, upload::sequence))
        .load(tx)
        .await?;
    Ok(found)
}

/// Notes that a file of answers is read; says whether it is the first time.
pub async fn first_read(tx: &mut Tx, file: &str, answers: usize, now: DateTime<Utc>) -> Result<bool, Failure> {
    let count = i32::try_from(answers).unwrap_or(i32::MAX);
    let inserted = diesel::insert_into(download::table)
        .values((download::file.eq(file), download::answers.eq(count), download::read_at.eq(now)))
        .on_conflict(download::file)
        .do_nothing()
        .execute(tx)
        .await?;
    Ok(inserted == 1)
}
