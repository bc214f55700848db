//! The codes that a draft names are held for its services, and others set free.

use std::collections::BTreeMap;

use chassis::{clock::mint, db::Tx, failure::Failure};
use domain::{
    authorization_code::{self as machine, Hold},
    dossier::{AccessDraft, ServiceDraft},
    id::{AccountId, AuthorizationCodeId},
    violation::Violation,
};

use super::settled::{refused, twice_named};
use crate::{
    App,
    store::{
        self,
        code::StoredCode,
        order::{Doer, Stored},
    },
};

/// What became of the code that a service names.
pub(super) enum Held {
    /// It names none.
    None,
    /// The service has it.
    Code(Box<StoredCode>),
    /// It cannot have it.
    Wrong(Violation),
}

impl App {
    /// Holds the codes that these services name, and sets those free that they name no more.
    pub(super) async fn hold(
        &self,
        tx: &mut Tx,
        by: &Doer,
        order: &Stored,
        services: &[ServiceDraft],
    ) -> Result<Vec<Held>, Failure> {
        let mut named: Vec<Option<[u8; 32]>> = Vec::with_capacity(services.len());
        let mut ids: BTreeMap<AuthorizationCodeId, Option<u16>> = BTreeMap::new();
        for id in store::code::held_by(tx, order.id).await? {
            ids.insert(id, None);
        }
        let mut found = Vec::with_capacity(services.len());
        for (index, service) in services.iter().enumerate() {
            let digits = self.fingerprint(&service.access);
            let twice = digits.is_some() && named.contains(&digits);
            named.push(digits);
            let code = match &digits {
                Some(digits) if !twice => store::code::find(tx, digits).await?,
                Some(_) | None => None,
            };
            if let Some(code) = &code {
                ids.insert(code.id, Some(u16::try_from(index).map_err(Failure::internal)?));
            }
            found.push((code.map(|code| code.id), twice));
        }
        let mut held = self.exchange(tx, by, order, &ids).await?;
        let outcome = services.iter().zip(found).map(|(service, (id, twice))| match id {
            Some(id) => held.remove(&id).unwrap_or_else(|| Held::Wrong(refused(machine::Refusal::NotGranted))),
            None if twice => Held::Wrong(twice_named()),
            None if service.access.code.is_some() => Held::Wrong(refused(machine::Refusal::NotGranted)),
            None => Held::None,
        });
        Ok(outcome.collect())
    }

    /// What would become of the code that a service names; `named` holds those that others of the same file name.
    pub(super) async fn may_hold(
        &self,
        tx: &mut Tx,
        account: AccountId,
        (access, named): (&AccessDraft, &mut Vec<[u8; 32]>),
    ) -> Result<Held, Failure> {
        if access.code.is_none() {
            return Ok(Held::None);
        }
        let digits = self.fingerprint(access);
        if digits.is_some_and(|digits| named.contains(&digits)) {
            return Ok(Held::Wrong(twice_named()));
        }
        named.extend(digits);
        let code = match &digits {
            Some(digits) => store::code::find(tx, digits).await?,
            None => None,
        };
        let Some(code) = code else { return Ok(Held::Wrong(refused(machine::Refusal::NotGranted))) };
        let hold = Hold { order: mint(), service: 0 };
        let command = machine::Command::Use { hold, account, changes: Vec::new() };
        Ok(match machine::decide(&code.code, &command) {
            Ok(_) => Held::Code(Box::new(code)),
            Err(refusal) => Held::Wrong(refused(refusal)),
        })
    }

    /// Locks the codes in the order of their ids, frees first what stands elsewhere now, then holds what is named.
    async fn exchange(
        &self,
        tx: &mut Tx,
        by: &Doer,
        order: &Stored,
        ids: &BTreeMap<AuthorizationCodeId, Option<u16>>,
    ) -> Result<BTreeMap<AuthorizationCodeId, Held>, Failure> {
        let mut locked = Vec::with_capacity(ids.len());
        for (id, service) in ids {
            let mut code = store::code::lock(tx, *id).await?;
            let wanted = service.map(|service| Hold { order: order.id, service });
            if code.code.state.hold() != wanted {
                let release = machine::Command::Release { order: order.id };
                code = self.act_on(tx, by, code, (&release, Some(order.account))).await?.0;
            }
            locked.push((code, wanted));
        }
        let mut held = BTreeMap::new();
        for (code, wanted) in locked {
            let Some(hold) = wanted else { continue };
            let changes = order.order.plan.target.services.clone();
            let command = machine::Command::Use { hold, account: order.account, changes };
            let id = code.id;
            let outcome = match machine::decide(&code.code, &command) {
                Ok(_) => Held::Code(Box::new(self.act_on(tx, by, code, (&command, Some(order.account))).await?.0)),
                Err(refusal) => Held::Wrong(refused(refusal)),
            };
            held.insert(id, outcome);
        }
        Ok(held)
    }
}
