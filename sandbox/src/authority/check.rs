//! What the authority's machine checks before a clerk sees a filing: required elements, formats, and conflicts with what is
//! filed or under way.

use super::{
    case::Case,
    form::{Form, Person, Site, Subject},
};

/// The subject is missing.
const NO_SUBJECT: i64 = 1058;
/// The site is missing.
const NO_SITE: i64 = 1059;
/// The file breaks the XSD.
const XSD: i64 = 5001;

/// The result codes of a filing; none when all is well.
pub(super) fn check(form: &Form, known: &[Case]) -> Vec<i64> {
    let mut codes = Vec::new();
    match &form.subject {
        Some(subject) => codes.extend(of_subject(subject)),
        None => codes.push(NO_SUBJECT),
    }
    if form.sites.is_empty() {
        codes.push(NO_SITE);
    }
    codes.extend(form.sites.iter().flat_map(of_site));
    codes.extend(conflicts(form, known));
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn unless(good: bool, code: i64) -> Option<i64> {
    (!good).then_some(code)
}

fn of_subject(subject: &Subject) -> Vec<i64> {
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
        unless(matches!(subject.reported.as_str(), "0" | "1"), XSD),
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

fn of_site(site: &Site) -> Vec<i64> {
    let small =
        |ids: &[String]| !ids.is_empty() && ids.iter().all(|id| id.parse().is_ok_and(|id: u32| (1..=64).contains(&id)));
    let domain = |name: &str| name.len() >= 4 && name.contains('.') && name.is_ascii();
    let home = site.home.is_empty() || site.domains.iter().any(|domain| site.home.contains(&domain.name));
    let ranges: Vec<_> = site.accesses.iter().flat_map(|access| &access.addresses).collect();
    let number = |text: &str| text.parse::<u32>().ok().filter(|number| *number > 0);
    let addresses = !ranges.is_empty()
        && ranges.iter().all(|range| number(&range.from).zip(number(&range.to)).is_some_and(|(from, to)| from <= to));
    let place = site.accesses.iter().all(|access| small(&access.location.codes));
    let mode = site.accesses.iter().all(|access| small(&access.mode.codes));
    let checks = [
        unless(site.id.parse().is_ok_and(|id: i64| id > 0) && !site.name.trim().is_empty(), XSD),
        unless(small(&site.contents.ids), 1034),
        unless(small(&site.languages.ids), 1066),
        unless(!site.domains.is_empty() && site.domains.iter().all(|one| domain(&one.name)), 1004),
        unless(home, 1041),
        unless(!site.accesses.is_empty() && addresses, 1006),
        unless(place, 1036),
        unless(mode, 1035),
        unless(!site.principal.name.trim().is_empty(), 1007),
    ];
    checks.into_iter().flatten().chain(of_person(&site.principal)).collect()
}

fn conflicts(form: &Form, known: &[Case]) -> Vec<i64> {
    let mut codes = Vec::new();
    let standing = known.iter().filter(|case| case.is_filed() || case.is_under_way());
    for case in standing {
        if same_organizer(form, &case.form) {
            codes.push(1003);
        }
        if form.domains().any(|domain| case.form.domains().any(|taken| taken == domain)) {
            codes.push(if case.is_filed() { 1005 } else { 1039 });
        }
    }
    codes
}

fn same_organizer(one: &Form, other: &Form) -> bool {
    match (&one.subject, &other.subject) {
        (Some(one), Some(other)) => {
            one.certificate.kind == other.certificate.kind && one.certificate.number == other.certificate.number
        }
        (None, _) | (_, None) => false,
    }
}
