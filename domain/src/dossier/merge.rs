//! What is on file here and what the authority's record says, as one. The record wins where it says something else; its silence,
//! and another spelling of the same, change nothing. Two persons are never mixed. It knows no order and no database.

use std::collections::BTreeSet;

use super::{AccessDraft, CertificateDraft, PrincipalDraft, ServiceDraft, ServicePrincipalDraft, SubjectDraft};
use crate::{
    contact::{Landline, Mobile},
    host::DomainName,
    text::{Pii, folded},
};

/// The subject on file with what its record says.
#[must_use]
pub fn merged_subject(filed: &SubjectDraft, record: &SubjectDraft) -> SubjectDraft {
    SubjectDraft {
        name: secret(&filed.name, &record.name, words),
        certificate: certificate(&filed.certificate, &record.certificate),
        region: newer(&filed.region, &record.region, |filed, said| lies_in(filed, said)),
        address: secret(&filed.address, &record.address, words),
        investor: secret(&filed.investor, &record.investor, words),
        remark: newer(&filed.remark, &record.remark, |filed, said| words(filed, said)),
        principal: person(&filed.principal, &record.principal),
        // What the format has no place for.
        scope: filed.scope.clone(),
        filed_services: filed.filed_services,
        renamed: filed.renamed,
    }
}

/// A service on file with what its record says; `before` and `after` are the subject's principal without and with the record.
#[must_use]
pub fn merged_service(
    filed: &ServiceDraft,
    record: &ServiceDraft,
    (before, after): (&PrincipalDraft, &PrincipalDraft),
) -> ServiceDraft {
    let domains = if ascii(&filed.domains) == ascii(&record.domains) || record.domains.is_empty() {
        filed.domains.clone()
    } else {
        record.domains.clone()
    };
    let stays = |domain: &String| ascii(&domains).is_superset(&ascii(std::slice::from_ref(domain)));
    ServiceDraft {
        kind: filed.kind,
        name: newer(&filed.name, &record.name, |filed, said| words(filed, said)),
        registrations: filed.registrations.iter().filter(|one| stays(&one.domain)).cloned().collect(),
        home_url: newer(&filed.home_url, &record.home_url, |filed, said| words(filed, said)),
        contents: list(&filed.contents, &record.contents),
        languages: list(&filed.languages, &record.languages),
        preapprovals: newer(&filed.preapprovals, &record.preapprovals, |filed, said| set(filed) == set(said)),
        remark: newer(&filed.remark, &record.remark, |filed, said| words(filed, said)),
        access: AccessDraft {
            addresses: list(&filed.access.addresses, &record.access.addresses),
            ..filed.access.clone()
        },
        principal: answering(&filed.principal, &record.principal.person(), (before, after)),
        // What the format has no place for.
        platforms: filed.platforms.clone(),
        domains,
    }
}

/// Who answers for a service: "the subject's principal" holds as long as the record names nobody else.
fn answering(
    filed: &ServicePrincipalDraft,
    said: &PrincipalDraft,
    (before, after): (&PrincipalDraft, &PrincipalDraft),
) -> ServicePrincipalDraft {
    if filed.same_as_subject && person(after, said) == *after {
        return filed.clone();
    }
    let own = if filed.same_as_subject { person(before, said) } else { person(&filed.person(), said) };
    let PrincipalDraft { name, post, certificate, mobile, landline, email, emergency } = own;
    ServicePrincipalDraft { same_as_subject: false, name, post, certificate, mobile, landline, email, emergency }
}

/// Another identity number is another person, of whom nothing is known but what the record says.
fn person(filed: &PrincipalDraft, said: &PrincipalDraft) -> PrincipalDraft {
    let nobody = PrincipalDraft::default();
    let filed = if is_another(&filed.certificate, &said.certificate) { &nobody } else { filed };
    PrincipalDraft {
        name: secret(&filed.name, &said.name, words),
        post: filed.post,
        certificate: certificate(&filed.certificate, &said.certificate),
        mobile: secret(&filed.mobile, &said.mobile, |filed, said| {
            words(filed, said) || Mobile::try_from(filed).is_ok_and(|one| Mobile::try_from(said) == Ok(one))
        }),
        landline: secret(&filed.landline, &said.landline, |filed, said| {
            words(filed, said) || Landline::try_from(filed).is_ok_and(|one| Landline::try_from(said) == Ok(one))
        }),
        email: secret(&filed.email, &said.email, words),
        emergency: filed.emergency.clone(),
    }
}

