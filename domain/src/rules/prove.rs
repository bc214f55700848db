//! The examples of a pack: every rule brings drafts that keep it and drafts that break it, made from a complete one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::Surroundings;
use super::evaluate::{broken, document};
use super::kinds::OrderKind;
use super::when::{SubjectClass, When};
use super::{Case, Need, Rule, RulePack, checklist};
use crate::dossier::Draft;
use crate::example;
use crate::order::Way;
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

fn case(when: &When, as_of: chrono::NaiveDate) -> Case {
    let kind = when.orders.first().copied().unwrap_or(OrderKind::First);
    Case { kind, way: when.way.unwrap_or(Way::Electronic), as_of }
}

fn keeps(rule: &Rule, draft: &Draft, case: Case) -> bool {
    let doc = document(draft);
    broken(rule, &Surroundings { draft, doc: &doc, case }).is_empty()
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
        let case = Case { kind: example.order.unwrap_or(case.kind), ..case };
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
        if let Some(province) = when.provinces.first() {
            draft.province = Some(*province);
        }
        let mut doc = document(&draft);
        for (pointer, value) in &self.set {
            set(&mut doc, pointer, value.clone())?;
        }
        for pointer in &self.drop {
            remove(&mut doc, pointer)?;
        }
        serde_json::from_value(doc).ok()
    }
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
            [[rule]]
            id = "test.remark"
            at = "/subject/remark"
            check = { kind = "present" }
            severity = "informs"
            from = "2026-01-01"
            source = "test"
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
