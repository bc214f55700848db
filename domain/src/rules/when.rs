//! When a rule applies: by kind of order, nature, way, province and service. It knows no check.

use serde::{Deserialize, Serialize};

use super::Case;
use super::kinds::OrderKind;
use crate::company::Nature;
use crate::dossier::{Draft, PrincipalDraft, ServiceDraft};
use crate::order::Way;
use crate::region::Province;
use crate::service::ServiceKind;
use crate::text::folded;

/// Units or persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectClass {
    /// 单位: every nature but one.
    Unit,
    /// 个人.
    Person,
}

/// Whose data answer for a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whose {
    /// The service has data of its own, perhaps of the same person.
    Own,
    /// The service has data of its own, with another identity number than the subject's principal.
    Another,
    /// The subject's principal answers for the service too.
    Shared,
}

/// When a rule applies; what is left open applies always.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct When {
    /// To these kinds of order.
    pub orders: Vec<OrderKind>,
    /// In these provinces.
    pub provinces: Vec<Province>,
    /// To units or to persons.
    pub subject: Option<SubjectClass>,
    /// To these natures.
    pub natures: Vec<Nature>,
    /// In this way of verification.
    pub way: Option<Way>,
    /// To services of this kind.
    pub service: Option<ServiceKind>,
    /// To services with one of these content codes.
    pub contents: Vec<u16>,
    /// To services whose principal is such.
    pub principal: Option<Whose>,
}

impl When {
    /// Whether a rule about that service (or about the subject) applies. What the draft does not say yet, it does not meet.
    #[must_use]
    pub fn applies(&self, draft: &Draft, case: Case, service: Option<usize>) -> bool {
        let service = service.and_then(|index| draft.services.get(index));
        self.fits_order(draft, case) && self.fits_service(draft, service)
    }

    fn fits_order(&self, draft: &Draft, case: Case) -> bool {
        let nature = draft.nature.and_then(|code| Nature::try_from(code).ok());
        let class = nature.map(|nature| if nature.is_person() { SubjectClass::Person } else { SubjectClass::Unit });
        open_or(&self.orders, Some(&case.kind))
            && open_or(&self.provinces, draft.province.as_ref())
            && open_or(&self.natures, nature.as_ref())
            && self.subject.is_none_or(|wanted| class == Some(wanted))
            && self.way.is_none_or(|wanted| case.way == wanted)
    }

    fn fits_service(&self, draft: &Draft, service: Option<&ServiceDraft>) -> bool {
        let has_content = |service: &ServiceDraft| service.contents.iter().any(|code| self.contents.contains(code));
        self.service.is_none_or(|wanted| service.is_some_and(|service| service.kind == wanted))
            && (self.contents.is_empty() || service.is_some_and(has_content))
            && self.principal.is_none_or(|wanted| service.is_some_and(|service| whose(draft, service, wanted)))
    }
}

fn open_or<T: PartialEq>(wanted: &[T], given: Option<&T>) -> bool {
    wanted.is_empty() || given.is_some_and(|given| wanted.contains(given))
}

fn whose(draft: &Draft, service: &ServiceDraft, wanted: Whose) -> bool {
    let own = !service.principal.same_as_subject;
    match wanted {
        Whose::Shared => !own,
        Whose::Own => own,
        Whose::Another => own && !same_person(&service.principal.person(), &draft.subject.principal),
    }
}

/// Whether two principals show the same document.
fn same_person(one: &PrincipalDraft, other: &PrincipalDraft) -> bool {
    let number = |person: &PrincipalDraft| {
        person.certificate.number.as_ref().map(|number| folded(number.reveal()).to_uppercase())
    };
    number(one).is_some_and(|mine| Some(mine) == number(other))
}
