//! The checker's whole answer about a draft: what is wrong, what to bring, who verifies, how long it takes, what to know.

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::evaluate::{Found, found};
use super::row::{Administration, Reading, Row, Source, Step};
use super::{Advice, Case, MaterialNeed, RulePack, advice, checklist};
use crate::calendar::add_working_days;
use crate::certificate::Confidence;
use crate::dossier::{Draft, PrincipalDraft};
use crate::order::{PrincipalRole, Principals};
use crate::text::folded;
use crate::violation::{RuleId, Severity, Violation};

/// How many days a registrar's real-name verification takes to reach the authority: three here, and as many elsewhere
/// (facts: `domain_realname_wait_days`).
const REALNAME_DAYS: u64 = 3;

/// Everything the checker says about a draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// The day it was judged for.
    pub as_of: NaiveDate,
    /// The pack it was judged by.
    pub revision: String,
    /// Whether nothing blocks it.
    pub submittable: bool,
    /// Everything that is wrong, each with the rule's source.
    pub violations: Vec<Explained>,
    /// The materials of this very draft.
    pub materials: Vec<MaterialNeed>,
    /// Who verifies by SMS.
    pub sms: Vec<SmsDuty>,
    /// How long the authority usually takes, and until when; none without a province.
    pub review: Option<Expected>,
    /// The first day on which it can be submitted, for the domains' real names.
    pub earliest_submission: NaiveDate,
    /// What to know, step by step.
    pub advice: Vec<Told>,
}

/// A violation with where its rule is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// What is wrong.
    #[serde(flatten)]
    pub violation: Violation,
    /// Where the rule is from; none where no row of a pack says so, but the form of a value does.
    #[serde(flatten)]
    pub basis: Option<Basis>,
}

/// Why a rule holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// Since when it holds.
    pub since: NaiveDate,
    /// Its sources.
    pub source: Vec<Cited>,
    /// How sure we are.
    pub confidence: Confidence,
    /// Other readings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt: Vec<Reading>,
}

/// A source as it is cited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cited {
    /// Its tag.
    pub tag: String,
    /// What it is.
    pub what: String,
    /// Its date, in words.
    pub date: String,
}

/// A principal who verifies by SMS.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SmsDuty {
    /// Which.
    pub principal: PrincipalRole,
    /// The last four digits of the number that gets the code; none while it is missing.
    pub number_ends: Option<String>,
    /// JSON pointer to the number.
    pub pointer: String,
    /// How long the code holds, in hours.
    pub hours: i64,
}

/// How long the authority takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Expected {
    /// Fewest working days, an estimate.
    pub fewest: u32,
    /// Most working days, an estimate.
    pub most: u32,
    /// The day by which it should be decided, if it went there today.
    pub by: NaiveDate,
    /// Where people verify and look numbers up.
    pub host: String,
}

/// A piece of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Told {
    /// Its name.
    pub rule: RuleId,
    /// At which step.
    pub step: Step,
    /// What to know, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
    /// Its sources.
    pub source: Vec<Cited>,
}

/// Checks a draft by every rule in force.
#[must_use]
pub fn report(draft: &Draft, pack: &RulePack, case: Case) -> Report {
    let cites = Cites::of(pack);
    let found = found(draft, pack, case);
    let submittable = !found.iter().any(|found| found.violation.blocks());
    Report {
        as_of: case.as_of,
        revision: pack.revision().to_owned(),
        submittable,
        violations: found.into_iter().map(|found| explained(found, &cites)).collect(),
        materials: checklist(draft, pack, case),
        sms: sms(draft, pack, case),
        review: draft.province.and_then(|province| pack.administration(province)).map(|row| expected(row, case)),
        earliest_submission: earliest(draft, case),
        advice: advice(draft, pack, case).into_iter().map(|row| told(row, &cites)).collect(),
    }
}

struct Cites<'a>(BTreeMap<&'a str, &'a Source>);

impl<'a> Cites<'a> {
    fn of(pack: &'a RulePack) -> Self {
        Self(pack.sources().iter().map(|source| (source.tag.as_str(), source)).collect())
    }

    fn cite(&self, tags: &[String]) -> Vec<Cited> {
        let found = tags.iter().filter_map(|tag| self.0.get(tag.as_str()));
        found
            .map(|source| Cited { tag: source.tag.clone(), what: source.what.clone(), date: source.date.clone() })
            .collect()
    }
}

/// Violations that were found before, missing materials among them, each with where its rule is from.
#[must_use]
pub fn explain(violations: Vec<Violation>, pack: &RulePack) -> Vec<Explained> {
    let cites = Cites::of(pack);
    let row = |id: &RuleId| pack.rows().find(|row| row.id() == id);
    let explained =
        |violation: Violation| Explained { basis: row(&violation.rule).map(|row| basis(row, &cites)), violation };
    violations.into_iter().map(explained).collect()
}

fn explained(Found { violation, rule }: Found<'_>, cites: &Cites<'_>) -> Explained {
    Explained { violation, basis: Some(basis(rule, cites)) }
}

fn basis(row: &dyn Row, cites: &Cites<'_>) -> Basis {
    let ((since, _), confidence) = (row.term(), row.confidence());
    Basis { since, source: cites.cite(row.source()), confidence, alt: row.alt().to_vec() }
}

