//! The closed set of rule kinds: each looks at one place of a draft and says whether the rule is broken there. What is
//! missing breaks only the kinds that ask for presence, so that one slip is told once.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::place::{Pattern, Place, Seen};
use super::surroundings::Surroundings;
use super::words::{self, Shape};
use crate::certificate::{CertificateKind, Certificates};
use crate::checksum::gs15;
use crate::company::{CreditCode, Nature};
use crate::contact::{Email, Landline, Mobile};
use crate::dossier::CertificateDraft;
use crate::host::{DomainName, HomeUrl};
use crate::person::{CitizenId, PersonName};
use crate::region::{Province, RegionCode};
use crate::table::{areas, divisions, prefixes, suffixes};
use crate::text::folded;

/// What a rule asks of a place. Those without parameters have braces so that a stray parameter in a pack is refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RuleKind {
    /// Something stands there; blanks are nothing, an empty list is an answer.
    Present {},
    /// What the rule applies to is not possible at all.
    Never {},
    /// The box is ticked.
    Accepted {},
    /// The answer, where one is given, is this one.
    Flag {
        /// Which.
        is: bool,
    },
    /// A list has so many elements.
    Count {
        /// At least.
        #[serde(default)]
        min: usize,
        /// At most.
        max: usize,
    },
    /// The value is of this form.
    Form {
        /// Which.
        form: Form,
    },
    /// Text without control characters, neither longer nor shorter than that.
    Length {
        /// In characters, at least.
        #[serde(default)]
        min: usize,
        /// In characters, at most.
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
    /// The code is none of these.
    NotCodes {
        /// The codes.
        codes: BTreeSet<u16>,
    },
    /// The text is one of these.
    OneOf {
        /// Which.
        texts: BTreeSet<String>,
    },
    /// The text holds none of these words.
    NoWords {
        /// The words.
        words: Vec<String>,
    },
    /// The text holds at least one of these words.
    SomeWords {
        /// The words.
        words: Vec<String>,
    },
    /// Neither the subject's name nor its scope nor a service's name holds one of these words.
    NotMentioned {
        /// The words.
        words: Vec<String>,
    },
    /// The text begins with none of these words.
    NoStart {
        /// The words.
        words: Vec<String>,
    },
    /// The text ends with one of these.
    EndsWith {
        /// The endings.
        ends: Vec<String>,
    },
    /// The text is not only of this shape.
    NotOnly {
        /// The shape.
        shape: Shape,
    },
    /// The name is that of the subject, or holds its short name.
    NamesSubject {},
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
    /// The fifteenth digit of an old registration number fits the others.
    RegistrationCheck {},
    /// The identity number's owner has this age.
    Age {
        /// In full years, at least.
        #[serde(default)]
        min: u32,
        /// In full years, at most.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
    },
    /// The day is at least so many days away.
    DaysLeft {
        /// How many.
        min: u64,
    },
    /// The day lies at least so many days back.
    DaysAgo {
        /// How many.
        min: u64,
    },
    /// The division lies in the draft's province.
    InProvince {},
    /// The certificate, by its division, its address or its number, is of the draft's province.
    OfProvince {},
    /// The division is of the same city as another place says.
    SameCity {
        /// The other place.
        other: Pattern,
    },
    /// The division stands in GB/T 2260.
    Division {},
    /// The address goes down to the door number.
    Door {},
    /// The office number's area is that of the mailing address.
    Area {},
    /// The mobile number begins with a prefix in use.
    Prefix {},
    /// The principals' mobile and emergency numbers are at least so many different ones.
    Numbers {
        /// How many.
        min: usize,
    },
    /// Services filed before and services of this order together.
    Total {
        /// At most.
        max: usize,
    },
    /// The service's principal is the person who is the subject's.
    SamePerson {},
    /// The domain ends with a suffix that is approved.
    ApprovedSuffix {},
    /// The domain ends with one of these.
    Suffix {
        /// Which, with their dots.
        only: Vec<String>,
    },
    /// The domain ends with none of these.
    NoSuffix {
        /// Which, with their dots.
        not: Vec<String>,
    },
    /// The registrar's owner has the name of whom the draft says it is.
    OwnerName {},
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
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unless_equal: Option<(Pattern, Pattern)>,
    },
    /// No other place of the rule says the same.
    Unique {},
    /// The home page lies under one of its service's domains.
    UnderDomain {},
    /// What is known of account, subject and resource stays within a limit.
    Limit {
        /// What is counted.
        of: Counted,
        /// At most, this order included.
        max: u16,
    },
}

