//! One filing at the authority: its form, its SMS verification, and where it stands.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::form::{Form, Person};

/// A filing at the authority.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Case {
    /// The provider's number.
    pub(super) record: i64,
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

/// Where a filing stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub(super) enum CaseState {
    /// The principals verify.
    AwaitingSms,
    /// The clerk decides from then on.
    Deciding { since: DateTime<Utc> },
    /// Filed.
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
    pub(super) fn is_filed(&self) -> bool {
        matches!(self.state, CaseState::Filed { .. })
    }

    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.state, CaseState::AwaitingSms | CaseState::Deciding { .. })
    }
}

/// The people behind a form: one where the same person holds both offices.
pub(super) fn people(form: &Form) -> Vec<(u8, &Person)> {
    let Some(subject) = &form.subject else { return Vec::new() };
    let mut people = vec![(1, &subject.principal)];
    let another = form.sites.iter().map(|site| &site.principal).find(|own| own.number != subject.principal.number);
    people.extend(another.map(|own| (2, own)));
    people
}
