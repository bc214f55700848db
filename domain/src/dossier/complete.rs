//! The bridge from a draft to a dossier: all rules at once, then every value parsed. Nothing else makes a dossier or a
//! `Readiness`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::{Dossier, Draft, PrincipalDraft, ServiceDraft, SubjectDraft};
use crate::certificate::Certificates;
use crate::company::Nature;
use crate::contact::{Email, Landline, Mobile};
use crate::host::{DomainName, HomeUrl};
use crate::order::{PrincipalRole, Principals, Readiness};
use crate::person::{Certificate, PersonName};
use crate::region::RegionCode;
use crate::rules::{Case, MaterialNeed, RulePack, checklist, violations};
use crate::service::{AccessPoint, Service};
use crate::subject::{Principal, Subject, SubjectCertificate};
use crate::text::{Pii, Text};
use crate::violation::Violation;

/// The materials that were uploaded for an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attached(BTreeSet<(String, Option<u16>)>);

impl Attached {
    /// Nothing was uploaded.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// With one more material: its kind, and the service it belongs to, counted from 0.
    #[must_use]
    pub fn with(mut self, kind: impl Into<String>, service: Option<u16>) -> Self {
        self.0.insert((kind.into(), service));
        self
    }

    /// Whether this material is there.
    #[must_use]
    pub fn has(&self, kind: &str, service: Option<u16>) -> bool {
        self.0.iter().any(|(known, of)| known == kind && *of == service)
    }
}

impl<K: Into<String>> FromIterator<(K, Option<u16>)> for Attached {
    fn from_iter<I: IntoIterator<Item = (K, Option<u16>)>>(materials: I) -> Self {
        Self(materials.into_iter().map(|(kind, service)| (kind.into(), service)).collect())
    }
}

/// A draft that was found complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// The filing, every value checked.
    pub dossier: Dossier,
    /// What `Submit` asks for.
    pub readiness: Readiness,
    /// What the authority may object to, and advice.
    pub warnings: Vec<Violation>,
}

/// Checks a draft by every rule in force, and makes a dossier of it.
///
/// # Errors
/// Everything that is wrong, warnings included, each with a JSON pointer into the draft. A missing material points to the
/// part of the draft that it proves.
pub fn complete(draft: &Draft, attached: &Attached, pack: &RulePack, case: Case) -> Result<Checked, Vec<Violation>> {
    let mut found = violations(draft, pack, case);
    let missing = |need: &MaterialNeed| !attached.has(&need.kind, need.service);
    found.extend(checklist(draft, pack, case).into_iter().filter(missing).map(absent));
    if found.iter().any(Violation::blocks) {
        return Err(found);
    }
    match build(draft) {
        Ok(dossier) => {
            let people = dossier.principals();
            let services = dossier.services.len();
            let readiness = Readiness::new(pack.revision().to_owned(), services, people, draft.consent.assisted_change);
            Ok(Checked { dossier, readiness, warnings: found })
        }
        Err(pointer) => {
            found.push(unreadable(pointer));
            Err(found)
        }
    }
}

/// What `Submit` asks for, of a kind of order that files nothing: what is on file was judged when it was filed.
#[must_use]
pub fn unjudged(draft: &Draft, pack: &RulePack) -> Readiness {
    let subject = draft.subject.principal.certificate.number.as_ref();
    let another = |service: &ServiceDraft| {
        let own = service.principal.certificate.number.as_ref();
        !service.principal.same_as_subject && own.is_some_and(|own| Some(own) != subject)
    };
    let mut people = Principals::from([PrincipalRole::Subject]);
    if draft.services.iter().any(another) {
        people.insert(PrincipalRole::Service);
    }
    let services = draft.services.len();
    Readiness::new(pack.revision().to_owned(), services, people, draft.consent.assisted_change)
}

