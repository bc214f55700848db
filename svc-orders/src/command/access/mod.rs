//! Where services run: the inventory is asked before a transaction begins, and within it the access information is filled in,
//! codes are held or set free, and what is wrong is written down. The inventory is never asked while a row is locked.

mod follow;
mod hold;
mod settled;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use chassis::{db::Tx, failure::Failure};
use domain::{
    authorization_code::{self as machine, Digits},
    dossier::{AccessDraft, Checked, Draft, ServiceDraft},
    filing_number::ServiceNumber,
    id::{AccountId, OrderId},
    order::Section,
    resource::{Resource, Wanted},
    violation::Violation,
};

use hold::Held;
pub(super) use settled::refused;
use settled::{Settled, UNCHECKED, foreign, unchecked};

use super::App;
use crate::store::{
    self,
    access::{Access, Counting},
    code::StoredCode,
    order::{Doer, Stored},
};

/// What a client waits whose draft was changed in this very moment.
const AGAIN: Duration = Duration::from_secs(1);

/// What the inventory said of the accounts that a draft's services touch; none for one of which it said nothing.
pub(crate) struct Looked(BTreeMap<AccountId, Option<Arc<Vec<Resource>>>>);

/// How strictly the inventory is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// A draft is saved even while it is away.
    Perhaps,
    /// Nothing is handed in unchecked: 503 while it is away.
    Surely,
}

impl App {
    /// Asks the inventory of everybody on whose resources these services of an account run. Call it before the transaction.
    pub(crate) async fn look(
        &self,
        account: AccountId,
        services: &[ServiceDraft],
        need: Need,
    ) -> Result<Looked, Failure> {
        let mut looked = BTreeMap::new();
        let codes: Vec<[u8; 32]> = services.iter().filter_map(|service| self.fingerprint(&service.access)).collect();
        let codes = &codes;
        let owners = self
            .db
            .read("code.owners", async |tx| {
                let mut owners = Vec::with_capacity(codes.len());
                for code in codes {
                    // Who may not use it does not learn of its server either.
                    let found = store::code::find(tx, code).await?.filter(|it| it.code.receiver == Some(account));
                    owners.extend(found.map(|found| found.code.owner));
                }
                Ok(owners)
            })
            .await?;
        let own = services.iter().any(|service| own_resource(&service.access).is_some());
        for account in owners.into_iter().chain(own.then_some(account)) {
            let answer = self.resources()?.of(account).await;
            let known = match (answer, need) {
                (Ok(known), _) => Some(known),
                (Err(failure), Need::Surely) => return Err(failure),
                (Err(failure), Need::Perhaps) => {
                    tracing::warn!(?failure, "services are saved without asking the inventory");
                    None
                }
            };
            looked.insert(account, known);
        }
        Ok(Looked(looked))
    }

    /// The same for an order that is about to be handed in; nothing for one whose services are not in its customer's hands.
    pub(crate) async fn look_again(&self, order: &Stored) -> Result<Option<Looked>, Failure> {
        if !order.order.state.name().is_editable() || !order.order.plan.steps.sections.contains(&Section::Services) {
            return Ok(None);
        }
        let draft = self.db.read("draft.read", async |tx| self.draft(tx, order).await).await?;
        self.look(order.account, &draft.services, Need::Surely).await.map(Some)
    }

    /// Services as a reviewer corrected them, who sees no codes: a service that stays on its resource keeps its code.
    pub(crate) async fn with_codes(
        &self,
        order: &Stored,
        mut services: Vec<ServiceDraft>,
    ) -> Result<Vec<ServiceDraft>, Failure> {
        let draft = self.db.read("draft.read", async |tx| self.draft(tx, order).await).await?;
        for (service, before) in services.iter_mut().zip(draft.services) {
            if service.access.code.is_none() && service.access.resource == before.access.resource {
                service.access.code = before.access.code;
            }
        }
        Ok(services)
    }

