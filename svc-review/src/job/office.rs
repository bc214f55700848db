//! The desk that deals with the authority: sends what is due, each filing once, and fetches answers. It knows no wire format.
//!
//! A submit is made once: its key is written and committed before the call. When the process dies in between, or nobody knows
//! what became of the call, the authority is asked for the last key that it took.

use std::{sync::Arc, time::Duration};

use chassis::{
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    fault,
    peer::Peer,
    telemetry::metric,
};
use chrono::TimeDelta;
use domain::{dossier::Draft, id::OrderId, order::Plan};
use serde::Deserialize;
use tokio::{sync::Notify, time::sleep};
use tokio_util::sync::CancellationToken;

use super::handover::hand_over;
use crate::{
    authority::{Authority, Held, Submission, Trouble},
    command::{SELF, answer, exchange as command},
    store::{exchange as store, exchange::Exchange, filed, step, task, upload, upload::Upload},
};

/// Counter, labels `call`, `result`: calls to the authority.
const CALLS: &str = "authority_calls";
/// Gauge: reviews that wait for a decision.
const QUEUE: &str = "review_waiting";
/// Gauge, seconds: how long the oldest of them has waited.
const QUEUE_AGE: &str = "review_oldest_waiting_seconds";
/// Files that are fetched in one go, so that a stop does not wait for ever.
const FILES: usize = 100;

/// What orders answers when it is asked for a dossier. Personal data: it lives as long as what it is asked for.
#[derive(Debug, Deserialize)]
pub struct Dossier {
    /// What the customer wrote.
    pub draft: Draft,
    /// What was settled when the order was opened.
    pub plan: Plan,
    /// Which submission.
    pub round: u32,
}

/// The desk. One for each process; several may work side by side.
pub struct Office {
    db: Db,
    authority: Arc<dyn Authority>,
    orders: Peer,
    clock: Arc<dyn Clock>,
    /// How long a call is trusted to be under way.
    patience: TimeDelta,
    wake: Notify,
}

impl Office {
    /// A desk; `timeout` is the longest that one call can take.
    #[must_use]
    pub fn new(db: Db, authority: Arc<dyn Authority>, orders: Peer, clock: Arc<dyn Clock>, timeout: Duration) -> Self {
        // The dossier is fetched and the file called for within this time, or the process is gone.
        let patience = TimeDelta::from_std(timeout * 2).unwrap_or(TimeDelta::minutes(10)) + TimeDelta::seconds(10);
        Self { db, authority, orders, clock, patience, wake: Notify::new() }
    }

    /// Something may be due at once.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Sends and fetches until `stop`.
    pub async fn run(self: Arc<Self>, every: Duration, stop: CancellationToken) -> anyhow::Result<()> {
        loop {
            self.round(&stop).await;
            tokio::select! {
                () = stop.cancelled() => return Ok(()),
                () = self.wake.notified() => {}
                () = sleep(every) => {}
            }
        }
    }

    /// One round; what fails is logged here and tried again in the next.
    async fn round(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() && noted("sending to the authority", self.send_next().await) == Some(true) {}
        noted("fetching the authority's answers", self.collect().await);
        noted("telling orders again", self.tell_again().await);
        noted("measuring the queue", self.measure().await);
    }

    /// Settles the call that is under way, or makes the next one. Says whether there may be more to do at once.
    pub async fn send_next(&self) -> Result<bool, Failure> {
        match self.left_behind().await? {
            Left::Busy => return Ok(false),
            Left::Call(upload) => return self.ask_for(&upload).await,
            Left::Nothing => {}
        }
        let now = self.clock.now();
        if !self.db.read("exchange.due", async |tx| store::any_due(tx, now).await).await? {
            return Ok(false);
        }
        let previous = match counted("previous", self.authority.previous().await) {
            Ok(sequence) => sequence,
            Err(_) => return Ok(false),
        };
        let (sequence, until) = (previous.saturating_add(1), now + self.patience);
        let reserved = self.db.transact("exchange.key", async |tx| command::reserved(tx, sequence, (now, until)).await);
        let Some((exchange, upload)) = reserved.await? else { return Ok(false) };
        fault::point("authority.after_key_before_call").await?;
        self.deliver(&exchange, &upload).await
    }