/// What lies outside a draft and is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Orders in progress of the account.
    OrdersOfAccount,
    /// Orders in progress of the subject, at any provider.
    OrdersOfSubject,
    /// Services on the resource.
    ServicesOnResource,
    /// Subjects in the account.
    SubjectsOfAccount,
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
    /// An Android or Harmony package: `cn.example.app`.
    Package,
    /// A public key: hexadecimal digits, perhaps with colons.
    PublicKey,
    /// The fingerprint of a certificate: MD5 on Android and Harmony, SHA-1 on iOS.
    Fingerprint,
}

impl RuleKind {
    /// Whether the rule is broken at this place; `before` is what the rule's earlier places said.
    #[expect(clippy::too_many_lines, reason = "one line a kind: it is the table of kinds")]
    pub(super) fn is_broken(&self, place: &Place<'_>, before: &mut Vec<String>, around: &Surroundings<'_>) -> bool {
        let text = place.text();
        match self {
            Self::Present {} => place.seen == Seen::Nothing,
            Self::Never {} => true,
            Self::Accepted {} => place.seen != Seen::Flag(true),
            Self::Flag { is } => place.seen == Seen::Flag(!is),
            Self::Count { min, max } => {
                let count = if let Seen::List(count) = place.seen { count } else { 0 };
                !(*min..=*max).contains(&count)
            }
            Self::Form { form } => form.is_missed(place, around),
            Self::Length { min, max } => {
                text.is_some_and(|text| words::is_unfit(text, *max) || *min > 0 && text.chars().count() < *min)
            }
            Self::Hanzi { min } => text.is_some_and(|text| words::hanzi(text) < *min),
            Self::Codes { codes } => {
                place.seen != Seen::Nothing && place.code().is_none_or(|code| !codes.contains(&code))
            }
            Self::NotCodes { codes } => place.code().is_some_and(|code| codes.contains(&code)),
            Self::OneOf { texts } => text.is_some_and(|text| !texts.contains(text)),
            Self::NoWords { words } => text.is_some_and(|text| words::hit(text, words).is_some()),
            Self::SomeWords { words } => text.is_some_and(|text| words::hit(text, words).is_none()),
            Self::NotMentioned { words } => around.mentions(words).is_some(),
            Self::NoStart { words } => text.is_some_and(|text| words.iter().any(|word| text.starts_with(word))),
            Self::EndsWith { ends } => text.is_some_and(|text| !ends.iter().any(|end| text.ends_with(end))),
            Self::NotOnly { shape } => text.is_some_and(|text| shape.fits(text)),
            Self::NamesSubject {} => text.is_some_and(|text| {
                around.draft.subject.name.as_ref().is_some_and(|subject| !words::names(text, subject.reveal()))
            }),
            Self::CertificateKind { of } => of.misses_kind(place, around),
            Self::CertificateNumber { of } => of.misses_number(place, around),
            Self::CreditPrefix {} => has_odd_prefix(place, around),
            Self::RegistrationCheck {} => text.is_some_and(|text| has_wrong_check(&folded(text))),
            Self::Age { min, max } => is_of_other_age(place, *min, *max, around.case.as_of),
            Self::DaysLeft { min } => day(place).is_some_and(|day| around.case.as_of + Days::new(*min) > day),
            Self::DaysAgo { min } => day(place).is_some_and(|day| day + Days::new(*min) > around.case.as_of),
            Self::InProvince {} => lies_elsewhere(place, around),
            Self::OfProvince {} => is_of_elsewhere(place, around),
            Self::SameCity { other } => is_another_city(text, other.beside(around.draft, place).text()),
            Self::Division {} => {
                text.is_some_and(|code| RegionCode::try_from(code).is_ok() && divisions().get(code).is_none())
            }
            Self::Door {} => text.is_some_and(|text| !words::has_door(text)),
            Self::Area {} => is_another_area(place, around),
            Self::Prefix {} => text
                .and_then(|text| Mobile::try_from(text).ok())
                .is_some_and(|mobile| !prefixes().iter().any(|row| mobile.as_str().starts_with(&row.prefix))),
            Self::Numbers { min } => around.numbers(place.service).is_some_and(|count| count < *min),
            Self::Total { max } => around.total() > *max,
            Self::SamePerson {} => around.is_another_person(place.service),
            Self::ApprovedSuffix {} => around.host(place).is_some_and(|host| !suffixes().approves(host)),
            Self::Suffix { only } => around.host(place).is_some_and(|host| !ends(host, only)),
            Self::NoSuffix { not } => around.host(place).is_some_and(|host| ends(host, not)),
            Self::OwnerName {} => around.owner_has_another_name(place),
            Self::Equal { other } => compare(place, *other, around).is_some_and(|equal| !equal),
            Self::Different { other, unless_equal } => {
                compare(place, *other, around) == Some(true) && !excused(unless_equal.as_ref(), place, around)
            }
            Self::Unique {} => is_repeated(place, before),
            Self::UnderDomain {} => is_under_no_domain(place, around),
            Self::Limit { of, max } => around.count(*of).is_some_and(|count| count > *max),
        }
    }

