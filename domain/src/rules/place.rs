//! Where a rule looks: JSON pointers with `*` for every element of a list. It knows no rule.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A JSON pointer in which `*` stands for every element of a list: `/services/*/domains/*`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Pattern(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Key(String),
    Each,
}

/// A pattern is empty or begins with a slash; its names are plain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a pattern is empty or looks like /services/*/name")]
pub struct NotAPattern;

/// A place in a draft, and what stands there.
#[derive(Debug, Clone)]
pub(super) struct Place<'a> {
    /// JSON pointer to it.
    pub pointer: String,
    /// What stands there; none when nothing does.
    pub value: Option<&'a Value>,
    /// The service it belongs to, counted from 0.
    pub service: Option<usize>,
}

impl Pattern {
    /// Every place of the document that the pattern names; a place where nothing stands counts too.
    pub(super) fn places<'a>(&self, doc: &'a Value) -> Vec<Place<'a>> {
        let mut places = vec![Place { pointer: String::new(), value: Some(doc), service: None }];
        for segment in &self.0 {
            places = places.iter().flat_map(|place| step(place, segment)).collect();
        }
        places
    }

    /// What stands at the place of the same service that the pattern names.
    pub(super) fn value<'a>(&self, doc: &'a Value, service: Option<usize>) -> Option<&'a Value> {
        self.0.iter().try_fold(doc, |value, segment| match segment {
            Segment::Key(name) => value.get(name.as_str()),
            Segment::Each => value.get(service?),
        })
    }
}

fn step<'a>(place: &Place<'a>, segment: &Segment) -> Vec<Place<'a>> {
    match segment {
        Segment::Key(name) => vec![Place {
            pointer: format!("{}/{name}", place.pointer),
            value: place.value.and_then(|value| value.get(name.as_str())),
            service: place.service,
        }],
        Segment::Each => {
            let items = place.value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let enter = |(index, value)| Place {
                pointer: format!("{}/{index}", place.pointer),
                value: Some(value),
                // The outermost list of a draft is that of its services.
                service: place.service.or(Some(index)),
            };
            items.iter().enumerate().map(enter).collect()
        }
    }
}

impl<'a> Place<'a> {
    /// The text that stands there; blanks are none.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.value.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
    }

    /// The small number that stands there.
    pub(super) fn code(&self) -> Option<u16> {
        self.value.and_then(code)
    }
}

/// A small number.
pub(super) fn code(value: &Value) -> Option<u16> {
    value.as_u64().and_then(|code| u16::try_from(code).ok())
}

impl TryFrom<&str> for Pattern {
    type Error = NotAPattern;

    fn try_from(raw: &str) -> Result<Self, NotAPattern> {
        if raw.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let plain = |name: &str| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        let segments = raw.strip_prefix('/').ok_or(NotAPattern)?.split('/').map(|name| match name {
            "*" => Ok(Segment::Each),
            name if plain(name) => Ok(Segment::Key(name.to_owned())),
            _ => Err(NotAPattern),
        });
        segments.collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Pattern {
    type Error = NotAPattern;

    fn try_from(raw: String) -> Result<Self, NotAPattern> {
        Self::try_from(raw.as_str())
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Key(name) => write!(f, "/{name}"),
            Segment::Each => f.write_str("/*"),
        })
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::try_from(text).unwrap()
    }

    fn pointers(text: &str, doc: &Value) -> Vec<(String, Option<usize>)> {
        pattern(text).places(doc).into_iter().map(|place| (place.pointer, place.service)).collect()
    }

    #[test]
    fn a_star_names_every_element_and_a_missing_name_is_a_place_too() {
        let doc = serde_json::json!({ "services": [{ "domains": ["a", "b"] }, { "domains": ["c"] }] });
        let names = [("/services/0/name".to_owned(), Some(0)), ("/services/1/name".to_owned(), Some(1))];
        assert_eq!(pointers("/services/*/name", &doc), names);
        let domains = pointers("/services/*/domains/*", &doc);
        assert_eq!(domains.last(), Some(&("/services/1/domains/0".to_owned(), Some(1))));
        assert_eq!(domains.len(), 3);
        assert_eq!(pointers("/subject/name", &doc), [("/subject/name".to_owned(), None)]);
        assert_eq!(pointers("/other/*/name", &doc), []);
        assert_eq!(pattern("/services/*/domains").value(&doc, Some(1)), Some(&serde_json::json!(["c"])));
        assert_eq!(pattern("/services/*/domains").value(&doc, None), None);
    }

    #[test]
    fn a_pattern_reads_what_it_writes() {
        for text in ["", "/subject/name", "/services/*/domains/*"] {
            assert_eq!(pattern(text).to_string(), text);
        }
        for wrong in ["subject", "/", "/a//b", "/a~1b", "/a b"] {
            assert_eq!(Pattern::try_from(wrong), Err(NotAPattern), "{wrong}");
        }
    }
}
