//! Where a rule looks: the closed set of places of a draft, as JSON pointers with `*` for every element of a list. It knows
//! no rule.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::dossier::{Draft, Owner, Platform, Post, RegistrationDraft, ServiceDraft};
use crate::service::ServiceKind;
use crate::text::Pii;

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen<'a> {
    /// Nothing, or only blanks.
    Nothing,
    /// A text as it was entered; never blank.
    Text(&'a str),
    /// A code or a number.
    Code(u16),
    /// A box, ticked or not.
    Flag(bool),
    /// A day.
    Day(NaiveDate),
    /// A list of so many elements.
    List(usize),
    /// Something that has parts.
    Whole,
}

/// Where the value of a place is found.
enum Look {
    /// Once in a draft.
    Draft(fn(&Draft) -> Seen<'_>),
    /// Once in a service.
    Service(fn(&ServiceDraft) -> Seen<'_>),
    /// Once in every element of a service's list.
    Item(fn(&ServiceDraft) -> usize, fn(&ServiceDraft, usize) -> Seen<'_>),
}

/// A place that drafts have, and how to look there.
struct Field {
    pointer: &'static str,
    look: Look,
}

/// A place that drafts have: `/services/*/domains/*`, in which `*` stands for every element of a list.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(&'static Field);

/// Drafts have no such place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a draft has no place {0}; a place looks like /services/*/name")]
pub struct NotAPattern(String);

/// One place of one draft, and what stands there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The pattern that named it.
    pub pattern: Pattern,
    /// What stands there.
    pub seen: Seen<'a>,
    /// The service it belongs to, counted from 0.
    pub service: Option<usize>,
    /// The element of the service's list, counted from 0.
    pub item: Option<usize>,
}

fn text(text: Option<&String>) -> Seen<'_> {
    let text = text.map(|text| text.trim()).filter(|text| !text.is_empty());
    text.map_or(Seen::Nothing, Seen::Text)
}

fn shown(text_: Option<&Pii<String>>) -> Seen<'_> {
    text(text_.map(Pii::reveal))
}

fn seen<T: Copy>(value: Option<T>, as_seen: impl FnOnce(T) -> Seen<'static>) -> Seen<'static> {
    value.map_or(Seen::Nothing, as_seen)
}

fn post(post: Post) -> Seen<'static> {
    Seen::Text(match post {
        Post::LegalRepresentative => "legal_representative",
        Post::Authorized => "authorized",
    })
}

fn owner(owner: Owner) -> Seen<'static> {
    Seen::Text(match owner {
        Owner::Subject => "subject",
        Owner::LegalRepresentative => "legal_representative",
        Owner::Shareholder => "shareholder",
        Owner::SeniorManager => "senior_manager",
        Owner::Other => "other",
    })
}

fn platform(platform: Platform) -> Seen<'static> {
    Seen::Text(match platform {
        Platform::Android => "android",
        Platform::Ios => "ios",
        Platform::Harmony => "harmony",
        Platform::Other => "other",
    })
}

fn registration(service: &ServiceDraft, item: usize) -> Option<&RegistrationDraft> {
    service.registrations.get(item)
}

const fn once(pointer: &'static str, look: fn(&Draft) -> Seen<'_>) -> Field {
    Field { pointer, look: Look::Draft(look) }
}

const fn each(pointer: &'static str, look: fn(&ServiceDraft) -> Seen<'_>) -> Field {
    Field { pointer, look: Look::Service(look) }
}

const fn item(
    pointer: &'static str,
    count: fn(&ServiceDraft) -> usize,
    look: fn(&ServiceDraft, usize) -> Seen<'_>,
) -> Field {
    Field { pointer, look: Look::Item(count, look) }
}

