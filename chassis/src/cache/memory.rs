//! The cache in the process's own memory, for one process alone. It goes by the given clock and has a bounded size.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;

use super::{Cache, CacheDown, Quota, Taken, gcra};
use crate::clock::Clock;

/// How many entries are kept.
const MOST: usize = 100_000;
/// What goes at once when the map is full and nothing in it is over, so that the map is not searched for each new key.
const ROOM: usize = MOST / 100;

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
        let now = self.now();
        let mut entries = self.lock();
        make_room(&mut entries, key, now);
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
}

/// Before a new key comes into a full map, those that are over go, and then any.
fn make_room(entries: &mut HashMap<String, Entry>, key: &str, now: i64) {
    if entries.len() < MOST || entries.contains_key(key) {
        return;
    }
    entries.retain(|_, entry| entry.until > now);
    if entries.len() >= MOST {
        let any: Vec<String> = entries.keys().take(ROOM).cloned().collect();
        for key in any {
            entries.remove(&key);
        }
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

    async fn remove_if(&self, key: &str, value: &str) -> Result<bool, CacheDown> {
        let now = self.now();
        let mut entries = self.lock();
        let is_it = match entries.get(key) {
            Some(Entry { value: Value::Text(text), until }) => *until > now && text == value,
            Some(Entry { value: Value::Count(_) | Value::Bucket(_), .. }) | None => false,
        };
        if is_it {
            entries.remove(key);
        }
        Ok(is_it)
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
        let mut entries = self.lock();
        let tat = match entries.get(key) {
            Some(Entry { value: Value::Bucket(tat), .. }) => *tat,
            Some(_) | None => 0,
        };
        Ok(match gcra(tat, now, quota) {
            Ok(tat) => {
                make_room(&mut entries, key, now);
                entries.insert(key.to_owned(), Entry { value: Value::Bucket(tat), until: tat });
                Taken::Yes
            }
            Err(wait) => Taken::After(wait),
        })
    }

    async fn give_back(&self, key: &str, quota: Quota) -> Result<(), CacheDown> {
        let interval = i64::try_from(quota.interval.as_millis()).unwrap_or(i64::MAX);
        if let Some(Entry { value: Value::Bucket(tat), until }) = self.lock().get_mut(key) {
            *tat = tat.saturating_sub(interval);
            *until = *tat;
        }
        Ok(())
    }

    async fn check(&self) -> Result<(), CacheDown> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FixedClock;

    #[tokio::test]
    async fn the_map_does_not_grow_beyond_its_bound_and_what_is_over_goes_first() {
        let clock = Arc::new(FixedClock::at("2026-03-02T04:00:00Z".parse().unwrap()));
        let memory = Memory::new(Arc::<FixedClock>::clone(&clock));
        let minute = Duration::from_secs(60);
        for nth in 0..MOST {
            memory.put(&format!("old-{nth}"), "x", minute).await.unwrap();
        }
        clock.advance(chrono::TimeDelta::minutes(2));
        memory.put("new", "y", minute).await.unwrap();
        assert_eq!(memory.lock().len(), 1);
        for nth in 0..MOST + 10 {
            memory.put(&format!("live-{nth}"), "x", minute).await.unwrap();
        }
        assert!(memory.lock().len() <= MOST);
        assert_eq!(memory.get(&format!("live-{}", MOST + 9)).await.unwrap().as_deref(), Some("x"));
    }
}
