//! What is wrong with a draft: where, by which rule, in both languages, and how to mend it. It knows no rule itself.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The stable name of a rule (`national.subject.name.present`), as packs, answers and logs use it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RuleId(String);

impl RuleId {
    /// Takes the name as it is.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How much a rule weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The order cannot be submitted like this.
    Blocks,
    /// The authority is likely to object.
    Warns,
    /// Good to know.
    Informs,
}

/// One thing that is wrong, written as every problem of the API is. The texts never quote what was entered: they travel to logs and other people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// JSON pointer (RFC 6901) into the draft; empty for the whole of it.
    pub pointer: String,
    /// The rule that is broken.
    pub rule: RuleId,
    /// How much it weighs.
    pub severity: Severity,
    /// The word of the rule's list that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<String>,
    /// What is wrong, in Chinese.
    #[serde(rename = "message")]
    pub zh: String,
    /// What is wrong, in English.
    #[serde(rename = "message_en")]
    pub en: String,
    /// How to mend it, in Chinese.
    #[serde(rename = "fix", default, skip_serializing_if = "Option::is_none")]
    pub fix_zh: Option<String>,
    /// How to mend it, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_en: Option<String>,
}

impl Violation {
    /// A violation that blocks, without advice.
    pub fn blocking(pointer: impl Into<String>, rule: &str, zh: &str, en: &str) -> Self {
        Self {
            pointer: pointer.into(),
            rule: RuleId::new(rule),
            severity: Severity::Blocks,
            hit: None,
            zh: zh.to_owned(),
            en: en.to_owned(),
            fix_zh: None,
            fix_en: None,
        }
    }

    /// Whether the order cannot be submitted like this.
    #[must_use]
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Blocks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_prints_its_rule_and_leaves_out_advice_it_has_not() {
        let violation = Violation::blocking("/subject/name", "national.subject.name.present", "请填写", "Required");
        assert_eq!(violation.rule.to_string(), "national.subject.name.present");
        let json = serde_json::to_value(&violation).unwrap();
        assert_eq!(json["severity"], "blocks");
        assert!(json.get("fix").is_none());
        assert_eq!(serde_json::from_value::<Violation>(json).unwrap(), violation);
    }
}
