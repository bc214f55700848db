//! The bus within one process: `publish` calls the readers and answers `Ok` only when each has committed, so that a crash
//! loses nothing. It keeps no message: what a declared reader is not there to take stays in its sender's outbox.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

use super::{Bus, Envelope, Handler, Keeper, Subscription, Undelivered, Verdict, fits};

#[derive(Clone)]
struct Reader {
    id: u64,
    what: Subscription,
    on: Handler,
    /// Counts the messages that it works on.
    at_hand: TaskTracker,
}

/// The in-process bus. Cheap to clone.
#[derive(Clone, Default)]
pub struct Local(Arc<Readers>);

#[derive(Default)]
struct Readers {
    all: RwLock<Vec<Reader>>,
    declared: RwLock<BTreeMap<&'static str, Subscription>>,
    next: AtomicU64,
}

impl Local {
    /// A bus without readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    async fn deliver(&self, envelope: &Envelope) -> Result<(), Undelivered> {
        let readers = self.readers_of(&envelope.topic);
        let mut answer = match self.absent(&envelope.topic, &readers) {
            Some(queue) => Err(Undelivered::Unread(queue)),
            None if readers.is_empty() => Err(Undelivered::Unroutable),
            None => Ok(()),
        };
        for (reader, _at_hand) in readers {
            match (reader.on)(envelope.clone()).await {
                Verdict::Done | Verdict::Dead => {}
                // The others are not made to wait for it; those that are done recognise the repetition.
                Verdict::Retry => answer = Err(Undelivered::Unconfirmed(format!("{} is not done", reader.what.queue))),
            }
        }
        answer
    }

    /// A queue that was declared for the topic and has no reader now: before its service is up, or while it stops.
    fn absent(&self, topic: &str, readers: &[(Reader, TaskTrackerToken)]) -> Option<&'static str> {
        let declared = self.0.declared.read().unwrap_or_else(PoisonError::into_inner);
        let is_read = |queue| readers.iter().any(|(reader, _)| reader.what.queue == queue);
        let wanted = declared.values().filter(|what| what.topics.iter().any(|pattern| fits(pattern, topic)));
        wanted.map(|what| what.queue).find(|queue| !is_read(*queue))
    }

    /// Taken out, so that no lock is held while a reader works, which may publish in turn. From here on each has a message
    /// at hand: counted under the lock, so that a reader which is taken away has none that it does not wait for.
    fn readers_of(&self, topic: &str) -> Vec<(Reader, TaskTrackerToken)> {
        let all = self.0.all.read().unwrap_or_else(PoisonError::into_inner);
        let reads = |reader: &&Reader| reader.what.topics.iter().any(|pattern| fits(pattern, topic));
        all.iter().filter(reads).map(|reader| (reader.clone(), reader.at_hand.token())).collect()
    }

    fn add(&self, what: Subscription, on: Handler) -> Registered {
        let reader = Reader { id: self.0.next.fetch_add(1, Ordering::Relaxed), what, on, at_hand: TaskTracker::new() };
        let registered = Registered { bus: self.clone(), id: reader.id, at_hand: reader.at_hand.clone() };
        self.0.all.write().unwrap_or_else(PoisonError::into_inner).push(reader);
        registered
    }
}

/// Takes a reader away when its subscription ends, however it ends.
struct Registered {
    bus: Local,
    id: u64,
    at_hand: TaskTracker,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.bus.0.all.write().unwrap_or_else(PoisonError::into_inner).retain(|reader| reader.id != self.id);
    }
}

#[async_trait]
impl Bus for Local {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<(), Undelivered>> {
        let mut answers = Vec::with_capacity(batch.len());
        for envelope in batch {
            answers.push(self.deliver(envelope).await);
        }
        answers
    }

    async fn declare(&self, what: Subscription) -> anyhow::Result<()> {
        self.0.declared.write().unwrap_or_else(PoisonError::into_inner).insert(what.queue, what);
        Ok(())
    }

    // Not an `async fn`: the reader is there when this returns, not only when the future is first polled.
    fn subscribe<'a, 'b>(
        &'a self,
        what: Subscription,
        on: Handler,
        stop: CancellationToken,
    ) -> BoxFuture<'b, anyhow::Result<()>>
    where
        'a: 'b,
        Self: 'b,
    {
        let registered = self.add(what, on);
        Box::pin(async move {
            stop.cancelled().await;
            let at_hand = registered.at_hand.clone();
            drop(registered);
            at_hand.close();
            at_hand.wait().await;
            Ok(())
        })
    }

    async fn given_up(&self, _queue: &'static str, _keep: Keeper, stop: CancellationToken) -> anyhow::Result<()> {
        // What is not done stays in its sender's outbox; nothing is given up here.
        stop.cancelled().await;
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
