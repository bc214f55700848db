//! Where: the thirty-one administrations and the six-digit division codes under them. It knows no rule of theirs.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::table::divisions;

/// No administration or division has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegionError {
    /// Not six digits.
    #[error("a division code has six digits")]
    Form,
    /// The first two digits belong to none of the thirty-one administrations.
    #[error("no administration has this code")]
    Unknown,
    /// A whole province is no mailing address.
    #[error("this is a whole province, not a division of it")]
    WholeProvince,
}

/// An administration (通信管理局): a province, autonomous region or municipality of the mainland.
#[expect(missing_docs, reason = "the names are the documentation")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Province {
    Beijing,
    Tianjin,
    Hebei,
    Shanxi,
    InnerMongolia,
    Liaoning,
    Jilin,
    Heilongjiang,
    Shanghai,
    Jiangsu,
    Zhejiang,
    Anhui,
    Fujian,
    Jiangxi,
    Shandong,
    Henan,
    Hubei,
    Hunan,
    Guangdong,
    Guangxi,
    Hainan,
    Chongqing,
    Sichuan,
    Guizhou,
    Yunnan,
    Xizang,
    Shaanxi,
    Gansu,
    Qinghai,
    Ningxia,
    Xinjiang,
}

struct Row {
    code: &'static str,
    zh: &'static str,
    en: &'static str,
    short: char,
    prefix: char,
}

const fn row(code: &'static str, zh: &'static str, en: &'static str, short: char, prefix: char) -> Row {
    Row { code, zh, en, short, prefix }
}

impl Province {
    /// All of them, by code.
    pub const ALL: [Self; 31] = [
        Self::Beijing,
        Self::Tianjin,
        Self::Hebei,
        Self::Shanxi,
        Self::InnerMongolia,
        Self::Liaoning,
        Self::Jilin,
        Self::Heilongjiang,
        Self::Shanghai,
        Self::Jiangsu,
        Self::Zhejiang,
        Self::Anhui,
        Self::Fujian,
        Self::Jiangxi,
        Self::Shandong,
        Self::Henan,
        Self::Hubei,
        Self::Hunan,
        Self::Guangdong,
        Self::Guangxi,
        Self::Hainan,
        Self::Chongqing,
        Self::Sichuan,
        Self::Guizhou,
        Self::Yunnan,
        Self::Xizang,
        Self::Shaanxi,
        Self::Gansu,
        Self::Qinghai,
        Self::Ningxia,
        Self::Xinjiang,
    ];

    const fn row(self) -> Row {
        match self {
            Self::Beijing => row("110000", "北京市", "Beijing", '京', '京'),
            Self::Tianjin => row("120000", "天津市", "Tianjin", '津', '津'),
            Self::Hebei => row("130000", "河北省", "Hebei", '冀', '冀'),
            Self::Shanxi => row("140000", "山西省", "Shanxi", '晋', '晋'),
            Self::InnerMongolia => row("150000", "内蒙古自治区", "Inner Mongolia", '蒙', '蒙'),
            Self::Liaoning => row("210000", "辽宁省", "Liaoning", '辽', '辽'),
            Self::Jilin => row("220000", "吉林省", "Jilin", '吉', '吉'),
            Self::Heilongjiang => row("230000", "黑龙江省", "Heilongjiang", '黑', '黑'),
            Self::Shanghai => row("310000", "上海市", "Shanghai", '沪', '沪'),
            Self::Jiangsu => row("320000", "江苏省", "Jiangsu", '苏', '苏'),
            Self::Zhejiang => row("330000", "浙江省", "Zhejiang", '浙', '浙'),
            Self::Anhui => row("340000", "安徽省", "Anhui", '皖', '皖'),
            Self::Fujian => row("350000", "福建省", "Fujian", '闽', '闽'),
            Self::Jiangxi => row("360000", "江西省", "Jiangxi", '赣', '赣'),
            Self::Shandong => row("370000", "山东省", "Shandong", '鲁', '鲁'),
            Self::Henan => row("410000", "河南省", "Henan", '豫', '豫'),
            Self::Hubei => row("420000", "湖北省", "Hubei", '鄂', '鄂'),
            Self::Hunan => row("430000", "湖南省", "Hunan", '湘', '湘'),
            Self::Guangdong => row("440000", "广东省", "Guangdong", '粤', '粤'),
            Self::Guangxi => row("450000", "广西壮族自治区", "Guangxi", '桂', '桂'),
            Self::Hainan => row("460000", "海南省", "Hainan", '琼', '琼'),
            Self::Chongqing => row("500000", "重庆市", "Chongqing", '渝', '渝'),
            Self::Sichuan => row("510000", "四川省", "Sichuan", '川', '蜀'),
            Self::Guizhou => row("520000", "贵州省", "Guizhou", '贵', '黔'),
            Self::Yunnan => row("530000", "云南省", "Yunnan", '云', '滇'),
            Self::Xizang => row("540000", "西藏自治区", "Xizang", '藏', '藏'),
            Self::Shaanxi => row("610000", "陕西省", "Shaanxi", '陕', '陕'),
            Self::Gansu => row("620000", "甘肃省", "Gansu", '甘', '陇'),
            Self::Qinghai => row("630000", "青海省", "Qinghai", '青', '青'),
            Self::Ningxia => row("640000", "宁夏回族自治区", "Ningxia", '宁', '宁'),
            Self::Xinjiang => row("650000", "新疆维吾尔自治区", "Xinjiang", '新', '新'),
        }
    }

