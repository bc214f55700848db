//! Filings that somebody else made or changed: another provider's, or old ones. A sandbox needs them so that additions, accesses,
//! conflicts and what happens past our orders can be played. What is wrong with them is said field by field.

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
    /// Its number; a new one when absent. With the number of something on file, that is changed.
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
    /// Its number, when the site is on file and is changed; a new site when absent.
    #[serde(default)]
    number: Option<String>,
    name: String,
    domains: Vec<String>,
    /// The subject's when absent.
    #[serde(default)]
    principal: Option<FilingPerson>,
    /// `ispId` of who gives it access, and nobody else; another provider's when absent, and whose it is for a site on file.
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
    let known = subject.number.as_deref().and_then(|number| registry.subject_mut(number));
    let (id, number) = match known {
        Some(known) => {
            change(known, subject);
            (known.id, known.number.clone())
        }
        None => first(subject, registry, now),
    };
    for one in sites {
        let provider = one.provider;
        match one.number.clone() {
            Some(number) => {
                let filed = registry.site("", &number).map(|(_, filed)| filed.details.clone()).unwrap_or_default();
                registry.replace_site(&number, changed(filed, one), provider);
            }
            None => drop(registry.add_site(id, site(one, &principal), provider.unwrap_or(ANOTHER))),
        }
    }
    Ok(registry.subject(&id.to_string(), &number).map(view).unwrap_or_default())
}

/// Gives a subject on file other data; what is not said stays.
fn change(filed: &mut FiledSubject, new: FilingSubject) {
    let (address, person, mail) =
        (&mut filed.details.address, person(new.principal), filed.details.principal.email.clone());
    if address.province != new.province {
        *address = Address { province: new.province.clone(), city: new.province, ..Address::default() };
    }
    filed.details.name = new.name;
    filed.details.nature = new.nature.to_string();
    filed.details.certificate.kind = new.certificate.kind.to_string();
    filed.details.certificate.number = new.certificate.number.trim().to_uppercase();
    let landline = filed.details.principal.landline.clone();
    filed.details.principal = Person { email: mail, landline, ..person };
    filed.password = new.password.or(filed.password.take());
}

fn first(subject: FilingSubject, registry: &mut Registry, now: DateTime<Utc>) -> (i64, String) {
    let details = Subject {
        name: subject.name,
        nature: subject.nature.to_string(),
        address: Address { province: subject.province.clone(), city: subject.province, ..Address::default() },
        certificate: Certificate {
            kind: subject.certificate.kind.to_string(),
            number: subject.certificate.number.trim().to_uppercase(),
            address: "示例路1号".to_owned(),
        },
        principal: person(subject.principal),
        ..Subject::default()
    };
    let (id, number) = registry.file(details, subject.number, now);
    registry.set_password(id, subject.password);
    (id, number)
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

/// A site on file with other data; what is not said stays.
fn changed(filed: Site, new: FilingSite) -> Site {
    let answering = new.principal.clone().map_or_else(|| filed.principal.clone(), person);
    let nobody = FilingPerson { name: String::new(), mobile: String::new(), number: String::new() };
    let Site { name, domains, accesses, .. } = site(new, &nobody);
    Site { name, domains, accesses, principal: answering, ..filed }
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
    let own = |holder: &FiledSubject| Some(&holder.number) == subject.number.as_ref();
    let held = registry.holder(&certificate.kind.to_string(), &certificate.number);
    wrong(held.is_some_and(|holder| !own(holder)), "/subject/certificate".to_owned(), "is filed already");
    if let Some(number) = &subject.number {
        let form = number.contains("ICP备") && number.ends_with('号');
        wrong(!form, "/subject/number".to_owned(), "looks like 辽ICP备2026000123号");
    }
    wrong(!digits(&subject.principal.mobile, 11), "/subject/principal/mobile".to_owned(), "has eleven digits");
    for (index, site) in filing.sites.iter().enumerate() {
        let at = format!("/sites/{index}");
        let strange = |number: &String| registry.site("", number).is_none_or(|(subject, _)| !own(subject));
        wrong(site.number.as_ref().is_some_and(strange), format!("{at}/number"), "is no site of the subject");
        wrong(site.name.trim().is_empty(), format!("{at}/name"), "is empty");
        wrong(site.domains.is_empty(), format!("{at}/domains"), "is empty");
        let mobile = site.principal.as_ref().is_none_or(|own| digits(&own.mobile, 11));
        wrong(!mobile, format!("{at}/principal/mobile"), "has eleven digits");
        for (place, domain) in site.domains.iter().enumerate() {
            let at = format!("{at}/domains/{place}");
            wrong(!domain.contains('.'), at.clone(), "is no domain");
            let holder = registry.of_domain(&domain.trim().to_ascii_lowercase());
            let another = holder.is_some_and(|(_, holder)| Some(&holder.number) != site.number.as_ref());
            wrong(another, at, "is filed already");
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

/// What somebody takes off the file past any case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cancelled {
    /// The number of a subject or a site.
    pub(super) number: String,
}

/// Takes a subject with its sites, or a site, off the file: its class (`Zxlb`) and id, or what is wrong.
pub(super) fn cancel(number: &str, registry: &mut Registry) -> Result<(u8, i64), Vec<Fault>> {
    if let Some(id) = registry.subject("", number).map(|subject| subject.id) {
        registry.remove_subject(id);
        return Ok((0, id));
    }
    if let Some(id) = registry.site("", number).map(|(_, site)| site.id) {
        registry.remove_site(id);
        return Ok((1, id));
    }
    Err(vec![Fault { at: "/number".to_owned(), what: "is not on file" }])
}