    /// Fills in the access information of an order's services, and answers them with everything that is wrong with it. Codes
    /// that they name are held, others are set free; what was found is kept for [`store::access::findings`].
    pub(crate) async fn settle(
        &self,
        tx: &mut Tx,
        by: &Doer,
        order: &Stored,
        (services, looked): (Vec<ServiceDraft>, &Looked),
    ) -> Result<(Vec<ServiceDraft>, Vec<Violation>), Failure> {
        let codes = self.hold(tx, by, order, &services).await?;
        // Two orders that name the same resources wait for each other in one order, and never in a ring.
        let own: BTreeSet<&str> = services.iter().filter_map(|service| own_resource(&service.access)).collect();
        for id in own {
            store::code::lock_resource(tx, order.account, id).await?;
        }
        let mut settled = Vec::with_capacity(services.len());
        let mut carried = Carried::default();
        for (service, held) in services.into_iter().zip(codes) {
            let access = match held {
                Held::None => {
                    let changes = &order.order.plan.target.services;
                    let whose = Whose { account: order.account, order: Some(order.id), changes };
                    self.own(tx, whose, &service.access, (looked, &mut carried)).await?
                }
                Held::Code(code) => self.lent(&code, &service.access, looked)?,
                Held::Wrong(violation) => Settled::wrong(&service.access, violation),
            };
            settled.push((service, access));
        }
        let (mut filled, mut found, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (index, (service, access)) in settled.iter_mut().enumerate() {
            for violation in &mut access.violations {
                violation.pointer = format!("/services/{index}/access{}", violation.pointer);
            }
            found.extend(access.violations.clone());
            filled.push(ServiceDraft { access: access.draft.clone(), ..service.clone() });
        }
        for (index, (_, access)) in settled.iter().enumerate() {
            rows.push(Access {
                service: i16::try_from(index).map_err(Failure::internal)?,
                resource: access.of.as_ref().map(|(owner, resource)| (*owner, resource.as_str())),
                code: access.code,
                addresses: &access.draft.addresses,
                mode: access.draft.mode,
                location: access.draft.location,
                findings: &access.violations,
            });
        }
        store::access::put(tx, order.id, &rows, self.clock.now()).await?;
        Ok((filled, found))
    }

    /// Settles an order's own services once more, in the transaction that hands it in, and answers the draft as it is then; none
    /// when there was nothing to settle.
    pub(crate) async fn settle_again(
        &self,
        tx: &mut Tx,
        by: &Doer,
        order: &Stored,
        looked: Option<&Looked>,
    ) -> Result<Option<Draft>, Failure> {
        let looked = looked.filter(|_| order.order.state.name().is_editable());
        let Some(looked) = looked else { return Ok(None) };
        let draft = self.draft(tx, order).await?;
        let (services, found) = self.settle(tx, by, order, (draft.services.clone(), looked)).await?;
        if found.iter().any(|violation| violation.rule.as_str() == UNCHECKED) {
            let why = "the services changed after the inventory was asked";
            return Err(Failure::conflict("The draft was changed at this moment.").retry_after(AGAIN).because(why));
        }
        if services != draft.services {
            self.write(tx, order, Section::Services, &services).await?;
        }
        Ok(Some(Draft { services, ..draft }))
    }

    /// What settling would say of services that are no order's yet, and how it would fill them in. Nothing is held and nothing
    /// is written.
    pub(crate) async fn foresee(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (services, looked): (&mut [ServiceDraft], &Looked),
    ) -> Result<Vec<Vec<Violation>>, Failure> {
        let (mut named, mut carried) = (Vec::new(), Carried::default());
        let mut found = Vec::with_capacity(services.len());
        for service in services {
            let access = match self.may_hold(tx, account, (&service.access, &mut named)).await? {
                Held::None => {
                    let whose = Whose { account, order: None, changes: &[] };
                    self.own(tx, whose, &service.access, (looked, &mut carried)).await?
                }
                Held::Code(code) => self.lent(&code, &service.access, looked)?,
                Held::Wrong(violation) => Settled::wrong(&service.access, violation),
            };
            service.access = access.draft;
            found.push(access.violations);
        }
        Ok(found)
    }

    /// A service on a resource of the order's own account.
    async fn own(
        &self,
        tx: &mut Tx,
        whose: Whose<'_>,
        written: &AccessDraft,
        (looked, carried): (&Looked, &mut Carried),
    ) -> Result<Settled, Failure> {
        let Some(id) = own_resource(written) else { return Ok(Settled::unnamed(written)) };
        let Some(fleet) = looked.0.get(&whose.account).and_then(Option::as_ref) else {
            return Ok(Settled::wrong(written, unchecked()));
        };
        let Some(resource) = fleet.iter().find(|resource| resource.id == id) else {
            return Ok(Settled::wrong(written, foreign()));
        };
        let policy = self.policy()?;
        if carried.filed.is_none() {
            let Whose { account, order, changes } = whose;
            let counting = Counting { order, changes, returns: policy.quota_returns };
            carried.filed = Some(store::access::carried(tx, account, &counting).await?);
        }
        let filed = carried.filed.as_ref().and_then(|filed| filed.get(id)).copied().unwrap_or_default();
        let here = carried.here.entry(resource.id.clone()).or_default();
        let objections = policy.objections(resource, Wanted::Service, filed.saturating_add(*here), self.clock.now());
        *here = here.saturating_add(1);
        Ok(Settled::on(whose.account, resource, written, (objections, "/resource")))
    }

    /// A service on the resource of whoever gave the code.
    fn lent(&self, code: &StoredCode, written: &AccessDraft, looked: &Looked) -> Result<Settled, Failure> {
        let Some(fleet) = looked.0.get(&code.code.owner).and_then(Option::as_ref) else {
            return Ok(Settled {
                code: Some(code.id),
                ..Settled::wrong(written, Violation { pointer: "/code".to_owned(), ..unchecked() })
            });
        };
        let Some(resource) = fleet.iter().find(|resource| resource.id == code.resource) else {
            return Ok(Settled::wrong(written, refused(machine::Refusal::Invalid)));
        };
        // Its room was counted when the code was made.
        let objections = self.policy()?.unfit(resource, Wanted::Code, self.clock.now());
        let settled = Settled::on(code.code.owner, resource, written, (objections, "/code"));
        Ok(Settled { code: Some(code.id), ..settled })
    }

    /// The fingerprint of the code that a service names, if it is one.
    fn fingerprint(&self, access: &AccessDraft) -> Option<[u8; 32]> {
        let digits = Digits::try_from(access.code.as_ref()?.reveal().as_str()).ok()?;
        Some(self.code_index(&digits))
    }

    /// The blind index of a code's digits.
    pub(crate) fn code_index(&self, digits: &Digits) -> [u8; 32] {
        self.keyring.blind_index("authorization code", digits.reveal())
    }
}

/// The resource of the account's own that a service names; one with a code runs on somebody else's.
pub(super) fn own_resource(access: &AccessDraft) -> Option<&str> {
    let named = access.resource.as_deref().map(str::trim).filter(|id| !id.is_empty());
    named.filter(|_| access.code.is_none())
}

/// A complete filing is one only if its resources are fit as well.
pub(crate) fn with_findings(
    checked: Result<Checked, Vec<Violation>>,
    findings: Vec<Violation>,
) -> Result<Checked, Vec<Violation>> {
    match checked {
        Ok(mut checked) if !findings.iter().any(Violation::blocks) => {
            checked.warnings.extend(findings);
            Ok(checked)
        }
        Ok(checked) => Err(checked.warnings.into_iter().chain(findings).collect()),
        Err(violations) => Err(violations.into_iter().chain(findings).collect()),
    }
}

/// Whose services are settled, and what they change.
#[derive(Clone, Copy)]
struct Whose<'a> {
    account: AccountId,
    order: Option<OrderId>,
    changes: &'a [ServiceNumber],
}

/// How many services a resource carries: those that are counted elsewhere, and those of this very draft before this one.
#[derive(Default)]
struct Carried {
    filed: Option<BTreeMap<String, u16>>,
    here: BTreeMap<String, u16>,
}
