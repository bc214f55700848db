//! Filings that somebody else made: another provider's, or old ones. A sandbox needs them so that additions, accesses and
//! conflicts can be played. What is wrong with them is said field by field.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    form::{
        Access, AccessMode, Address, Certificate, Contents, Domain, Languages, Location, Person, Range, Site, Subject,
    },
    registry::{FiledSubject, Registry},
};

/// A provider that is not ours.
const ANOTHER: i64 = 110_000_000_999;

/// What is put on file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filing {
    subject: FilingSubject,
    #[serde(default)]
    sites: Vec<FilingSite>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilingSubject {
    name: String,
    /// MIIT nature code.
    nature: u16,
    /// Six digits.
    province: String,
    certificate: FilingCertificate,
    principal: FilingPerson,
    /// Its number; a new one when absent.
    #[serde(default)]
    number: Option<String>,
    /// Its filing password; any will do when absent.
    #[serde(default)]
    password: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilingCertificate {
    kind: u16,
    number: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilingPerson {
    name: String,
    mobile: String,
    /// Identity number.
    number: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FilingSite {
    name: String,
    domains: Vec<String>,
    /// The subject's when absent.
    #[serde(default)]
    principal: Option<FilingPerson>,
    /// `ispId` of who gives it access; another provider's when absent.
    #[serde(default)]
    provider: Option<i64>,
}

/// One thing that is wrong.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Fault {
    at: String,
    what: &'static str,
}

/// Files it, or says what is wrong.
pub(super) fn file(filing: Filing, registry: &mut Registry, now: DateTime<Utc>) -> Result<Value, Vec<Fault>> {
    let faults = faults(&filing, registry);
    if !faults.is_empty() {
        return Err(faults);
    }
    let Filing { subject, sites } = filing;
    let principal = subject.principal.clone();
    let details = Subject {
        name: subject.name,
        nature: subject.nature.to_string(),
        address: Address { province: subject.province.clone(), city: subject.province, ..Address::default() },
        certificate: Certificate {
            kind: subject.certificate.kind.to_string(),
            number: subject.certificate.number.trim().to_uppercase(),
            address: "示例路1号".to_owned(),
        },
        principal: person(principal.clone()),
        ..Subject::default()
    };
    let (id, number) = registry.file(details, subject.number, now);
    registry.set_password(id, subject.password);
    for one in sites {
        let provider = one.provider.unwrap_or(ANOTHER);
        registry.add_site(id, site(one, &principal), provider);
    }
    Ok(registry.subject(&id.to_string(), &number).map(view).unwrap_or_default())
}

fn person(person: FilingPerson) -> Person {
    let FilingPerson { name, mobile, number } = person;
    Person { name, mobile, number, kind: "2".to_owned(), email: "filed@example.com".to_owned(), ..Person::default() }
}

fn site(site: FilingSite, principal: &FilingPerson) -> Site {
    let domain = |name: String| Domain { name: name.trim().to_ascii_lowercase(), ..Domain::default() };
    let range = Range { from: "3405803777".to_owned(), to: "3405803777".to_owned(), ..Range::default() };
    Site {
        name: site.name,
        contents: Contents { ids: vec!["1".to_owned()] },
        languages: Languages { ids: vec!["1".to_owned()] },
        domains: site.domains.into_iter().map(domain).collect(),
        accesses: vec![Access {
            location: Location { codes: vec!["5".to_owned()] },
            mode: AccessMode { codes: vec!["16".to_owned()] },
            addresses: vec![range],
            ..Access::default()
        }],
        principal: person(site.principal.unwrap_or_else(|| principal.clone())),
        ..Site::default()
    }
}

fn faults(filing: &Filing, registry: &Registry) -> Vec<Fault> {
    let subject = &filing.subject;
    let mut faults = Vec::new();
    let mut wrong = |bad: bool, at: String, what| {
        if bad {
            faults.push(Fault { at, what });
        }
    };
    let digits = |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    wrong(subject.name.trim().is_empty(), "/subject/name".to_owned(), "is empty");
    let province = digits(&subject.province, 6) && subject.province.ends_with("0000");
    wrong(!province, "/subject/province".to_owned(), "has six digits and ends with 0000");
    let certificate = &subject.certificate;
    wrong(certificate.number.trim().is_empty(), "/subject/certificate/number".to_owned(), "is empty");
    let held = registry.holder(&certificate.kind.to_string(), &certificate.number).is_some();
    wrong(held, "/subject/certificate".to_owned(), "is filed already");
    if let Some(number) = &subject.number {
        wrong(registry.subject("", number).is_some(), "/subject/number".to_owned(), "is given already");
        let form = number.contains("ICP备") && number.ends_with('号');
        wrong(!form, "/subject/number".to_owned(), "looks like 辽ICP备2026000123号");
    }
    wrong(!digits(&subject.principal.mobile, 11), "/subject/principal/mobile".to_owned(), "has eleven digits");
    for (index, site) in filing.sites.iter().enumerate() {
        let at = format!("/sites/{index}");
        wrong(site.name.trim().is_empty(), format!("{at}/name"), "is empty");
        wrong(site.domains.is_empty(), format!("{at}/domains"), "is empty");
        let mobile = site.principal.as_ref().is_none_or(|own| digits(&own.mobile, 11));
        wrong(!mobile, format!("{at}/principal/mobile"), "has eleven digits");
        for (place, domain) in site.domains.iter().enumerate() {
            let at = format!("{at}/domains/{place}");
            wrong(!domain.contains('.'), at.clone(), "is no domain");
            wrong(registry.of_domain(&domain.trim().to_ascii_lowercase()).is_some(), at, "is filed already");
        }
    }
    faults
}

/// What is filed of a subject, for whoever looks.
pub(super) fn view(subject: &FiledSubject) -> Value {
    let sites = subject.sites.iter().map(|site| {
        let accesses = site.accesses.iter().map(|access| json!({ "id": access.id, "provider": access.provider }));
        json!({
            "id": site.id,
            "number": site.number,
            "name": site.details.name,
            "domains": site.domains().collect::<Vec<_>>(),
            "principal": site.details.principal,
            "accesses": accesses.collect::<Vec<_>>(),
        })
    });
    json!({
        "id": subject.id,
        "number": subject.number,
        "name": subject.details.name,
        "certificate": subject.details.certificate,
        "principal": subject.details.principal,
        "sites": sites.collect::<Vec<_>>(),
    })
}
