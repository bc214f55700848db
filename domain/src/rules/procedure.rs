//! What happens to a kind of order from its opening to its end: rows of a pack. The machine runs by the steps, people read
//! the texts.

use serde::{Deserialize, Serialize};

use super::RulePack;
use super::kinds::OrderKind;
use crate::certificate::Confidence;
use crate::order::Steps;

/// How one kind of order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// The kind.
    pub order: OrderKind,
    /// Its steps.
    pub steps: Steps,
    /// Whether the rules judge its draft: a cancellation has none.
    pub judged: bool,
    /// Whether it can be undone once it is through: what was cancelled is filed anew, from the beginning.
    pub reversible: bool,
    /// What it may change, in Chinese.
    pub changes_zh: String,
    /// The same in English.
    pub changes_en: String,
    /// What it may be combined with, in Chinese.
    pub combines_zh: String,
    /// The same in English.
    pub combines_en: String,
    /// What happens to the site meanwhile, in Chinese.
    pub site_zh: String,
    /// The same in English.
    pub site_en: String,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
    /// How sure we are.
    pub confidence: Confidence,
}

impl RulePack {
    /// How a kind of order goes; none where a pack forgot it, which a test of the compiled one excludes.
    #[must_use]
    pub fn procedure(&self, kind: OrderKind) -> Option<&Procedure> {
        self.procedures().iter().find(|row| row.order == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::{Delivery, Review};

    #[test]
    fn every_kind_has_its_procedure() {
        let pack = RulePack::national();
        for kind in OrderKind::ALL {
            let row = pack.procedure(kind).unwrap_or_else(|| panic!("{kind}"));
            let texts =
                [&row.changes_zh, &row.combines_zh, &row.site_zh, &row.changes_en, &row.combines_en, &row.site_en];
            assert!(texts.iter().all(|text| !text.trim().is_empty()), "{kind}");
            assert!(
                texts.iter().take(3).all(|text| !text.is_ascii()) && texts.iter().skip(3).all(|text| text.is_ascii())
            );
            assert!(row.source.iter().all(|tag| pack.sources().iter().any(|source| source.tag == *tag)), "{kind}");
        }
        assert_eq!(pack.procedure(OrderKind::First).unwrap().steps, Steps::default());
        let access = &pack.procedure(OrderKind::ChangeAccess).unwrap().steps;
        assert_eq!((access.review, access.verification), (Review::Automatic, false));
        assert_eq!(pack.procedure(OrderKind::Migrate).unwrap().steps.delivery, Delivery::Desk);
    }
}
