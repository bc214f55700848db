//! What a case has to do with what is filed and with what is under way: unknown ids, taken domains, others' filings.

use super::{
    PROVIDER,
    case::{Case, Operation},
    form::{Form, Site},
    registry::{FiledSite, FiledSubject, Registry},
};

/// Nothing is filed under that id or number.
const UNKNOWN: i64 = 1016;

/// The subject that a case is about, where it is filed.
pub(super) fn subject_of<'a>(operation: Operation, form: &Form, registry: &'a Registry) -> Option<&'a FiledSubject> {
    match operation {
        Operation::First => None,
        Operation::AddSite | Operation::Change => {
            let named = form.subject.as_ref()?;
            registry.subject(&named.filed_id, &named.filed_number)
        }
        Operation::AddAccess => {
            let named = form.sites.first()?;
            registry.site(&named.filed_id, &named.filed_number).map(|(subject, _)| subject)
        }
        Operation::CancelSubject => registry.subject(&form.cancellations.first()?.id, ""),
        Operation::CancelSite => registry.site(&form.cancellations.first()?.id, "").map(|(subject, _)| subject),
        Operation::CancelAccess => {
            let id = form.cancellations.first()?.id.trim().parse().ok()?;
            registry.access(id).map(|(subject, _, _)| subject)
        }
    }
}

/// The result codes of what stands in the way; none when nothing does.
pub(super) fn conflicts(
    (operation, form): (Operation, &Form),
    registry: &Registry,
    cases: &[Case],
    keep_last_access: bool,
) -> Vec<i64> {
    let mut codes = match operation {
        Operation::First => first(form, registry, cases),
        Operation::AddSite => added(form, registry, cases),
        Operation::AddAccess => accessed(form, registry),
        Operation::Change => changed(form, registry),
        Operation::CancelSubject => {
            form.cancellations.iter().filter_map(|one| cancelled_subject(&one.id, registry)).collect()
        }
        Operation::CancelSite => {
            form.cancellations.iter().filter_map(|one| cancelled_site(&one.id, registry)).collect()
        }
        Operation::CancelAccess => {
            let one = |id: &str| cancelled_access(id, registry, keep_last_access);
            form.cancellations.iter().filter_map(|entry| one(&entry.id)).collect()
        }
    };
    let subject = subject_of(operation, form, registry).map(|subject| subject.id);
    let busy = cases.iter().filter(|case| case.is_under_way() && case.subject.is_some() && case.subject == subject);
    codes.extend(busy.map(|case| already(operation, case.operation)));
    codes
}

/// The code for a case about a subject that has another one under way.
fn already(new: Operation, running: Operation) -> i64 {
    match (new, running) {
        (Operation::Change, Operation::Change) => 1017,
        (Operation::CancelSubject, Operation::CancelSubject) => 1027,
        (Operation::CancelSite, Operation::CancelSite) => 1030,
        (Operation::CancelAccess, Operation::CancelAccess) => 1032,
        (Operation::CancelSite, Operation::CancelSubject) => 1042,
        (Operation::CancelSubject, Operation::CancelSite) => 1043,
        (
            Operation::First
            | Operation::AddSite
            | Operation::AddAccess
            | Operation::Change
            | Operation::CancelAccess
            | Operation::CancelSubject
            | Operation::CancelSite,
            _,
        ) => 1052,
    }
}

fn first(form: &Form, registry: &Registry, cases: &[Case]) -> Vec<i64> {
    let mut codes = taken(form, registry, cases);
    let Some(subject) = &form.subject else { return codes };
    let certificate = &subject.certificate;
    let under_way = cases.iter().filter(|case| case.is_under_way()).filter_map(|case| case.form.subject.as_ref());
    let same = under_way.filter(|other| !other.certificate.number.is_empty() && other.certificate == *certificate);
    if registry.holder(&certificate.kind, &certificate.number).is_some() || same.count() > 0 {
        codes.push(1003);
    }
    codes
}

/// Domains that are filed (1005) or reported (1039).
fn taken(form: &Form, registry: &Registry, cases: &[Case]) -> Vec<i64> {
    let filed = form.domains().filter(|domain| registry.of_domain(domain).is_some()).map(|_| 1005);
    let running = cases.iter().filter(|case| {
        case.is_under_way()
            && matches!(case.operation, Operation::First | Operation::AddSite)
            && form.domains().any(|domain| case.form.domains().any(|taken| taken == domain))
    });
    filed.chain(running.map(|_| 1039)).collect()
}

