//! Rule packs: dated rows read from TOML, merged file over file, with a revision that changes with any letter of them.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Deserialize;

use super::row::{MaterialKind, Need, Rule};
use super::sms::{SmsValidity, Verifier};
use super::when::When;
use crate::region::Province;

/// The files compiled in: later ones are laid over earlier ones.
const NATIONAL: [(&str, &str); 3] = [
    ("national.toml", include_str!("../../rules/national.toml")),
    ("materials.toml", include_str!("../../rules/materials.toml")),
    ("sms.toml", include_str!("../../rules/sms.toml")),
];

#[expect(clippy::expect_used, reason = "the files are compiled in, and a test of this module parses the same texts")]
static PACK: LazyLock<RulePack> =
    LazyLock::new(|| RulePack::parse(&NATIONAL).expect("the compiled rule packs are well-formed"));

/// Why files are no rule pack.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Not TOML, or not of this shape: a missing, unknown or mistyped field.
    #[error("{file} cannot be read: {error}")]
    Unreadable {
        /// Which file.
        file: String,
        /// What TOML says.
        error: toml::de::Error,
    },
    /// Two rows of one file have the same name.
    #[error("{file}: `{name}` stands there twice")]
    Twice {
        /// Which file.
        file: String,
        /// Which name.
        name: String,
    },
    /// A text is empty, an example is missing, or the rule ends before it begins.
    #[error("{file}: `{name}` is incomplete")]
    Incomplete {
        /// Which file.
        file: String,
        /// Which row.
        name: String,
    },
    /// A need names a material that no file describes.
    #[error("`{name}` asks for the unknown material `{kind}`")]
    UnknownMaterial {
        /// Which need.
        name: String,
        /// Which material.
        kind: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    revision: NaiveDate,
    /// Rows of a province's file apply to that province only.
    #[serde(default)]
    province: Option<Province>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    material: Vec<MaterialKind>,
    #[serde(default)]
    need: Vec<Need>,
    #[serde(default)]
    verifier: Vec<Verifier>,
    #[serde(default)]
    sms: Vec<SmsValidity>,
}

/// A set of rules, as an order remembers it by revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulePack {
    revision: String,
    rules: Vec<Rule>,
    materials: Vec<MaterialKind>,
    needs: Vec<Need>,
    verifiers: Vec<Verifier>,
    validities: Vec<SmsValidity>,
}