/// The places of a principal: the same for the subject's and for a service's.
macro_rules! principal {
    ($make:ident, $at:literal, $holder:ident, $($path:ident).+) => {
        [
            $make($at, |_| Seen::Whole),
            $make(concat!($at, "/name"), |$holder| shown($holder.$($path).+.name.as_ref())),
            $make(concat!($at, "/post"), |$holder| seen($holder.$($path).+.post, post)),
            $make(concat!($at, "/certificate"), |_| Seen::Whole),
            $make(concat!($at, "/certificate/kind"), |$holder| seen($holder.$($path).+.certificate.kind, Seen::Code)),
            $make(concat!($at, "/certificate/number"), |$holder| shown($holder.$($path).+.certificate.number.as_ref())),
            $make(concat!($at, "/certificate/address"), |$holder| shown($holder.$($path).+.certificate.address.as_ref())),
            $make(concat!($at, "/certificate/region"), |$holder| text($holder.$($path).+.certificate.region.as_ref())),
            $make(concat!($at, "/certificate/valid_until"), |$holder| {
                seen($holder.$($path).+.certificate.valid_until, Seen::Day)
            }),
            $make(concat!($at, "/mobile"), |$holder| shown($holder.$($path).+.mobile.as_ref())),
            $make(concat!($at, "/landline"), |$holder| shown($holder.$($path).+.landline.as_ref())),
            $make(concat!($at, "/email"), |$holder| shown($holder.$($path).+.email.as_ref())),
            $make(concat!($at, "/emergency"), |$holder| shown($holder.$($path).+.emergency.as_ref())),
        ]
    };
}

static OF_SUBJECT: [Field; 20] = [
    once("", |_| Seen::Whole),
    once("/province", |draft| seen(draft.province, |province| Seen::Text(province.code()))),
    once("/nature", |draft| seen(draft.nature, Seen::Code)),
    once("/subject", |_| Seen::Whole),
    once("/subject/name", |draft| shown(draft.subject.name.as_ref())),
    once("/subject/certificate", |_| Seen::Whole),
    once("/subject/certificate/kind", |draft| seen(draft.subject.certificate.kind, Seen::Code)),
    once("/subject/certificate/number", |draft| shown(draft.subject.certificate.number.as_ref())),
    once("/subject/certificate/address", |draft| shown(draft.subject.certificate.address.as_ref())),
    once("/subject/certificate/region", |draft| text(draft.subject.certificate.region.as_ref())),
    once("/subject/certificate/valid_until", |draft| seen(draft.subject.certificate.valid_until, Seen::Day)),
    once("/subject/region", |draft| text(draft.subject.region.as_ref())),
    once("/subject/address", |draft| shown(draft.subject.address.as_ref())),
    once("/subject/investor", |draft| shown(draft.subject.investor.as_ref())),
    once("/subject/scope", |draft| shown(draft.subject.scope.as_ref())),
    once("/subject/filed_services", |draft| seen(draft.subject.filed_services, Seen::Code)),
    once("/subject/renamed", |draft| seen(draft.subject.renamed, Seen::Flag)),
    once("/subject/remark", |draft| text(draft.subject.remark.as_ref())),
    once("/consent/privacy", |draft| Seen::Flag(draft.consent.privacy)),
    once("/consent/face", |draft| Seen::Flag(draft.consent.face)),
];

static OF_SUBJECT_PRINCIPAL: [Field; 13] = principal!(once, "/subject/principal", draft, subject.principal);

