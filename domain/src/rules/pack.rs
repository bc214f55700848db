//! A rule pack: the rows in force by date and province, with a revision that changes with any letter of its files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::load::{self, PackError};
use super::procedure::Procedure;
use super::row::{Administration, Advice, MaterialKind, Need, Row, Rule, Source, rows};
use super::sms::{SmsValidity, Verifier};
use super::surroundings::Surroundings;
use super::when::{SubjectClass, When};
use crate::region::Province;

#[expect(clippy::expect_used, reason = "the files are compiled in, and a test of this module parses the same texts")]
static PACK: LazyLock<RulePack> =
    LazyLock::new(|| RulePack::parse(&load::COMPILED).expect("the compiled rule packs are well-formed"));

/// A set of rules, as an order remembers it by revision.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RulePack {
    pub(super) revision: String,
    pub(super) sources: Vec<Source>,
    pub(super) rules: Vec<Rule>,
    pub(super) materials: Vec<MaterialKind>,
    pub(super) needs: Vec<Need>,
    pub(super) advice: Vec<Advice>,
    pub(super) verifiers: Vec<Verifier>,
    pub(super) procedures: Vec<Procedure>,
    pub(super) validities: Vec<SmsValidity>,
    pub(super) administrations: BTreeMap<Province, Administration>,
    /// By province and class of subject, see [`slot`].
    met: Vec<Rows>,
}

/// The rows that a draft of one province meets, by their place in the pack.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Rows {
    rules: Vec<usize>,
    needs: Vec<usize>,
    advice: Vec<usize>,
}

/// The classes of subjects that rows are sorted by; a draft whose nature is open meets what applies to all.
const CLASSES: [Option<SubjectClass>; 3] = [Some(SubjectClass::Unit), Some(SubjectClass::Person), None];

/// Where the rows of a province and a class stand; a draft without a province meets what applies everywhere.
fn slot(province: Option<Province>, class: Option<SubjectClass>) -> usize {
    let province = province.and_then(|province| Province::ALL.iter().position(|other| *other == province));
    let class = CLASSES.iter().position(|other| *other == class).unwrap_or_default();
    province.unwrap_or(Province::ALL.len()).saturating_mul(CLASSES.len()).saturating_add(class)
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
        load::pack(files).map(Self::indexed)
    }

    /// The compiled files with others laid over them, as operations corrects rules.
    ///
    /// # Errors
    /// As [`RulePack::parse`].
    pub fn national_with(files: &[(&str, &str)]) -> Result<Self, PackError> {
        Self::parse(&[load::COMPILED.as_slice(), files].concat())
    }

    fn indexed(mut self) -> Self {
        let provinces = Province::ALL.into_iter().map(Some).chain([None]);
        let slots = provinces.flat_map(|province| CLASSES.map(|class| (province, class)));
        self.met = slots.map(|(province, class)| self.met_by(province, class)).collect();
        self
    }

    fn met_by(&self, province: Option<Province>, class: Option<SubjectClass>) -> Rows {
        let met = |when: &When| when.is_in(province) && (when.subject.is_none() || when.subject == class);
        let mut needs = positions(&self.needs, |need| met(&need.when));
        // What a province asks comes before what everybody asks: it has the better reason and form.
        needs.sort_by_key(|index| self.needs.get(*index).is_none_or(|need| need.when.provinces.is_empty()));
        Rows {
            rules: positions(&self.rules, |rule| met(&rule.when)),
            needs,
            advice: positions(&self.advice, |advice| met(&advice.when)),
        }
    }

    fn met_by_draft(&self, around: &Surroundings<'_>) -> Option<&Rows> {
        self.met.get(slot(around.draft.province, around.class))
    }

    /// The rules that a draft may meet, whatever their dates.
    pub(super) fn rules_met(&self, around: &Surroundings<'_>) -> impl Iterator<Item = &Rule> {
        let rows = self.met_by_draft(around).into_iter().flat_map(|rows| &rows.rules);
        rows.filter_map(|index| self.rules.get(*index))
    }

    /// The needs that a draft may meet, whatever their dates.
    pub(super) fn needs_met(&self, around: &Surroundings<'_>) -> impl Iterator<Item = &Need> {
        let rows = self.met_by_draft(around).into_iter().flat_map(|rows| &rows.needs);
        rows.filter_map(|index| self.needs.get(*index))
    }

    /// The advice that a draft may meet, whatever its dates.
    pub(super) fn advice_met(&self, around: &Surroundings<'_>) -> impl Iterator<Item = &Advice> {
        let rows = self.met_by_draft(around).into_iter().flat_map(|rows| &rows.advice);
        rows.filter_map(|index| self.advice.get(*index))
    }

    /// Date and fingerprint of the files; an order remembers which one it was checked by.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Where the rows are from.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.sources
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

    /// Every piece of advice, whatever its dates.
    #[must_use]
    pub fn advice(&self) -> &[Advice] {
        &self.advice
    }

    /// Every rule, need and piece of advice, whatever its dates.
    pub fn rows(&self) -> impl Iterator<Item = &dyn Row> {
        rows(&self.rules, &self.needs, &self.advice)
    }

    /// What is known of a province's administration.
    #[must_use]
    pub fn administration(&self, province: Province) -> Option<&Administration> {
        self.administrations.get(&province)
    }

    /// Who verifies by SMS, by kind of order.
    #[must_use]
    pub fn verifiers(&self) -> &[Verifier] {
        &self.verifiers
    }

    /// How each kind of order goes.
    #[must_use]
    pub fn procedures(&self) -> &[Procedure] {
        &self.procedures
    }

    /// How long SMS codes hold, by date and province.
    #[must_use]
    pub fn validities(&self) -> &[SmsValidity] {
        &self.validities
    }
}