impl RulePack {
    /// The rules compiled in.
    #[must_use]
    pub fn national() -> &'static Self {
        &PACK
    }

    /// Reads files, name and text each, in order: a row replaces an earlier file's row of the same name.
    ///
    /// # Errors
    /// A [`PackError`] that names the first offending file and row.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, PackError> {
        let mut pack = Self::empty();
        let mut newest = None;
        for (name, text) in files {
            let file: File =
                toml::from_str(text).map_err(|error| PackError::Unreadable { file: (*name).to_owned(), error })?;
            file.check(name)?;
            newest = newest.max(Some(file.revision));
            pack.lay(file);
        }
        pack.check_needs()?;
        let date = newest.map(|date| date.to_string()).unwrap_or_default();
        pack.revision = format!("{date}-{:016x}", fingerprint(files));
        Ok(pack)
    }

    /// The compiled files with others laid over them, as operations corrects rules.
    ///
    /// # Errors
    /// As [`RulePack::parse`].
    pub fn national_with(files: &[(&str, &str)]) -> Result<Self, PackError> {
        Self::parse(&[NATIONAL.as_slice(), files].concat())
    }

    fn empty() -> Self {
        Self {
            revision: String::new(),
            rules: Vec::new(),
            materials: Vec::new(),
            needs: Vec::new(),
            verifiers: Vec::new(),
            validities: Vec::new(),
        }
    }

    fn lay(&mut self, file: File) {
        let of_province = |mut when: When| {
            when.provinces.extend(file.province);
            when
        };
        for rule in file.rule {
            let rule = Rule { when: of_province(rule.when.clone()), ..rule };
            replace(&mut self.rules, rule, |one, other| one.id == other.id);
        }
        for need in file.need {
            let need = Need { when: of_province(need.when.clone()), ..need };
            replace(&mut self.needs, need, |one, other| one.id == other.id);
        }
        for kind in file.material {
            replace(&mut self.materials, kind, |one, other| one.key == other.key);
        }
        for row in file.verifier {
            replace(&mut self.verifiers, row, |one, other| one.order == other.order);
        }
        for row in file.sms {
            let same =
                |one: &SmsValidity, other: &SmsValidity| (one.from, &one.provinces) == (other.from, &other.provinces);
            replace(&mut self.validities, row, same);
        }
    }

    fn check_needs(&self) -> Result<(), PackError> {
        let stray = self.needs.iter().find(|need| self.material(&need.kind).is_none());
        stray.map_or(Ok(()), |need| {
            Err(PackError::UnknownMaterial { name: need.id.to_string(), kind: need.kind.clone() })
        })
    }

    /// Date and fingerprint of the files; an order remembers which one it was checked by.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Every rule about the draft, whatever its dates.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rule with this name.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id.as_str() == id)
    }

    /// Every kind of material.
    #[must_use]
    pub fn materials(&self) -> &[MaterialKind] {
        &self.materials
    }

    /// The kind of material with this key.
    #[must_use]
    pub fn material(&self, key: &str) -> Option<&MaterialKind> {
        self.materials.iter().find(|kind| kind.key == key)
    }

    /// Every rule that asks for a material, whatever its dates.
    #[must_use]
    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// Who verifies by SMS, by kind of order.
    #[must_use]
    pub fn verifiers(&self) -> &[Verifier] {
        &self.verifiers
    }

    /// How long SMS codes hold, by date and province.
    #[must_use]
    pub fn validities(&self) -> &[SmsValidity] {
        &self.validities
    }
}

fn replace<T>(rows: &mut Vec<T>, row: T, same: impl Fn(&T, &T) -> bool) {
    match rows.iter_mut().find(|known| same(known, &row)) {
        Some(known) => *known = row,
        None => rows.push(row),
    }
}