static OF_SERVICE: [Field; 26] = [
    once("/services", |draft| Seen::List(draft.services.len())),
    each("/services/*", |_| Seen::Whole),
    each("/services/*/kind", |service| {
        Seen::Text(match service.kind {
            ServiceKind::Website => "website",
            ServiceKind::App => "app",
        })
    }),
    each("/services/*/name", |service| text(service.name.as_ref())),
    each("/services/*/domains", |service| Seen::List(service.domains.len())),
    item("/services/*/domains/*", |service| service.domains.len(), |service, item| text(service.domains.get(item))),
    each("/services/*/registrations", |service| Seen::List(service.registrations.len())),
    item(
        "/services/*/registrations/*/domain",
        |service| service.registrations.len(),
        |service, item| text(registration(service, item).map(|row| &row.domain)),
    ),
    item(
        "/services/*/registrations/*/owner",
        |service| service.registrations.len(),
        |service, item| seen(registration(service, item).and_then(|row| row.owner), owner),
    ),
    item(
        "/services/*/registrations/*/owner_name",
        |service| service.registrations.len(),
        |service, item| shown(registration(service, item).and_then(|row| row.owner_name.as_ref())),
    ),
    item(
        "/services/*/registrations/*/approved_registrar",
        |service| service.registrations.len(),
        |service, item| seen(registration(service, item).and_then(|row| row.approved_registrar), Seen::Flag),
    ),
    item(
        "/services/*/registrations/*/expires_on",
        |service| service.registrations.len(),
        |service, item| seen(registration(service, item).and_then(|row| row.expires_on), Seen::Day),
    ),
    item(
        "/services/*/registrations/*/privacy",
        |service| service.registrations.len(),
        |service, item| seen(registration(service, item).and_then(|row| row.privacy), Seen::Flag),
    ),
    item(
        "/services/*/registrations/*/verified_on",
        |service| service.registrations.len(),
        |service, item| seen(registration(service, item).and_then(|row| row.verified_on), Seen::Day),
    ),
    each("/services/*/platforms", |service| Seen::List(service.platforms.len())),
    item(
        "/services/*/platforms/*/platform",
        |service| service.platforms.len(),
        |service, item| seen(service.platforms.get(item).map(|row| row.platform), platform),
    ),
    item(
        "/services/*/platforms/*/package",
        |service| service.platforms.len(),
        |service, item| text(service.platforms.get(item).and_then(|row| row.package.as_ref())),
    ),
    item(
        "/services/*/platforms/*/public_key",
        |service| service.platforms.len(),
        |service, item| text(service.platforms.get(item).and_then(|row| row.public_key.as_ref())),
    ),
    item(
        "/services/*/platforms/*/fingerprint",
        |service| service.platforms.len(),
        |service, item| text(service.platforms.get(item).and_then(|row| row.fingerprint.as_ref())),
    ),
    each("/services/*/home_url", |service| text(service.home_url.as_ref())),
    each("/services/*/contents", |service| Seen::List(service.contents.len())),
    item(
        "/services/*/contents/*",
        |service| service.contents.len(),
        |service, item| seen(service.contents.get(item).copied(), Seen::Code),
    ),
    each("/services/*/languages", |service| Seen::List(service.languages.len())),
    item(
        "/services/*/languages/*",
        |service| service.languages.len(),
        |service, item| seen(service.languages.get(item).copied(), Seen::Code),
    ),
    each("/services/*/preapprovals", |service| {
        service.preapprovals.as_ref().map_or(Seen::Nothing, |codes| Seen::List(codes.len()))
    }),
    item(
        "/services/*/preapprovals/*",
        |service| service.preapprovals.as_ref().map_or(0, Vec::len),
        |service, item| seen(service.preapprovals.as_ref().and_then(|codes| codes.get(item)).copied(), Seen::Code),
    ),
];

static OF_ACCESS: [Field; 4] = [
    each("/services/*/remark", |service| text(service.remark.as_ref())),
    each("/services/*/access/resource", |service| text(service.access.resource.as_ref())),
    each("/services/*/access/addresses", |service| Seen::List(service.access.addresses.len())),
    item(
        "/services/*/access/addresses/*",
        |service| service.access.addresses.len(),
        |service, item| text(service.access.addresses.get(item)),
    ),
];

static OF_SERVICE_PRINCIPAL: [Field; 13] = principal!(each, "/services/*/principal", service, principal);

fn fields() -> impl Iterator<Item = &'static Field> {
    OF_SUBJECT.iter().chain(&OF_SUBJECT_PRINCIPAL).chain(&OF_SERVICE).chain(&OF_ACCESS).chain(&OF_SERVICE_PRINCIPAL)
}

