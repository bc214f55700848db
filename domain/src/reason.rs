//! The reason catalogue: why something is sent back and what the customer does about it. It knows no order and no message.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

const NATIONAL: &str = include_str!("../rules/reasons.toml");

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test of this module parses the same text")]
static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(NATIONAL).expect("rules/reasons.toml is well-formed"));

/// What a reason is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonGroup {
    /// The domain and its registration.
    Domain,
    /// The filing type and other orders of the same subject.
    Flow,
    /// The subject (主体) and its certificate.
    Subject,
    /// A principal (负责人): identity, age, telephone.
    Principal,
    /// The service (website or APP): name, content, approvals.
    Service,
    /// The running site, before or after its filing.
    Site,
    /// The cloud resource, its IP and the authorization code.
    Resource,
    /// Pictures and papers, the curtain photo included.
    Material,
    /// The SMS verification.
    Sms,
}

/// Where in a filing's life a reason is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RaisedAt {
    /// Before submission, by the check of type and resource.
    Precheck,
    /// By our own reviewers, the review of the curtain photo included.
    Initial,
    /// By the SMS verification.
    Sms,
    /// By the authority (管局).
    Authority,
    /// By the inspection (核查) of a filing that succeeded.
    Inspection,
}

/// One reason in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonText {
    /// Its stable name, as orders store it (`domain_no_realname`).
    pub key: String,
    /// What it is about.
    pub group: ReasonGroup,
    /// Short name, Chinese.
    pub zh: String,
    /// Short name, English.
    pub en: String,
    /// What to change and where: two sentences, Chinese.
    pub fix_zh: String,
    /// What to change and where: two sentences, English.
    pub fix_en: String,
    /// Where it is given; at least one place.
    pub raised_at: Vec<RaisedAt>,
    /// Result codes of the authority interface V3.0 that mean this reason; often none.
    pub authority_codes: Vec<i32>,
    /// Whose rule it is.
    pub source: String,
}

impl ReasonText {
    fn has_blank(&self) -> bool {
        [&self.key, &self.zh, &self.en, &self.fix_zh, &self.fix_en, &self.source]
            .iter()
            .any(|text| text.trim().is_empty())
    }
}

/// Why a text is no reason catalogue.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// Not TOML, or not of this shape: a missing, unknown or mistyped field.
    #[error("the reason catalogue cannot be read: {0}")]
    Unreadable(#[from] toml::de::Error),
    /// Two reasons have the same key.
    #[error("the reason `{0}` stands in the catalogue twice")]
    TwiceNamed(String),
    /// One result code means two reasons.
    #[error("the authority's code {0} stands in the catalogue twice")]
    TwiceCoded(i32),
    /// A text is empty, or nobody raises the reason.
    #[error("the reason `{0}` is incomplete")]
    Incomplete(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    reason: Vec<ReasonText>,
}

/// All reasons, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    reasons: Vec<ReasonText>,
}

