//! The examples of a pack: every rule brings drafts that keep it and drafts that break it, made from a complete one.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::evaluate::broken;
use super::kinds::OrderKind;
use super::surroundings::Surroundings;
use super::when::{SubjectClass, When};
use super::{Case, Need, Rule, RulePack, Standing, checklist};
use crate::dossier::Draft;
use crate::example;
use crate::order::Way;
use crate::region::Province;
use crate::table::areas;
use crate::text::Pii;
use crate::violation::RuleId;

/// The complete draft that an example changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// [`example::enterprise_in_liaoning`].
    Enterprise,
    /// [`example::person_in_guangdong`].
    Person,
}

/// A draft that keeps or breaks a rule: a complete one with some places changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Example {
    /// Which complete draft; by default the one the rule applies to.
    pub base: Option<Base>,
    /// For which kind of order; by default the first that the rule applies to.
    pub order: Option<OrderKind>,
    /// In which way of verification; by default the one that the rule applies to.
    pub way: Option<Way>,
    /// On which day; by default the first on which the rule is in force.
    pub as_of: Option<NaiveDate>,
    /// What is known of account, subject and resource.
    pub standing: Standing,
    /// Places that get another value, by JSON pointer; `-` appends to a list.
    pub set: BTreeMap<String, Value>,
    /// Places that are removed.
    pub drop: Vec<String>,
}

/// An example that does not behave.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: the {expected} example {index} {problem}")]
pub struct ExampleFailure {
    /// Which rule.
    pub rule: RuleId,
    /// "passing" or "failing".
    pub expected: &'static str,
    /// Which of them, from 0.
    pub index: usize,
    /// What it does instead.
    pub problem: &'static str,
}

impl RulePack {
    /// Runs every example of the pack and answers those that do not behave; a good pack answers none.
    #[must_use]
    pub fn prove(&self) -> Vec<ExampleFailure> {
        let rules = self.rules().iter().flat_map(|rule| {
            let judge = |draft: &Draft, case| keeps(rule, draft, case);
            proofs(&rule.id, &rule.when, [&rule.pass, &rule.fail], rule.case(), judge)
        });
        let needs = self.needs().iter().flat_map(|need| {
            let judge = |draft: &Draft, case| !checklist(draft, self, case).iter().any(|found| found.rule == need.id);
            proofs(&need.id, &need.when, [&need.pass, &need.fail], need.case(), judge)
        });
        rules.chain(needs).collect()
    }
}

impl Rule {
    fn case(&self) -> Case {
        case(&self.when, self.from)
    }
}

impl Need {
    fn case(&self) -> Case {
        case(&self.when, self.from)
    }
}

fn case(when: &When, as_of: NaiveDate) -> Case {
    let kind = when.orders.first().copied().unwrap_or(OrderKind::First);
    Case { kind, way: when.way.unwrap_or(Way::Electronic), as_of, standing: Standing::default() }
}

fn keeps(rule: &Rule, draft: &Draft, case: Case) -> bool {
    let mut kept = true;
    broken(rule, &Surroundings::new(draft, case), |_| kept = false);
    kept
}

fn proofs(
    id: &RuleId,
    when: &When,
    examples: [&Vec<Example>; 2],
    case: Case,
    keeps: impl Fn(&Draft, Case) -> bool,
) -> Vec<ExampleFailure> {
    let [pass, fail] = examples;
    let labelled = pass.iter().enumerate().map(|(index, example)| ("passing", index, example));
    let labelled = labelled.chain(fail.iter().enumerate().map(|(index, example)| ("failing", index, example)));
    let mut failures = Vec::new();
    for (expected, index, example) in labelled {
        let case = Case {
            kind: example.order.unwrap_or(case.kind),
            way: example.way.unwrap_or(case.way),
            as_of: example.as_of.unwrap_or(case.as_of),
            standing: example.standing,
        };
        let problem = match example.draft(when) {
            None => "does not make a draft",
            Some(draft) if keeps(&draft, case) == (expected == "passing") => continue,
            Some(_) if expected == "passing" => "breaks it",
            Some(_) => "keeps it",
        };
        failures.push(ExampleFailure { rule: id.clone(), expected, index, problem });
    }
    failures
}

