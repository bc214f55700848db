//! Any bytes that are a draft in JSON get an answer: no panic, the same one twice, and pointers into the draft.
#![no_main]

use domain::{
    dossier::Draft,
    example,
    rules::{RulePack, report},
};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// The place, or the object it belongs into, stands in the draft.
fn exists(doc: &Value, pointer: &str) -> bool {
    let mut parents =
        std::iter::successors(Some(pointer), |pointer| pointer.rsplit_once('/').map(|(parent, _)| parent));
    pointer.is_empty() || parents.nth(1).is_some_and(|parent| doc.pointer(parent).is_some())
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(draft) = serde_json::from_slice::<Draft>(bytes) else { return };
    let answer = report(&draft, RulePack::national(), example::case());
    assert_eq!(answer, report(&draft, RulePack::national(), example::case()));
    let doc = serde_json::to_value(&draft).unwrap();
    for found in &answer.violations {
        assert!(exists(&doc, &found.violation.pointer), "{}", found.violation.pointer);
    }
});
