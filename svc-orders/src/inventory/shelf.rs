//! What the inventory said a moment ago, so that a page full of checks asks it once. It goes by the given clock.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use chassis::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{id::AccountId, resource::Resource};

/// How many accounts are remembered; beyond that all are forgotten.
const MOST: usize = 10_000;

type Answers = HashMap<AccountId, (DateTime<Utc>, Arc<Vec<Resource>>)>;

/// The answers of the last seconds.
pub(super) struct Shelf {
    clock: Arc<dyn Clock>,
    keeps: TimeDelta,
    answers: Mutex<Answers>,
}

impl Shelf {
    pub(super) fn new(clock: Arc<dyn Clock>, seconds: u32) -> Self {
        Self { clock, keeps: TimeDelta::seconds(i64::from(seconds)), answers: Mutex::default() }
    }

    pub(super) fn get(&self, account: AccountId) -> Option<Arc<Vec<Resource>>> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, answer) = answers.get(&account)?;
        ((self.clock.now() - *since).abs() < self.keeps).then(|| Arc::clone(answer))
    }

    pub(super) fn put(&self, account: AccountId, answer: Arc<Vec<Resource>>) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        if answers.len() >= MOST {
            answers.clear();
        }
        answers.insert(account, (self.clock.now(), answer));
    }
}
