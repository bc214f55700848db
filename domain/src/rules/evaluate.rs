//! The evaluator: every rule of a pack that is in force, at every place it names.

use super::place::Place;
use super::surroundings::Surroundings;
use super::{Case, Rule, RulePack, Standing};
use crate::dossier::Draft;
use crate::violation::Violation;

/// Everything that is wrong with a draft, in the order of the pack; warnings and advice included.
#[must_use]
pub fn violations(draft: &Draft, pack: &RulePack, case: Case) -> Vec<Violation> {
    violations_of(draft, pack, case, Standing::default())
}

/// The same, with what is known of account, subject and resource.
#[must_use]
pub fn violations_of(draft: &Draft, pack: &RulePack, case: Case, standing: Standing) -> Vec<Violation> {
    let around = Surroundings::new(draft, case, standing);
    let mut found = Vec::new();
    for rule in pack.rules_of(draft.province).filter(|rule| rule.in_force(case.as_of)) {
        broken(rule, &around, &mut found);
    }
    found
}

/// Adds where one rule is broken.
pub(super) fn broken(rule: &Rule, around: &Surroundings<'_>, found: &mut Vec<Violation>) {
    if !rule.when.fits_order(around) {
        return;
    }
    let mut before: Vec<Place<'_>> = Vec::new();
    for place in rule.at.places(around.draft).filter(|place| rule.when.fits_service(around, place.service)) {
        if rule.check.is_broken(&place, &before, around) {
            found.push(rule.violation(place.pointer(), rule.check.hit(&place)));
        }
        if rule.check.compares_places() {
            before.push(place);
        }
    }
}
