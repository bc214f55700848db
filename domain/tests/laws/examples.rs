//! The input of the demonstration, `examples/`: what is kept there is the draft of `domain::example`, and complete.

use std::path::Path;

use domain::dossier::{Case, Draft, complete};
use domain::example;
use domain::order::Way;
use domain::rules::RulePack;
use serde_json::{Value, json};

fn section(filing: &str, name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(filing).join(format!("{name}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

fn draft(filing: &str, services: &str, base: &Draft) -> Draft {
    let doc = json!({
        "province": base.province,
        "nature": base.nature,
        "subject": section(filing, "subject"),
        "services": section(filing, services),
        "consent": section(filing, "consent"),
    });
    serde_json::from_value(doc).unwrap()
}

fn is_complete(draft: &Draft, way: Way) -> bool {
    let case = Case { way, ..example::case() };
    complete(draft, &example::attached(draft), RulePack::national(), case)
        .is_ok_and(|checked| checked.warnings.is_empty())
}

#[test]
fn the_enterprise_is_the_one_of_this_crate() {
    let base = example::enterprise_in_liaoning();
    let kept = draft("enterprise-liaoning", "services", &base);
    assert_eq!(kept, base);
    assert!(is_complete(&kept, Way::Electronic));
}

#[test]
fn the_person_is_the_one_of_this_crate_after_the_correction() {
    let base = example::person_in_guangdong();
    let first = draft("person-guangdong", "services", &base);
    let corrected = draft("person-guangdong", "services-corrected", &base);
    assert_eq!(corrected, base);
    assert!(is_complete(&first, Way::Curtain), "what the reviewer returns breaks no rule of ours");
    let (before, after) = (&first.services[0], &corrected.services[0]);
    assert!(before.name != after.name && before.remark != after.remark, "two fields are returned");
}
