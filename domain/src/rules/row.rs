//! The rows of a pack: rules about the draft, kinds of material, rules that ask for one, advice, sources. They know no file.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::check::RuleKind;
use super::place::Pattern;
use super::prove::Example;
use super::when::When;
use crate::certificate::Confidence;
use crate::violation::{RuleId, Severity, Violation};

/// One rule of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its stable name.
    pub id: RuleId,
    /// Where it looks.
    pub at: Pattern,
    /// What it asks.
    pub check: RuleKind,
    /// When it applies.
    #[serde(default)]
    pub when: When,
    /// How much it weighs.
    pub severity: Severity,
    /// First day in force.
    pub from: NaiveDate,
    /// The first day on which it is in force no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
    /// How sure we are.
    pub confidence: Confidence,
    /// Other readings of the rule, with their sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt: Vec<Reading>,
    /// What reviewers should know of the rule's origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What is wrong, in Chinese.
    pub zh: String,
    /// What is wrong, in English.
    pub en: String,
    /// How to mend it, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_zh: Option<String>,
    /// How to mend it, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_en: Option<String>,
    /// Drafts that keep the rule; at least one.
    pub pass: Vec<Example>,
    /// Drafts that break it; at least one.
    pub fail: Vec<Example>,
}

/// Another reading of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    /// What it says.
    pub says: String,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
}

/// A kind of material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaterialKind {
    /// Its stable name, as materials and messages carry it.
    pub key: String,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Whether each service has its own; otherwise it belongs to the subject.
    pub per_service: bool,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
}

/// A rule that asks for a material.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// Its stable name.
    pub id: RuleId,
    /// The kind of material.
    pub kind: String,
    /// The part of the draft that it proves.
    pub at: Pattern,
    /// It is needed where this check finds the place broken; without one, wherever the rule applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<RuleKind>,
    /// When it is needed.
    #[serde(default)]
    pub when: When,
    /// Only where the principal's certificate at the place has so many sides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sides: Option<u8>,
    /// How much it weighs.
    pub severity: Severity,
    /// First day in force.
    pub from: NaiveDate,
    /// The first day on which it is in force no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
    /// How sure we are.
    pub confidence: Confidence,
    /// Other readings of the rule, with their sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt: Vec<Reading>,
    /// What reviewers should know of the rule's origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Why, and how it must look, in Chinese.
    pub why_zh: String,
    /// The same in English.
    pub why_en: String,
    /// Drafts that do not need it; at least one.
    pub pass: Vec<Example>,
    /// Drafts that need it; at least one.
    pub fail: Vec<Example>,
}

/// What no machine can judge, and people should know at a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Its stable name.
    pub id: RuleId,
    /// At which step it is shown.
    pub step: Step,
    /// Where it looks, if a check decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Pattern>,
    /// It is shown where this check finds the place broken; without one, wherever it applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<RuleKind>,
    /// When it applies.
    #[serde(default)]
    pub when: When,
    /// First day in force.
    pub from: NaiveDate,
    /// The first day on which it is in force no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
    /// How sure we are.
    pub confidence: Confidence,
    /// Other readings, with their sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alt: Vec<Reading>,
    /// What reviewers should know of its origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What to know, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// A step of a filing, from the first question to the years after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Which kind of order it is.
    Type,
    /// The subject's data.
    Subject,
    /// The principals' data.
    Principal,
    /// The service's data.
    Service,
    /// The domain, before and during the filing.
    Domain,
    /// The cloud resource and authorization codes.
    Resource,
    /// Materials and pictures.
    Material,
    /// Face check, curtain and sheet.
    Verification,
    /// Our initial review.
    Review,
    /// SMS verification.
    Sms,
    /// The authority's review.
    Authority,
    /// After the number was given.
    Filed,
    /// Changing a filing.
    Change,
    /// Cancelling, migrating and transferring one.
    Cancel,
}

/// What is known of a province's administration besides its rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Administration {
    /// Where people verify by SMS and look numbers up.
    pub host: String,
    /// The province's bit in MIIT's table of server locations (`Fbdd`).
    pub server_location: u64,
    /// How many working days its review usually takes, fewest and most: an estimate, not a promise.
    pub review_days: (u32, u32),
    /// Since when its pilot verified by SMS, before the whole country did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sms_pilot_since: Option<NaiveDate>,
}