    /// A call that another process makes, or left behind.
    async fn left_behind(&self) -> Result<Left, Failure> {
        let (now, until) = (self.clock.now(), self.clock.now() + self.patience);
        let look = async |tx: &mut Tx| match upload::under_way(tx).await? {
            None => Ok(if upload::is_any_under_way(tx).await? { Left::Busy } else { Left::Nothing }),
            Some(upload) if upload.held_until > now => Ok(Left::Busy),
            Some(upload) => {
                upload::hold(tx, upload.id, until).await?;
                Ok(Left::Call(upload))
            }
        };
        self.db.transact("exchange.left_behind", look).await
    }

    /// Asks the authority what became of a call.
    async fn ask_for(&self, upload: &Upload) -> Result<bool, Failure> {
        let previous = match counted("previous", self.authority.previous().await) {
            Ok(sequence) => sequence,
            Err(_) => return Ok(false),
        };
        let now = self.clock.now();
        if previous >= upload.sequence {
            self.db.transact("exchange.taken", async |tx| command::taken(tx, upload, now).await).await?;
        } else {
            let lost = async |tx: &mut Tx| command::lost(tx, upload, now).await;
            self.db.transact("exchange.lost", lost).await?;
        }
        Ok(true)
    }

    /// Fetches the dossier and makes the call whose key is written.
    async fn deliver(&self, exchange: &Exchange, upload: &Upload) -> Result<bool, Failure> {
        let dossier = match self.dossier(exchange.order).await {
            Ok(dossier) if dossier.round == exchange.round => dossier,
            Ok(_) => return self.not_taken(upload, "another_round").await,
            Err(_) => return self.not_taken(upload, "no_dossier").await,
        };
        let Dossier { draft, plan, .. } = dossier;
        let held = self.held(&plan).await?;
        let submission = Submission { record: exchange.record, sequence: upload.sequence, plan, draft, held };
        let marks = match self.authority.marks(&submission) {
            Ok(marks) => marks,
            Err(trouble) => {
                tracing::warn!(record = exchange.record, %trouble, "an order cannot be written as a file");
                return self.stays_here(upload, &trouble).await;
            }
        };
        let mark = async |tx: &mut Tx| command::marked(tx, exchange.record, &marks).await;
        if !self.db.transact("exchange.marks", mark).await? {
            return self.not_taken(upload, "another_under_way").await;
        }
        let outcome = counted("submit", self.authority.submit(&submission).await);
        drop(submission);
        fault::point("authority.after_call_before_record").await?;
        match outcome {
            Ok(()) => {
                let now = self.clock.now();
                self.db.transact("exchange.taken", async |tx| command::taken(tx, upload, now).await).await?;
                Ok(true)
            }
            Err(trouble) if trouble.is_certain() => self.stays_here(upload, &trouble).await,
            Err(trouble) => {
                let now = self.clock.now();
                let note = async |tx: &mut Tx| command::unknown(tx, upload, &trouble, now).await;
                self.db.transact("exchange.unknown", note).await?;
                Ok(false)
            }
        }
    }

    /// The authority certainly has nothing: tried again later, or by hand where no further try would do.
    async fn stays_here(&self, upload: &Upload, trouble: &Trouble) -> Result<bool, Failure> {
        let Trouble::Unfit(_) = trouble else { return self.not_taken(upload, &trouble.told()).await };
        let (now, told) = (self.clock.now(), trouble.told());
        self.db.transact("exchange.unfit", async |tx| command::unfit(tx, upload, &told, now).await).await?;
        Ok(true)
    }

    async fn not_taken(&self, upload: &Upload, trouble: &str) -> Result<bool, Failure> {
        let now = self.clock.now();
        let note = async |tx: &mut Tx| command::not_taken(tx, upload, trouble, now).await;
        self.db.transact("exchange.not_taken", note).await?;
        Ok(false)
    }