/// Another number is another certificate: its dates and its address are not the old one's.
fn certificate(filed: &CertificateDraft, said: &CertificateDraft) -> CertificateDraft {
    let none = CertificateDraft::default();
    let base = if is_another(filed, said) { &none } else { filed };
    CertificateDraft {
        kind: said.kind.or(base.kind).or(filed.kind),
        number: secret(&base.number, &said.number, same_number),
        address: secret(&base.address, &said.address, words),
        region: base.region.clone(),
        valid_until: base.valid_until,
    }
}

fn is_another(filed: &CertificateDraft, said: &CertificateDraft) -> bool {
    let numbers = filed.number.as_ref().zip(said.number.as_ref());
    numbers.is_some_and(|(filed, said)| !same_number(filed.reveal(), said.reveal()))
}

fn newer<T: Clone>(filed: &Option<T>, said: &Option<T>, same: impl Fn(&T, &T) -> bool) -> Option<T> {
    match (filed, said) {
        (Some(filed), Some(said)) if !same(filed, said) => Some(said.clone()),
        (Some(filed), Some(_) | None) => Some(filed.clone()),
        (None, said) => said.clone(),
    }
}

fn secret(
    filed: &Option<Pii<String>>,
    said: &Option<Pii<String>>,
    same: impl Fn(&str, &str) -> bool,
) -> Option<Pii<String>> {
    newer(filed, said, |filed, said| same(filed.reveal(), said.reveal()))
}

/// The order of a list says nothing, and an empty one of the record neither.
fn list<T: Clone + Ord>(filed: &[T], said: &[T]) -> Vec<T> {
    if said.is_empty() || set(filed) == set(said) { filed.to_vec() } else { said.to_vec() }
}

fn set<T: Ord>(list: &[T]) -> BTreeSet<&T> {
    list.iter().collect()
}

fn ascii(domains: &[String]) -> BTreeSet<String> {
    let name = |raw: &String| DomainName::try_from(raw.as_str()).map(|name| name.ascii().to_owned());
    domains.iter().map(|raw| name(raw).unwrap_or_else(|_as_written| raw.clone())).collect()
}

/// The same words, whatever is between them: XML does not keep the ends of lines.
fn words(filed: &str, said: &str) -> bool {
    filed.split_whitespace().eq(said.split_whitespace())
}

fn same_number(filed: &str, said: &str) -> bool {
    folded(filed).to_uppercase() == folded(said).to_uppercase()
}

