//! The input of the stories, as it lies in `examples/`: JSON sections and pictures. Only what may be filed once (certificate
//! numbers, domains) differs from one edition to the next.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use domain::{company::CreditCode, person::CitizenId};
use serde_json::Value;

/// One filing's input.
#[derive(Debug, Clone)]
pub struct Example {
    dir: PathBuf,
    edition: u32,
}

impl Example {
    /// How many editions there are of each example.
    pub const EDITIONS: u32 = 400;

    /// The input in `examples/NAME`, as it lies there.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self { dir: Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples").join(name), edition: 0 }
    }

    /// The same input about other fictional people with other domains: a subject and a domain are filed for the first time
    /// only once.
    #[must_use]
    pub fn edition(&self, edition: u32) -> Self {
        Self { edition, ..self.clone() }
    }

    /// The edition after this one, while there is one.
    #[must_use]
    pub fn next(&self) -> Option<Self> {
        let next = self.edition + 1;
        (next < Self::EDITIONS).then(|| self.edition(next))
    }

    /// A JSON file of it.
    pub fn json(&self, name: &str) -> anyhow::Result<Value> {
        let path = self.dir.join(format!("{name}.json"));
        let text = std::fs::read_to_string(&path).with_context(|| format!("{}", path.display()))?;
        let mut value = serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
        if self.edition > 0 {
            vary(&mut value, self.edition)?;
        }
        Ok(value)
    }

    /// A picture of it.
    pub fn picture(&self, name: &str) -> anyhow::Result<Vec<u8>> {
        let path = self.dir.join(format!("{name}.jpg"));
        std::fs::read(&path).with_context(|| format!("{}", path.display()))
    }
}

fn vary(value: &mut Value, edition: u32) -> anyhow::Result<()> {
    match value {
        Value::String(text) => {
            if let Some(other) = varied(text, edition)? {
                *text = other;
            }
        }
        Value::Array(all) => all.iter_mut().try_for_each(|one| vary(one, edition))?,
        Value::Object(all) => all.values_mut().try_for_each(|one| vary(one, edition))?,
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    Ok(())
}

fn varied(text: &str, edition: u32) -> anyhow::Result<Option<String>> {
    if let Some(stem) = text.strip_suffix(".cn") {
        return Ok(Some(format!("{stem}-{edition}.cn")));
    }
    if CitizenId::try_from(text).is_ok() {
        // The last digit of the sequence says man or woman: it stays odd or even.
        let (Some(head), Some(sequence)) = (text.get(..14), text.get(14..17)) else { bail!("a short number") };
        let sequence = sequence.parse::<u32>()? + 2 * edition;
        let other = |check: char| format!("{head}{sequence:03}{check}");
        return Ok("0123456789X".chars().map(other).find(|number| CitizenId::try_from(number.as_str()).is_ok()));
    }
    if CreditCode::try_from(text).is_ok() {
        let head = text.get(..13).context("a short code")?;
        let characters = || "0123456789ABCDEFGHJKLMNPQRTUWXY".chars();
        let endings = characters().flat_map(|own| characters().map(move |all| (own, all)));
        let other = |(own, all): (char, char)| format!("{head}{edition:03}{own}{all}");
        return Ok(endings.map(other).find(|code| CreditCode::try_from(code.as_str()).is_ok()));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_edition_has_numbers_of_its_own_with_right_check_digits() -> anyhow::Result<()> {
        for (name, number) in [("enterprise-liaoning", "credit"), ("person-guangdong", "citizen")] {
            let mut seen = BTreeSet::new();
            for edition in 0..Example::EDITIONS {
                let asked = Example::named(name).edition(edition).json("type-check")?;
                let text = asked["certificate"].as_str().context("no certificate")?;
                let right = match number {
                    "credit" => CreditCode::try_from(text).is_ok(),
                    _ => CitizenId::try_from(text).is_ok(),
                };
                assert!(right, "{text}");
                assert!(seen.insert((text.to_owned(), asked["services"].to_string())), "{text}");
            }
        }
        Ok(())
    }
}
