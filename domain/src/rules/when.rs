//! When a rule applies: by kind of order, nature, way, province and service. It knows no check.

use serde::{Deserialize, Serialize};

use super::kinds::OrderKind;
use super::surroundings::Surroundings;
use crate::company::Nature;
use crate::dossier::{CertificateDraft, Draft, Post, ServiceDraft};
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
    /// Where the subject's principal has this post.
    pub post: Option<Post>,
}

impl When {
    /// Whether it applies to a province; what applies everywhere applies to none as well.
    #[must_use]
    pub fn is_in(&self, province: Option<Province>) -> bool {
        open_or(&self.provinces, province.as_ref())
    }

    /// Whether a rule applies to the order at all. What the draft does not say yet, it does not meet.
    pub(super) fn fits_order(&self, around: &Surroundings<'_>) -> bool {
        let post = around.draft.subject.principal.post;
        open_or(&self.orders, Some(&around.case.kind))
            && open_or(&self.provinces, around.draft.province.as_ref())
            && open_or(&self.natures, around.nature.as_ref())
            && self.subject.is_none_or(|wanted| around.class == Some(wanted))
            && self.way.is_none_or(|wanted| around.case.way == wanted)
            && self.post.is_none_or(|wanted| post == Some(wanted))
    }

    /// Whether a rule about that service (or about the subject) applies.
    pub(super) fn fits_service(&self, around: &Surroundings<'_>, service: Option<usize>) -> bool {
        if self.service.is_none() && self.contents.is_empty() && self.principal.is_none() {
            return true;
        }
        let Some(service) = around.service(service) else { return false };
        self.service.is_none_or(|wanted| service.kind == wanted)
            && (self.contents.is_empty() || service.contents.iter().any(|code| self.contents.contains(code)))
            && self.principal.is_none_or(|wanted| whose(around.draft, service, wanted))
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
        Whose::Another => own && !is_same(&service.principal.certificate, &draft.subject.principal.certificate),
    }
}

/// Whether two principals show the same document.
fn is_same(one: &CertificateDraft, other: &CertificateDraft) -> bool {
    let number = |certificate: &CertificateDraft| {
        certificate.number.as_ref().map(|number| folded(number.reveal()).to_uppercase())
    };
    number(one).is_some_and(|mine| Some(mine) == number(other))
}
