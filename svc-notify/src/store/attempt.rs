//! The ledger of attempts: a row before each call, completed after it.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use domain::id::NoticeId;

use super::schema::attempt;
use crate::outcome::Outcome;

/// What a row says while its call is under way, or when nobody came back from it.
const BEGUN: &str = "begun";

/// One attempt.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = attempt)]
pub(crate) struct Attempt {
    pub(crate) number: i32,
    pub(crate) began_at: DateTime<Utc>,
    pub(crate) ended_at: Option<DateTime<Utc>>,
    pub(crate) outcome: String,
    pub(crate) code: Option<String>,
    pub(crate) vendor_id: Option<String>,
    pub(crate) repeated: bool,
}

/// Notes that a call is about to be made.
pub(crate) async fn begin(
    tx: &mut Tx,
    (notice, number): (NoticeId, i32),
    repeated: bool,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    diesel::insert_into(attempt::table)
        .values((
            attempt::notice_id.eq(notice.uuid()),
            attempt::number.eq(number),
            attempt::began_at.eq(now),
            attempt::outcome.eq(BEGUN),
            attempt::repeated.eq(repeated),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes how a call ended; false when that was noted already.
pub(crate) async fn end(
    tx: &mut Tx,
    (notice, number): (NoticeId, i32),
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<bool, Failure> {
    let open = attempt::table.find((notice.uuid(), number)).filter(attempt::outcome.eq(BEGUN));
    let ended = diesel::update(open)
        .set((
            attempt::ended_at.eq(now),
            attempt::outcome.eq(outcome.as_str()),
            attempt::code.eq(outcome.code()),
            attempt::vendor_id.eq(outcome.vendor_id()),
        ))
        .execute(tx)
        .await?;
    Ok(ended == 1)
}

/// Whether a call was begun from which nobody came back.
pub(crate) async fn is_open(tx: &mut Tx, notice: NoticeId, number: i32) -> Result<bool, Failure> {
    let open = attempt::table.find((notice.uuid(), number)).filter(attempt::outcome.eq(BEGUN));
    Ok(diesel::select(diesel::dsl::exists(open)).get_result(tx).await?)
}

/// All attempts of a notice, the first one first.
pub(crate) async fn of(tx: &mut Tx, notice: NoticeId) -> Result<Vec<Attempt>, Failure> {
    Ok(attempt::table
        .filter(attempt::notice_id.eq(notice.uuid()))
        .order(attempt::number)
        .select(Attempt::as_select())
        .load(tx)
        .await?)
}
