//! The closed set of rule kinds: each looks at one place of a draft and says whether the rule is broken there. What is
//! missing breaks only the kinds that ask for presence, so that one slip is told once.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Case;
use super::place::{Pattern, Place, code};
use crate::certificate::{CertificateKind, Certificates};
use crate::company::{CreditCode, Nature};
use crate::contact::{Email, Landline, Mobile};
use crate::dossier::Draft;
use crate::host::{DomainName, HomeUrl};
use crate::person::{CitizenId, PersonName};
use crate::region::RegionCode;
use crate::text::{bounded, folded};

/// What a rule asks of a place. Those without parameters have braces so that a stray parameter in a pack is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleKind {
    /// Something stands there; blanks are nothing, an empty list is an answer.
    Present {},
    /// The box is ticked.
    Accepted {},
    /// A list has so many elements.
    Count {
        /// At least.
        min: usize,
        /// At most.
        max: usize,
    },
    /// The value is of this form.
    Form {
        /// Which.
        form: Form,
    },
    /// Text without control characters, at most this long.
    Length {
        /// In characters.
        max: usize,
    },
    /// At least so many Chinese characters.
    Hanzi {
        /// How many.
        min: usize,
    },
    /// The code is one of these.
    Codes {
        /// The codes.
        codes: BTreeSet<u16>,
    },
    /// The certificate's kind exists for its holder.
    CertificateKind {
        /// The holder.
        of: Holder,
    },
    /// The number has the form of the certificate beside it.
    CertificateNumber {
        /// The holder.
        of: Holder,
    },
    /// The credit code begins as those of the nature usually do.
    CreditPrefix {},
    /// The identity number's owner has this age.
    Age {
        /// In full years.
        min: u32,
    },
    /// The division lies in the draft's province.
    InProvince {},
    /// The same as another place says.
    Equal {
        /// The other place.
        other: Pattern,
    },
    /// Something else than another place says.
    Different {
        /// The other place.
        other: Pattern,
        /// Two places that, when equal, excuse it: the same person may give the same number.
        #[serde(default)]
        unless_equal: Option<(Pattern, Pattern)>,
    },
    /// No other place of the rule says the same.
    Unique {},
    /// The home page lies under one of its service's domains.
    UnderDomain {},
}

/// Whose certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// The subject; its nature decides.
    Subject,
    /// A principal.
    Principal,
}

/// A form that a value type checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// A person's name.
    PersonName,
    /// A mobile number.
    Mobile,
    /// An office number.
    Landline,
    /// A mail address.
    Email,
    /// A division code.
    Region,
    /// Any domain name.
    Domain,
    /// A domain name as websites are filed.
    RegistrableDomain,
    /// A home page.
    HomeUrl,
    /// A public IPv4 address.
    PublicIpv4,
    /// MIIT's code of a nature.
    Nature,
}

/// What a check may look at besides its place.
pub(super) struct Surroundings<'a> {
    pub draft: &'a Draft,
    pub doc: &'a Value,
    pub case: Case,
}

impl RuleKind {
    /// Whether the rule is broken at this place; `before` are the rule's places that come earlier.
    pub(super) fn is_broken(&self, place: &Place<'_>, before: &[&Place<'_>], around: &Surroundings<'_>) -> bool {
        match self {
            Self::Present {} => is_blank(place.value),
            Self::Accepted {} => place.value != Some(&Value::Bool(true)),
            Self::Count { min, max } => {
                let count = place.value.and_then(Value::as_array).map_or(0, Vec::len);
                !(*min..=*max).contains(&count)
            }
            Self::Form { form } => form.is_missed(place),
            Self::Length { max } => place.text().is_some_and(|text| bounded(text, *max).is_err()),
            Self::Hanzi { min } => place.text().is_some_and(|text| hanzi(text) < *min),
            Self::Codes { codes } => place.value.is_some() && place.code().is_none_or(|code| !codes.contains(&code)),
            Self::CertificateKind { of } => of.misses_kind(place, around),
            Self::CertificateNumber { of } => of.misses_number(place, around),
            Self::CreditPrefix {} => has_odd_prefix(place, around),
            Self::Age { min } => is_younger(place, *min, around.case),
            Self::InProvince {} => lies_elsewhere(place, around.draft),
            Self::Equal { other } => compare(place, other, around).is_some_and(|equal| !equal),
            Self::Different { other, unless_equal } => {
                compare(place, other, around) == Some(true) && !excused(unless_equal.as_ref(), place, around)
            }
            Self::Unique {} => normal(place.value)
                .is_some_and(|mine| before.iter().any(|other| normal(other.value).as_ref() == Some(&mine))),
            Self::UnderDomain {} => is_under_no_domain(place, around.draft),
        }
    }
}

