//! Texts that the carrier approved, with numbered slots. It knows no receiver.

use std::collections::BTreeMap;

use anyhow::Context;
use serde::{Deserialize, Serialize};

/// Whether a template carries a code; those take short digits and nothing else.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Use {
    #[default]
    Notice,
    Code,
}

/// An approved text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    /// With `{1}`, `{2}`, … for what is put in.
    pub(super) text: String,
    #[serde(default)]
    pub(super) r#use: Use,
}

/// Why a template cannot be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Misfit {
    Number,
    NotACode,
    Url,
}

impl Template {
    /// The text with its slots filled.
    pub(super) fn fill(&self, params: &[String]) -> Result<String, Misfit> {
        if params.len() != self.slots() {
            return Err(Misfit::Number);
        }
        if params.iter().any(|param| param.contains("://") || param.contains("www.")) {
            return Err(Misfit::Url);
        }
        let is_code = |param: &String| param.len() <= 6 && param.bytes().all(|byte| byte.is_ascii_digit());
        if self.r#use == Use::Code && !params.iter().all(is_code) {
            return Err(Misfit::NotACode);
        }
        let mut text = self.text.clone();
        // From the last: what was put in may look like a slot itself, but never like one that comes later.
        for (at, param) in params.iter().enumerate().rev() {
            text = text.replace(&format!("{{{}}}", at + 1), param);
        }
        Ok(text)
    }

    fn slots(&self) -> usize {
        (1..).take_while(|slot| self.text.contains(&format!("{{{slot}}}"))).count()
    }
}

/// Those of the demo customer.
pub(super) fn approved() -> anyhow::Result<BTreeMap<String, Template>> {
    serde_json::from_str(include_str!("templates.json")).context("templates.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(text: &str, r#use: Use) -> Template {
        Template { text: text.to_owned(), r#use }
    }

    fn params(all: &[&str]) -> Vec<String> {
        all.iter().map(|param| (*param).to_owned()).collect()
    }

    #[test]
    fn the_approved_templates_are_readable() {
        assert!(approved().unwrap().len() > 9);
    }

    #[test]
    fn a_template_takes_as_many_values_as_it_has_slots() {
        let greeting = template("{1}您好，{2}。", Use::Notice);
        assert_eq!(greeting.fill(&params(&["甲", "乙"])).unwrap(), "甲您好，乙。");
        assert_eq!(greeting.fill(&params(&["甲"])), Err(Misfit::Number));
        assert_eq!(greeting.fill(&params(&["甲", "乙", "丙"])), Err(Misfit::Number));
    }

    #[test]
    fn links_and_long_codes_are_not_carried() {
        assert_eq!(template("{1}", Use::Notice).fill(&params(&["https://x.example"])), Err(Misfit::Url));
        assert_eq!(template("{1}", Use::Code).fill(&params(&["1234567"])), Err(Misfit::NotACode));
        assert_eq!(template("{1}", Use::Code).fill(&params(&["123456"])).unwrap(), "123456");
    }
}