    /// Six digits, as in identity numbers and addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        self.row().zh
    }

    /// Its name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        self.row().en
    }

    /// Its name as addresses begin: without 省, 市 and the like.
    #[must_use]
    pub fn stem(self) -> &'static str {
        const ENDS: [&str; 6] = ["壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市"];
        ENDS.into_iter().find_map(|end| self.zh().strip_suffix(end)).unwrap_or(self.zh())
    }

    /// Its name in ids and file names (`inner_mongolia`).
    #[must_use]
    pub fn slug(self) -> String {
        self.en().to_lowercase().replace(' ', "_")
    }

    /// The administration with this slug, or with this code.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|province| province.code() == name || province.slug() == name)
    }

    /// A division in it, the first of the table.
    #[must_use]
    pub fn seat(self) -> &'static str {
        let head = self.code().get(..2).unwrap_or_default();
        let county = divisions().under(head).find(|division| !division.code.ends_with("00"));
        county.map_or(self.code(), |division| division.code.as_str())
    }

    /// The everyday one-character name (川).
    #[must_use]
    pub const fn short(self) -> char {
        self.row().short
    }

    /// The character that opens its filing numbers (蜀); four differ from the everyday name.
    #[must_use]
    pub const fn prefix(self) -> char {
        self.row().prefix
    }

    /// The administration whose filing numbers begin with this character.
    #[must_use]
    pub fn by_prefix(prefix: char) -> Option<Self> {
        Self::ALL.into_iter().find(|province| province.prefix() == prefix)
    }

    /// The province of any six-digit code under it.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        let head = code.get(..2)?;
        Self::ALL.into_iter().find(|province| province.code().starts_with(head))
    }
}

impl fmt::Display for Province {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Province {
    type Err = RegionError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        if !is_six_digits(raw) {
            return Err(RegionError::Form);
        }
        Self::ALL.into_iter().find(|province| province.code() == raw).ok_or(RegionError::Unknown)
    }
}

impl TryFrom<String> for Province {
    type Error = RegionError;

    fn try_from(raw: String) -> Result<Self, Self::Error> {
        raw.parse()
    }
}

impl From<Province> for String {
    fn from(province: Province) -> Self {
        province.code().to_owned()
    }
}

fn is_six_digits(raw: &str) -> bool {
    raw.len() == 6 && raw.bytes().all(|byte| byte.is_ascii_digit())
}

/// A division below a province (GB/T 2260): form and province are checked here, its existence by the table of divisions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RegionCode(String);

impl RegionCode {
    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The province it lies in.
    ///
    /// # Panics
    /// Never: no value is made without one.
    #[must_use]
    pub fn province(&self) -> Province {
        #[expect(clippy::expect_used, reason = "try_from looked the province up before it made the value")]
        Province::of(&self.0).expect("a division code begins with a province")
    }
}

impl TryFrom<&str> for RegionCode {
    type Error = RegionError;

    fn try_from(raw: &str) -> Result<Self, RegionError> {
        let raw = raw.trim();
        if !is_six_digits(raw) {
            return Err(RegionError::Form);
        }
        if Province::of(raw).is_none() {
            return Err(RegionError::Unknown);
        }
        if raw.ends_with("0000") {
            return Err(RegionError::WholeProvince);
        }
        Ok(Self(raw.to_owned()))
    }
}

impl TryFrom<String> for RegionCode {
    type Error = RegionError;

    fn try_from(raw: String) -> Result<Self, RegionError> {
        Self::try_from(raw.as_str())
    }
}

impl From<RegionCode> for String {
    fn from(code: RegionCode) -> Self {
        code.0
    }
}

impl fmt::Display for RegionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_province_has_its_own_code_and_prefix() {
        let codes: BTreeSet<_> = Province::ALL.iter().map(|province| province.code()).collect();
        let prefixes: BTreeSet<_> = Province::ALL.iter().map(|province| province.prefix()).collect();
        assert_eq!((codes.len(), prefixes.len()), (31, 31));
        for province in Province::ALL {
            assert_eq!(province.code().parse(), Ok(province));
            assert_eq!(Province::by_prefix(province.prefix()), Some(province));
        }
        assert!(Province::ALL.is_sorted_by_key(|province| province.code()));
    }

    #[test]
    fn four_prefixes_differ_from_the_everyday_name() {
        let differ: String = Province::ALL.iter().filter(|p| p.short() != p.prefix()).map(|p| p.prefix()).collect();
        assert_eq!(differ, "蜀黔滇陇");
    }

    #[test]
    fn a_province_is_six_digits_in_json() {
        assert_eq!(serde_json::to_string(&Province::Liaoning).unwrap(), "\"210000\"");
        assert_eq!(serde_json::from_str::<Province>("\"440000\"").unwrap(), Province::Guangdong);
        for wrong in ["\"710000\"", "\"21\"", "\"210100\"", "210000"] {
            assert!(serde_json::from_str::<Province>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_division_lies_in_a_province_and_is_not_one() {
        assert_eq!(RegionCode::try_from("210102").unwrap().province(), Province::Liaoning);
        assert_eq!(RegionCode::try_from("441900").unwrap().province(), Province::Guangdong);
        assert_eq!(RegionCode::try_from("210000").unwrap_err(), RegionError::WholeProvince);
        assert_eq!(RegionCode::try_from("810001").unwrap_err(), RegionError::Unknown);
        assert_eq!(RegionCode::try_from("21010a").unwrap_err(), RegionError::Form);
    }
}
