//! The evaluator: every rule of a pack that is in force, at every place it names.

use super::surroundings::Surroundings;
use super::{Case, Row, Rule, RuleKind, RulePack};
use crate::dossier::Draft;
use crate::violation::Violation;

/// Everything that is wrong with a draft, in the order of the pack; warnings and advice included.
#[must_use]
pub fn violations(draft: &Draft, pack: &RulePack, case: Case) -> Vec<Violation> {
    found(draft, pack, case).into_iter().map(|found| found.violation).collect()
}

/// What a province does not offer at all for such a draft: nothing that is written can mend it.
#[must_use]
pub fn not_offered(draft: &Draft, pack: &RulePack, case: Case) -> Vec<Violation> {
    let found = found(draft, pack, case).into_iter();
    found.filter(|found| found.rule.check == RuleKind::Never {}).map(|found| found.violation).collect()
}

/// A violation beside its rule.
pub(super) struct Found<'p> {
    pub rule: &'p Rule,
    pub violation: Violation,
}

/// Every violation beside its rule, in the order of the pack.
pub(super) fn found<'p>(draft: &Draft, pack: &'p RulePack, case: Case) -> Vec<Found<'p>> {
    let around = Surroundings::new(draft, case);
    let mut found = Vec::new();
    for rule in pack.rules_met(&around).filter(|rule| rule.in_force(case.as_of)) {
        broken(rule, &around, |violation| found.push(Found { rule, violation }));
    }
    found
}

/// Tells where one rule is broken.
pub(super) fn broken(rule: &Rule, around: &Surroundings<'_>, mut tell: impl FnMut(Violation)) {
    if !rule.when.fits_order(around) {
        return;
    }
    let mut before = Vec::new();
    for place in rule.at.places(around.draft).filter(|place| rule.when.fits_service(around, place.service)) {
        if rule.check.is_broken(&place, &mut before, around) {
            tell(rule.violation(place.pointer(), rule.check.hit(&place)));
        }
    }
}
