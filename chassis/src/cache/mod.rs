//! Short-lived values and counters: the port that Redis and the process's memory stand behind. Nothing that must be right
//! depends on it.

pub mod memory;
pub mod redis;

use std::time::Duration;

use async_trait::async_trait;

/// The cache does not answer. Most callers take it as a miss.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the cache does not answer: {0}")]
pub struct CacheDown(pub String);

/// A rate: so many in a row, then one every interval (GCRA).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// Time after which one more is allowed.
    pub interval: Duration,
    /// How many may come at once.
    pub burst: u32,
}

impl Quota {
    /// `rate` a minute, `burst` of them at once; at least one of each.
    #[must_use]
    pub fn per_minute(rate: u32, burst: u32) -> Self {
        Self::every(Duration::from_secs(60) / rate.max(1), burst)
    }

    /// One every interval, `burst` of them at once; at least one.
    #[must_use]
    pub fn every(interval: Duration, burst: u32) -> Self {
        Self { interval: interval.max(Duration::from_millis(1)), burst: burst.max(1) }
    }
}

/// What a bucket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// Go on.
    Yes,
    /// Not before this time has passed.
    After(Duration),
}

/// The port. Times to live have millisecond precision.
#[async_trait]
pub trait Cache: Send + Sync + 'static {
    /// The value, if it is there and not over.
    async fn get(&self, key: &str) -> Result<Option<String>, CacheDown>;

    /// Sets a value for a time.
    async fn put(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheDown>;

    /// Sets a value for a time unless there is one; whether it was set.
    async fn put_absent(&self, key: &str, value: &str, ttl: Duration) -> Result<bool, CacheDown>;

    /// Forgets a value; whether there was one.
    async fn remove(&self, key: &str) -> Result<bool, CacheDown>;

    /// Forgets a value if it is this one; whether it was. For codes that are good once: of two that come with it, one wins.
    async fn remove_if(&self, key: &str, value: &str) -> Result<bool, CacheDown>;

    /// Counts up and answers the count; the first one starts the time to live.
    async fn bump(&self, key: &str, ttl: Duration) -> Result<u64, CacheDown>;

    /// Takes one from a bucket.
    async fn take(&self, key: &str, quota: Quota) -> Result<Taken, CacheDown>;

    /// Gives one back to a bucket.
    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), CacheDown>;

    /// Whether it answers.
    async fn check(&self) -> Result<(), CacheDown>;
}

/// The arithmetic of a bucket, in milliseconds: from the theoretical arrival time so far to the one after this request.
/// Redis does the same in its script.
fn gcra(tat: i64, now: i64, quota: Quota) -> Result<i64, Duration> {
    let interval = i64::try_from(quota.interval.as_millis()).unwrap_or(i64::MAX);
    let tolerance = interval.saturating_mul(i64::from(quota.burst.saturating_sub(1)));
    let tat = tat.max(now);
    let wait = tat.saturating_sub(tolerance).saturating_sub(now);
    match u64::try_from(wait) {
        Ok(wait) if wait > 0 => Err(Duration::from_millis(wait)),
        Ok(_) | Err(_) => Ok(tat.saturating_add(interval)),
    }
}
