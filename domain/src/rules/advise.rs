//! Advice: what people should know at each step of this very filing. It judges nothing.

use super::surroundings::Surroundings;
use super::{Advice, Case, Row, RulePack};
use crate::dossier::Draft;

/// The advice for a draft, by step and in the order of the pack.
#[must_use]
pub fn advice<'a>(draft: &Draft, pack: &'a RulePack, case: Case) -> Vec<&'a Advice> {
    let around = Surroundings::new(draft, case);
    let fits = |advice: &&Advice| {
        advice.in_force(case.as_of) && advice.when.fits_order(&around) && says_something(advice, &around)
    };
    let mut found: Vec<_> = pack.advice_met(&around).filter(fits).collect();
    found.sort_by_key(|advice| advice.step);
    found
}

/// Whether some service (or the order as a whole) is what the advice is about, and its check finds the place broken.
fn says_something(advice: &Advice, around: &Surroundings<'_>) -> bool {
    let services = (0..around.draft.services.len()).map(Some).chain([None]);
    let about = services.into_iter().any(|service| advice.when.fits_service(around, service));
    let found = || {
        advice.at.zip(advice.check.as_ref()).is_none_or(|(at, check)| {
            at.places(around.draft).any(|place| check.is_broken(&place, &mut Vec::new(), around))
        })
    };
    about && found()
}
