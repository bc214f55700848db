//! The provider's inventory as a port: who has which resource, and how an account's owner is reached. It knows no order.
//!
//! What a provider implements is described in `docs/inventory.md`.

mod args;
mod http;
mod shelf;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use chassis::{auth::TokenSource, clock::Clock, failure::Failure, peer::Peer};
use domain::{
    contact::{Email, Mobile},
    id::AccountId,
    resource::{Policy, Resource},
};

pub use args::ResourceArgs;
use http::Http;
use shelf::Shelf;

/// What the inventory knows of an account.
#[derive(Debug, Clone)]
pub(crate) struct Owner {
    /// The number that its owner is reached by.
    pub(crate) mobile: Mobile,
    /// Where mails go.
    pub(crate) email: Option<Email>,
}

/// Somebody who knows the provider's resources.
#[async_trait]
pub(crate) trait Inventory: Send + Sync {
    /// What an account has; nothing for an account that does not exist. 503 when the inventory does not answer.
    async fn resources(&self, account: AccountId) -> Result<Vec<Resource>, Failure>;

    /// The account itself, if there is one; 503 when the inventory does not answer.
    async fn owner(&self, account: AccountId) -> Result<Option<Owner>, Failure>;
}

/// Everything that commands need of resources. Cheap to clone.
#[derive(Clone)]
pub struct Resources {
    inventory: Arc<dyn Inventory>,
    shelf: Arc<Shelf>,
    policy: Policy,
    /// Whether the settings say how many services a resource carries, or the rules.
    own_quota: bool,
    /// svc-notify, which knows what a phone code proved.
    pub(crate) notify: Peer,
    /// How often codes are compared with the inventory.
    pub(crate) watch: Duration,
}

impl Resources {
    /// Those that the settings describe.
    ///
    /// # Errors
    /// A required setting is missing.
    pub fn open(args: &ResourceArgs, tokens: TokenSource, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let url = args.url.clone().context("RESOURCE_URL is required")?;
        let notify = args.notify_url.clone().context("NOTIFY_URL is required")?;
        let inventory = Http::new(url, tokens.clone(), Duration::from_millis(args.timeout_ms))?;
        Ok(Self {
            inventory: Arc::new(inventory),
            shelf: Arc::new(Shelf::new(clock, args.cache_seconds)),
            policy: args.policy(),
            own_quota: args.services.is_some(),
            notify: Peer::new(notify, tokens)?,
            watch: Duration::from_secs(args.watch_seconds),
        })
    }

    /// What the provider lets be made on which resources; `ruled` is how many services the rules let a resource carry.
    pub(crate) fn policy(&self, ruled: Option<u16>) -> Policy {
        let policy = self.policy.clone();
        if self.own_quota { policy } else { Policy { services: ruled.unwrap_or(u16::MAX), ..policy } }
    }

    /// What an account has, as it was a moment ago at most.
    pub(crate) async fn of(&self, account: AccountId) -> Result<Arc<Vec<Resource>>, Failure> {
        if let Some(known) = self.shelf.get(account) {
            return Ok(known);
        }
        self.fresh(account).await
    }

    /// What an account has now.
    pub(crate) async fn fresh(&self, account: AccountId) -> Result<Arc<Vec<Resource>>, Failure> {
        let answer = Arc::new(self.inventory.resources(account).await?);
        self.shelf.put(account, Arc::clone(&answer));
        Ok(answer)
    }

    /// The account, if there is one.
    pub(crate) async fn owner(&self, account: AccountId) -> Result<Option<Owner>, Failure> {
        self.inventory.owner(account).await
    }
}
