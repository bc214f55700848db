//! An account's resources with what can be made on each, and why not. It changes nothing.

use std::{collections::BTreeMap, sync::Arc};

use chassis::failure::Failure;
use domain::{
    id::AccountId,
    resource::{Policy, Resource, Wanted},
    rules::services_on_resource,
    violation::Violation,
};

use super::App;
use crate::{
    inventory::Resources,
    store::{self, access::Counting},
};

/// A resource with what can be made on it.
pub(crate) struct Offered {
    pub(crate) resource: Resource,
    /// How many services it carries.
    pub(crate) services: u16,
    /// How many codes were made for it.
    pub(crate) codes: u16,
    /// What speaks against a filing on it; nothing when it is fit.
    pub(crate) against_service: Vec<Violation>,
    /// What speaks against another code.
    pub(crate) against_code: Vec<Violation>,
}

impl App {
    /// The inventory and the policy.
    pub(crate) fn resources(&self) -> Result<&Resources, Failure> {
        self.resources.as_ref().ok_or_else(|| Failure::internal("this process was started without an inventory"))
    }

    /// What may be made on which resource.
    pub(crate) fn policy(&self) -> Result<Policy, Failure> {
        let ruled = services_on_resource(&self.rules.now(), self.case_for(None, None, None));
        Ok(self.resources()?.policy(ruled))
    }

    /// The resources of an account; 503 while the inventory is away.
    pub(crate) async fn offered(&self, account: AccountId) -> Result<Vec<Offered>, Failure> {
        let (fleet, policy, now) = (self.resources()?.of(account).await?, self.policy()?, self.clock.now());
        let (services, codes) = self
            .db
            .read("resource.carried", async |tx| {
                let counting = Counting { order: None, changes: &[], returns: policy.quota_returns };
                let services = store::access::carried(tx, account, &counting).await?;
                Ok((services, store::code::resources(tx, account).await?))
            })
            .await?;
        let mut made: BTreeMap<String, u16> = BTreeMap::new();
        for resource in codes {
            let count = made.entry(resource).or_default();
            *count = count.saturating_add(1);
        }
        let offered = |resource: Resource| {
            let services = services.get(&resource.id).copied().unwrap_or_default();
            let codes = made.get(&resource.id).copied().unwrap_or_default();
            let against_service = policy.objections(&resource, Wanted::Service, services, now);
            let against_code = policy.objections(&resource, Wanted::Code, codes, now);
            Offered { resource, services, codes, against_service, against_code }
        };
        Ok(Arc::unwrap_or_clone(fleet).into_iter().map(offered).collect())
    }

    /// One resource of an account; 404 when it has no such one.
    pub(crate) async fn own_resource(&self, account: AccountId, id: &str) -> Result<Resource, Failure> {
        let fleet = self.resources()?.of(account).await?;
        let found = fleet.iter().find(|resource| resource.id == id).cloned();
        found.ok_or_else(|| Failure::not_found("There is no such resource."))
    }
}