fn absent(need: MaterialNeed) -> Violation {
    Violation {
        pointer: need.pointer,
        rule: need.rule,
        severity: need.severity,
        hit: None,
        zh: format!("缺少材料：{}", need.zh),
        en: format!("A material is missing: {}", need.en),
        fix_zh: Some(need.why),
        fix_en: Some(need.why_en),
    }
}

/// A pack that operations laid over ours may lack a rule about a form; the value types do not.
fn unreadable(pointer: String) -> Violation {
    Violation::blocking(pointer, "dossier.value", "此处缺失或格式不正确", "Missing or not of its form")
}

/// What could not be parsed.
type Pointer = String;

fn build(draft: &Draft) -> Result<Dossier, Pointer> {
    let services = draft.services.iter().enumerate();
    let services = services.map(|(index, service)| build_service(service, &format!("/services/{index}")));
    Ok(Dossier { subject: build_subject(draft)?, services: services.collect::<Result<_, _>>()? })
}

fn build_subject(draft: &Draft) -> Result<Subject, Pointer> {
    let at = |name: &str| format!("/subject/{name}");
    let subject = &draft.subject;
    let nature = draft.nature.and_then(|code| Nature::try_from(code).ok()).ok_or("/nature")?;
    Ok(Subject {
        province: draft.province.ok_or("/province")?,
        nature,
        name: secret(subject.name.as_ref(), at("name"))?,
        certificate: build_certificate(subject, nature)?,
        region: given(subject.region.as_deref(), at("region"), |text| RegionCode::try_from(text).ok())?,
        address: secret(subject.address.as_ref(), at("address"))?,
        investor: perhaps(shown(subject.investor.as_ref()), at("investor"), bounded)?.map(Pii::new),
        remark: perhaps(subject.remark.as_deref(), at("remark"), bounded)?,
        principal: build_principal(&subject.principal, "/subject/principal")?,
    })
}

fn build_certificate(subject: &SubjectDraft, nature: Nature) -> Result<SubjectCertificate, Pointer> {
    let at = |name: &str| format!("/subject/certificate/{name}");
    let draft = &subject.certificate;
    let row = draft.kind.and_then(|code| Certificates::national().get(nature, code)).ok_or_else(|| at("kind"))?;
    Ok(SubjectCertificate {
        kind: row.code,
        number: given(shown(draft.number.as_ref()), at("number"), |text| row.form.check(text).ok())?.into(),
        address: secret(draft.address.as_ref(), at("address"))?,
    })
}

fn build_principal(draft: &PrincipalDraft, at: &str) -> Result<Principal, Pointer> {
    let at = |name: &str| format!("{at}/{name}");
    let kind = draft.certificate.kind.ok_or_else(|| at("certificate/kind"))?;
    let number = shown(draft.certificate.number.as_ref());
    let certificate = given(number, at("certificate/number"), |text| Certificate::new(kind, text).ok())?;
    Ok(Principal {
        name: given(shown(draft.name.as_ref()), at("name"), |text| PersonName::try_from(text).ok())?.into(),
        certificate: certificate.into(),
        mobile: given(shown(draft.mobile.as_ref()), at("mobile"), parsed::<Mobile>)?.into(),
        landline: perhaps(shown(draft.landline.as_ref()), at("landline"), parsed::<Landline>)?.map(Pii::new),
        email: given(shown(draft.email.as_ref()), at("email"), parsed::<Email>)?.into(),
        emergency: perhaps(shown(draft.emergency.as_ref()), at("emergency"), parsed::<Mobile>)?.map(Pii::new),
    })
}