impl Pattern {
    /// The pointer as packs write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.pointer
    }

    /// Every place of the draft that the pattern names; a place where nothing stands counts too.
    pub(super) fn places(self, draft: &Draft) -> impl Iterator<Item = Place<'_>> {
        let (once, services) = match self.0.look {
            Look::Draft(look) => (Some(look), 0),
            Look::Service(_) | Look::Item(..) => (None, draft.services.len()),
        };
        let once = once.map(|look| Place { pattern: self, seen: look(draft), service: None, item: None });
        let of_services = draft.services.iter().enumerate().take(services);
        once.into_iter().chain(of_services.flat_map(move |(index, service)| self.in_service(index, service)))
    }

    fn in_service(self, index: usize, service: &ServiceDraft) -> impl Iterator<Item = Place<'_>> {
        let count = match self.0.look {
            Look::Draft(_) => 0,
            Look::Service(_) => 1,
            Look::Item(count, _) => count(service),
        };
        (0..count).map(move |item| {
            let (seen, item) = match self.0.look {
                Look::Draft(_) => (Seen::Nothing, None),
                Look::Service(look) => (look(service), None),
                Look::Item(_, look) => (look(service, item), Some(item)),
            };
            Place { pattern: self, seen, service: Some(index), item }
        })
    }

    /// What stands at the place of the same service, and of the same element of its list, that the pattern names.
    pub(super) fn beside<'a>(self, draft: &'a Draft, place: &Place<'_>) -> Seen<'a> {
        let service = || place.service.and_then(|index| draft.services.get(index));
        match self.0.look {
            Look::Draft(look) => look(draft),
            Look::Service(look) => service().map_or(Seen::Nothing, look),
            Look::Item(_, look) => {
                let (Some(service), Some(item)) = (service(), place.item) else { return Seen::Nothing };
                look(service, item)
            }
        }
    }
}

impl<'a> Place<'a> {
    /// JSON pointer (RFC 6901) to the place.
    pub(super) fn pointer(&self) -> String {
        let mut indices = [self.service, self.item].into_iter().flatten();
        let mut pointer = String::with_capacity(self.pattern.as_str().len());
        for segment in self.pattern.as_str().split('/').skip(1) {
            pointer.push('/');
            match segment {
                "*" => pointer.push_str(&indices.next().unwrap_or_default().to_string()),
                name => pointer.push_str(name),
            }
        }
        pointer
    }

    /// The text that stands there.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.seen.text()
    }

    /// The code that stands there.
    pub(super) fn code(&self) -> Option<u16> {
        match self.seen {
            Seen::Code(code) => Some(code),
            Seen::Nothing | Seen::Text(_) | Seen::Flag(_) | Seen::Day(_) | Seen::List(_) | Seen::Whole => None,
        }
    }
}

impl<'a> Seen<'a> {
    /// The text, if it is one.
    pub(super) fn text(self) -> Option<&'a str> {
        match self {
            Seen::Text(text) => Some(text),
            Seen::Nothing | Seen::Code(_) | Seen::Flag(_) | Seen::Day(_) | Seen::List(_) | Seen::Whole => None,
        }
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Pattern {}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<&str> for Pattern {
    type Error = NotAPattern;

    fn try_from(raw: &str) -> Result<Self, NotAPattern> {
        fields().find(|field| field.pointer == raw).map(Self).ok_or_else(|| NotAPattern(raw.to_owned()))
    }
}

impl TryFrom<String> for Pattern {
    type Error = NotAPattern;

    fn try_from(raw: String) -> Result<Self, NotAPattern> {
        Self::try_from(raw.as_str())
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::example;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text).unwrap()
    }

    fn pointers(text: &str, draft: &Draft) -> Vec<String> {
        pattern(text).places(draft).map(|place| place.pointer()).collect()
    }

