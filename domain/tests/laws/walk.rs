//! Random walks: whatever is asked of an order in whatever sequence, the laws of the machine hold.

use domain::order::{Command, Delivery, Event, Eyes, Order, Refusal, Review, StateName, Way, decide, evolve, fold};
use domain::rules::kinds::OrderKind;
use proptest::prelude::*;

use crate::machine::{COMMANDS, command, facts, order, plan, plan_of, states};

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![Just(Way::Electronic), Just(Way::Curtain)]
}

fn eyes() -> impl Strategy<Value = Eyes> {
    prop_oneof![Just(Eyes::Two), Just(Eyes::Four)]
}

/// Steps of a walk: which command, which variant, how long the order lay untouched. Half of them follow the usual story, so
/// that walks reach the end.
fn steps() -> impl Strategy<Value = Vec<(usize, u8, i64)>> {
    let usual = prop::sample::select(vec![1_usize, 2, 8, 10, 11, 13, 14, 15, 18, 19]);
    let kind = prop_oneof![usual, 0..COMMANDS];
    prop::collection::vec((kind, any::<u8>(), 0_i64..90), 0..80)
}

/// Whether the order stands where its kind never stands.
fn foreign(order: &Order) -> bool {
    let steps = &order.plan.steps;
    match order.state.name() {
        StateName::AwaitingConsent => !steps.consent,
        StateName::Reviewing => steps.review == Review::Automatic,
        StateName::PhotoPending | StateName::PhotoReviewing => !steps.verification || order.plan.way != Way::Curtain,
        StateName::ToAuthority | StateName::AwaitingSms | StateName::AtAuthority => steps.delivery == Delivery::None,
        StateName::Draft | StateName::Returned | StateName::Filed | StateName::Expired | StateName::Abandoned => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn a_walk_keeps_the_laws(
        kind in prop::sample::select(OrderKind::ALL.to_vec()),
        way in way(),
        eyes in eyes(),
        steps in steps(),
    ) {
        let opened = Order::open(plan_of(kind, way, eyes));
        let mut order = opened.clone();
        let mut stored: Vec<Event> = Vec::new();
        let mut version = 0_usize;
        for (kind, detail, idle) in steps {
            let before = order.clone();
            let asked = command(kind, detail, &order);
            match decide(&order, &asked, &facts(idle)) {
                Ok(events) => {
                    let kept = matches!(asked, Command::Remind { .. } | Command::Purge);
                    prop_assert!(kept || !before.state.name().is_final(), "a finished order accepts nothing");
                    prop_assert!(!kept || order.state == before.state, "and what is kept of it changes no state");
                    prop_assert!(!events.is_empty());
                    version += events.len();
                    order = fold(order, &events);
                    stored.extend(events);
                }
                Err(refusal) => {
                    let finished = matches!(refusal, Refusal::Finished(_));
                    prop_assert_eq!(finished, before.state.name().is_final());
                }
            }
            prop_assert!(!foreign(&order), "{} has no step {}", kind, order.state.name());
            prop_assert!(order.round >= before.round, "rounds never go back");
            prop_assert_eq!(&order.plan, &before.plan, "what was settled at the opening stays");
        }
        prop_assert_eq!(version, stored.len());
        let text = serde_json::to_string(&stored).unwrap();
        let read: Vec<Event> = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&fold(opened, &read), &order, "stored events give the stored state");
        let row = serde_json::to_value(&order).unwrap();
        prop_assert_eq!(serde_json::from_value::<Order>(row).unwrap(), order);
    }

    #[test]
    fn any_state_answers_any_command(
        state in prop::sample::select(states()),
        way in way(),
        verified in any::<bool>(),
        kind in 0..COMMANDS,
        detail in any::<u8>(),
        idle in -3_i64..90,
    ) {
        let order = Order { verified, ..order(state, way) };
        let asked = command(kind, detail, &order);
        let first = decide(&order, &asked, &facts(idle));
        prop_assert_eq!(&first, &decide(&order, &asked, &facts(idle)), "the same question has the same answer");
        for event in first.unwrap_or_default() {
            prop_assert_eq!(evolve(order.clone(), &event).plan, order.plan.clone());
        }
        let json = serde_json::to_string(&order.state).unwrap();
        prop_assert_eq!(serde_json::from_str::<domain::order::State>(&json).unwrap(), order.state);
    }
}

#[test]
fn a_filing_walks_from_the_draft_to_its_number_in_both_ways() {
    for (way, story) in [
        (Way::Electronic, vec![1, 2, 6, 8, 13, 14, 15, 15, 18]),
        (Way::Curtain, vec![2, 9, 0, 2, 8, 10, 12, 10, 11, 13, 14, 15, 15, 18]),
    ] {
        let mut order = Order::open(plan(way, Eyes::Four));
        for (step, kind) in story.into_iter().enumerate() {
            // The receipt asks both principals; the two SMS are of one principal each.
            let second_sms =
                matches!(&order.state, domain::order::State::AwaitingSms { pending, .. } if pending.len() == 1);
            let asked = command(kind, u8::from(!second_sms), &order);
            let events = decide(&order, &asked, &facts(0)).unwrap_or_else(|why| panic!("{way:?} step {step}: {why}"));
            order = fold(order, &events);
        }
        assert_eq!(order.state.name().as_str(), "filed");
    }
}

#[test]
fn every_kind_walks_to_its_end_by_its_own_steps() {
    for kind in OrderKind::ALL {
        for way in [Way::Electronic, Way::Curtain] {
            let mut order = Order::open(plan_of(kind, way, Eyes::Two));
            let mut met = Vec::new();
            while order.state.name() != StateName::Filed {
                let next = match order.state.name() {
                    StateName::Draft if way == Way::Electronic && order.plan.steps.verification && !order.verified => 1,
                    StateName::Draft => 2,
                    StateName::AwaitingConsent => 19,
                    StateName::Reviewing => 8,
                    StateName::PhotoPending => 10,
                    StateName::PhotoReviewing => 11,
                    StateName::ToAuthority if met.last() == Some(&StateName::ToAuthority) => 14,
                    StateName::ToAuthority => 13,
                    StateName::AtAuthority => 18,
                    other @ (StateName::Returned
                    | StateName::AwaitingSms
                    | StateName::Filed
                    | StateName::Expired
                    | StateName::Abandoned) => panic!("{kind} strays to {other}"),
                };
                met.push(order.state.name());
                // An even detail: the receipt asks nobody for an SMS.
                let events =
                    decide(&order, &command(next, 0, &order), &facts(0)).unwrap_or_else(|why| panic!("{kind}: {why}"));
                order = fold(order, &events);
            }
            let steps = &order.plan.steps;
            assert_eq!(met.contains(&StateName::AwaitingConsent), steps.consent, "{kind}");
            assert_eq!(met.contains(&StateName::Reviewing), steps.review == Review::People, "{kind}");
            assert_eq!(met.contains(&StateName::PhotoPending), steps.verification && way == Way::Curtain, "{kind}");
            assert_eq!(met.contains(&StateName::AtAuthority), steps.delivery != Delivery::None, "{kind}");
        }
    }
}
