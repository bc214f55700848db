//! Drafts changed at random: the checker answers the same every time, never panics, and names places that exist.

use domain::dossier::{Attached, Case, Draft, checklist, complete};
use domain::example;
use domain::order::Way;
use domain::rules::RulePack;
use domain::rules::kinds::OrderKind;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Every place of a document where a value stands.
fn places(value: &Value, at: &str) -> Vec<String> {
    let inner: Vec<String> = match value {
        Value::Object(object) => {
            object.iter().flat_map(|(name, value)| places(value, &format!("{at}/{name}"))).collect()
        }
        Value::Array(list) => {
            list.iter().enumerate().flat_map(|(index, value)| places(value, &format!("{at}/{index}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    [vec![at.to_owned()], inner].concat()
}

fn values() -> Vec<Value> {
    vec![
        json!(""),
        json!("  "),
        json!("x"),
        json!("示例"),
        json!("阿\u{7}"),
        json!("长".repeat(2000)),
        json!(" 203.0.113.9 "),
        json!("91110000600037341L"),
        json!("360426199101010071"),
        json!("13800001001"),
        json!("086-024-00001001"),
        json!("lin@example.com"),
        json!("example.cn"),
        json!("示例.中国"),
        json!("440305"),
        json!("210000"),
        json!(0),
        json!(2),
        json!(4),
        json!(7),
        json!(24),
        json!(65535),
        json!(true),
        json!(false),
        json!([]),
        json!(["example.cn", "EXAMPLE.CN"]),
        json!([1, 24]),
        Value::Null,
    ]
}

fn change(doc: &mut Value, pick: prop::sample::Index, value: Option<&Value>) {
    let all = places(doc, "");
    let pointer = pick.get(&all).clone();
    let Some((parent, name)) = pointer.rsplit_once('/') else { return };
    match (doc.pointer_mut(parent), value) {
        (Some(Value::Object(object)), Some(value)) => drop(object.insert(name.to_owned(), value.clone())),
        (Some(Value::Object(object)), None) => drop(object.remove(name)),
        (Some(Value::Array(list)), Some(value)) => list.push(value.clone()),
        (Some(Value::Array(list)), None) => list.truncate(name.parse().unwrap()),
        _ => {}
    }
}

/// A complete draft with some places changed; changes that make it unreadable are taken back.
fn drafts() -> impl Strategy<Value = Draft> {
    let base = prop_oneof![Just(example::enterprise_in_liaoning()), Just(example::person_in_guangdong())];
    let changes = prop::collection::vec(
        (any::<prop::sample::Index>(), prop::option::weighted(0.8, prop::sample::select(values()))),
        0..6,
    );
    (base, changes, any::<bool>()).prop_map(|(base, changes, twice)| {
        let mut draft = base;
        if twice {
            draft.services.extend(draft.services.clone());
        }
        for (pick, value) in changes {
            let mut doc = serde_json::to_value(&draft).unwrap();
            change(&mut doc, pick, value.as_ref());
            if let Ok(changed) = serde_json::from_value(doc) {
                draft = changed;
            }
        }
        draft
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let way = prop_oneof![Just(Way::Electronic), Just(Way::Curtain)];
    (prop::sample::select(OrderKind::ALL.to_vec()), way, 0_u64..6000).prop_map(|(kind, way, day)| Case {
        kind,
        way,
        as_of: example::day() - chrono::Days::new(day),
        ..example::case()
    })
}

/// The place, or the object it belongs into, stands in the draft.
fn exists(doc: &Value, pointer: &str) -> bool {
    let mut parents =
        std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(parent, _)| parent));
    pointer.is_empty()
        || (pointer.starts_with('/') && parents.nth(1).is_some_and(|parent| doc.pointer(parent).is_some()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_checker_is_deterministic_and_points_into_the_draft(draft in drafts(), case in cases()) {
        let pack = RulePack::national();
        let answer = complete(&draft, &Attached::none(), pack, case);
        prop_assert_eq!(&answer, &complete(&draft, &Attached::none(), pack, case));
        let doc = serde_json::to_value(&draft).unwrap();
        for violation in answer.err().unwrap_or_default() {
            prop_assert!(exists(&doc, &violation.pointer), "{} of {}", violation.pointer, violation.rule);
        }
        for need in checklist(&draft, pack, case) {
            prop_assert!(pack.material(&need.kind).is_some() && exists(&doc, &need.pointer));
        }
    }

    #[test]
    fn a_draft_that_breaks_no_rule_makes_a_dossier(draft in drafts()) {
        let answer = complete(&draft, &example::attached(&draft), RulePack::national(), example::case());
        let stray = answer.err().unwrap_or_default().into_iter().find(|violation| violation.rule.as_str() == "dossier.value");
        prop_assert_eq!(stray, None, "the rules missed a value that the types refuse");
    }

    #[test]
    fn a_draft_reads_what_it_writes(draft in drafts()) {
        let json = serde_json::to_string(&draft).unwrap();
        prop_assert_eq!(serde_json::from_str::<Draft>(&json).unwrap(), draft);
    }
}

#[test]
fn an_unknown_field_is_refused() {
    for path in ["", "/subject", "/subject/principal", "/services/0", "/services/0/principal", "/consent"] {
        let mut doc = serde_json::to_value(example::enterprise_in_liaoning()).unwrap();
        doc.pointer_mut(path).unwrap().as_object_mut().unwrap().insert("surprise".to_owned(), json!(1));
        assert!(serde_json::from_value::<Draft>(doc).is_err(), "{path}");
    }
}
