//! Messages that commit together with what they tell, and the relay that sends them. It knows envelopes, not meanings.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl::{count_star, min},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::StreamExt;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{
    bus::{Bus, Envelope, Undelivered},
    clock::Clock,
    db::{Db, Tx, schema::outbox},
    failure::Failure,
    fault,
    telemetry::metric,
};

/// How many messages are sent together.
const BATCH: i64 = 100;
/// How often the relay looks even if nobody wakes it.
const POLL: Duration = Duration::from_secs(5);
/// The pause after a failure of the database.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause before a message is tried again, in seconds.
const LONGEST: i64 = 60;

/// Puts messages beside what they tell, in one statement. They leave after the commit, and only then.
pub async fn put(tx: &mut Tx, envelopes: &[Envelope]) -> Result<(), Failure> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let rows = envelopes.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    diesel::insert_into(outbox::table).values(rows).execute(tx).await?;
    Ok(())
}

type NewRow<'a> = (
    diesel::dsl::Eq<outbox::message_id, uuid::Uuid>,
    diesel::dsl::Eq<outbox::topic, &'a str>,
    diesel::dsl::Eq<outbox::envelope, Value>,
    diesel::dsl::Eq<outbox::created_at, DateTime<Utc>>,
    diesel::dsl::Eq<outbox::next_at, DateTime<Utc>>,
);

fn row(envelope: &Envelope) -> Result<NewRow<'_>, Failure> {
    let whole = serde_json::to_value(envelope).map_err(Failure::internal)?;
    Ok((
        outbox::message_id.eq(uuid::Uuid::from(envelope.id)),
        outbox::topic.eq(envelope.topic.as_str()),
        outbox::envelope.eq(whole),
        outbox::created_at.eq(envelope.time),
        outbox::next_at.eq(envelope.time),
    ))
}

/// What waits, oldest first.
pub async fn pending(tx: &mut Tx) -> Result<Vec<Envelope>, Failure> {
    let rows: Vec<Value> = outbox::table.order(outbox::seq).select(outbox::envelope).load(tx).await?;
    rows.into_iter().map(|row| serde_json::from_value(row).map_err(Failure::internal)).collect()
}

/// How long the oldest message has waited.
pub async fn age(tx: &mut Tx, now: DateTime<Utc>) -> Result<Duration, Failure> {
    let (_, oldest) = measure(tx).await?;
    Ok(oldest.and_then(|oldest| (now - oldest).to_std().ok()).unwrap_or_default())
}

async fn measure(tx: &mut Tx) -> Result<(i64, Option<DateTime<Utc>>), Failure> {
    Ok(outbox::table.select((count_star(), min(outbox::created_at))).first(tx).await?)
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox)]
struct Row {
    seq: i64,
    envelope: Value,
    attempts: i32,
}

/// What one look at the table brought.
enum Looked {
    /// Some were tried, and so many of them sent.
    Sent(usize),
    /// Nothing is due before this time.
    Nothing(Option<DateTime<Utc>>),
}

/// Sends what the outbox holds. Any number of relays may work on one database.
pub struct Relay {
    db: Db,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
}

impl Relay {
    /// A relay between a database and a bus.
    #[must_use]
    pub fn new(db: Db, bus: Arc<dyn Bus>, clock: Arc<dyn Clock>) -> Self {
        Self { db, bus, clock }
    }

