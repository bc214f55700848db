//! Counts what may not be done too often. It knows buckets by name, and not what they are for.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use crate::{
    cache::{Cache, CacheDown, Quota, Taken, memory::Memory},
    clock::SystemClock,
    failure::Failure,
};

/// What a client is told to wait when the count must be right and the cache is away.
const AFTER_AN_OUTAGE: Duration = Duration::from_secs(10);
/// How much stricter each process is while the shared count is away: they cannot see one another.
const STRICTER: u32 = 4;

/// The limiter. Cheap to clone.
#[derive(Clone)]
pub struct Limiter {
    shared: Arc<dyn Cache>,
    own: Arc<Memory>,
    /// Whether the cache was away the last time: said when it changes, not at each request.
    away: Arc<AtomicBool>,
}

impl Limiter {
    /// A limiter that counts in this cache, and by itself while that is away.
    #[must_use]
    pub fn new(shared: Arc<dyn Cache>) -> Self {
        Self { shared, own: Arc::new(Memory::new(Arc::new(SystemClock))), away: Arc::default() }
    }

    /// Takes one from a bucket, or 429. While the cache is away, a stricter bucket of this process counts.
    pub async fn take(&self, key: &str, quota: Quota) -> Result<(), Failure> {
        match self.shared.take(key, quota).await {
            Ok(taken) => {
                if self.away.swap(false, Ordering::Relaxed) {
                    tracing::info!("limits are counted in the cache again");
                }
                allowed(taken)
            }
            Err(down) => {
                if !self.away.swap(true, Ordering::Relaxed) {
                    tracing::warn!(error = %down, "limits are counted by this process alone");
                }
                allowed(self.own.take(key, stricter(quota)).await?)
            }
        }
    }

    /// Takes one from a bucket, or 429; 503 while the cache is away, for what must never be done too often.
    pub async fn take_strictly(&self, key: &str, quota: Quota) -> Result<(), Failure> {
        allowed(self.shared.take(key, quota).await.map_err(closed)?)
    }

    /// Gives one back: what was counted did not take place. Best effort.
    pub async fn give_back(&self, key: &str, quota: Quota) {
        if self.shared.give_back(key, quota).await.is_err()
            && let Err(down) = self.own.give_back(key, stricter(quota)).await
        {
            tracing::debug!(error = %down, "a token could not be given back");
        }
    }
}

fn stricter(quota: Quota) -> Quota {
    Quota::every(quota.interval * STRICTER, quota.burst.div_ceil(STRICTER))
}

fn allowed(taken: Taken) -> Result<(), Failure> {
    match taken {
        Taken::Yes => Ok(()),
        Taken::After(wait) => Err(Failure::too_many(wait)),
    }
}

fn closed(down: CacheDown) -> Failure {
    Failure::unavailable("This cannot be counted at the moment.", AFTER_AN_OUTAGE).because(down)
}

impl From<CacheDown> for Failure {
    fn from(down: CacheDown) -> Self {
        closed(down)
    }
}
