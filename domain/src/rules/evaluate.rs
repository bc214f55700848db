//! The evaluator: every rule of a pack that is in force, at every place it names.

use serde_json::Value;

use super::check::Surroundings;
use super::place::Place;
use super::{Case, Rule, RulePack};
use crate::dossier::Draft;
use crate::violation::Violation;

/// Everything that is wrong with a draft, in the order of the pack; warnings and advice included.
#[must_use]
pub fn violations(draft: &Draft, pack: &RulePack, case: Case) -> Vec<Violation> {
    let doc = document(draft);
    let around = Surroundings { draft, doc: &doc, case };
    pack.rules().iter().filter(|rule| rule.in_force(case.as_of)).flat_map(|rule| broken(rule, &around)).collect()
}

/// The draft as rules see it. A draft is made of texts, numbers and lists, so that it always has a JSON form.
pub(super) fn document(draft: &Draft) -> Value {
    serde_json::to_value(draft).unwrap_or(Value::Null)
}

/// Where one rule is broken.
pub(super) fn broken(rule: &Rule, around: &Surroundings<'_>) -> Vec<Violation> {
    let places = rule.at.places(around.doc);
    let applies = |place: &&Place<'_>| rule.when.applies(around.draft, around.case, place.service);
    let mut found = Vec::new();
    let mut before: Vec<&Place<'_>> = Vec::new();
    for place in places.iter().filter(applies) {
        if rule.check.is_broken(place, &before, around) {
            found.push(rule.violation(place.pointer.clone()));
        }
        before.push(place);
    }
    found
}
