//! The cache in the process's own memory, for one process alone. It goes by the given clock and has a bounded size.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{Cache, CacheDown, Quota, Taken, gcra};
use crate::clock::Clock;

/// How many entries are kept; when there are more, those that are over go, and then any.
const MOST: usize = 100_000;

struct Entry {
    value: Value,
    /// In milliseconds since 1970.
    until: i64,
}

enum Value {
    Text(String),
    Count(u64),
    /// Theoretical arrival time of a bucket.
    Bucket(i64),
}

/// The cache. It answers always.
pub struct Memory {
    clock: Arc<dyn Clock>,
    entries: Mutex<HashMap<String, Entry>>,
}

impl Memory {
    /// An empty cache that goes by this clock.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, entries: Mutex::default() }
    }

    fn now(&self) -> i64 {
        self.clock.now().timestamp_millis()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, key: &str, value: Value, until: i64) {
        let mut entries = self.lock();
        make_room(&mut entries, key, self.now());
        entries.insert(key.to_owned(), Entry { value, until });
    }

    fn text(&self, key: &str) -> Option<String> {
        let now = self.now();
        match self.lock().get(key) {
            Some(Entry { value: Value::Text(text), until }) if *until > now => Some(text.clone()),
            Some(Entry { value: Value::Count(count), until }) if *until > now => Some(count.to_string()),
            Some(_) | None => None,
        }
    }

    fn until(&self, ttl: Duration) -> i64 {
        self.now().saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX))
    }

    /// Changes a bucket's theoretical arrival time in one go; what `change` refuses leaves it as it is.
    fn bucket<E>(&self, key: &str, change: impl FnOnce(i64) -> Result<i64, E>) -> Result<(), E> {
        let mut entries = self.lock();
        let tat = match entries.get(key) {
            Some(Entry { value: Value::Bucket(tat), .. }) => *tat,
            Some(_) | None => 0,
        };
        let tat = change(tat)?;
        make_room(&mut entries, key, self.now());
        entries.insert(key.to_owned(), Entry { value: Value::Bucket(tat), until: tat });
        Ok(())
    }
}

/// Before a new key comes into a full map, those that are over go, and then any.
fn make_room(entries: &mut HashMap<String, Entry>, key: &str, now: i64) {
    if entries.len() < MOST || entries.contains_key(key) {
        return;
    }
    entries.retain(|_, entry| entry.until > now);
    if entries.len() >= MOST
        && let Some(any) = entries.keys().next().cloned()
    {
        entries.remove(&any);
    }
}

#[async_trait]
impl Cache for Memory {
    async fn get(&self, key: &str) -> Result<Option<String>, CacheDown> {
        Ok(self.text(key))
    }

    async fn put(&self, key: &str, value: &str, ttl: Duration) -> Result<(), CacheDown> {
        self.set(key, Value::Text(value.to_owned()), self.until(ttl));
        Ok(())
    }

    async fn put_absent(&self, key: &str, value: &str, ttl: Duration) -> Result<bool, CacheDown> {
        let (now, until) = (self.now(), self.until(ttl));
        {
            let mut entries = self.lock();
            if entries.get(key).is_some_and(|entry| entry.until > now) {
                return Ok(false);
            }
            make_room(&mut entries, key, now);
            entries.insert(key.to_owned(), Entry { value: Value::Text(value.to_owned()), until });
        }
        Ok(true)
    }

    async fn remove(&self, key: &str) -> Result<bool, CacheDown> {
        let now = self.now();
        Ok(self.lock().remove(key).is_some_and(|entry| entry.until > now))
    }

    async fn bump(&self, key: &str, ttl: Duration) -> Result<u64, CacheDown> {
        let (now, until) = (self.now(), self.until(ttl));
        let mut entries = self.lock();
        if let Some(Entry { value: Value::Count(count), until }) = entries.get_mut(key)
            && *until > now
        {
            *count = count.saturating_add(1);
            return Ok(*count);
        }
        make_room(&mut entries, key, now);
        entries.insert(key.to_owned(), Entry { value: Value::Count(1), until });
        Ok(1)
    }

    async fn take(&self, key: &str, quota: Quota) -> Result<Taken, CacheDown> {
        let now = self.now();
        Ok(match self.bucket(key, |tat| gcra(tat, now, quota)) {
            Ok(()) => Taken::Yes,
            Err(wait) => Taken::After(wait),
        })
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), CacheDown> {
        let interval = i64::try_from(quota.interval.as_millis()).unwrap_or(i64::MAX);
        let Ok(()) = self.bucket(key, |tat| Ok::<_, Infallible>(tat.saturating_sub(interval)));
        Ok(())
    }

    async fn check(&self) -> Result<(), CacheDown> {
        Ok(())
    }
}