impl Catalogue {
    /// The catalogue for the whole country, `rules/reasons.toml`.
    #[must_use]
    pub fn national() -> &'static Self {
        &CATALOGUE
    }

    /// Reads a catalogue: keys and authority codes are unique, and every reason is complete in both languages.
    ///
    /// # Errors
    /// A [`CatalogueError`] that names the first offending reason or code.
    pub fn parse(text: &str) -> Result<Self, CatalogueError> {
        let File { reason: reasons } = toml::from_str(text)?;
        let mut keys = BTreeSet::new();
        let mut codes = BTreeSet::new();
        for reason in &reasons {
            if reason.has_blank() || reason.raised_at.is_empty() {
                return Err(CatalogueError::Incomplete(reason.key.clone()));
            }
            if !keys.insert(reason.key.as_str()) {
                return Err(CatalogueError::TwiceNamed(reason.key.clone()));
            }
            if let Some(code) = reason.authority_codes.iter().find(|code| !codes.insert(**code)) {
                return Err(CatalogueError::TwiceCoded(*code));
            }
        }
        Ok(Self { reasons })
    }

    /// The reason with this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&ReasonText> {
        self.reasons.iter().find(|reason| reason.key == key)
    }

    /// The reason that a result code of the authority interface V3.0 means; none for codes about our own reporting.
    #[must_use]
    pub fn by_authority_code(&self, code: i32) -> Option<&ReasonText> {
        self.reasons.iter().find(|reason| reason.authority_codes.contains(&code))
    }

    /// Every reason, in the order of the file.
    #[must_use]
    pub fn all(&self) -> &[ReasonText] {
        &self.reasons
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"
        [[reason]]
        key = "photo_too_dark"
        group = "material"
        zh = "光线不足"
        en = "Too dark"
        fix_zh = "请重拍。"
        fix_en = "Take it again."
        raised_at = ["initial"]
        authority_codes = [1002]
        source = "test"
    "#;

    #[test]
    fn the_national_catalogue_can_be_read() {
        let catalogue = Catalogue::parse(NATIONAL).expect("rules/reasons.toml");
        assert_eq!(catalogue.all().len(), 56);
        assert_eq!(&catalogue, Catalogue::national());
    }

    #[test]
    fn every_key_is_unique_and_in_snake_case() {
        let all = Catalogue::national().all();
        let keys: BTreeSet<&str> = all.iter().map(|reason| reason.key.as_str()).collect();
        assert_eq!(keys.len(), all.len());
        for key in keys {
            assert!(key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{key}");
        }
    }

    #[test]
    fn every_reason_speaks_both_languages() {
        for reason in Catalogue::national().all() {
            let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
            assert!(chinese(&reason.zh) && chinese(&reason.fix_zh), "{}", reason.key);
            assert!(reason.en.is_ascii() && !reason.en.is_empty(), "{}", reason.key);
            assert!(reason.fix_en.is_ascii() && !reason.fix_en.is_empty(), "{}", reason.key);
        }
    }

    #[test]
    fn every_fix_is_two_whole_sentences() {
        for reason in Catalogue::national().all() {
            assert!(reason.fix_zh.ends_with('。'), "{}", reason.key);
            assert!(reason.fix_en.ends_with('.'), "{}", reason.key);
            assert_eq!(reason.fix_zh.matches('。').count(), 2, "{}", reason.key);
            assert_eq!(reason.fix_en.split(". ").count(), 2, "{}", reason.key);
        }
    }

    #[test]
    fn every_authority_code_leads_to_the_reason_that_names_it() {
        let catalogue = Catalogue::national();
        let mut seen = BTreeSet::new();
        for reason in catalogue.all() {
            for code in &reason.authority_codes {
                assert!(seen.insert(*code), "{code} twice");
                assert_eq!(catalogue.by_authority_code(*code), Some(reason));
            }
        }
        let expected = [1003, 1005, 1006, 1021, 1022, 1033, 1039, 1041, 1045, 1046, 1049, 1050, 1052, 1063, 1064, 1065];
        assert_eq!(seen, BTreeSet::from(expected));
        assert_eq!(catalogue.by_authority_code(1001), None, "1001 is a success");
    }

    #[test]
    fn a_code_is_only_named_where_the_authority_raises_the_reason() {
        for reason in Catalogue::national().all().iter().filter(|reason| !reason.authority_codes.is_empty()) {
            assert!(reason.raised_at.contains(&RaisedAt::Authority), "{}", reason.key);
        }
    }

    #[test]
    fn the_reasons_that_the_machines_give_themselves_exist() {
        for key in ["sms_timeout", "sms_wrong", "phone_unreachable"] {
            assert!(Catalogue::national().get(key).is_some(), "{key}");
        }
        assert_eq!(Catalogue::national().get("no_such_reason"), None);
    }

    #[test]
    fn the_curtain_photo_has_reasons_of_its_own() {
        for key in ["photo_unclear", "photo_no_provider_mark", "photo_too_dark", "photo_face_covered", "photo_edited"] {
            assert_eq!(Catalogue::national().get(key).map(|reason| reason.group), Some(ReasonGroup::Material), "{key}");
        }
    }

    #[test]
    fn an_unknown_or_missing_field_is_refused() {
        assert!(Catalogue::parse(ONE).is_ok());
        for wrong in [ONE.replace("source", "origin"), ONE.replace("source = \"test\"", ""), format!("x = 1\n{ONE}")] {
            assert!(matches!(Catalogue::parse(&wrong), Err(CatalogueError::Unreadable(_))), "{wrong}");
        }
    }

    #[test]
    fn a_double_key_a_double_code_and_an_empty_text_are_refused() {
        let key = "photo_too_dark".to_owned();
        assert_eq!(Catalogue::parse(&format!("{ONE}{ONE}")), Err(CatalogueError::TwiceNamed(key.clone())));
        let other = ONE.replace("photo_too_dark", "photo_unclear");
        assert_eq!(Catalogue::parse(&format!("{ONE}{other}")), Err(CatalogueError::TwiceCoded(1002)));
        assert_eq!(Catalogue::parse(&ONE.replace("Too dark", " ")), Err(CatalogueError::Incomplete(key.clone())));
        assert_eq!(Catalogue::parse(&ONE.replace("\"initial\"", "")), Err(CatalogueError::Incomplete(key)));
    }
}
