//! A filing as the customer writes it (`Draft`, anything may be missing) and as the authority gets it (`Dossier`,
//! nothing is). `complete` is the only bridge between the two. It knows no order and no database.

mod complete;
mod copy;
mod draft;
mod merge;

pub use crate::rules::{Case, MaterialNeed, checklist, violations};
pub use complete::{Attached, Checked, complete, unjudged};
pub use copy::{Copied, copy};
pub use draft::{
    AccessDraft, CertificateDraft, ConsentDraft, Draft, Owner, Platform, PlatformDraft, Post, PrincipalDraft,
    RegistrationDraft, ServiceDraft, ServicePrincipalDraft, SubjectDraft,
};
pub use merge::{merged_service, merged_subject};

use crate::order::Principals;
use crate::service::Service;
use crate::subject::{Principal, Subject};

/// A complete filing: every value is checked, nothing is missing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// Who files.
    pub subject: Subject,
    /// What is filed.
    pub services: Vec<Service>,
}

impl Dossier {
    /// The principal of a service: its own, or the subject's.
    #[must_use]
    pub fn principal_of<'a>(&'a self, service: &'a Service) -> &'a Principal {
        service.principal.as_ref().unwrap_or(&self.subject.principal)
    }

    /// The different people behind the filing: one entry when one person holds both offices.
    #[must_use]
    pub fn principals(&self) -> Principals {
        use crate::order::PrincipalRole::{Service as OfService, Subject as OfSubject};
        let another = |service: &Service| {
            service.principal.as_ref().is_some_and(|own| own.certificate != self.subject.principal.certificate)
        };
        let mut people: Principals = [OfSubject].into();
        if self.services.iter().any(another) {
            people.insert(OfService);
        }
        people
    }
}