    /// A draft in which every place holds something.
    fn full() -> Draft {
        let mut doc = serde_json::to_value(example::enterprise_in_liaoning()).unwrap();
        let set = |doc: &mut Value, at: &str, name: &str, value: Value| {
            doc.pointer_mut(at).unwrap().as_object_mut().unwrap().insert(name.to_owned(), value);
        };
        for certificate in
            ["/subject/certificate", "/subject/principal/certificate", "/services/0/principal/certificate"]
        {
            set(&mut doc, certificate, "region", json!("210102"));
            set(&mut doc, certificate, "valid_until", json!("2030-01-01"));
        }
        set(&mut doc, "/services/0/principal", "post", json!("authorized"));
        for (name, value) in
            [("scope", json!("花卉")), ("filed_services", json!(1)), ("renamed", json!(false)), ("remark", json!("无"))]
        {
            set(&mut doc, "/subject", name, value);
        }
        let registration = json!({
            "domain": "example-liaoning.cn", "owner": "subject", "owner_name": "示例", "approved_registrar": true,
            "expires_on": "2030-01-01", "privacy": false, "verified_on": "2026-01-01",
        });
        let platform = json!({ "platform": "ios", "package": "cn.example", "public_key": "00", "fingerprint": "00" });
        set(&mut doc, "/services/0", "registrations", json!([registration]));
        set(&mut doc, "/services/0", "platforms", json!([platform]));
        set(&mut doc, "/services/0", "preapprovals", json!([3]));
        serde_json::from_value(doc).unwrap()
    }

    fn leaves(value: &Value, at: &str) -> Vec<String> {
        match value {
            Value::Object(object) => {
                object.iter().flat_map(|(name, value)| leaves(value, &format!("{at}/{name}"))).collect()
            }
            Value::Array(list) => list.iter().flat_map(|value| leaves(value, &format!("{at}/*"))).collect(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![at.to_owned()],
        }
    }

    #[test]
    fn every_place_shows_what_the_json_form_shows() {
        let draft = full();
        let doc = serde_json::to_value(&draft).unwrap();
        for field in fields() {
            let places: Vec<_> = Pattern(field).places(&draft).collect();
            assert!(!places.is_empty(), "{}", field.pointer);
            for place in places {
                let value = doc.pointer(&place.pointer()).unwrap_or_else(|| panic!("{}", place.pointer()));
                let same = match place.seen {
                    Seen::Nothing => false,
                    Seen::Text(text) => value == text,
                    Seen::Code(code) => value == code,
                    Seen::Flag(flag) => value == flag,
                    Seen::Day(day) => *value == day.to_string(),
                    Seen::List(count) => value.as_array().is_some_and(|list| list.len() == count),
                    Seen::Whole => value.is_object(),
                };
                assert!(same, "{} shows {:?}", place.pointer(), place.seen);
            }
        }
    }

    #[test]
    fn every_value_of_a_draft_has_a_place() {
        // Of no concern to rules: who agreed when to which text, and whether the principals are one person (`When` asks).
        let free = ["/consent/assisted_change", "/consent/version", "/services/*/principal/same_as_subject"];
        let doc = serde_json::to_value(full()).unwrap();
        for leaf in leaves(&doc, "") {
            assert!(free.contains(&leaf.as_str()) || Pattern::try_from(leaf.as_str()).is_ok(), "{leaf}");
        }
    }

    #[test]
    fn a_star_names_every_element_and_a_missing_value_is_a_place_too() {
        let mut draft = example::enterprise_in_liaoning();
        draft.services.push(draft.services[0].clone());
        draft.services[1].name = None;
        assert_eq!(pointers("/services/*/name", &draft), ["/services/0/name", "/services/1/name"]);
        assert_eq!(pointers("/services/*/domains/*", &draft), ["/services/0/domains/0", "/services/1/domains/0"]);
        assert_eq!(pointers("/subject/name", &draft), ["/subject/name"]);
        assert_eq!(pattern("/services/*/name").places(&draft).nth(1).unwrap().seen, Seen::Nothing);
    }

    #[test]
    fn only_places_of_drafts_are_patterns() {
        for text in ["", "/subject/name", "/services/*/domains/*"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        for wrong in ["subject", "/", "/subject/nose", "/services/0/name"] {
            assert_eq!(Pattern::try_from(wrong), Err(NotAPattern(wrong.to_owned())));
        }
    }
}