/// FNV-1a: tells files apart, and promises nothing about forgers.
fn fingerprint(files: &[(&str, &str)]) -> u64 {
    let bytes = files.iter().flat_map(|(name, text)| name.bytes().chain([0]).chain(text.bytes()).chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

impl File {
    fn check(&self, file: &str) -> Result<(), PackError> {
        let mut names = BTreeSet::new();
        let keys = self.material.iter().map(|kind| kind.key.as_str());
        let ids = self.rule.iter().map(|rule| rule.id.as_str()).chain(self.need.iter().map(|need| need.id.as_str()));
        if let Some(name) = ids.chain(keys).find(|name| !names.insert(*name)) {
            return Err(PackError::Twice { file: file.to_owned(), name: name.to_owned() });
        }
        let rule = self.rule.iter().find(|rule| rule.is_incomplete()).map(|rule| &rule.id);
        let need = self.need.iter().find(|need| need.is_incomplete()).map(|need| &need.id);
        rule.or(need).map_or(Ok(()), |id| Err(PackError::Incomplete { file: file.to_owned(), name: id.to_string() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::violations;
    use crate::example;
    use crate::rules::Case;

    const HEAD: &str = "revision = \"2026-03-02\"\n";
    const RULE: &str = r#"
        [[rule]]
        id = "national.subject.name.present"
        at = "/subject/remark"
        check = { kind = "present" }
        severity = "warns"
        from = "2026-01-01"
        until = "2027-01-01"
        source = "test"
        confidence = "low"
        zh = "请填写备注"
        en = "The remark is missing"
        pass = [{ set = { "/subject/remark" = "有" } }]
        fail = [{}]
    "#;

    fn parse(text: &str) -> Result<RulePack, PackError> {
        RulePack::parse(&[("test.toml", &format!("{HEAD}{text}"))])
    }

    #[test]
    fn the_national_pack_can_be_read() {
        let pack = RulePack::parse(&NATIONAL).unwrap();
        assert_eq!(&pack, RulePack::national());
        assert!(pack.rules().len() > 80 && pack.materials().len() > 20);
        assert!(pack.revision().starts_with("2026-"));
    }

    #[test]
    fn the_revision_changes_with_any_letter() {
        let one = parse(RULE).unwrap();
        assert_eq!(one.revision(), parse(RULE).unwrap().revision());
        assert_ne!(one.revision(), parse(&RULE.replace("test", "rest")).unwrap().revision());
        assert!(one.revision().starts_with("2026-03-02-"));
    }

    #[test]
    fn a_later_file_replaces_rows_by_name_and_keeps_the_others() {
        let text = format!("{HEAD}province = \"210000\"\n{RULE}");
        let pack = RulePack::national_with(&[("liaoning.toml", &text)]).unwrap();
        assert_eq!(pack.rules().len(), RulePack::national().rules().len());
        let rule = pack.rule("national.subject.name.present").unwrap();
        assert_eq!(
            (rule.at.to_string().as_str(), rule.when.provinces.as_slice()),
            ("/subject/remark", [Province::Liaoning].as_slice())
        );
        let told = |draft: &crate::dossier::Draft, as_of: &str| {
            let case = Case { as_of: as_of.parse().unwrap(), ..example::case() };
            violations(draft, &pack, case).iter().any(|violation| violation.rule == rule.id)
        };
        assert!(told(&example::enterprise_in_liaoning(), "2026-03-02"));
        assert!(!told(&example::enterprise_in_liaoning(), "2025-12-31"), "not yet in force");
        assert!(!told(&example::enterprise_in_liaoning(), "2027-01-01"), "not in force any more");
        assert!(!told(&example::person_in_guangdong(), "2026-03-02"), "another province");
    }

    #[test]
    fn a_bad_file_is_refused_by_name() {
        let unreadable = |text: &str| matches!(parse(text), Err(PackError::Unreadable { .. }));
        assert!(unreadable(&RULE.replace("source", "origin")));
        assert!(unreadable(&RULE.replace("\"present\"", "\"fancy\"")));
        assert!(unreadable(&RULE.replace("/subject/remark\"\n", "subject\"\n")));
        assert!(unreadable(&RULE.replace("kind = \"present\"", "kind = \"present\", min = 1")));
        let name = "national.subject.name.present".to_owned();
        let file = "test.toml".to_owned();
        assert_eq!(parse(&format!("{RULE}{RULE}")), Err(PackError::Twice { file: file.clone(), name: name.clone() }));
        let incomplete = PackError::Incomplete { file, name };
        for wrong in [("fail = [{}]", "fail = []"), ("The remark is missing", " "), ("2027-01-01", "2026-01-01")] {
            assert_eq!(parse(&RULE.replace(wrong.0, wrong.1)).unwrap_err(), incomplete, "{wrong:?}");
        }
        assert_eq!(parse(&format!("{RULE}\nfix_zh = \"改\"")).unwrap_err(), incomplete, "advice in one language");
    }

    #[test]
    fn every_rule_speaks_both_languages_and_is_named_like_its_fellows() {
        let pack = RulePack::national();
        let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for rule in pack.rules() {
            assert!(chinese(&rule.zh) && rule.en.is_ascii(), "{}", rule.id);
            assert!(rule.id.as_str().starts_with("national."), "{}", rule.id);
        }
        for need in pack.needs() {
            assert!(chinese(&need.why_zh) && need.why_en.is_ascii(), "{}", need.id);
            assert!(need.id.as_str().starts_with("material."), "{}", need.id);
        }
    }

    #[test]
    fn ten_domains_were_a_site_until_the_spring_of_2019() {
        let mut draft = example::enterprise_in_liaoning();
        draft.services[0].domains.push("example-ln.cn".to_owned());
        let told = |as_of: &str| {
            let case = Case { as_of: as_of.parse().unwrap(), ..example::case() };
            violations(&draft, RulePack::national(), case).len()
        };
        assert_eq!((told("2019-04-21"), told("2019-04-22")), (0, 1));
    }
}
