//! Copying between the services of one draft: what is the same for all sites of one principal need not be written again. What
//! belongs to one service alone (name, domains, home page, platforms, code) is never copied.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Draft, PrincipalDraft, ServiceDraft, ServicePrincipalDraft};
use crate::violation::Violation;

/// A part of a service that may be copied to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Copied {
    /// Who answers for it.
    Principal,
    /// What it is about, by code.
    Contents,
    /// In which languages.
    Languages,
    /// Which pre-approvals it has.
    Preapprovals,
    /// The remark.
    Remark,
    /// The cloud resource; a code carries one service only.
    Resource,
}

/// Copies these parts of a service to others, all or none. Every objection points into the question (`/from`, `/to/0`).
///
/// The same person must answer for both: what a site says binds its principal, and another one would not have said it. A
/// service that names nobody yet takes the person over with the rest.
pub fn copy(
    draft: &Draft,
    (from, to): (usize, &[usize]),
    parts: &BTreeSet<Copied>,
) -> Result<Vec<ServiceDraft>, Vec<Violation>> {
    let Some(source) = draft.services.get(from) else { return Err(vec![no_service("/from".to_owned())]) };
    let Some(person) = person(draft, &source.principal) else { return Err(vec![nobody()]) };
    let mut objections = Vec::new();
    let mut services = draft.services.clone();
    for (place, index) in to.iter().enumerate() {
        let pointer = format!("/to/{place}");
        match services.get_mut(*index) {
            None => objections.push(no_service(pointer)),
            Some(_) if *index == from => objections.push(itself(pointer)),
            Some(target) if fits(draft, &target.principal, person, parts) => fill(target, source, parts),
            Some(_) => objections.push(another(pointer)),
        }
    }
    if objections.is_empty() { Ok(services) } else { Err(objections) }
}

/// Who answers for a service: name and number; none while it names nobody.
fn person<'a>(draft: &'a Draft, written: &'a ServicePrincipalDraft) -> Option<(&'a str, &'a str)> {
    let PrincipalDraft { name, certificate, .. } = &draft.subject.principal;
    let (name, number) = if written.same_as_subject {
        (name, &certificate.number)
    } else {
        (&written.name, &written.certificate.number)
    };
    let (name, number) = (name.as_ref()?.reveal().trim(), number.as_ref()?.reveal().trim());
    (!name.is_empty() && !number.is_empty()).then_some((name, number))
}

fn fits(draft: &Draft, target: &ServicePrincipalDraft, source: (&str, &str), parts: &BTreeSet<Copied>) -> bool {
    match person(draft, target) {
        Some((name, number)) => name == source.0 && number.eq_ignore_ascii_case(source.1),
        None => parts.contains(&Copied::Principal) && *target == ServicePrincipalDraft::default(),
    }
}

fn fill(target: &mut ServiceDraft, source: &ServiceDraft, parts: &BTreeSet<Copied>) {
    for part in parts {
        match part {
            Copied::Principal => target.principal = source.principal.clone(),
            Copied::Contents => target.contents.clone_from(&source.contents),
            Copied::Languages => target.languages.clone_from(&source.languages),
            Copied::Preapprovals => target.preapprovals.clone_from(&source.preapprovals),
            Copied::Remark => target.remark.clone_from(&source.remark),
            Copied::Resource => target.access.resource.clone_from(&source.access.resource),
        }
    }
}

fn no_service(pointer: String) -> Violation {
    Violation::blocking(pointer, "copy.service", "订单中没有这个服务", "The order has no such service")
}

fn itself(pointer: String) -> Violation {
    Violation::blocking(pointer, "copy.itself", "不能复制到该服务自己", "A service is not copied to itself")
}