/// A province or a city that holds the division on file says nothing new.
fn lies_in(filed: &str, said: &str) -> bool {
    let stem = said.strip_suffix("0000").or_else(|| said.strip_suffix("00")).unwrap_or(said);
    filed.starts_with(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    fn filed() -> (SubjectDraft, ServiceDraft) {
        let draft = example::enterprise_in_liaoning();
        (draft.subject, draft.services.into_iter().next().unwrap())
    }

    fn alone(filed: &ServiceDraft, said: &ServiceDraft) -> ServiceDraft {
        let nobody = PrincipalDraft::default();
        merged_service(filed, said, (&nobody, &nobody))
    }

    #[test]
    fn silence_changes_nothing() {
        let (subject, service) = filed();
        assert_eq!(merged_subject(&subject, &SubjectDraft::default()), subject);
        assert_eq!(alone(&service, &ServiceDraft::default()), service);
    }

    #[test]
    fn another_spelling_changes_nothing() {
        let (mut subject, mut service) = filed();
        subject.principal.mobile = Some("138 0000 1001".into());
        subject.principal.landline = Some("024-12345678".into());
        subject.certificate.number = Some("91210000example03f".into());
        subject.region = Some("210102".to_owned());
        subject.remark = Some("一\r\n二".to_owned());
        service.domains = vec!["Example-Liaoning.cn".to_owned(), "示例.中国".to_owned()];
        service.contents = vec![8, 6];
        let mut said = (subject.clone(), service.clone());
        said.0.principal.mobile = Some("13800001001".into());
        said.0.principal.landline = Some("086-024-12345678".into());
        said.0.certificate.number = Some("91210000EXAMPLE03F".into());
        said.0.remark = Some("一\n二".to_owned());
        said.1.domains = vec!["xn--fsqu00a.xn--fiqs8s".to_owned(), "example-liaoning.cn".to_owned()];
        said.1.domains[0] = DomainName::try_from("示例.中国").unwrap().ascii().to_owned();
        said.1.contents = vec![6, 8];
        for coarser in ["210102", "210100", "210000"] {
            said.0.region = Some(coarser.to_owned());
            assert_eq!(merged_subject(&subject, &said.0), subject, "{coarser}");
        }
        assert_eq!(alone(&service, &said.1), service);
    }

    #[test]
    fn the_record_wins_where_it_says_something_else_and_saying_it_again_changes_nothing() {
        let (subject, service) = filed();
        let said = SubjectDraft {
            name: Some("沈阳示例网络科技有限公司".into()),
            region: Some("210200".to_owned()),
            ..SubjectDraft::default()
        };
        let once = merged_subject(&subject, &said);
        assert_eq!((&once.name, &once.region, &once.scope), (&said.name, &said.region, &subject.scope));
        assert_eq!(merged_subject(&once, &said), once);
        let said = ServiceDraft {
            name: Some("沈阳示例".to_owned()),
            domains: vec!["example-other.cn".to_owned()],
            ..ServiceDraft::default()
        };
        let once = alone(&service, &said);
        assert_eq!((&once.name, &once.domains, &once.access), (&said.name, &said.domains, &service.access));
        assert!(once.registrations.is_empty(), "what registrars said of another domain");
        assert_eq!(alone(&once, &said), once);
    }

    #[test]
    fn another_identity_number_is_another_person() {
        let (mut subject, _) = filed();
        subject.principal.emergency = Some("13900001001".into());
        let certificate = CertificateDraft { number: Some("210102190101010024".into()), ..CertificateDraft::default() };
        let principal = PrincipalDraft { name: Some("周示例".into()), certificate, ..PrincipalDraft::default() };
        let merged =
            merged_subject(&subject, &SubjectDraft { principal: principal.clone(), ..SubjectDraft::default() });
        assert_eq!((&merged.principal.name, &merged.principal.mobile), (&principal.name, &None));
        assert_eq!((&merged.principal.emergency, merged.principal.post), (&None, None));
        assert_eq!(merged.principal.certificate.valid_until, None);
    }

    #[test]
    fn the_subject_s_principal_answers_as_long_as_the_record_names_nobody_else() {
        let (subject, mut service) = filed();
        service.principal = ServicePrincipalDraft { same_as_subject: true, ..ServicePrincipalDraft::default() };
        let own = |person: &PrincipalDraft| ServicePrincipalDraft {
            name: person.name.clone(),
            mobile: person.mobile.clone(),
            certificate: CertificateDraft { number: person.certificate.number.clone(), ..CertificateDraft::default() },
            ..ServicePrincipalDraft::default()
        };
        let mut said = ServiceDraft { principal: own(&subject.principal), ..ServiceDraft::default() };
        let both = (&subject.principal, &subject.principal);
        assert_eq!(merged_service(&service, &said, both), service);
        said.principal.mobile = Some("13800001999".into());
        let merged = merged_service(&service, &said, both);
        assert!(!merged.principal.same_as_subject);
        assert_eq!(
            (&merged.principal.name, &merged.principal.mobile),
            (&subject.principal.name, &said.principal.mobile)
        );
        // The subject's principal changed, and the site's stayed who it was.
        let other = PrincipalDraft { name: Some("周示例".into()), ..subject.principal.clone() };
        let said = ServiceDraft { principal: own(&subject.principal), ..ServiceDraft::default() };
        let merged = merged_service(&service, &said, (&subject.principal, &other));
        assert_eq!(merged.principal.person(), subject.principal);
    }
}