    /// What we know of what the order is about.
    async fn held(&self, plan: &Plan) -> Result<Held, Failure> {
        match &plan.target.subject {
            Some(subject) => self.db.read("filed.held", async |tx| filed::held(tx, subject).await).await,
            None => Ok(Held::default()),
        }
    }

    async fn dossier(&self, order: OrderId) -> Result<Dossier, Failure> {
        let path = format!("/v1/peer/orders/{order}/dossier?for=authority&by={SELF}");
        self.orders.get(&path).await.inspect_err(|failure| {
            tracing::warn!(failure = format!("{failure:?}"), "orders gives no dossier");
        })
    }

    /// Fetches answers until none waits, or until one must be fetched again; how many were acknowledged.
    pub async fn collect(&self) -> Result<usize, Failure> {
        for fetched in 0..FILES {
            let batch = match counted("poll", self.authority.poll().await) {
                Ok(Some(batch)) => batch,
                Ok(None) => return Ok(fetched),
                Err(Trouble::Away(_) | Trouble::NotTaken { .. }) => return Ok(fetched),
                // The file stays at the authority until somebody has looked at it.
                Err(trouble) => return Err(Failure::internal(trouble)),
            };
            let now = self.clock.now();
            let take_in = async |tx: &mut Tx| {
                if upload::first_read(tx, &batch.file, batch.news.len(), now).await? {
                    answer::take_in(tx, &batch.news, now).await?;
                }
                Ok(())
            };
            self.db.transact("exchange.answers", take_in).await?;
            fault::point("authority.after_answers_before_acknowledge").await?;
            // Orders is asked on each reading: it knows what it has.
            if !hand_over(&self.db, &self.orders, &batch.news).await? {
                return Ok(fetched);
            }
            let forget = async |tx: &mut Tx| answer::forget(tx, &batch.news).await;
            self.db.transact("exchange.forget", forget).await?;
            // Without it the file comes again, and is known.
            if counted("acknowledge", self.authority.acknowledge(&batch.file).await).is_err() {
                return Ok(fetched);
            }
        }
        Ok(FILES)
    }

    /// Tells orders again what it did not take.
    pub async fn tell_again(&self) -> Result<(), Failure> {
        let now = self.clock.now();
        let before = now - command::TOLD_AGAIN_AFTER;
        let unheard = self.db.read("exchange.unheard", async |tx| step::unheard(tx, before).await).await?;
        for record in unheard {
            self.db.transact("exchange.tell_again", async |tx| command::told_again(tx, record, now).await).await?;
        }
        Ok(())
    }

    async fn measure(&self) -> Result<(), Failure> {
        let (count, oldest) = self.db.read("task.waiting", async |tx| task::waiting(tx).await).await?;
        let age = oldest.map_or(TimeDelta::zero(), |opened| self.clock.now() - opened).to_std().unwrap_or_default();
        metric::gauge(QUEUE, f64::from(u32::try_from(count).unwrap_or(u32::MAX)), &[]);
        metric::gauge(QUEUE_AGE, age.as_secs_f64(), &[]);
        Ok(())
    }
}

enum Left {
    /// No call is under way.
    Nothing,
    /// One is, in living hands.
    Busy,
    /// One was left behind; it is ours now.
    Call(Upload),
}

/// What failed in a round is logged here, and tried again in the next.
fn noted<T>(what: &str, outcome: Result<T, Failure>) -> Option<T> {
    outcome
        .inspect_err(|failure| tracing::warn!(what, failure = format!("{failure:?}"), "the desk could not do its work"))
        .ok()
}

/// Counts a call to the authority, and logs its trouble.
fn counted<T>(call: &str, outcome: Result<T, Trouble>) -> Result<T, Trouble> {
    let result = match &outcome {
        Ok(_) => "done".to_owned(),
        Err(trouble) => {
            tracing::warn!(call, %trouble, "a call to the authority did not succeed");
            trouble.name()
        }
    };
    metric::count(CALLS, 1, &[("call", call), ("result", &result)]);
    outcome
}
