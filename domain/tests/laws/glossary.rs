//! The glossary, `docs/glossary.md`, knows every name that the types of this crate bring to API, database and messages.

use std::collections::BTreeSet;
use std::path::Path;

use domain::access::Role;
use domain::company::Nature;
use domain::example;
use domain::message::Message;
use domain::notice::NoticeKind;
use domain::order::StateName;
use domain::rules::kinds::OrderKind;
use serde_json::Value;

fn names_of(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            into.insert(name.clone());
            names_of(value, into);
        }),
        Value::Array(items) => items.iter().for_each(|item| names_of(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for draft in [example::enterprise_in_liaoning(), example::person_in_guangdong()] {
        names_of(&serde_json::to_value(draft).unwrap(), &mut names);
    }
    names.extend(StateName::ALL.map(|state| state.as_str().to_owned()));
    names.extend(OrderKind::ALL.map(|kind| kind.as_str().to_owned()));
    names.extend(NoticeKind::ALL.map(|kind| kind.as_str().to_owned()));
    names.extend(Role::ALL.map(|role| serde_json::to_value(role).unwrap().as_str().unwrap().to_owned()));
    names.extend(
        Message::TOPICS.iter().map(|topic| topic.trim_start_matches("order.").trim_start_matches("draft.").to_owned()),
    );
    names
}

#[test]
fn the_glossary_knows_every_name() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/glossary.md");
    let glossary = std::fs::read_to_string(path).unwrap();
    let known = |name: &String| glossary.contains(&format!("`{name}`")) || glossary.contains(&format!("/{name}`"));
    let missing: Vec<_> = names().into_iter().filter(|name| !known(name)).collect();
    assert_eq!(missing, Vec::<String>::new());
    for state in StateName::ALL {
        assert!(glossary.contains(&format!("| `{}` | {} |", state.as_str(), state.zh())), "{state}");
    }
    for kind in OrderKind::ALL {
        assert!(glossary.contains(&format!("| `{}` | {} | {} |", kind.as_str(), kind.zh(), kind.en())), "{kind}");
    }
    for nature in Nature::ALL {
        assert!(glossary.contains(&format!("| {} | {} | {} |", nature.code(), nature.zh(), nature.en())), "{nature:?}");
    }
}
