//! What orders are found by: written whenever a draft is, and asked for by customers and operations. It keeps no value that is
//! about a person, only its fingerprint.

use std::collections::BTreeSet;

use chassis::{audit, db::Tx, failure::Failure};
use domain::{
    access::Actor,
    contact::Mobile,
    dossier::Draft,
    host::DomainName,
    id::OrderId,
    order::{Numbers, Section},
    text::Pii,
};
use serde_json::json;
use uuid::Uuid;

use super::{App, role};
use crate::store::{self, order::Stored};

impl App {
    /// Makes an order found by what a section says now.
    pub(crate) async fn findable(
        &self,
        tx: &mut Tx,
        order: &Stored,
        (section, draft): (Section, &Draft),
    ) -> Result<(), Failure> {
        match section {
            Section::Consent => Ok(()),
            Section::Subject => store::search::put_phones(tx, order.id, &self.phones(draft)).await,
            Section::Services => {
                store::search::put_domains(tx, (order.id, order.account), &domains(draft)).await?;
                store::search::put_phones(tx, order.id, &self.phones(draft)).await
            }
        }
    }

    /// Makes an order found by the numbers that it brought.
    pub(crate) async fn numbered(&self, tx: &mut Tx, order: OrderId, numbers: &Numbers) -> Result<(), Failure> {
        let services = numbers.services.iter().map(ToString::to_string);
        let all: Vec<String> = services.chain([numbers.subject.to_string()]).collect();
        store::search::add_numbers(tx, order, &all).await
    }

    /// The blind index of a phone.
    pub(crate) fn phone_index(&self, phone: &Mobile) -> [u8; 32] {
        self.keyring.blind_index("phone", phone.as_str())
    }

    /// The numbers under which the principals can be called, as far as they are complete.
    fn phones(&self, draft: &Draft) -> BTreeSet<[u8; 32]> {
        let subject = &draft.subject.principal;
        let services = draft.services.iter().map(|service| &service.principal);
        let of_services = services.filter(|one| !one.same_as_subject).flat_map(|one| [&one.mobile, &one.emergency]);
        let all = [&subject.mobile, &subject.emergency].into_iter().chain(of_services);
        let whole = |phone: &Pii<String>| Mobile::try_from(phone.reveal().as_str()).ok();
        all.flatten().filter_map(whole).map(|phone| self.phone_index(&phone)).collect()
    }

    /// Adds to the audit that somebody searched, by which kind of key, and never for what. Everybody who searches has a chain of
    /// their own, so that nobody waits for another.
    pub(crate) async fn searched(&self, tx: &mut Tx, me: &Actor, by: &[&str], found: usize) -> Result<(), Failure> {
        let own = self.keyring.blind_index("searcher", &me.id);
        let own = own.first_chunk::<16>().copied().unwrap_or_default();
        let detail = json!({ "by": by, "found": found });
        let aggregate = Uuid::from_bytes(own);
        let entry = audit::Entry { aggregate, actor: &me.id, role: role(me.role), action: "searched", detail };
        audit::record(tx, self.clock.now(), &entry).await
    }
}

/// The domains that are domain names, as they are looked up.
fn domains(draft: &Draft) -> BTreeSet<String> {
    let written = draft.services.iter().flat_map(|service| &service.domains);
    let names = written.filter_map(|name| DomainName::try_from(name.as_str()).ok());
    names.map(|name| name.ascii().to_owned()).collect()
}