impl Example {
    /// The draft; none when a place does not exist or the result is none.
    fn draft(&self, when: &When) -> Option<Draft> {
        let usual = if when.subject == Some(SubjectClass::Person) { Base::Person } else { Base::Enterprise };
        let mut draft = match self.base.unwrap_or(usual) {
            Base::Enterprise => example::enterprise_in_liaoning(),
            Base::Person => example::person_in_guangdong(),
        };
        if let Some(province) = when.provinces.first().filter(|province| draft.province != Some(**province)) {
            move_to(&mut draft, *province);
        }
        if let Some(nature) = when.natures.first().filter(|nature| draft.nature != Some(nature.code())) {
            draft.nature = Some(nature.code());
        }
        if let Some(post) = when.post {
            draft.subject.principal.post = Some(post);
        }
        let mut doc = serde_json::to_value(&draft).ok()?;
        for (pointer, value) in &self.set {
            set(&mut doc, pointer, value.clone())?;
        }
        for pointer in &self.drop {
            remove(&mut doc, pointer)?;
        }
        serde_json::from_value(doc).ok()
    }
}

/// Takes an example to another province: addresses, divisions and office numbers. Identity numbers stay; they tell only
/// where somebody was first registered.
fn move_to(draft: &mut Draft, province: Province) {
    draft.province = Some(province);
    let seat = || Some(province.seat().to_owned());
    let address = || Some(Pii::new(format!("{}示例市示例路1号101室", province.zh())));
    draft.subject.region = seat();
    draft.subject.address = address();
    let area = areas().of(province.seat()).and_then(|areas| areas.first().map(|area| (*area).to_owned()));
    let services = draft.services.iter_mut().map(|service| &mut service.principal);
    let own = services.map(|own| (&mut own.certificate, &mut own.landline));
    let subject = &mut draft.subject;
    let certificates = own.chain([(&mut subject.principal.certificate, &mut subject.principal.landline)]);
    for (certificate, landline) in certificates {
        certificate.address = certificate.number.as_ref().and_then(|_| address());
        if let (Some(landline), Some(area)) = (landline.as_mut(), area.as_ref()) {
            *landline = Pii::new(format!("086-{area}-00001001"));
        }
    }
    subject.certificate.address = address();
    subject.certificate.region = subject.certificate.region.as_ref().and_then(|_| seat());
}

fn set(doc: &mut Value, pointer: &str, value: Value) -> Option<()> {
    let (parent, name) = pointer.rsplit_once('/')?;
    match doc.pointer_mut(parent)? {
        Value::Object(object) => {
            object.insert(name.to_owned(), value);
        }
        Value::Array(list) if name == "-" => list.push(value),
        Value::Array(list) => *list.get_mut(name.parse::<usize>().ok()?)? = value,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return None,
    }
    Some(())
}

fn remove(doc: &mut Value, pointer: &str) -> Option<()> {
    let (parent, name) = pointer.rsplit_once('/')?;
    match doc.pointer_mut(parent)? {
        Value::Object(object) => object.remove(name).map(|_| ()),
        Value::Array(list) => {
            let index = name.parse::<usize>().ok().filter(|index| *index < list.len())?;
            list.remove(index);
            Some(())
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_of_the_national_rules_behaves() {
        let failures: Vec<String> = RulePack::national().prove().iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn an_example_that_does_not_behave_is_told() {
        let wrong = r#"
            revision = "2026-03-01"
            [[source]]
            tag = "T"
            place = "a test"
            what = "a test"
            date = "2026"
            known = "2026-01-01"
            [[rule]]
            id = "test.remark"
            at = "/subject/remark"
            check = { kind = "present" }
            severity = "informs"
            from = "2026-01-01"
            source = ["T"]
            confidence = "low"
            zh = "请填写备注"
            en = "The remark is missing"
            pass = [{}]
            fail = [{ set = { "/subject/remark" = "有" } }, { set = { "/nowhere/remark" = "有" } }]
        "#;
        let pack = RulePack::parse(&[("test.toml", wrong)]).unwrap();
        let told: Vec<_> =
            pack.prove().into_iter().map(|failure| (failure.expected, failure.index, failure.problem)).collect();
        let expected =
            [("passing", 0, "breaks it"), ("failing", 0, "keeps it"), ("failing", 1, "does not make a draft")];
        assert_eq!(told, expected);
    }
}
