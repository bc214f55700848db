//! The time, and ids that sort by it: the only module that reads the machine's clock. It knows nothing that happens in time.

use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

/// Tells the time. Whatever depends on the time takes it from here, so that tests can fix it.
pub trait Clock: Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        #[expect(clippy::disallowed_methods, reason = "this is the one place where the machine's clock is read")]
        Utc::now()
    }
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct FixedClock(Mutex<DateTime<Utc>>);

impl FixedClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self(Mutex::new(time))
    }

    /// Shows this time from now on.
    pub fn set(&self, time: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Moves on, or back when `by` is negative. A step beyond the calendar leaves the clock where it is.
    pub fn advance(&self, by: TimeDelta) {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(time) = shown.checked_add_signed(by) {
            *shown = time;
        }
    }
}

impl Clock for FixedClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A new id, a `UUIDv7`: ids of later things sort behind those of earlier things. It takes the machine's time even where a
/// test has fixed the clock, because ids must differ.
#[must_use]
pub fn mint<T: From<Uuid>>() -> T {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where ids are minted")]
    Uuid::now_v7().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let noon = "2026-01-05T04:00:00Z".parse().unwrap();
        let clock = FixedClock::at(noon);
        assert_eq!(clock.now(), noon);
        clock.advance(TimeDelta::seconds(90));
        assert_eq!(clock.now(), noon + TimeDelta::seconds(90));
        clock.advance(TimeDelta::MAX);
        assert_eq!(clock.now(), noon + TimeDelta::seconds(90));
        clock.set(noon);
        assert_eq!(clock.now(), noon);
    }

    #[test]
    fn later_ids_sort_behind_earlier_ones() {
        let ids: Vec<Uuid> = (0..1000).map(|_| mint()).collect();
        assert!(ids.is_sorted());
    }
}