/// Where knowledge is from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// How rows name it.
    pub tag: String,
    /// Where it can be found.
    pub place: String,
    /// What it is.
    pub what: String,
    /// Its date, in words.
    pub date: String,
    /// The day from which a row that has no better date counts as known by it.
    pub known: NaiveDate,
}

/// What rules, needs and advice have in common.
pub trait Row {
    /// Its stable name.
    fn id(&self) -> &RuleId;
    /// When it applies.
    fn when(&self) -> &When;
    /// The same, to be narrowed to the province of its file.
    fn when_mut(&mut self) -> &mut When;
    /// First day in force, and the first day on which it is in force no more.
    fn term(&self) -> (NaiveDate, Option<NaiveDate>);
    /// Where it is from: tags of [`Source`].
    fn source(&self) -> &[String];
    /// How sure we are.
    fn confidence(&self) -> Confidence;
    /// Other readings, with their sources.
    fn alt(&self) -> &[Reading];
    /// What it says, in Chinese and in English.
    fn texts(&self) -> (&str, &str);
    /// Whether something of its own is missing or contradicts itself.
    fn lacks_something(&self) -> bool;

    /// Whether it is in force on a day.
    fn in_force(&self, on: NaiveDate) -> bool {
        let (from, until) = self.term();
        from <= on && until.is_none_or(|until| on < until)
    }

    /// Whether a text or a source is missing, or it ends before it begins.
    fn is_incomplete(&self) -> bool {
        let ((from, until), (zh, en)) = (self.term(), self.texts());
        [zh, en].into_iter().any(is_blank)
            || self.source().is_empty()
            || until.is_some_and(|until| until <= from)
            || self.lacks_something()
    }
}

macro_rules! row {
    ($row:ty, $zh:ident, $en:ident, $lacks:expr) => {
        impl Row for $row {
            fn id(&self) -> &RuleId {
                &self.id
            }

            fn when(&self) -> &When {
                &self.when
            }

            fn when_mut(&mut self) -> &mut When {
                &mut self.when
            }

            fn term(&self) -> (NaiveDate, Option<NaiveDate>) {
                (self.from, self.until)
            }

            fn source(&self) -> &[String] {
                &self.source
            }

            fn confidence(&self) -> Confidence {
                self.confidence
            }

            fn alt(&self) -> &[Reading] {
                &self.alt
            }

            fn texts(&self) -> (&str, &str) {
                (&self.$zh, &self.$en)
            }

            fn lacks_something(&self) -> bool {
                let lacks: fn(&$row) -> bool = $lacks;
                lacks(self)
            }
        }
    };
}

row!(Rule, zh, en, |rule| {
    let fixes = [rule.fix_zh.as_deref(), rule.fix_en.as_deref()];
    let one_language = fixes.iter().flatten().count() == 1;
    one_language || fixes.into_iter().flatten().any(is_blank) || rule.pass.is_empty() || rule.fail.is_empty()
});
row!(Need, why_zh, why_en, |need| need.pass.is_empty() || need.fail.is_empty());
row!(Advice, zh, en, |advice| advice.check.is_some() && advice.at.is_none());

/// All of them, as what they have in common.
pub(super) fn rows<'a>(
    rules: &'a [Rule],
    needs: &'a [Need],
    advice: &'a [Advice],
) -> impl Iterator<Item = &'a dyn Row> {
    fn common<R: Row>(row: &R) -> &dyn Row {
        row
    }
    rules.iter().map(common).chain(needs.iter().map(common)).chain(advice.iter().map(common))
}

fn is_blank(text: &str) -> bool {
    text.trim().is_empty()
}

impl Rule {
    pub(super) fn violation(&self, pointer: String, hit: Option<String>) -> Violation {
        Violation {
            pointer,
            rule: self.id.clone(),
            severity: self.severity,
            hit,
            zh: self.zh.clone(),
            en: self.en.clone(),
            fix_zh: self.fix_zh.clone(),
            fix_en: self.fix_en.clone(),
        }
    }
}