fn is_blank(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.trim().is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => false,
    }
}

fn hanzi(text: &str) -> usize {
    text.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).count()
}

impl Form {
    fn is_missed(self, place: &Place<'_>) -> bool {
        if self == Self::Nature {
            return place.value.is_some() && place.code().is_none_or(|code| Nature::try_from(code).is_err());
        }
        place.text().is_some_and(|text| !self.fits(text))
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::PersonName => PersonName::try_from(text).is_ok(),
            Self::Mobile => Mobile::try_from(text).is_ok(),
            Self::Landline => Landline::try_from(text).is_ok(),
            Self::Email => Email::try_from(text).is_ok(),
            Self::Region => RegionCode::try_from(text).is_ok(),
            Self::Domain => DomainName::try_from(text).is_ok(),
            Self::RegistrableDomain => DomainName::try_from(text).is_ok_and(|name| name.is_registrable()),
            Self::HomeUrl => HomeUrl::try_from(text).is_ok(),
            Self::PublicIpv4 => text.parse().is_ok_and(|address| is_public(&address)),
            Self::Nature => text.parse().is_ok_and(|code: u16| Nature::try_from(code).is_ok()),
        }
    }
}

/// Addresses that a site can have. Those kept for documentation count: they are what examples use.
fn is_public(address: &Ipv4Addr) -> bool {
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.is_multicast())
}

impl Holder {
    fn row(self, code: u16, around: &Surroundings<'_>) -> Option<&'static CertificateKind> {
        match self {
            Self::Principal => Certificates::national().of_principal(code),
            Self::Subject => {
                let nature = around.draft.nature.and_then(|code| Nature::try_from(code).ok())?;
                Certificates::national().get(nature, code)
            }
        }
    }

    fn misses_kind(self, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
        // Without a nature nothing can be said; that it is missing is told elsewhere.
        let judged = self == Self::Principal || around.draft.nature.is_some();
        judged && place.value.is_some() && place.code().is_none_or(|code| self.row(code, around).is_none())
    }

    fn misses_number(self, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
        let kind = beside(place, "kind", around.doc).and_then(code);
        let row = kind.and_then(|code| self.row(code, around));
        place.text().zip(row).is_some_and(|(text, row)| row.form.check(text).is_err())
    }
}

/// What stands beside a place, in the same object.
fn beside<'a>(place: &Place<'_>, name: &str, doc: &'a Value) -> Option<&'a Value> {
    let (parent, _) = place.pointer.rsplit_once('/')?;
    doc.pointer(parent)?.get(name)
}

fn has_odd_prefix(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let kind = beside(place, "kind", around.doc).and_then(code);
    let row = kind.and_then(|code| Holder::Subject.row(code, around));
    let code = place.text().and_then(|text| CreditCode::try_from(text).ok());
    row.zip(code).is_some_and(|(row, code)| {
        !row.prefixes.is_empty() && !row.prefixes.iter().any(|prefix| code.prefix() == prefix)
    })
}

fn is_younger(place: &Place<'_>, min: u32, case: Case) -> bool {
    let id = place.text().and_then(|text| CitizenId::try_from(text).ok());
    id.is_some_and(|id| id.age_on(case.as_of).is_none_or(|age| age < min))
}

fn lies_elsewhere(place: &Place<'_>, draft: &Draft) -> bool {
    let region = place.text().and_then(|text| RegionCode::try_from(text).ok());
    region.zip(draft.province).is_some_and(|(region, province)| region.province() != province)
}

/// Whether two places say the same; none when one says nothing.
fn compare(place: &Place<'_>, other: &Pattern, around: &Surroundings<'_>) -> Option<bool> {
    let mine = normal(place.value)?;
    let theirs = normal(other.value(around.doc, place.service))?;
    Some(mine == theirs)
}

fn excused(pair: Option<&(Pattern, Pattern)>, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    pair.is_some_and(|(one, other)| {
        let one = normal(one.value(around.doc, place.service));
        one.is_some() && one == normal(other.value(around.doc, place.service))
    })
}

/// A text as it is compared: half width, without blanks, lower case.
fn normal(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).map(|text| folded(text).to_lowercase()).filter(|text| !text.is_empty())
}

fn is_under_no_domain(place: &Place<'_>, draft: &Draft) -> bool {
    let Some(service) = place.service.and_then(|index| draft.services.get(index)) else { return false };
    let Some(home) = place.text().and_then(|text| HomeUrl::try_from(text).ok()) else { return false };
    let domains: Vec<_> = service.domains.iter().filter_map(|text| DomainName::try_from(text.as_str()).ok()).collect();
    !domains.is_empty() && !domains.iter().any(|domain| home.host().is_under(domain))
}
