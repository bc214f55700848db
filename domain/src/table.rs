//! Tables that rules look into: divisions, telephone areas, mobile prefixes, approved suffixes. Data only; what follows from
//! a row is a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::host::DomainName;

static DIVISIONS: LazyLock<Divisions> = LazyLock::new(|| {
    Divisions(rows(include_str!("../tables/divisions.csv")).map(|row: Division| (row.code.clone(), row)).collect())
});
static AREAS: LazyLock<Areas> = LazyLock::new(|| {
    let mut areas: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for AreaRow { region, area } in rows(include_str!("../tables/areas.csv")) {
        areas.entry(region).or_default().push(area);
    }
    Areas(areas)
});
static PREFIXES: LazyLock<Vec<MobilePrefix>> =
    LazyLock::new(|| rows(include_str!("../tables/mobile_prefixes.csv")).collect());
static SUFFIXES: LazyLock<Suffixes> = LazyLock::new(|| {
    let rows: Vec<ApprovedSuffix> = rows(include_str!("../tables/suffixes.csv")).collect();
    let ascii = rows.iter().map(|row| row.punycode.clone()).collect();
    Suffixes { rows, ascii }
});

static CODES: LazyLock<Vec<Code>> = LazyLock::new(|| rows(include_str!("../tables/codes.csv")).collect());

/// The code tables of the authority's interface and of others.
#[must_use]
pub fn codes() -> &'static [Code] {
    &CODES
}

/// The divisions of the mainland, GB/T 2260.
#[must_use]
pub fn divisions() -> &'static Divisions {
    &DIVISIONS
}

/// The telephone areas by division.
#[must_use]
pub fn areas() -> &'static Areas {
    &AREAS
}

/// The first three digits of mobile numbers in use.
#[must_use]
pub fn prefixes() -> &'static [MobilePrefix] {
    &PREFIXES
}

/// The domain suffixes that may be filed.
#[must_use]
pub fn suffixes() -> &'static Suffixes {
    &SUFFIXES
}

#[expect(clippy::expect_used, reason = "the tables are compiled in, and a test of this module reads every one")]
fn rows<T: DeserializeOwned>(text: &'static str) -> impl Iterator<Item = T> {
    let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.into_deserialize().map(|row| row.expect("a compiled table is well-formed"))
}

/// A code of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Which table: `Fwnr` contents, `Yylb` languages, `Nrlx` pre-approvals, `Dwxz` natures and so on.
    pub table: String,
    /// The code; empty where only its bit is known.
    pub code: String,
    /// Its bit, where the table has such.
    pub bit: String,
    /// What it means, in Chinese.
    pub zh: String,
    /// The same in English, or another code for it.
    pub en: String,
    /// What to know of it.
    pub note: String,
}

/// A division: a province, a city or a county.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Division {
    /// Six digits.
    pub code: String,
    /// Its name in Chinese.
    pub name: String,
}

/// The divisions by code.
#[derive(Debug)]
pub struct Divisions(BTreeMap<String, Division>);

impl Divisions {
    /// The division with this code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Division> {
        self.0.get(code)
    }

    /// The code's part that names the city; the whole of it where a county stands directly under its province, and the
    /// province's two digits in the four municipalities.
    #[must_use]
    pub fn city<'a>(&self, code: &'a str) -> &'a str {
        match (code.get(..2), code.get(2..4)) {
            (Some(province @ ("11" | "12" | "31" | "50")), _) => province,
            (_, Some("90")) => code,
            _ => code.get(..4).unwrap_or(code),
        }
    }

    /// The divisions whose code begins so, by code.
    pub fn under(&self, prefix: &str) -> impl Iterator<Item = &Division> {
        let from = prefix.to_owned();
        self.0.range(from.clone()..).map(|(_, row)| row).take_while(move |row| row.code.starts_with(&from))
    }
}

#[derive(Deserialize)]
struct AreaRow {
    region: String,
    area: String,
}

/// Telephone areas by city or county.
#[derive(Debug)]
pub struct Areas(BTreeMap<String, Vec<String>>);

impl Areas {
    /// The areas (with their zero) of the division's city; none where the table does not know them.
    #[must_use]
    pub fn of(&self, region: &str) -> Option<Vec<&str>> {
        let areas = self.0.get(region).or_else(|| self.0.get(region.get(..4)?))?;
        Some(areas.iter().map(String::as_str).collect())
    }
}

/// The first digits of mobile numbers in use.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MobilePrefix {
    /// Three digits.
    pub prefix: String,
}

/// A domain suffix that MIIT approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApprovedSuffix {
    /// As people read it.
    pub suffix: String,
    /// In ASCII.
    pub punycode: String,
    /// For whom alone; empty for everybody.
    pub restriction: String,
}

/// The approved suffixes.
#[derive(Debug)]
pub struct Suffixes {
    rows: Vec<ApprovedSuffix>,
    ascii: BTreeSet<String>,
}

impl Suffixes {
    /// Every one.
    #[must_use]
    pub fn all(&self) -> &[ApprovedSuffix] {
        &self.rows
    }

    /// Whether the name lies under an approved suffix.
    #[must_use]
    pub fn approves(&self, host: &DomainName) -> bool {
        let name = host.ascii();
        let dots = name.match_indices('.').map(|(at, dot)| at.saturating_add(dot.len()));
        dots.filter_map(|at| name.get(at..)).any(|suffix| self.ascii.contains(suffix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::region::Province;

    #[test]
    fn every_table_can_be_read() {
        assert!(divisions().under("").count() > 3400);
        assert_eq!(prefixes().len(), 49);
        assert_eq!(suffixes().all().len(), 187);
        assert!(areas().0.len() > 300);
        assert_eq!(codes().len(), 189);
    }

    #[test]
    fn divisions_know_their_city_and_the_newest_counties() {
        assert_eq!(divisions().get("653228").map(|row| row.name.as_str()), Some("和康县"));
        assert_eq!(divisions().get("210102").map(|row| row.name.as_str()), Some("和平区"));
        assert!(divisions().get("210199").is_none());
        assert_eq!(
            (divisions().city("210102"), divisions().city("310115"), divisions().city("419001")),
            ("2101", "31", "419001")
        );
        for province in Province::ALL {
            assert_eq!(
                divisions().get(province.code()).map(|row| row.name.as_str()),
                Some(province.zh()),
                "{province:?}"
            );
        }
    }

    #[test]
    fn areas_are_those_of_the_city() {
        assert_eq!(areas().of("210102"), Some(vec!["024"]));
        assert_eq!(areas().of("110105"), Some(vec!["010"]));
        assert_eq!(areas().of("500112"), Some(vec!["023"]));
        assert_eq!(areas().of("460302"), None, "unknown to the table");
    }

    #[test]
    fn suffixes_are_approved_by_their_end() {
        let approved = |name: &str| suffixes().approves(&DomainName::try_from(name).unwrap());
        assert!(
            approved("example.cn") && approved("example.com.cn") && approved("示例.中国") && approved("example.com")
        );
        assert!(!approved("example.io") && !approved("example.invalid"));
    }
}
