//! From files to a pack: TOML rows, families filled in by provinces, files laid over files. It knows no draft.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Deserialize;

use super::family::{Family, Instance, Makes};
use super::pack::RulePack;
use super::procedure::Procedure;
use super::row::{Administration, Advice, MaterialKind, Need, Row, Rule, Source, rows};
use super::sms::{SmsValidity, Verifier};
use crate::region::Province;

macro_rules! compiled {
    ($($name:literal),+ $(,)?) => {
        /// The files compiled in: later ones are laid over earlier ones.
        pub(super) const COMPILED: [(&str, &str); [$($name),+].len()] =
            [$(($name, include_str!(concat!("../../rules/", $name)))),+];
    };
}

compiled!(
    "sources.toml",
    "national.toml",
    "data.toml",
    "names.toml",
    "domains.toml",
    "apps.toml",
    "limits.toml",
    "materials.toml",
    "sms.toml",
    "kinds.toml",
    "advice.toml",
    "families.toml",
    "letters.toml",
    "province/beijing.toml",
    "province/tianjin.toml",
    "province/hebei.toml",
    "province/shanxi.toml",
    "province/inner_mongolia.toml",
    "province/liaoning.toml",
    "province/jilin.toml",
    "province/heilongjiang.toml",
    "province/shanghai.toml",
    "province/jiangsu.toml",
    "province/zhejiang.toml",
    "province/anhui.toml",
    "province/fujian.toml",
    "province/jiangxi.toml",
    "province/shandong.toml",
    "province/henan.toml",
    "province/hubei.toml",
    "province/hunan.toml",
    "province/guangdong.toml",
    "province/guangxi.toml",
    "province/hainan.toml",
    "province/chongqing.toml",
    "province/sichuan.toml",
    "province/guizhou.toml",
    "province/yunnan.toml",
    "province/xizang.toml",
    "province/shaanxi.toml",
    "province/gansu.toml",
    "province/qinghai.toml",
    "province/ningxia.toml",
    "province/xinjiang.toml",
);

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
    /// A family filled in by a row makes no rule.
    #[error("{file}: `{name}` does not fit its family: {error}")]
    Misfit {
        /// Which file.
        file: String,
        /// Which row.
        name: String,
        /// What is wrong.
        error: String,
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
    /// A row names a family, a source or a material that no file describes.
    #[error("{file}: `{name}` names `{stranger}`, which no file describes")]
    Unknown {
        /// Which file.
        file: String,
        /// Which row.
        name: String,
        /// What it names.
        stranger: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    revision: NaiveDate,
    /// Rows of a province's file apply to that province only.
    #[serde(default)]
    province: Option<Province>,
    /// What the province's administration is and does, in its file.
    #[serde(default)]
    administration: Option<Administration>,
    #[serde(default)]
    source: Vec<Source>,
    #[serde(default)]
    rule: Vec<Rule>,
    #[serde(default)]
    material: Vec<MaterialKind>,
    #[serde(default)]
    need: Vec<Need>,
    #[serde(default)]
    advice: Vec<Advice>,
    #[serde(default)]
    family: Vec<Family>,
    #[serde(default)]
    instance: Vec<Instance>,
    #[serde(default)]
    verifier: Vec<Verifier>,
    #[serde(default)]
    procedure: Vec<Procedure>,
    #[serde(default)]
    sms: Vec<SmsValidity>,
}

/// Reads files, name and text each, in order: a row replaces an earlier file's row of the same name.
pub(super) fn pack(files: &[(&str, &str)]) -> Result<RulePack, PackError> {
    let mut pack = RulePack::default();
    let mut families: Vec<Family> = Vec::new();
    let mut newest = None;
    for (name, text) in files {
        let mut file: File =
            toml::from_str(text).map_err(|error| PackError::Unreadable { file: (*name).to_owned(), error })?;
        newest = newest.max(Some(file.revision));
        for row in std::mem::take(&mut file.source) {
            replace(&mut pack.sources, row, |one, other| one.tag == other.tag);
        }
        for row in std::mem::take(&mut file.family) {
            replace(&mut families, row, |one, other| one.id == other.id);
        }
        file.fill_in(name, &families, &pack.sources)?;
        file.check(name, &pack)?;
        lay(&mut pack, file);
    }
    let date = newest.map(|date| date.to_string()).unwrap_or_default();
    pack.revision = format!("{date}-{:016x}", fingerprint(files));
    Ok(pack)
}

fn lay(pack: &mut RulePack, file: File) {
    lay_rows(&mut pack.rules, file.rule, file.province);
    lay_rows(&mut pack.needs, file.need, file.province);
    lay_rows(&mut pack.advice, file.advice, file.province);
    if let (Some(province), Some(administration)) = (file.province, file.administration) {
        pack.administrations.insert(province, administration);
    }
    for kind in file.material {
        replace(&mut pack.materials, kind, |one, other| one.key == other.key);
    }
    for row in file.verifier {
        replace(&mut pack.verifiers, row, |one, other| one.order == other.order);
    }
    for row in file.procedure {
        replace(&mut pack.procedures, row, |one, other| one.order == other.order);
    }
    for row in file.sms {
        let same =
            |one: &SmsValidity, other: &SmsValidity| (one.from, &one.provinces) == (other.from, &other.provinces);
        replace(&mut pack.validities, row, same);
    }
}

fn lay_rows<R: Row>(known: &mut Vec<R>, rows: Vec<R>, province: Option<Province>) {
    for mut row in rows {
        row.when_mut().provinces.extend(province);
        replace(known, row, |one, other| one.id() == other.id());
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
    /// Makes rows of the families that this file fills in.
    fn fill_in(&mut self, file: &str, families: &[Family], sources: &[Source]) -> Result<(), PackError> {
        for instance in std::mem::take(&mut self.instance) {
            let name = instance.name(self.province);
            let unknown = |stranger: &str| PackError::Unknown {
                file: file.to_owned(),
                name: name.clone(),
                stranger: stranger.to_owned(),
            };
            let misfit = |error: toml::de::Error| PackError::Misfit {
                file: file.to_owned(),
                name: name.clone(),
                error: error.message().to_owned(),
            };
            let family =
                families.iter().find(|family| family.id == instance.of).ok_or_else(|| unknown(&instance.of))?;
            let strange = instance.tags().find(|tag| !sources.iter().any(|source| source.tag == **tag));
            if let Some(tag) = strange {
                return Err(unknown(tag));
            }
            let row = instance.fill(family, self.province, sources);
            match family.makes {
                Makes::Rule => self.rule.push(row.try_into().map_err(misfit)?),
                Makes::Need => self.need.push(row.try_into().map_err(misfit)?),
                Makes::Advice => self.advice.push(row.try_into().map_err(misfit)?),
            }
        }
        Ok(())
    }

    fn check(&self, file: &str, pack: &RulePack) -> Result<(), PackError> {
        self.check_names(file)?;
        self.check_references(file, pack)
    }

    fn rows(&self) -> impl Iterator<Item = &dyn Row> {
        rows(&self.rule, &self.need, &self.advice)
    }

    fn check_names(&self, file: &str) -> Result<(), PackError> {
        let mut names = BTreeSet::new();
        let keys = self.material.iter().map(|kind| kind.key.as_str());
        if let Some(name) = self.rows().map(|row| row.id().as_str()).chain(keys).find(|name| !names.insert(*name)) {
            return Err(PackError::Twice { file: file.to_owned(), name: name.to_owned() });
        }
        self.rows()
            .find(|row| row.is_incomplete())
            .map_or(Ok(()), |row| Err(PackError::Incomplete { file: file.to_owned(), name: row.id().to_string() }))
    }

    fn check_references(&self, file: &str, pack: &RulePack) -> Result<(), PackError> {
        let unknown = |name: &str, stranger: &str| PackError::Unknown {
            file: file.to_owned(),
            name: name.to_owned(),
            stranger: stranger.to_owned(),
        };
        let rows = self.rows().map(|row| (row.id().as_str(), row.source(), row.alt()));
        let materials = self.material.iter().map(|row| (row.key.as_str(), row.source.as_slice(), [].as_slice()));
        for (name, source, alt) in rows.chain(materials) {
            let tags = source.iter().chain(alt.iter().flat_map(|reading| &reading.source));
            let known = |tag: &&String| pack.sources.iter().any(|source| source.tag == **tag);
            if let Some(tag) = tags.into_iter().find(|tag| !known(tag)) {
                return Err(unknown(name, tag));
            }
        }
        let known = |key: &str| self.material.iter().any(|kind| kind.key == key) || pack.material(key).is_some();
        let stray = self.need.iter().find(|need| !known(&need.kind));
        stray.map_or(Ok(()), |need| Err(unknown(need.id.as_str(), &need.kind)))
    }
}