fn positions<T>(rows: &[T], met: impl Fn(&T) -> bool) -> Vec<usize> {
    rows.iter().enumerate().filter(|(_, row)| met(row)).map(|(index, _)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::violations;
    use crate::example;
    use crate::order::Way;
    use crate::rules::Case;

    const HEAD: &str = r#"
        revision = "2026-03-02"
        [[source]]
        tag = "T"
        place = "a test"
        what = "a test"
        date = "2026"
        known = "2026-01-01"
    "#;
    const RULE: &str = r#"
        [[rule]]
        id = "national.subject.name.present"
        at = "/subject/remark"
        check = { kind = "present" }
        severity = "warns"
        from = "2026-01-01"
        until = "2027-01-01"
        source = ["T"]
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
        let pack = RulePack::parse(&load::COMPILED).unwrap();
        assert_eq!(&pack, RulePack::national());
        assert!(pack.rules().len() > 80 && pack.materials().len() > 20);
        assert!(pack.revision().starts_with("2026-"));
    }

    #[test]
    fn the_revision_changes_with_any_letter() {
        let one = parse(RULE).unwrap();
        assert_eq!(one.revision(), parse(RULE).unwrap().revision());
        assert_ne!(one.revision(), parse(&RULE.replace("The remark", "A remark")).unwrap().revision());
        assert!(one.revision().starts_with("2026-03-02-"));
    }

    #[test]
    fn a_later_file_replaces_rows_by_name_and_keeps_the_others() {
        let text = format!("province = \"210000\"\n{HEAD}{RULE}");
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
        assert!(unreadable(&RULE.replace("source = [\"T\"]", "origin = 1")));
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
        // An English text may quote a Chinese word; it is not made of them.
        let latin = |text: &str| text.chars().filter(char::is_ascii_alphabetic).count() > text.chars().count() / 3;
        for advice in pack.advice() {
            assert!(chinese(&advice.zh) && latin(&advice.en), "{}", advice.id);
        }
        for rule in pack.rules() {
            assert!(chinese(&rule.zh) && latin(&rule.en), "{}", rule.id);
            assert!(rule.id.as_str().contains('.'), "{}", rule.id);
        }
        for need in pack.needs() {
            assert!(chinese(&need.why_zh) && latin(&need.why_en), "{}", need.id);
            assert!(need.id.as_str().contains('.'), "{}", need.id);
        }
    }

    #[test]
    fn ten_domains_were_a_site_until_the_spring_of_2019() {
        let mut draft = example::enterprise_in_liaoning();
        draft.services[0].domains.push("example-ln.cn".to_owned());
        let told = |as_of: &str| {
            let case = Case { as_of: as_of.parse().unwrap(), way: Way::Curtain, ..example::case() };
            violations(&draft, RulePack::national(), case).len()
        };
        assert_eq!((told("2019-04-21"), told("2019-04-22")), (0, 1));
    }
}