    /// The word of the rule's own list that the text holds. It may be shown: it is the rule's, not the customer's.
    pub(super) fn hit(&self, place: &Place<'_>) -> Option<String> {
        let (Self::NoWords { words } | Self::NoStart { words }) = self else { return None };
        words::hit(place.text()?, words).map(str::to_owned)
    }
}

fn day(place: &Place<'_>) -> Option<NaiveDate> {
    if let Seen::Day(day) = place.seen { Some(day) } else { None }
}

impl Form {
    fn is_missed(self, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
        match self {
            Self::Nature => {
                place.seen != Seen::Nothing && place.code().is_none_or(|code| Nature::try_from(code).is_err())
            }
            Self::Domain => place.text().is_some() && around.host(place).is_none(),
            Self::RegistrableDomain => {
                place.text().is_some() && !around.host(place).is_some_and(DomainName::is_registrable)
            }
            Self::Fingerprint => place.text().is_some_and(|text| !around.is_fingerprint(place, text)),
            Self::PersonName
            | Self::Mobile
            | Self::Landline
            | Self::Email
            | Self::Region
            | Self::HomeUrl
            | Self::PublicIpv4
            | Self::Package
            | Self::PublicKey => place.text().is_some_and(|text| !self.fits(text)),
        }
    }

    fn fits(self, text: &str) -> bool {
        match self {
            Self::PersonName => PersonName::try_from(text).is_ok(),
            Self::Mobile => Mobile::try_from(text).is_ok(),
            Self::Landline => Landline::try_from(text).is_ok(),
            Self::Email => Email::try_from(text).is_ok(),
            Self::Region => RegionCode::try_from(text).is_ok(),
            Self::HomeUrl => HomeUrl::try_from(text).is_ok(),
            Self::PublicIpv4 => text.parse().is_ok_and(|address| is_public(&address)),
            Self::Package => words::is_package(text),
            Self::PublicKey => words::is_public_key(text),
            // These look at more than the text: see `is_missed`.
            Self::Domain | Self::RegistrableDomain | Self::Nature | Self::Fingerprint => true,
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
            Self::Subject => Certificates::national().get(around.nature?, code),
        }
    }

    fn misses_kind(self, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
        // Without a nature nothing can be said; that it is missing is told elsewhere.
        let judged = self == Self::Principal || around.draft.nature.is_some();
        judged && place.seen != Seen::Nothing && place.code().is_none_or(|code| self.row(code, around).is_none())
    }

    fn misses_number(self, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
        let row = around.certificate(place).kind.and_then(|code| self.row(code, around));
        place.text().zip(row).is_some_and(|(text, row)| row.form.check(text).is_err())
    }
}