fn build_service(draft: &ServiceDraft, at: &str) -> Result<Service, Pointer> {
    let own = || build_principal(&draft.principal.person(), &format!("{at}/principal"));
    let at = |name: &str| format!("{at}/{name}");
    let domains = draft.domains.iter().enumerate();
    let domains = domains.map(|(index, text)| given(Some(text), at(&format!("domains/{index}")), parsed::<DomainName>));
    let addresses = draft.access.addresses.iter().enumerate().map(|(index, text)| {
        given(Some(text), at(&format!("access/addresses/{index}")), |text| text.trim().parse::<Ipv4Addr>().ok())
    });
    Ok(Service {
        kind: draft.kind,
        name: given(draft.name.as_deref(), at("name"), bounded)?,
        domains: domains.collect::<Result<_, _>>()?,
        home_url: perhaps(draft.home_url.as_deref(), at("home_url"), parsed::<HomeUrl>)?,
        contents: draft.contents.clone(),
        languages: draft.languages.clone(),
        preapprovals: draft.preapprovals.clone().ok_or_else(|| at("preapprovals"))?,
        remark: perhaps(draft.remark.as_deref(), at("remark"), bounded)?,
        access: AccessPoint {
            resource: given(draft.access.resource.as_deref(), at("access/resource"), bounded)?,
            addresses: addresses.collect::<Result<_, _>>()?,
        },
        principal: if draft.principal.same_as_subject { None } else { Some(own()?) },
    })
}

fn shown(text: Option<&Pii<String>>) -> Option<&str> {
    text.map(|text| text.reveal().as_str())
}

fn parsed<'a, T: TryFrom<&'a str>>(text: &'a str) -> Option<T> {
    T::try_from(text).ok()
}

fn bounded<const MAX: usize>(text: &str) -> Option<Text<MAX>> {
    Text::try_from(text).ok()
}

/// A value that must be there.
fn given<'a, T>(text: Option<&'a str>, at: Pointer, parse: impl Fn(&'a str) -> Option<T>) -> Result<T, Pointer> {
    text.and_then(parse).ok_or(at)
}

/// A value that may be missing or blank.
fn perhaps<'a, T>(
    text: Option<&'a str>,
    at: Pointer,
    parse: impl Fn(&'a str) -> Option<T>,
) -> Result<Option<T>, Pointer> {
    text.filter(|text| !text.trim().is_empty()).map(|text| parse(text).ok_or(at)).transpose()
}

