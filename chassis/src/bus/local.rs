//! The bus within one process: `publish` calls the readers and answers `Ok` only when each has committed, so that a crash
//! loses nothing. It keeps no message.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU64, Ordering},
};

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use super::{Bus, Envelope, Handler, Subscription, Undelivered, Verdict, fits};

#[derive(Clone)]
struct Reader {
    id: u64,
    what: Subscription,
    on: Handler,
}

/// The in-process bus. Cheap to clone.
#[derive(Clone, Default)]
pub struct Local(Arc<Readers>);

#[derive(Default)]
struct Readers {
    all: RwLock<Vec<Reader>>,
    next: AtomicU64,
}

impl Local {
    /// A bus without readers.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    async fn deliver(&self, envelope: &Envelope) -> Result<(), Undelivered> {
        // Cloned, so that no lock is held while a reader works, which may publish in turn.
        let readers = self.0.all.read().unwrap_or_else(PoisonError::into_inner).clone();
        let mut read = false;
        for reader in readers {
            if !reader.what.topics.iter().any(|pattern| fits(pattern, &envelope.topic)) {
                continue;
            }
            read = true;
            match (reader.on)(envelope.clone()).await {
                Verdict::Done | Verdict::Dead => {}
                Verdict::Retry => return Err(Undelivered::Unconfirmed(format!("{} is not done", reader.what.queue))),
            }
        }
        if read { Ok(()) } else { Err(Undelivered::Unroutable) }
    }

    fn remove(&self, id: u64) {
        self.0.all.write().unwrap_or_else(PoisonError::into_inner).retain(|reader| reader.id != id);
    }
}

/// Takes a reader away when its subscription ends, however it ends.
struct Registered<'a>(&'a Local, u64);

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.0.remove(self.1);
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

    async fn subscribe(&self, what: Subscription, on: Handler, stop: CancellationToken) -> anyhow::Result<()> {
        let id = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0.all.write().unwrap_or_else(PoisonError::into_inner).push(Reader { id, what, on });
        let _registered = Registered(self, id);
        stop.cancelled().await;
        Ok(())
    }

    async fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