fn has_odd_prefix(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let row = around.certificate(place).kind.and_then(|code| Holder::Subject.row(code, around));
    let code = place.text().and_then(|text| CreditCode::try_from(text).ok());
    row.zip(code).is_some_and(|(row, code)| {
        !row.prefixes.is_empty() && !row.prefixes.iter().any(|prefix| code.prefix() == prefix)
    })
}

fn has_wrong_check(number: &str) -> bool {
    let old = number.len() == 15 && number.bytes().all(|byte| byte.is_ascii_digit());
    old && number.get(..14).and_then(gs15) != number.chars().last()
}

fn is_of_other_age(place: &Place<'_>, min: u32, max: Option<u32>, as_of: NaiveDate) -> bool {
    let id = place.text().and_then(|text| CitizenId::try_from(text).ok());
    id.is_some_and(|id| id.age_on(as_of).is_none_or(|age| age < min || max.is_some_and(|max| age > max)))
}

fn lies_elsewhere(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let region = place.text().and_then(|text| RegionCode::try_from(text).ok());
    region.zip(around.draft.province).is_some_and(|(region, province)| region.province() != province)
}

fn is_of_elsewhere(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let province = issued_in(around.certificate(place));
    province.zip(around.draft.province).is_some_and(|(issued, filed)| issued != filed)
}

/// The province a certificate is of: by its division, else by the province that its address begins with, else by the first
/// digits of an identity number, which tell where a person was first registered.
fn issued_in(certificate: &CertificateDraft) -> Option<Province> {
    let by_region = || certificate.region.as_deref().and_then(Province::of);
    let by_address = || {
        let address = certificate.address.as_ref()?.reveal().trim();
        Province::ALL.into_iter().find(|province| address.starts_with(province.stem()))
    };
    let by_number = || CitizenId::try_from(certificate.number.as_ref()?.reveal().as_str()).ok()?.province();
    by_region().or_else(by_address).or_else(by_number)
}

fn is_another_city(one: Option<&str>, other: Option<&str>) -> bool {
    let city = |code: &str| RegionCode::try_from(code).ok().map(|code| divisions().city(code.as_str()).to_owned());
    one.and_then(city).zip(other.and_then(city)).is_some_and(|(one, other)| one != other)
}

fn is_another_area(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let landline = place.text().and_then(|text| Landline::try_from(text).ok());
    let region = around.draft.subject.region.as_deref();
    let expected = region.and_then(|region| areas().of(region));
    landline.zip(expected).is_some_and(|(landline, areas)| !areas.contains(&landline.area()))
}

fn ends(host: &DomainName, suffixes: &[String]) -> bool {
    let name = host.unicode();
    suffixes.iter().any(|suffix| name.ends_with(suffix.as_str()))
}

/// Whether two places say the same; none when one says nothing.
fn compare(place: &Place<'_>, other: Pattern, around: &Surroundings<'_>) -> Option<bool> {
    let theirs = other.beside(around.draft, place);
    Some(normal(place.seen)? == normal(theirs)?)
}

fn excused(pair: Option<&(Pattern, Pattern)>, place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    pair.is_some_and(|(one, other)| {
        let one = normal(one.beside(around.draft, place));
        one.is_some() && one == normal(other.beside(around.draft, place))
    })
}

/// A text as it is compared: half width, without blanks, lower case.
fn normal(seen: Seen<'_>) -> Option<String> {
    seen.text().map(|text| folded(text).to_lowercase()).filter(|text| !text.is_empty())
}

fn is_repeated(place: &Place<'_>, before: &mut Vec<String>) -> bool {
    let Some(mine) = normal(place.seen) else { return false };
    let repeated = before.contains(&mine);
    before.push(mine);
    repeated
}

fn is_under_no_domain(place: &Place<'_>, around: &Surroundings<'_>) -> bool {
    let Some(home) = place.text().and_then(|text| HomeUrl::try_from(text).ok()) else { return false };
    let mut domains = around.hosts(place.service).peekable();
    domains.peek().is_some() && !domains.any(|domain| home.host().is_under(domain))
}
