//! One message, once: what a reader does and that it did it commit together. It knows consumers by name.

use std::time::Instant;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::{id::MessageId, message::Message};
use tracing::Instrument;

use crate::{
    bus::{Envelope, Verdict},
    db::{Db, Tx, schema::inbox},
    dead,
    failure::{Failure, Kind},
    fault,
    telemetry::{self, metric},
};

/// How long a message is remembered: longer than any of its repetitions can take.
const KEPT: TimeDelta = TimeDelta::days(30);

/// What is done with a message, within the transaction that notes it: an async closure whose future may move between
/// threads.
pub trait Reading<'c>:
    AsyncFnOnce(&'c mut Tx, Message) -> Result<(), Failure> + FnOnce(&'c mut Tx, Message) -> Self::Fut + Send
{
    /// The closure's future.
    type Fut: Future<Output = Result<(), Failure>> + Send;
}

impl<'c, F, Fut> Reading<'c> for F
where
    F: AsyncFnOnce(&'c mut Tx, Message) -> Result<(), Failure> + FnOnce(&'c mut Tx, Message) -> Fut + Send,
    Fut: Future<Output = Result<(), Failure>> + Send,
{
    type Fut = Fut;
}

/// Deals with one message in one transaction, unless it was dealt with before. A refusal is final and means that the
/// message came late or twice; what cannot be read is kept as a dead letter; everything else is tried again.
pub async fn handle<F>(db: &Db, consumer: &'static str, envelope: Envelope, now: DateTime<Utc>, work: F) -> Verdict
where
    F: for<'c> Reading<'c>,
{
    let span = tracing::info_span!("bus.handle", consumer, topic = envelope.topic, message = %envelope.id);
    telemetry::continue_trace(&span, envelope.traceparent.as_deref());
    async {
        let began = Instant::now();
        let verdict = match once(db, consumer, &envelope, now, work).await {
            Ok(()) => Verdict::Done,
            Err(failure) => judge(db, consumer, &envelope, &failure, now).await,
        };
        metric::count(metric::BUS_HANDLED, 1, &[("verdict", verdict.as_str()), ("consumer", consumer)]);
        let took_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        tracing::debug!(verdict = verdict.as_str(), took_ms, "handled");
        verdict
    }
    .instrument(span)
    .await
}

async fn once<F>(
    db: &Db,
    consumer: &'static str,
    envelope: &Envelope,
    now: DateTime<Utc>,
    work: F,
) -> Result<(), Failure>
where
    F: for<'c> Reading<'c>,
{
    let message = envelope.message()?;
    let id = envelope.id;
    db.transact("inbox.handle", async move |tx: &mut Tx| {
        if !first_time(tx, consumer, id, now).await? {
            tracing::debug!("known already");
            return Ok(());
        }
        work(tx, message).await
    })
    .await?;
    fault::point("consumer.after_commit_before_ack").await?;
    Ok(())
}

async fn judge(db: &Db, consumer: &'static str, envelope: &Envelope, failure: &Failure, now: DateTime<Utc>) -> Verdict {
    if failure.kind() == Kind::Unreadable {
        let why = format!("{failure:?}");
        tracing::error!(why, "a message is given up");
        metric::count(metric::BUS_DEAD, 1, &[("consumer", consumer)]);
        let kept = db.transact("dead.keep", async |tx| dead::keep(tx, consumer, envelope, &why, now).await).await;
        return if kept.is_ok() { Verdict::Dead } else { Verdict::Retry };
    }
    if failure.is_refusal() {
        tracing::info!(?failure, "a late or repeated message changes nothing");
        return Verdict::Done;
    }
    tracing::warn!(?failure, "a message is tried again");
    Verdict::Retry
}

/// Notes that a consumer deals with a message; false when it has already.
pub async fn first_time(tx: &mut Tx, consumer: &str, id: MessageId, now: DateTime<Utc>) -> Result<bool, Failure> {
    let noted = diesel::insert_into(inbox::table)
        .values((inbox::consumer.eq(consumer), inbox::message_id.eq(uuid::Uuid::from(id)), inbox::handled_at.eq(now)))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    Ok(noted == 1)
}

/// Forgets messages whose repetitions can no longer come.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, Failure> {
    Ok(diesel::delete(inbox::table.filter(inbox::handled_at.lt(now - KEPT))).execute(tx).await?)
}
