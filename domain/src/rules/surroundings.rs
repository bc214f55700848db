//! What a check may look at besides its place: the draft around it, read once. It knows no rule.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use super::Case;
use super::check::Counted;
use super::place::Place;
use super::when::SubjectClass;
use super::words::{self, Bytes};
use crate::company::Nature;
use crate::dossier::{CertificateDraft, Draft, Owner, Platform, Post, RegistrationDraft, ServiceDraft};
use crate::host::DomainName;
use crate::text::folded;

/// A draft and its case, with what many rules ask of them.
pub(super) struct Surroundings<'a> {
    pub draft: &'a Draft,
    pub case: Case,
    pub nature: Option<Nature>,
    pub class: Option<SubjectClass>,
    /// The domains of each service, read once; none where the text is no domain name.
    hosts: OnceCell<Vec<Vec<Option<DomainName>>>>,
    /// What the texts are made of that say what the subject does.
    bytes: OnceCell<Bytes>,
}

impl<'a> Surroundings<'a> {
    pub(super) fn new(draft: &'a Draft, case: Case) -> Self {
        let nature = draft.nature.and_then(|code| Nature::try_from(code).ok());
        let class = nature.map(|nature| if nature.is_person() { SubjectClass::Person } else { SubjectClass::Unit });
        Self { draft, case, nature, class, hosts: OnceCell::new(), bytes: OnceCell::new() }
    }

    pub(super) fn service(&self, index: Option<usize>) -> Option<&'a ServiceDraft> {
        index.and_then(|index| self.draft.services.get(index))
    }

    /// The certificate that the place belongs to.
    pub(super) fn certificate(&self, place: &Place<'_>) -> &'a CertificateDraft {
        match self.service(place.service) {
            Some(service) => &service.principal.certificate,
            None if place.pattern.as_str().starts_with("/subject/principal") => {
                &self.draft.subject.principal.certificate
            }
            None => &self.draft.subject.certificate,
        }
    }

    fn all_hosts(&self) -> &[Vec<Option<DomainName>>] {
        let read = |service: &ServiceDraft| {
            service.domains.iter().map(|text| DomainName::try_from(text.as_str()).ok()).collect()
        };
        self.hosts.get_or_init(|| self.draft.services.iter().map(read).collect())
    }

    /// The domain name at a place of a service's domains.
    pub(super) fn host(&self, place: &Place<'_>) -> Option<&DomainName> {
        self.all_hosts().get(place.service?)?.get(place.item?)?.as_ref()
    }

    /// The domain names of a service.
    pub(super) fn hosts(&self, service: Option<usize>) -> impl Iterator<Item = &DomainName> {
        service.and_then(|index| self.all_hosts().get(index)).into_iter().flatten().flatten()
    }

    /// The first of the words that the subject's name, its scope or a service's name holds.
    pub(super) fn mentions<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        let bytes = self.bytes.get_or_init(|| {
            let mut bytes = Bytes::default();
            self.named().for_each(|text| bytes.add(text));
            bytes
        });
        if !words.iter().any(|word| bytes.may_hold(word)) {
            return None;
        }
        self.named().find_map(|text| words::hit(text, words))
    }

    /// The texts that say what the subject does.
    fn named(&self) -> impl Iterator<Item = &'a str> {
        let subject = &self.draft.subject;
        let of_subject = [subject.name.as_ref(), subject.scope.as_ref()].into_iter().flatten();
        let names = self.draft.services.iter().filter_map(|service| service.name.as_deref());
        of_subject.map(|text| text.reveal().as_str()).chain(names)
    }

    /// How many services there are with those of this order.
    pub(super) fn total(&self) -> usize {
        usize::from(self.draft.subject.filed_services.unwrap_or(0)).saturating_add(self.draft.services.len())
    }

    /// How many different mobile and emergency numbers the two principals give; none while a principal gave none at all.
    pub(super) fn numbers(&self, service: Option<usize>) -> Option<usize> {
        let subject = &self.draft.subject.principal;
        let of_subject = [subject.mobile.as_ref(), subject.emergency.as_ref()];
        let own =
            self.service(service).map(|service| &service.principal).filter(|principal| !principal.same_as_subject);
        let of_service = own.map_or([None, None], |own| [own.mobile.as_ref(), own.emergency.as_ref()]);
        subject.mobile.as_ref()?;
        let numbers: BTreeSet<_> =
            of_subject.into_iter().chain(of_service).flatten().map(|number| folded(number.reveal())).collect();
        Some(numbers.len())
    }

    /// Whether the service's principal is known to be another person than the subject's.
    pub(super) fn is_another_person(&self, service: Option<usize>) -> bool {
        let subject = &self.draft.subject.principal.certificate.number;
        self.service(service).is_some_and(|service| {
            !service.principal.same_as_subject
                && service
                    .principal
                    .certificate
                    .number
                    .as_ref()
                    .zip(subject.as_ref())
                    .is_some_and(|(own, other)| !folded(own.reveal()).eq_ignore_ascii_case(&folded(other.reveal())))
        })
    }

    /// Whether the text is a fingerprint as the platform of the place shows it.
    pub(super) fn is_fingerprint(&self, place: &Place<'_>, text: &str) -> bool {
        let platform = || Some(self.service(place.service)?.platforms.get(place.item?)?.platform);
        match platform() {
            Some(Platform::Ios) => words::digits(text) == Some(40),
            Some(Platform::Android | Platform::Harmony) => words::digits(text) == Some(32),
            Some(Platform::Other) | None => words::digits(text).is_some(),
        }
    }

    fn registration(&self, place: &Place<'_>) -> Option<&'a RegistrationDraft> {
        self.service(place.service)?.registrations.get(place.item?)
    }

    /// Whether the registrar knows the owner by another name than the draft's. Names of shareholders and managers are not
    /// in a draft and are not judged.
    pub(super) fn owner_has_another_name(&self, place: &Place<'_>) -> bool {
        let Some(registration) = self.registration(place) else { return false };
        let subject = &self.draft.subject;
        let expected = match registration.owner {
            Some(Owner::Subject) => subject.name.as_ref(),
            // Only where the principal is the legal representative does the draft know that name.
            Some(Owner::LegalRepresentative) => {
                let principal =
                    Some(&subject.principal).filter(|person| person.post == Some(Post::LegalRepresentative));
                principal.and_then(|person| person.name.as_ref())
            }
            Some(Owner::Shareholder | Owner::SeniorManager | Owner::Other) | None => None,
        };
        let name = |text: &str| folded(text).to_lowercase();
        expected
            .zip(registration.owner_name.as_ref())
            .is_some_and(|(one, other)| name(one.reveal()) != name(other.reveal()))
    }

    /// What is known of something outside the draft.
    pub(super) fn count(&self, of: Counted) -> Option<u16> {
        match of {
            Counted::OrdersOfAccount => self.case.standing.orders_of_account,
            Counted::OrdersOfSubject => self.case.standing.orders_of_subject,
            Counted::ServicesOnResource => self.case.standing.services_on_resource,
            Counted::SubjectsOfAccount => self.case.standing.subjects_of_account,
        }
    }
}
