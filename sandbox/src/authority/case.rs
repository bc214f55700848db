//! One case at the authority: what was asked, its SMS verification, and where it stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{
    form::{Form, Person, Site, Subject},
    registry::{FiledSite, Registry},
};

/// What a provider asks (`Czlx`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Operation {
    /// A first filing.
    #[default]
    First,
    /// A site more.
    AddSite,
    /// A provider more.
    AddAccess,
    /// Other data.
    Change,
    /// A provider less.
    CancelAccess,
    /// The subject and all of its sites.
    CancelSubject,
    /// A site.
    CancelSite,
}

impl Operation {
    /// The code of the interface.
    pub(super) fn code(self) -> u8 {
        match self {
            Self::First => 1,
            Self::AddSite => 2,
            Self::AddAccess => 3,
            Self::Change => 4,
            Self::CancelAccess => 5,
            Self::CancelSubject => 6,
            Self::CancelSite => 7,
        }
    }
}

/// A case at the authority.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    /// The id by which its SMS states go: the provider's for what is new, otherwise the authority's.
    pub(super) record: i64,
    /// What is asked.
    #[serde(default)]
    pub(super) operation: Operation,
    /// The ids by which its results go, one for each part.
    #[serde(default)]
    pub(super) marks: Vec<i64>,
    /// The subject that it is about, where that is filed.
    #[serde(default)]
    pub(super) subject: Option<i64>,
    /// The upload it came with.
    pub(super) sequence: i64,
    /// The form.
    pub(super) form: Form,
    /// Who must verify by SMS.
    pub(super) principals: Vec<Verifying>,
    /// Wrong tries so far.
    pub(super) wrong: u32,
    /// When it came.
    pub(super) received_at: DateTime<Utc>,
    /// Until when the principals may verify.
    pub(super) deadline: DateTime<Utc>,
    /// Whether the codes were sent again by themselves.
    pub(super) reminded: bool,
    /// Where it stands.
    pub(super) state: CaseState,
}

/// Where a case stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub(super) enum CaseState {
    /// The principals verify.
    AwaitingSms,
    /// The clerk decides from then on.
    Deciding { since: DateTime<Utc> },
    /// Granted; the numbers are those that it was about.
    Filed { subject: String, sites: Vec<String> },
    /// Refused, by the machine or the clerk.
    Refused { codes: Vec<i64>, opinion: Option<String> },
    /// Not verified in time, or too many wrong tries.
    Lapsed { wrong_tries: bool },
}

/// Somebody who must verify.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Verifying {
    /// 1 the subject's principal, 2 the service's.
    pub(super) role: u8,
    /// Where the code went.
    pub(super) mobile: String,
    /// Last six characters of the identity number.
    pub(super) last_six: String,
    /// The code.
    pub(super) code: String,
    /// Whether it was given.
    pub(super) verified: bool,
}

impl Verifying {
    pub(super) fn new(role: u8, person: &Person, code: String) -> Self {
        let number: Vec<char> = person.number.trim().to_ascii_uppercase().chars().collect();
        let last_six = number.iter().skip(number.len().saturating_sub(6)).collect();
        Self { role, mobile: person.mobile.clone(), last_six, code, verified: false }
    }
}

impl Case {
    #[cfg(test)]
    pub(super) fn is_filed(&self) -> bool {
        matches!(self.state, CaseState::Filed { .. })
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, CaseState::AwaitingSms | CaseState::Deciding { .. })
    }
}

/// The people who verify: both principals of a first filing, one code where they are the same person; the site's of new sites,
/// accesses and cancelled sites; the subject's of a cancelled subject; and those whose part a change changes. Where the form
/// names nobody, the code goes to the one on file.
pub(super) fn people(operation: Operation, form: &Form, registry: &Registry) -> Vec<(u8, Person)> {
    match operation {
        Operation::First => {
            let Some(subject) = &form.subject else { return Vec::new() };
            let mut people = vec![(1, subject.principal.clone())];
            let another = form.sites.iter().map(|site| &site.principal);
            let another = another.filter(|own| own.number != subject.principal.number).take(1);
            people.extend(another.map(|own| (2, own.clone())));
            people
        }
        Operation::AddSite => form.sites.iter().take(1).map(|site| (2, site.principal.clone())).collect(),
        Operation::AddAccess => {
            let filed = form.sites.iter().find_map(|site| registry.site(&site.filed_id, &site.filed_number));
            filed.map(|(_, site)| (2, site.details.principal.clone())).into_iter().collect()
        }
        Operation::Change => changed(form, registry),
        Operation::CancelAccess => Vec::new(),
        Operation::CancelSubject => {
            let filed = form.cancellations.iter().find_map(|one| registry.subject(&one.id, ""));
            filed.map(|subject| (1, subject.details.principal.clone())).into_iter().collect()
        }
        Operation::CancelSite => {
            let filed = form.cancellations.iter().find_map(|one| registry.site(&one.id, ""));
            filed.map(|(_, site)| (2, site.details.principal.clone())).into_iter().collect()
        }
    }
}

fn changed(form: &Form, registry: &Registry) -> Vec<(u8, Person)> {
    let Some(subject) = &form.subject else { return Vec::new() };
    let Some(filed) = registry.subject(&subject.filed_id, "") else { return Vec::new() };
    let mut people = Vec::new();
    if is_other_subject(subject, &filed.details) {
        people.push((1, subject.principal.clone()));
    }
    let other = form.sites.iter().find(|site| {
        filed.sites.iter().any(|one| one.id.to_string() == site.filed_id.trim() && is_other_site(site, one))
    });
    let another = other.map(|site| site.principal.clone());
    let is_asked = |own: &Person| people.iter().any(|(_, asked): &(u8, Person)| asked.number == own.number);
    if let Some(own) = another.filter(|own| !is_asked(own)) {
        people.push((2, own));
    }
    people
}

fn is_other_subject(new: &Subject, filed: &Subject) -> bool {
    let said = |one: &Subject| [&one.name, &one.nature, &one.investor, &one.remark].map(|text| text.trim().to_owned());
    said(new) != said(filed)
        || new.address != filed.address
        || new.principal != filed.principal
        || new.certificate != filed.certificate
}

/// Whether a site changes in anything but where it runs.
fn is_other_site(new: &Site, filed: &FiledSite) -> bool {
    let filed_domains: Vec<String> = filed.domains().collect();
    let domains: Vec<String> = new.domains.iter().map(|domain| domain.name.trim().to_ascii_lowercase()).collect();
    let said = |one: &Site| [&one.name, &one.home, &one.remark].map(|text| text.trim().to_owned());
    said(new) != said(&filed.details)
        || new.contents != filed.details.contents
        || new.languages != filed.details.languages
        || new.principal != filed.details.principal
        || domains != filed_domains
}