fn nobody() -> Violation {
    Violation {
        fix_zh: Some("请先填写该服务的负责人姓名和证件号码。".to_owned()),
        fix_en: Some("Enter the name and the certificate number of its principal first.".to_owned()),
        ..Violation::blocking(
            "/from",
            "copy.nobody",
            "该服务还没有填写负责人",
            "The service does not name its principal yet",
        )
    }
}

fn another(pointer: String) -> Violation {
    Violation {
        fix_zh: Some("只能在负责人相同的服务之间复制，请逐项填写该服务。".to_owned()),
        fix_en: Some("Only services of the same principal are copied. Fill this one in by hand.".to_owned()),
        ..Violation::blocking(
            pointer,
            "copy.principal",
            "两个服务的负责人不同",
            "Another person answers for this service",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    const ALL: [Copied; 6] = [
        Copied::Principal,
        Copied::Contents,
        Copied::Languages,
        Copied::Preapprovals,
        Copied::Remark,
        Copied::Resource,
    ];

    /// The example's website twice more: one of another person, one of nobody yet.
    fn draft() -> Draft {
        let mut draft = example::enterprise_in_liaoning();
        let first = draft.services.remove(0);
        let mut other = first.principal.clone();
        other.same_as_subject = false;
        other.name = Some("周样本".to_owned().into());
        other.certificate.number = Some("210202190909090099".to_owned().into());
        let blank = ServiceDraft { kind: first.kind, name: Some("第三个".to_owned()), ..ServiceDraft::default() };
        draft.services =
            vec![first.clone(), ServiceDraft { principal: other, name: Some("第二个".to_owned()), ..first }, blank];
        draft
    }

    fn rules(found: &[Violation]) -> Vec<(&str, &str)> {
        found.iter().map(|one| (one.pointer.as_str(), one.rule.as_str())).collect()
    }

    #[test]
    fn a_blank_service_takes_everything_but_what_is_its_own() {
        let draft = draft();
        let copied = copy(&draft, (0, &[2]), &ALL.into()).unwrap();
        let (source, target) = (&copied[0], &copied[2]);
        assert_eq!(target.principal, source.principal);
        assert_eq!((&target.contents, &target.languages), (&source.contents, &source.languages));
        assert_eq!(target.access.resource, source.access.resource);
        assert_eq!((target.name.as_deref(), target.domains.len()), (Some("第三个"), 0));
        assert_eq!(copied[..2], draft.services[..2], "nobody else is touched");
        // The second time it is the same person's.
        let again = Draft { services: copied.clone(), ..draft };
        assert_eq!(copy(&again, (2, &[0]), &[Copied::Remark].into()).unwrap()[2], copied[2]);
    }

    #[test]
    fn another_persons_service_is_left_alone_and_so_are_the_rest() {
        let found = copy(&draft(), (0, &[2, 1, 7, 0]), &ALL.into()).unwrap_err();
        let expected = [("/to/1", "copy.principal"), ("/to/2", "copy.service"), ("/to/3", "copy.itself")];
        assert_eq!(rules(&found), expected);
        let blank = copy(&draft(), (0, &[2]), &[Copied::Contents].into()).unwrap_err();
        assert_eq!(rules(&blank), [("/to/0", "copy.principal")], "nobody would answer for what is copied");
        assert_eq!(rules(&copy(&draft(), (2, &[0]), &ALL.into()).unwrap_err()), [("/from", "copy.nobody")]);
        assert_eq!(rules(&copy(&draft(), (9, &[0]), &ALL.into()).unwrap_err()), [("/from", "copy.service")]);
    }

    #[test]
    fn who_is_named_by_hand_may_be_the_subjects_principal() {
        let mut draft = draft();
        draft.services[0].principal = ServicePrincipalDraft { same_as_subject: true, ..Default::default() };
        let person = draft.subject.principal.clone();
        let own = &mut draft.services[1].principal;
        own.name = person.name;
        own.certificate = person.certificate;
        assert!(copy(&draft, (0, &[1]), &[Copied::Remark].into()).is_ok());
    }
}
