//! How many services there is room for: in one order, for a subject at all, on one resource. It reads the limits that the
//! rules put on them, and judges nothing else.

use super::check::Counted;
use super::surroundings::Surroundings;
use super::{Case, Row, Rule, RuleKind, RulePack};
use crate::dossier::Draft;
use crate::violation::Violation;

/// The list that the limits are put on.
const SERVICES: &str = "/services";

/// Room for services, as the rules that block leave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Room {
    /// How many an order may hold; none where no rule says.
    pub of_order: Option<usize>,
    /// How many more the subject may have, and what the rule says of the next one; none where no rule says.
    pub of_subject: Option<(usize, Violation)>,
}

/// The room that a subject has for services of such an order. What the draft lists already does not count: it is what is to be
/// put into the room.
#[must_use]
pub fn room(draft: &Draft, pack: &RulePack, case: Case) -> Room {
    let around = Surroundings::new(draft, case);
    let filed = usize::from(draft.subject.filed_services.unwrap_or(0));
    let mut room = Room::default();
    for rule in pack.rules_met(&around).filter(|rule| rule.in_force(case.as_of) && limits(rule, &around)) {
        if let RuleKind::Count { max, .. } = rule.check {
            room.of_order = Some(room.of_order.map_or(max, |least| least.min(max)));
        }
        if let RuleKind::Total { max } = rule.check {
            let left = max.saturating_sub(filed);
            if room.of_subject.as_ref().is_none_or(|(least, _)| left < *least) {
                room.of_subject = Some((left, rule.violation(SERVICES.to_owned(), None)));
            }
        }
    }
    room
}

/// How many services one cloud resource carries; none where no rule that blocks says.
#[must_use]
pub fn services_on_resource(pack: &RulePack, case: Case) -> Option<u16> {
    let nothing = Draft::default();
    let around = Surroundings::new(&nothing, case);
    let mut most: Option<u16> = None;
    for rule in pack.rules_met(&around).filter(|rule| rule.in_force(case.as_of) && blocks_at(rule, "", &around)) {
        if let RuleKind::Limit { of: Counted::ServicesOnResource, max } = rule.check {
            most = Some(most.map_or(max, |least| least.min(max)));
        }
    }
    most
}

fn limits(rule: &Rule, around: &Surroundings<'_>) -> bool {
    blocks_at(rule, SERVICES, around)
}

fn blocks_at(rule: &Rule, at: &str, around: &Surroundings<'_>) -> bool {
    rule.severity == crate::violation::Severity::Blocks
        && rule.at.as_str() == at
        && rule.when.fits_order(around)
        && rule.when.fits_service(around, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;
    use crate::region::Province;
    use crate::rules::{kinds::OrderKind, violations};

    fn in_province(province: Province, nature: u16, kind: OrderKind) -> (Draft, Case) {
        let draft = Draft { province: Some(province), nature: Some(nature), ..Draft::default() };
        (draft, Case { kind, ..example::case() })
    }

    fn of_order(province: Province, nature: u16, kind: OrderKind) -> Option<usize> {
        let (draft, case) = in_province(province, nature, kind);
        room(&draft, RulePack::national(), case).of_order
    }

    #[test]
    fn provinces_narrow_what_the_country_allows() {
        use OrderKind::{AddHere, ChangeService, First};
        use Province::{Guizhou, Hunan, Liaoning, Shanxi};
        assert_eq!(of_order(Liaoning, 4, First), Some(10));
        assert_eq!(of_order(Hunan, 4, AddHere), Some(1));
        assert_eq!(of_order(Shanxi, 4, First), Some(3));
        assert_eq!(of_order(Guizhou, 4, First), Some(10), "a warning is no limit");
        assert_eq!(of_order(Liaoning, 5, First), Some(1));
        assert_eq!(of_order(Hunan, 4, ChangeService), None);
    }

    #[test]
    fn a_resource_carries_what_the_rules_say() {
        assert_eq!(services_on_resource(RulePack::national(), example::case()), Some(5));
    }

    #[test]
    fn a_person_has_room_for_what_is_not_filed_yet() {
        let (mut draft, case) = in_province(Province::Guangdong, 5, OrderKind::AddHere);
        for (filed, left) in [(None, 5), (Some(3), 2), (Some(9), 0)] {
            draft.subject.filed_services = filed;
            let (found, violation) = room(&draft, RulePack::national(), case).of_subject.unwrap();
            assert_eq!((found, violation.rule.as_str()), (left, "national.limit.person_total"));
        }
    }

    /// What fits into the room breaks no limit, and one more does, in every province and for every nature and kind.
    #[test]
    fn the_room_is_where_the_rules_begin_to_object() {
        let pack = RulePack::national();
        for province in Province::ALL {
            for nature in [4, 5] {
                for kind in [OrderKind::First, OrderKind::AddHere, OrderKind::AddElsewhere, OrderKind::Access] {
                    let (mut draft, case) = in_province(province, nature, kind);
                    let room = room(&draft, pack, case);
                    let left = room.of_subject.as_ref().map(|(left, _)| *left);
                    let Some(most) = room.of_order.into_iter().chain(left).min() else { continue };
                    for (count, fits) in [(most, true), (most + 1, false)] {
                        draft.services = vec![Default::default(); count];
                        let found = violations(&draft, pack, case);
                        let none = !found.iter().any(|found| found.blocks() && found.pointer == SERVICES);
                        assert_eq!(none, fits, "{province:?} {nature} {kind}: {count}");
                    }
                }
            }
        }
    }
}
