//! What a stand-in remembers of its callers: the last thousand things, in memory. It knows none of them.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

/// Enough for any demonstration, and little enough for a stand-in that runs for weeks.
const KEPT: usize = 1000;

/// The last things of one kind, oldest first.
#[derive(Debug)]
pub struct Record<T>(Mutex<VecDeque<T>>);

impl<T> Default for Record<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Record<T> {
    /// Remembers one more, and forgets the oldest when there are too many.
    pub fn add(&self, thing: T) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(thing);
    }

    /// All that fit, oldest first. Looking changes nothing.
    #[must_use]
    pub fn list(&self, fits: impl Fn(&T) -> bool) -> Vec<T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().filter(|thing| fits(thing)).cloned().collect()
    }

    /// Everything, oldest first.
    #[must_use]
    pub fn all(&self) -> Vec<T> {
        self.list(|_any| true)
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first() {
        let record = Record::default();
        (0..=KEPT).for_each(|n| record.add(n));
        let kept = record.all();
        assert_eq!((kept.len(), kept.first(), kept.last()), (KEPT, Some(&1), Some(&KEPT)));
        record.clear();
        assert!(record.all().is_empty());
    }
}
