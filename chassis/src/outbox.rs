//! Messages that commit together with what they tell, and the relay that sends them. It knows envelopes, not meanings.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use diesel::{
    ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper,
    dsl::{count_star, min},
    sql_types::{Array, BigInt, Double, Timestamptz},
};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use futures::{FutureExt, StreamExt};
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
/// The pause after a failure of the database, or after a batch of which nothing could be sent.
const PAUSE: Duration = Duration::from_secs(1);
/// The shortest pause between two looks that nobody asked for.
const BREATH: Duration = Duration::from_millis(20);
/// How often the numbers are taken at most: they count the whole table.
const MEASURE: Duration = Duration::from_secs(1);
/// The longest pause before a message is tried again, in seconds.
const LONGEST: f64 = 60.0;
/// The same for a message that nobody reads yet: its reader is starting up, or was forgotten and must be noticed.
const LONGEST_UNREAD: f64 = 5.0;
/// The readers of an in-process bus work while the relay's transaction stands idle.
const PATIENCE: &str = "SET LOCAL idle_in_transaction_session_timeout = '60s'";

/// Puts messages beside what they tell, in one statement. They leave after the commit, and only then.
pub async fn put(tx: &mut Tx, envelopes: &[Envelope]) -> Result<(), Failure> {
    for envelope in envelopes {
        insert(tx, envelope, envelope.time).await?;
    }
    Ok(())
}

/// Puts a message that is older than its place in the outbox.
pub(crate) async fn put_again(tx: &mut Tx, envelope: &Envelope, now: DateTime<Utc>) -> Result<(), Failure> {
    insert(tx, envelope, now).await
}

async fn insert(tx: &mut Tx, envelope: &Envelope, since: DateTime<Utc>) -> Result<(), Failure> {
    let whole = serde_json::to_value(envelope).map_err(Failure::internal)?;
    let row = (
        outbox::message_id.eq(uuid::Uuid::from(envelope.id)),
        outbox::topic.eq(envelope.topic.as_str()),
        outbox::envelope.eq(whole),
        outbox::created_at.eq(since),
        outbox::next_at.eq(since),
    );
    diesel::insert_into(outbox::table).values(row).execute(tx).await?;
    Ok(())
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
    measured: Mutex<Option<Instant>>,
}

impl Relay {
    /// A relay between a database and a bus.
    #[must_use]
    pub fn new(db: Db, bus: Arc<dyn Bus>, clock: Arc<dyn Clock>) -> Self {
        Self { db, bus, clock, measured: Mutex::default() }
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
        let until =
            due.and_then(|due| (due - self.clock.now()).to_std().ok()).map_or(POLL, |wait| wait.clamp(BREATH, POLL));
        let mut woken = std::pin::pin!(listener.notifications_stream());
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            () = tokio::time::sleep(until) => Ok(()),
            notified = woken.next() => {
                heard(notified)?;
                // One look answers all that have called meanwhile.
                while let Some(more) = woken.next().now_or_never() {
                    heard(more)?;
                }
                Ok(())
            }
        }
    }

    /// Sends batch after batch until nothing is due, and answers when to look again. A batch of which nothing went out
    /// says that the bus is away, which the next one would only find as well.
    async fn work(&self, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>, Failure> {
        while !stop.is_cancelled() {
            match self.batch().await? {
                Looked::Sent(0) => return Ok(Some(self.clock.now() + PAUSE)),
                Looked::Sent(_) => {}
                Looked::Nothing(due) => return Ok(due),
            }
        }
        Ok(None)
    }

    /// Sends whatever can be sent now, and answers how many went. For tests, in place of [`Self::run`].
    pub async fn drain(&self) -> Result<usize, Failure> {
        let mut all = 0;
        while let Looked::Sent(sent) = self.batch().await? {
            all += sent;
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
        tx.batch_execute(PATIENCE).await?;
        let (mut sent, mut unread, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        let (mut known, mut envelopes) = (Vec::new(), Vec::new());
        for row in rows {
            match serde_json::from_value::<Envelope>(row.envelope) {
                Ok(envelope) => {
                    known.push(row.seq);
                    envelopes.push(envelope);
                }
                // It must not keep the others from leaving.
                Err(error) => {
                    tracing::error!(seq = row.seq, %error, "a row of the outbox is no message");
                    failed.push(row.seq);
                }
            }
        }
        let answers = self.bus.publish(&envelopes).await;
        fault::point("relay.after_publish_before_mark").await?;
        for ((seq, envelope), answer) in known.into_iter().zip(&envelopes).zip(answers) {
            let Err(why) = answer else {
                sent.push(seq);
                continue;
            };
            tracing::warn!(message = %envelope.id, topic = envelope.topic, %why, "a message stays in the outbox");
            match why {
                Undelivered::Unroutable => unread.push(seq),
                Undelivered::Unread(_) | Undelivered::Refused(_) | Undelivered::Unconfirmed(_) => failed.push(seq),
            }
        }
        postpone(tx, unread, LONGEST_UNREAD, now).await?;
        postpone(tx, failed, LONGEST, now).await?;
        if !sent.is_empty() {
            diesel::delete(outbox::table.filter(outbox::seq.eq_any(&sent))).execute(tx).await?;
        }
        Ok(Looked::Sent(sent.len()))
    }

    async fn report(&self, now: DateTime<Utc>) {
        if !self.is_time_to_measure() {
            return;
        }
        let measured = self.db.read("outbox.measure", async |tx| measure(tx).await).await;
        let Ok((pending, oldest)) = measured else { return };
        let age = oldest.and_then(|oldest| (now - oldest).to_std().ok()).unwrap_or_default();
        let labels = [("service", self.db.service())];
        metric::gauge(metric::OUTBOX_PENDING, f64::from(u32::try_from(pending).unwrap_or(u32::MAX)), &labels);
        metric::gauge(metric::OUTBOX_AGE, age.as_secs_f64(), &labels);
    }

    fn is_time_to_measure(&self) -> bool {
        let mut last = self.measured.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| last.elapsed() >= MEASURE);
        if due {
            *last = Some(Instant::now());
        }
        due
    }
}

fn heard(notified: Option<diesel::QueryResult<diesel::pg::PgNotification>>) -> Result<(), Failure> {
    match notified {
        Some(Ok(_)) => Ok(()),
        Some(Err(error)) => Err(error.into()),
        None => Err(Failure::unavailable("The listening connection is gone.", PAUSE)),
    }
}

/// Locks the rows that are due and that nobody else holds, in the order in which they were put. Served by the primary key:
/// nearly every row is due, so that the first hundred are found at its beginning.
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

/// Leaves rows for later: after 1, 2, 4 … seconds, at most `longest`.
async fn postpone(tx: &mut Tx, rows: Vec<i64>, longest: f64, now: DateTime<Utc>) -> Result<(), Failure> {
    if rows.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE outbox SET attempts = attempts + 1, next_at = $2 + make_interval(secs => LEAST($3, 2 ^ LEAST(attempts, 10))) \
         WHERE seq = ANY($1)",
    )
    .bind::<Array<BigInt>, _>(rows)
    .bind::<Timestamptz, _>(now)
    .bind::<Double, _>(longest)
    .execute(tx)
    .await?;
    Ok(())
}
