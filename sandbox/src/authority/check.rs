//! What the authority's machine checks before a clerk sees a case: required elements and formats. What it has to do with what
//! is filed is in `conflict`.

use super::{
    case::Operation,
    form::{Access, Form, Person, Site, Subject},
};

/// The subject is missing.
const NO_SUBJECT: i64 = 1058;
/// The site is missing.
const NO_SITE: i64 = 1059;
/// The file breaks the XSD.
pub(super) const XSD: i64 = 5001;

/// The result codes of a form as it is; none when all is well.
pub(super) fn check(operation: Operation, form: &Form) -> Vec<i64> {
    match operation {
        Operation::First | Operation::Change => {
            let mut codes = match &form.subject {
                Some(subject) => of_subject(subject, operation),
                None => vec![NO_SUBJECT],
            };
            codes.extend(of_sites(form, operation));
            codes
        }
        Operation::AddSite => {
            let mut codes = of_sites(form, operation);
            codes.extend(unless(form.subject.is_some(), NO_SUBJECT));
            codes
        }
        Operation::AddAccess => {
            let mut codes: Vec<i64> = form.sites.iter().flat_map(|site| &site.accesses).flat_map(of_access).collect();
            codes.extend(unless(form.sites.iter().all(|site| site.accesses.iter().all(|one| is_id(&one.id))), XSD));
            codes.extend(unless((1..=32).contains(&form.password.chars().count()), XSD));
            codes
        }
        Operation::CancelAccess | Operation::CancelSubject | Operation::CancelSite => {
            form.cancellations.iter().flat_map(of_cancellation).collect()
        }
    }
}

fn of_cancellation(one: &super::form::Cancellation) -> Vec<i64> {
    let class = matches!(one.class.trim(), "0" | "1" | "2");
    let reason = one.reason.trim().parse().is_ok_and(|reason: u32| (1..=999).contains(&reason));
    [unless(class && is_id(&one.id), XSD), unless(reason, 1026)].into_iter().flatten().collect()
}

fn of_sites(form: &Form, operation: Operation) -> Vec<i64> {
    let mut codes: Vec<i64> = form.sites.iter().flat_map(|site| of_site(site, operation)).collect();
    codes.extend(unless(!form.sites.is_empty(), NO_SITE));
    codes
}

fn is_id(text: &str) -> bool {
    text.trim().parse().is_ok_and(|id: i64| id > 0)
}

fn unless(good: bool, code: i64) -> Option<i64> {
    (!good).then_some(code)
}

fn of_subject(subject: &Subject, operation: Operation) -> Vec<i64> {
    let is_change = operation == Operation::Change;
    let digits = |text: &str| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit());
    let address = &subject.address;
    let under = address.city.get(..2).is_some_and(|head| address.province.starts_with(head));
    let region = digits(&address.province) && address.province.ends_with("0000") && digits(&address.city) && under;
    let nature: u16 = subject.nature.parse().unwrap_or(0);
    let checks = [
        unless(!subject.name.trim().is_empty() && subject.name.chars().count() <= 255, XSD),
        unless((1..=20).contains(&nature), 1014),
        unless(region, 1019),
        unless(!subject.certificate.kind.is_empty() && !subject.certificate.number.trim().is_empty(), 1008),
        unless(!subject.certificate.address.trim().is_empty(), XSD),
        unless(is_change || matches!(subject.reported.as_str(), "0" | "1"), XSD),
        unless(!is_change || (is_id(&subject.filed_id) && !subject.filed_number.is_empty()), XSD),
        unless(!subject.principal.name.trim().is_empty(), 1044),
    ];
    checks.into_iter().flatten().chain(of_person(&subject.principal)).collect()
}

fn of_person(person: &Person) -> Vec<i64> {
    let mobile = person.mobile.len() == 11
        && person.mobile.starts_with('1')
        && person.mobile.bytes().all(|byte| byte.is_ascii_digit());
    let email = person.email.len() >= 6 && person.email.split_once('@').is_some_and(|(_, host)| host.contains('.'));
    let checks = [
        unless(mobile, 1011),
        unless(email, 1009),
        unless(person.landline.is_empty() || person.landline.len() >= 11, 1010),
        unless(person.number.len() >= 6, 1015),
    ];
    checks.into_iter().flatten().collect()
}

fn of_site(site: &Site, operation: Operation) -> Vec<i64> {
    let is_change = operation == Operation::Change;
    let id = if is_change { &site.filed_id } else { &site.id };
    let numbered = !is_change || !site.filed_number.is_empty();
    let accesses = site.accesses.iter().all(|access| !is_change || is_id(&access.filed_id));
    let domain = |name: &str| name.len() >= 4 && name.contains('.') && name.is_ascii();
    let home = site.home.is_empty() || site.domains.iter().any(|domain| site.home.contains(&domain.name));
    let checks = [
        unless(is_id(id) && numbered && accesses && !site.name.trim().is_empty(), XSD),
        unless(small(&site.contents.ids), 1034),
        unless(small(&site.languages.ids), 1066),
        unless(!site.domains.is_empty() && site.domains.iter().all(|one| domain(&one.name)), 1004),
        unless(home, 1041),
        unless(!site.accesses.is_empty(), 1006),
        unless(!site.principal.name.trim().is_empty(), 1007),
    ];
    let accesses = site.accesses.iter().flat_map(of_access);
    checks.into_iter().flatten().chain(of_person(&site.principal)).chain(accesses).collect()
}

fn small(ids: &[String]) -> bool {
    !ids.is_empty() && ids.iter().all(|id| id.parse().is_ok_and(|id: u32| (1..=64).contains(&id)))
}

fn of_access(access: &Access) -> Vec<i64> {
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let addresses = !access.addresses.is_empty()
        && access
            .addresses
            .iter()
            .all(|range| number(&range.from).zip(number(&range.to)).is_some_and(|(from, to)| from <= to));
    let checks =
        [unless(addresses, 1006), unless(small(&access.location.codes), 1036), unless(small(&access.mode.codes), 1035)];
    checks.into_iter().flatten().collect()
}
