//! Families: rules that many provinces have in common, written once and filled in by each with its own value.

use chrono::NaiveDate;
use serde::Deserialize;
use toml::{Table, Value};

use super::row::Source;
use crate::region::Province;

/// A rule, a need or a piece of advice with gaps in its texts, its check and its examples.
///
/// Gaps are `{value}` (what the province says; alone in a text it keeps its type), `{first}` (the first of a list),
/// `{province}` and `{province_en}` (its names), `{here}` and `{elsewhere}` (a division in it, and one in another).
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    /// Its name; that of a row is the province's and this.
    pub id: String,
    /// What its rows are.
    pub makes: Makes,
    /// The row with its gaps, without name, dates and origin.
    pub row: Table,
}

/// What the rows of a family are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Makes {
    Rule,
    Need,
    Advice,
}

/// A province's row of a family.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Instance {
    /// The family.
    pub of: String,
    /// The name, where a province has two rows of the family.
    #[serde(default)]
    named: Option<String>,
    /// What fills the gaps.
    #[serde(default)]
    value: Option<Value>,
    /// First day in force; without one, the first day on which a source knew it.
    #[serde(default)]
    from: Option<NaiveDate>,
    #[serde(default)]
    until: Option<NaiveDate>,
    #[serde(default)]
    severity: Option<String>,
    source: Vec<String>,
    confidence: String,
    #[serde(default)]
    alt: Vec<Value>,
    #[serde(default)]
    note: Option<String>,
}

impl Instance {
    /// The name of the row: `liaoning.person.age`.
    pub(super) fn name(&self, province: Option<Province>) -> String {
        let of = self.named.as_ref().unwrap_or(&self.of);
        format!("{}.{of}", province.map_or_else(|| "national".to_owned(), Province::slug))
    }

    /// The tags of its sources.
    pub(super) fn tags(&self) -> impl Iterator<Item = &String> {
        self.source.iter()
    }

    /// The row of the family with this province's value, dates and origin.
    pub(super) fn fill(&self, family: &Family, province: Option<Province>, sources: &[Source]) -> Table {
        let gaps = Gaps::new(self.value.as_ref(), province);
        let mut row: Table = family.row.iter().map(|(key, value)| (key.clone(), gaps.fill(value))).collect();
        let known = |tag: &String| sources.iter().find(|source| source.tag == *tag).map(|source| source.known);
        let from = self.from.or_else(|| self.source.iter().filter_map(known).min()).unwrap_or_default();
        let texts = |texts: &[String]| Value::Array(texts.iter().cloned().map(Value::String).collect());
        let set = [
            ("id", Some(Value::String(self.name(province)))),
            ("from", Some(Value::String(from.to_string()))),
            ("until", self.until.map(|day| Value::String(day.to_string()))),
            ("severity", self.severity.clone().map(Value::String)),
            ("source", Some(texts(&self.source))),
            ("confidence", Some(Value::String(self.confidence.clone()))),
            ("alt", (!self.alt.is_empty()).then(|| Value::Array(self.alt.clone()))),
            ("note", self.note.clone().map(Value::String)),
        ];
        row.extend(set.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
        row
    }
}

/// What fills the gaps of a family.
struct Gaps<'a> {
    value: Option<&'a Value>,
    words: Vec<(&'static str, String)>,
}

impl<'a> Gaps<'a> {
    fn new(value: Option<&'a Value>, province: Option<Province>) -> Self {
        let mut words = Vec::new();
        if let Some(value) = value {
            words.push(("{value}", plain(value)));
            words.push(("{first}", value.as_array().and_then(|list| list.first()).map(plain).unwrap_or_default()));
        }
        if let Some(province) = province {
            let elsewhere = if province == Province::Guangdong { "210102" } else { "440305" };
            words.push(("{province}", province.zh().to_owned()));
            words.push(("{province_en}", province.en().to_owned()));
            words.push(("{here}", province.seat().to_owned()));
            words.push(("{elsewhere}", elsewhere.to_owned()));
        }
        Self { value, words }
    }

    fn fill(&self, row: &Value) -> Value {
        match row {
            Value::String(text) if text == "{value}" => self.value.cloned().unwrap_or_else(|| row.clone()),
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(list) => Value::Array(list.iter().map(|item| self.fill(item)).collect()),
            Value::Table(table) => {
                Value::Table(table.iter().map(|(key, value)| (self.fill_text(key), self.fill(value))).collect())
            }
            Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) => row.clone(),
        }
    }

    fn fill_text(&self, text: &str) -> String {
        let fill = |text: String, (gap, word): &(&str, String)| text.replace(gap, word);
        if text.contains('{') { self.words.iter().fold(text.to_owned(), fill) } else { text.to_owned() }
    }
}

/// A value as a text shows it.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plain).collect::<Vec<_>>().join("、"),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Datetime(_) | Value::Table(_) => {
            value.to_string()
        }
    }
}