fn added(form: &Form, registry: &Registry, cases: &[Case]) -> Vec<i64> {
    let mut codes = taken(form, registry, cases);
    let Some(named) = &form.subject else { return codes };
    match registry.subject(&named.filed_id, &named.filed_number) {
        Some(subject) => {
            let mut names = subject.sites.iter().map(|site| site.details.name.trim());
            if names.any(|filed| form.sites.iter().any(|site| site.name.trim() == filed)) {
                codes.push(1020);
            }
        }
        None => codes.push(missing_subject(&named.filed_id, registry)),
    }
    codes
}

fn missing_subject(id: &str, registry: &Registry) -> i64 {
    let gone = id.trim().parse().is_ok_and(|id: i64| registry.gone_subjects.contains(&id));
    if gone { 1049 } else { UNKNOWN }
}

fn missing_site(id: &str, registry: &Registry) -> i64 {
    let gone = id.trim().parse().is_ok_and(|id: i64| registry.gone_sites.contains(&id));
    if gone { 1050 } else { UNKNOWN }
}

fn accessed(form: &Form, registry: &Registry) -> Vec<i64> {
    let mut codes = Vec::new();
    let mut seen: Vec<i64> = Vec::new();
    for named in &form.sites {
        let Some((subject, site)) = registry.site(&named.filed_id, &named.filed_number) else {
            codes.push(missing_site(&named.filed_id, registry));
            continue;
        };
        if subject.password.as_deref().is_some_and(|password| password != form.password.trim()) {
            codes.push(1018);
        }
        if site.is_with(PROVIDER.id) {
            codes.push(1038);
        }
        if seen.contains(&site.id) {
            codes.push(1029);
        }
        seen.push(site.id);
    }
    codes
}

fn changed(form: &Form, registry: &Registry) -> Vec<i64> {
    let Some(new) = &form.subject else { return Vec::new() };
    let Some(filed) = registry.subject(&new.filed_id, "") else {
        return vec![missing_subject(&new.filed_id, registry)];
    };
    let mut codes = Vec::new();
    if filed.number != new.filed_number.trim() {
        codes.push(UNKNOWN);
    }
    if !filed.is_with(PROVIDER.id) {
        codes.push(1048);
    }
    if filed.details.address.province != new.address.province {
        codes.push(1046);
    }
    if filed.details.certificate.number != new.certificate.number {
        codes.push(1008);
    }
    codes.extend(form.sites.iter().flat_map(|site| changed_site(site, filed, registry)));
    codes
}

fn changed_site(new: &Site, subject: &FiledSubject, registry: &Registry) -> Vec<i64> {
    let Some(filed) = subject.sites.iter().find(|one| one.id.to_string() == new.filed_id.trim()) else {
        return vec![missing_site(&new.filed_id, registry)];
    };
    let other_domain = |domain: &String| registry.of_domain(domain).is_some_and(|(_, owner)| owner.id != filed.id);
    let own_access = |id: &str| is_own_access(id, filed);
    let mut codes = Vec::new();
    if filed.number != new.filed_number.trim() || !new.accesses.iter().all(|access| own_access(&access.filed_id)) {
        codes.push(UNKNOWN);
    }
    if new.domains.iter().map(|domain| domain.name.trim().to_ascii_lowercase()).any(|domain| other_domain(&domain)) {
        codes.push(1005);
    }
    codes
}

fn is_own_access(id: &str, site: &FiledSite) -> bool {
    site.accesses.iter().any(|one| one.provider == PROVIDER.id && one.id.to_string() == id.trim())
}

fn cancelled_subject(id: &str, registry: &Registry) -> Option<i64> {
    match registry.subject(id, "") {
        None => Some(missing_subject(id, registry)),
        // A subject without any site is nobody's.
        Some(subject) => (!subject.sites.is_empty() && !subject.is_with(PROVIDER.id)).then_some(1048),
    }
}

fn cancelled_site(id: &str, registry: &Registry) -> Option<i64> {
    match registry.site(id, "") {
        None => Some(missing_site(id, registry)),
        Some((_, site)) => (!site.is_with(PROVIDER.id)).then_some(1048),
    }
}

fn cancelled_access(id: &str, registry: &Registry, keep_last: bool) -> Option<i64> {
    match id.trim().parse().ok().and_then(|id| registry.access(id)) {
        None => Some(UNKNOWN),
        Some((_, _, access)) if access.provider != PROVIDER.id => Some(1047),
        Some((_, site, _)) => (keep_last && site.accesses.len() == 1).then_some(1025),
    }
}