    /// Works until `stop`: at once when a message is put, when one is due again, and every few seconds regardless.
    pub async fn run(self, stop: CancellationToken) -> anyhow::Result<()> {
        while !stop.is_cancelled() {
            match self.listen(&stop).await {
                Ok(()) => {}
                Err(failure) => {
                    tracing::warn!(?failure, "the relay begins anew");
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = tokio::time::sleep(PAUSE) => {}
                    }
                }
            }
        }
        Ok(())
    }

    /// Works with one listening connection for as long as that lives.
    async fn listen(&self, stop: &CancellationToken) -> Result<(), Failure> {
        // Outside of the pool: it is kept, and a pooling proxy does not pass notifications on.
        let opened = self.db.connector().open().await;
        let mut listener =
            opened.map_err(|error| Failure::unavailable("The database is away.", PAUSE).because(error))?;
        // Before the first look, or a message put in between would wait for the next poll.
        listener.batch_execute("LISTEN outbox").await?;
        loop {
            let due = self.work(stop).await?;
            if stop.is_cancelled() {
                return Ok(());
            }
            self.wait(&mut listener, due, stop).await?;
        }
    }

    async fn wait(
        &self,
        listener: &mut AsyncPgConnection,
        due: Option<DateTime<Utc>>,
        stop: &CancellationToken,
    ) -> Result<(), Failure> {
        let until = due.and_then(|due| (due - self.clock.now()).to_std().ok()).map_or(POLL, |wait| wait.min(POLL));
        let mut woken = std::pin::pin!(listener.notifications_stream());
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = tokio::time::sleep(until) => Ok(()),
            notified = woken.next() => match notified {
                Some(Ok(_)) => Ok(()),
                Some(Err(error)) => Err(error.into()),
                None => Err(Failure::unavailable("The listening connection is gone.", PAUSE)),
            },
        }
    }

    /// Sends batch after batch until nothing is due, and answers when the next message is.
    async fn work(&self, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>, Failure> {
        while !stop.is_cancelled() {
            if let Looked::Nothing(due) = self.batch().await? {
                return Ok(due);
            }
        }
        Ok(None)
    }

    /// Sends whatever can be sent now, and answers how many went. For tests, in place of [`Self::run`].
    pub async fn drain(&self) -> Result<usize, Failure> {
        let mut all = 0;
        while let Looked::Sent(sent) = self.batch().await? {
            all += sent;
            if sent == 0 {
                break;
            }
        }
        Ok(all)
    }

    /// Sends one batch, in the transaction that holds its rows: nobody else sends them meanwhile, and a crash before the
    /// commit leaves them to be sent again, which every reader's inbox bears.
    async fn batch(&self) -> Result<Looked, Failure> {
        let now = self.clock.now();
        let looked = self
            .db
            .transact("outbox.relay", async |tx| {
                let rows = take(tx, now).await?;
                if rows.is_empty() {
                    let next = outbox::table.select(min(outbox::next_at)).first(tx).await?;
                    return Ok(Looked::Nothing(next));
                }
                self.send(tx, rows, now).await
            })
            .await?;
        self.report(now).await;
        Ok(looked)
    }

    async fn send(&self, tx: &mut Tx, rows: Vec<Row>, now: DateTime<Utc>) -> Result<Looked, Failure> {
        let envelopes = rows
            .iter()
            .map(|row| serde_json::from_value(row.envelope.clone()).map_err(Failure::internal))
            .collect::<Result<Vec<Envelope>, _>>()?;
        let answers = self.bus.publish(&envelopes).await;
        fault::point("relay.after_publish_before_mark").await?;
        let mut sent = Vec::new();
        for (row, answer) in rows.iter().zip(&answers) {
            match answer {
                Ok(()) => sent.push(row.seq),
                Err(why) => postpone(tx, row, why, now).await?,
            }
        }
        let gone = diesel::delete(outbox::table.filter(outbox::seq.eq_any(&sent))).execute(tx).await?;
        Ok(Looked::Sent(gone))
    }

    async fn report(&self, now: DateTime<Utc>) {
        let measured = self.db.read("outbox.measure", async |tx| measure(tx).await).await;
        let Ok((pending, oldest)) = measured else { return };
        let age = oldest.and_then(|oldest| (now - oldest).to_std().ok()).unwrap_or_default();
        metric::gauge(metric::OUTBOX_PENDING, f64::from(u32::try_from(pending).unwrap_or(u32::MAX)), &[]);
        metric::gauge(metric::OUTBOX_AGE, age.as_secs_f64(), &[]);
    }
}

/// Locks the rows that are due and that nobody else holds, in the order in which they were put.
async fn take(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Row>, Failure> {
    Ok(outbox::table
        .filter(outbox::next_at.le(now))
        .order(outbox::seq)
        .limit(BATCH)
        .for_update()
        .skip_locked()
        .select(Row::as_select())
        .load(tx)
        .await?)
}

async fn postpone(tx: &mut Tx, row: &Row, why: &Undelivered, now: DateTime<Utc>) -> Result<(), Failure> {
    let attempts = row.attempts.saturating_add(1);
    tracing::warn!(seq = row.seq, attempts, %why, "a message stays in the outbox");
    diesel::update(outbox::table.find(row.seq))
        .set((outbox::attempts.eq(attempts), outbox::next_at.eq(now + backoff(attempts))))
        .execute(tx)
        .await?;
    Ok(())
}

/// 1, 2, 4 … 60 seconds.
fn backoff(attempts: i32) -> TimeDelta {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(10);
    TimeDelta::seconds(1_i64.checked_shl(doublings).unwrap_or(LONGEST).min(LONGEST))
}