fn told(row: &Advice, cites: &Cites<'_>) -> Told {
    Told {
        rule: row.id.clone(),
        step: row.step,
        zh: row.zh.clone(),
        en: row.en.clone(),
        source: cites.cite(&row.source),
    }
}

fn expected(row: &Administration, case: Case) -> Expected {
    let (fewest, most) = row.review_days;
    Expected { fewest, most, by: add_working_days(case.as_of, most), host: row.host.clone() }
}

/// Who verifies, and by which number. What a change touches is not known before it is compared with the record, so every
/// part counts as changed.
fn sms(draft: &Draft, pack: &RulePack, case: Case) -> Vec<SmsDuty> {
    let Some(held) = draft.province.and_then(|province| pack.sms_validity(province, case.as_of)) else {
        return Vec::new();
    };
    let own = draft.services.iter().position(|service| !service.principal.same_as_subject);
    let number =
        |person: &PrincipalDraft| person.certificate.number.as_ref().map(|number| folded(number.reveal()).into_owned());
    let subject = &draft.subject.principal;
    let own = own.and_then(|index| draft.services.get(index).map(|service| (index, service.principal.person())));
    let own = own.filter(|(_, person)| number(person).is_none_or(|mine| Some(mine) != number(subject)));
    let mut people = Principals::from([PrincipalRole::Subject]);
    people.extend(own.as_ref().map(|_| PrincipalRole::Service));
    let changed = Principals::from([PrincipalRole::Subject, PrincipalRole::Service]);
    let duty = |role: PrincipalRole| {
        let (pointer, person) = match (role, &own) {
            (PrincipalRole::Service, Some((index, person))) => (format!("/services/{index}/principal/mobile"), person),
            (PrincipalRole::Service, None) | (PrincipalRole::Subject, _) => {
                ("/subject/principal/mobile".to_owned(), subject)
            }
        };
        SmsDuty { principal: role, number_ends: ending(person), pointer, hours: held.num_hours() }
    };
    pack.sms_principals(case.kind, &people, &changed).into_iter().map(duty).collect()
}

fn ending(person: &PrincipalDraft) -> Option<String> {
    let number = folded(person.mobile.as_ref()?.reveal());
    let from = number.char_indices().rev().nth(3).map(|(at, _)| at)?;
    number.get(from..).map(str::to_owned)
}

/// Three days after the newest real-name verification of a domain, and not before the day itself.
fn earliest(draft: &Draft, case: Case) -> NaiveDate {
    let registrations = draft.services.iter().flat_map(|service| &service.registrations);
    let ready = registrations.filter_map(|row| row.verified_on?.checked_add_days(Days::new(REALNAME_DAYS)));
    ready.max().map_or(case.as_of, |day| day.max(case.as_of))
}

/// What is wrong with a name, and names that are not, as far as rules tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameReport {
    /// What is wrong with it.
    pub violations: Vec<Explained>,
    /// Names without what was hit.
    pub alternatives: Vec<String>,
}

/// Judges the name of the draft's first service alone, and proposes others that break no rule.
#[must_use]
pub fn check_name(draft: &Draft, pack: &RulePack, case: Case) -> NameReport {
    let cites = Cites::of(pack);
    let violations = about_the_name(draft, pack, case);
    let good = |name: &String| {
        let mut other = draft.clone();
        other.services.iter_mut().take(1).for_each(|service| service.name = Some(name.clone()));
        about_the_name(&other, pack, case).iter().all(|found| found.violation.severity == Severity::Informs)
    };
    let alternatives = match violations.is_empty() {
        true => Vec::new(),
        false => proposals(draft, &violations).into_iter().filter(good).take(5).collect(),
    };
    NameReport { violations: violations.into_iter().map(|found| explained(found, &cites)).collect(), alternatives }
}

fn about_the_name<'p>(draft: &Draft, pack: &'p RulePack, case: Case) -> Vec<Found<'p>> {
    let found = found(draft, pack, case);
    found.into_iter().filter(|found| found.violation.pointer == "/services/0/name").collect()
}

/// Names near the one that was asked for: without the words that were hit, and made of the subject's short name.
fn proposals(draft: &Draft, violations: &[Found<'_>]) -> Vec<String> {
    let asked = draft.services.first().and_then(|service| service.name.clone()).unwrap_or_default();
    let bare = violations.iter().filter_map(|found| found.violation.hit.as_ref());
    let bare = bare.fold(asked, |name, word| name.replace(word.as_str(), ""));
    let subject = draft.subject.name.as_ref().map(|name| name.reveal().clone()).unwrap_or_default();
    let person = draft.nature == Some(5);
    let ends: &[&str] = if person {
        &["的读书笔记", "的日记", "的学习笔记", "的个人博客", "的个人主页"]
    } else {
        &["", "官方", "产品展示", "企业展示"]
    };
    let short = ["有限责任公司", "股份有限公司", "有限公司", "公司"].iter().find_map(|form| subject.strip_suffix(form));
    let stems = [bare.trim().to_owned(), short.unwrap_or(&subject).to_owned()];
    let mut names: Vec<String> = Vec::new();
    for stem in stems.iter().filter(|stem| !stem.is_empty()) {
        names.extend(
            ends.iter().map(|end| format!("{stem}{end}")).filter(|name| !names.contains(name)).collect::<Vec<_>>(),
        );
    }
    names
}
