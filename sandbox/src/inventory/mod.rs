//! The provider's inventory: who has which cloud resource, in the form of `docs/inventory.md`. Each demo customer has some of
//! every type; what they have and how it answers is scripted. It knows no filing.

mod fleet;
mod http;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use domain::resource::Resource;
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{
    behaviour::{Behaviour, Script},
    record::Record,
};

/// How it behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// It answers.
    #[default]
    Answer,
    /// It answers after a while.
    Delay,
    /// It is out of order and answers 500.
    Fail,
}

/// What somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Question {
    /// The path.
    pub path: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The inventory. Cheap to clone.
#[derive(Clone)]
pub struct Inventory(Arc<State>);

struct State {
    url: Url,
    clock: Arc<dyn Clock>,
    script: Arc<Script<Mode>>,
    /// When the sandbox began: what is bought is paid from there.
    since: DateTime<Utc>,
    /// What was changed; everybody else has the usual fleet.
    changed: Mutex<BTreeMap<Uuid, Vec<Resource>>>,
    questions: Record<Question>,
}

impl Inventory {
    pub(crate) fn new(base: &Url, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let (script, changed, questions, since) = (Arc::default(), Mutex::default(), Record::default(), clock.now());
        Ok(Self(Arc::new(State { url: base.join("inventory/")?, clock, script, since, changed, questions })))
    }

    /// Where it listens.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0.url
    }

    /// Scripts it.
    pub fn behave(&self, behaviour: Behaviour<Mode>) {
        self.0.script.set(behaviour);
    }

    /// What an account has, in the order of ids.
    #[must_use]
    pub fn resources(&self, account: Uuid) -> Vec<Resource> {
        let mut all = self.lock().get(&account).cloned().unwrap_or_else(|| fleet::of(account, self.0.since));
        all.sort_by(|left, right| left.id.cmp(&right.id));
        all
    }

    /// Gives an account a resource, in place of one with the same id.
    pub fn put(&self, account: Uuid, resource: Resource) {
        let mut others = self.resources(account);
        others.retain(|known| known.id != resource.id);
        others.push(resource);
        self.lock().insert(account, others);
    }

    /// Changes a resource that an account has; whether it has it.
    pub fn change(&self, account: Uuid, id: &str, change: impl FnOnce(&mut Resource)) -> bool {
        let mut all = self.resources(account);
        let found = all.iter_mut().find(|known| known.id == id).map(change).is_some();
        self.lock().insert(account, all);
        found
    }

    /// Takes a resource away; whether the account had it.
    pub fn remove(&self, account: Uuid, id: &str) -> bool {
        let mut all = self.resources(account);
        let before = all.len();
        all.retain(|known| known.id != id);
        let removed = all.len() < before;
        self.lock().insert(account, all);
        removed
    }

    /// The number that the owner of an account is reached by; none for an account that is nobody's.
    #[must_use]
    pub fn mobile(&self, account: Uuid) -> Option<String> {
        fleet::mobile(account)
    }

    /// Where mails to the owner of an account go; none for an account that is nobody's.
    #[must_use]
    pub fn email(&self, account: Uuid) -> Option<String> {
        fleet::email(account)
    }

    /// What was asked for, oldest first.
    #[must_use]
    pub fn questions(&self) -> Vec<Question> {
        self.0.questions.all()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Uuid, Vec<Resource>>> {
        self.0.changed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
