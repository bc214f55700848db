//! How a sentence becomes a case: a draft, a day, a verdict.

use domain::dossier::Draft;
use domain::example;
use domain::order::Way;
use domain::region::Province;
use domain::rules::kinds::OrderKind;
use domain::rules::{Case, Row, RulePack, Standing, advice, checklist, violations};
use serde_json::Value;

/// What our rules should say.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    /// This rule is broken.
    Breaks(&'static str),
    /// This rule is in force and kept.
    Keeps(&'static str),
    /// This material is asked for.
    Asks(&'static str),
    /// This material is not asked for.
    Spares(&'static str),
    /// This advice is given.
    Tells(&'static str),
    /// This advice is not given.
    Leaves(&'static str),
}

/// A draft and its case, changed step by step.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    sentence: &'static str,
    draft: Value,
    case: Case,
}

/// A sentence about units, in Liaoning unless it is moved.
pub(crate) fn unit(sentence: &'static str, on: &str) -> Said {
    said(sentence, on, &example::enterprise_in_liaoning())
}

/// A sentence about persons, in Guangdong unless it is moved.
pub(crate) fn person(sentence: &'static str, on: &str) -> Said {
    said(sentence, on, &example::person_in_guangdong())
}

fn said(sentence: &'static str, on: &str, draft: &Draft) -> Said {
    let case =
        Case { kind: OrderKind::First, way: Way::Curtain, as_of: on.parse().unwrap(), standing: Standing::default() };
    Said { sentence, draft: serde_json::to_value(draft).unwrap(), case }
}

impl Said {
    /// In another province.
    pub(crate) fn province(self, province: Province) -> Self {
        let code = province.code();
        let seat = province.seat();
        let moved = self.set("/province", code).set("/subject/region", seat);
        if moved.draft.pointer("/subject/certificate/region").is_some() {
            moved.set("/subject/certificate/region", seat)
        } else {
            moved
        }
    }

    /// For another kind of order.
    pub(crate) fn order(mut self, kind: OrderKind) -> Self {
        self.case.kind = kind;
        self
    }

    /// Verified by the face check.
    pub(crate) fn electronic(mut self) -> Self {
        self.case.way = Way::Electronic;
        self
    }

    /// With another value at a place.
    pub(crate) fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match self.draft.pointer_mut(parent).unwrap() {
            Value::Object(object) => drop(object.insert(name.to_owned(), value.into())),
            Value::Array(list) => list[name.parse::<usize>().unwrap()] = value.into(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => panic!("{pointer} is in a value"),
        }
        self
    }

    /// Without a place.
    pub(crate) fn without(mut self, pointer: &str) -> Self {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        self.draft.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(name);
        self
    }

    /// With what is known outside the draft.
    pub(crate) fn standing(mut self, standing: Standing) -> Self {
        self.case.standing = standing;
        self
    }

    /// What a registrar says of the domain.
    pub(crate) fn registration(self, name: &str, value: impl Into<Value>) -> Self {
        let mut row = serde_json::json!({ "domain": "example-liaoning.cn" });
        row[name] = value.into();
        self.set("/services/0/registrations", serde_json::json!([row]))
    }

    /// What our rules say.
    #[track_caller]
    pub(crate) fn expect(self, verdict: Verdict) {
        let draft: Draft = serde_json::from_value(self.draft).unwrap();
        let pack = RulePack::national();
        let broken: Vec<String> =
            violations(&draft, pack, self.case).into_iter().map(|violation| violation.rule.to_string()).collect();
        let asked = |kind: &str| checklist(&draft, pack, self.case).iter().any(|need| need.kind == kind);
        let told = |id: &str| advice(&draft, pack, self.case).iter().any(|advice| advice.id.as_str() == id);
        let held = |id: &str| pack.rule(id).is_some_and(|rule| rule.in_force(self.case.as_of));
        let has = |id: &str| broken.iter().any(|rule| rule == id);
        let right = match verdict {
            Verdict::Breaks(id) => has(id),
            Verdict::Keeps(id) => held(id) && !has(id),
            Verdict::Asks(kind) => pack.material(kind).is_some() && asked(kind),
            Verdict::Spares(kind) => pack.material(kind).is_some() && !asked(kind),
            Verdict::Tells(id) => told(id),
            Verdict::Leaves(id) => pack.advice().iter().any(|advice| advice.id.as_str() == id) && !told(id),
        };
        assert!(right, "{}: expected {verdict:?}; broken are {broken:?}", self.sentence);
    }
}