fn secret(text: Option<&Pii<String>>, at: Pointer) -> Result<Pii<Text<255>>, Pointer> {
    given(shown(text), at, bounded).map(Pii::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::order::{PrincipalRole, Way};

    fn check(draft: &Draft) -> Result<Checked, Vec<Violation>> {
        complete(draft, &example::attached(draft), RulePack::national(), example::case())
    }

    fn pointers(draft: &Draft) -> Vec<String> {
        check(draft).unwrap_err().into_iter().map(|violation| violation.pointer).collect()
    }

    #[test]
    fn the_examples_are_complete_without_a_warning() {
        for draft in [example::enterprise_in_liaoning(), example::person_in_guangdong()] {
            let checked = check(&draft).unwrap_or_else(|wrong| panic!("{wrong:#?}"));
            assert_eq!(checked.warnings, []);
            assert_eq!(checked.readiness.revision(), RulePack::national().revision());
            assert_eq!(checked.readiness.services(), 1);
            assert!(checked.readiness.assist());
        }
    }

    #[test]
    fn the_enterprise_has_two_principals_and_the_person_one() {
        let two = check(&example::enterprise_in_liaoning()).unwrap();
        assert_eq!(*two.readiness.principals(), [PrincipalRole::Subject, PrincipalRole::Service].into());
        let service = &two.dossier.services[0];
        assert_eq!(two.dossier.principal_of(service).mobile.reveal().as_str(), "13800001002");
        let one = check(&example::person_in_guangdong()).unwrap();
        assert_eq!(*one.readiness.principals(), [PrincipalRole::Subject].into());
        assert_eq!(one.dossier.principal_of(&one.dossier.services[0]), &one.dossier.subject.principal);
    }

    #[test]
    fn an_empty_draft_is_told_everything_at_once() {
        let told = pointers(&Draft::default());
        for pointer in ["/province", "/nature", "/subject/name", "/subject/principal/mobile", "/consent/privacy"] {
            assert!(told.iter().any(|known| known == pointer), "{pointer} is missing in {told:?}");
        }
    }

    #[test]
    fn several_slips_are_told_together_and_each_once() {
        let mut draft = example::enterprise_in_liaoning();
        draft.subject.principal.mobile = Some("1380000".into());
        draft.subject.certificate.number = Some("91210000EXAMPLE03G".into());
        draft.services[0].domains = vec!["www.example-liaoning.cn".to_owned()];
        let told = pointers(&draft);
        // The home page lies under www.example-liaoning.cn as well, so that it is not told.
        assert_eq!(told, ["/subject/certificate/number", "/subject/principal/mobile", "/services/0/domains/0"]);
    }

    #[test]
    fn a_violation_never_quotes_what_was_entered() {
        let mut draft = example::enterprise_in_liaoning();
        draft.subject.principal.name = Some("林示范123".into());
        draft.subject.principal.email = Some("secret@".into());
        let told = format!("{:?}", check(&draft).unwrap_err());
        assert!(!told.contains("林示范") && !told.contains("secret"));
    }

    #[test]
    fn the_face_consent_is_asked_for_the_electronic_way_only() {
        let mut draft = example::person_in_guangdong();
        draft.consent.face = false;
        assert_eq!(pointers(&draft), ["/consent/face"]);
        let curtain = Case { way: Way::Curtain, ..example::case() };
        assert!(complete(&draft, &example::attached(&draft), RulePack::national(), curtain).is_ok());
    }

    #[test]
    fn materials_follow_the_draft() {
        let kinds = |draft: &Draft| -> Vec<_> {
            checklist(draft, RulePack::national(), example::case())
                .into_iter()
                .map(|need| (need.kind, need.service))
                .collect()
        };
        let key = |kind: &str, service| (kind.to_owned(), service);
        let mut draft = example::enterprise_in_liaoning();
        let pair = [key("principal_certificate_front", None), key("principal_certificate_back", None)];
        let own = [key("principal_certificate_front", Some(0)), key("principal_certificate_back", Some(0))];
        let letter = [key("service_principal_letter", Some(0))];
        assert_eq!(kinds(&draft), [&[key("subject_certificate", None)], &pair[..], &own[..], &letter].concat());
        draft.services[0].principal.certificate.kind = Some(7);
        assert_eq!(kinds(&draft), [&[key("subject_certificate", None)], &pair[..], &own[..1], &letter].concat());
        draft.services[0].principal.same_as_subject = true;
        assert_eq!(kinds(&draft), [&[key("subject_certificate", None)], &pair[..]].concat());
        let person = example::person_in_guangdong();
        assert_eq!(kinds(&person), [&pair[..], &[key("filing_commitment", None)]].concat());
        draft.province = Some(crate::region::Province::Hunan);
        assert!(kinds(&draft).contains(&key("domain_certificate", Some(0))));
    }

    #[test]
    fn a_missing_material_points_to_what_it_proves() {
        let draft = example::enterprise_in_liaoning();
        let told = complete(&draft, &Attached::none(), RulePack::national(), example::case()).unwrap_err();
        let told: Vec<_> = told.iter().map(|violation| violation.pointer.as_str()).collect();
        let expected = [
            "/subject/certificate",
            "/subject/principal/certificate",
            "/subject/principal/certificate",
            "/services/0/principal/certificate",
            "/services/0/principal/certificate",
            "/services/0/principal",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_no_rule_asks_for_is_still_no_dossier() {
        let pack = RulePack::parse(&[("empty.toml", "revision = \"2026-03-01\"")]).unwrap();
        let mut draft = example::enterprise_in_liaoning();
        draft.services[0].name = None;
        let told = complete(&draft, &Attached::none(), &pack, example::case()).unwrap_err();
        assert_eq!((told[0].pointer.as_str(), told[0].rule.as_str()), ("/services/0/name", "dossier.value"));
    }
}
