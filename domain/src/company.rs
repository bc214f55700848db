//! Units: the eighteen natures of a subject, and the codes of companies. It knows no certificate and no name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::checksum;
use crate::text::folded;

/// What a subject is (单位性质), by MIIT's code; 7 and 8 are not in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub enum Nature {
    /// 国防机构.
    Defence,
    /// 政府机关.
    Government,
    /// 事业单位.
    PublicInstitution,
    /// 企业.
    Enterprise,
    /// 个人.
    Person,
    /// 社会团体.
    SocialOrganization,
    /// 民办非企业单位.
    PrivateNonEnterprise,
    /// 基金会.
    Foundation,
    /// 律师执业机构.
    LawPractice,
    /// 外国在华文化中心.
    ForeignCulturalCentre,
    /// 群众性团体组织.
    MassOrganization,
    /// 司法鉴定机构.
    ForensicAppraisal,
    /// 宗教团体.
    ReligiousBody,
    /// 境外机构.
    OverseasBody,
    /// 医疗机构.
    MedicalInstitution,
    /// 公证机构.
    NotaryOffice,
    /// 集体经济.
    CollectiveEconomy,
    /// 仲裁机构.
    ArbitrationBody,
}

/// No nature has this code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no nature has this code")]
pub struct UnknownNature;

impl Nature {
    /// All of them, by code.
    pub const ALL: [Self; 18] = [
        Self::Defence,
        Self::Government,
        Self::PublicInstitution,
        Self::Enterprise,
        Self::Person,
        Self::SocialOrganization,
        Self::PrivateNonEnterprise,
        Self::Foundation,
        Self::LawPractice,
        Self::ForeignCulturalCentre,
        Self::MassOrganization,
        Self::ForensicAppraisal,
        Self::ReligiousBody,
        Self::OverseasBody,
        Self::MedicalInstitution,
        Self::NotaryOffice,
        Self::CollectiveEconomy,
        Self::ArbitrationBody,
    ];

    const fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::Defence => (1, "国防机构", "national defence body"),
            Self::Government => (2, "政府机关", "government body"),
            Self::PublicInstitution => (3, "事业单位", "public institution"),
            Self::Enterprise => (4, "企业", "enterprise"),
            Self::Person => (5, "个人", "person"),
            Self::SocialOrganization => (6, "社会团体", "social organization"),
            Self::PrivateNonEnterprise => (9, "民办非企业单位", "private non-enterprise unit"),
            Self::Foundation => (10, "基金会", "foundation"),
            Self::LawPractice => (11, "律师执业机构", "law practice"),
            Self::ForeignCulturalCentre => (12, "外国在华文化中心", "foreign cultural centre in China"),
            Self::MassOrganization => (13, "群众性团体组织", "mass organization"),
            Self::ForensicAppraisal => (14, "司法鉴定机构", "forensic appraisal body"),
            Self::ReligiousBody => (15, "宗教团体", "religious body"),
            Self::OverseasBody => (16, "境外机构", "overseas body"),
            Self::MedicalInstitution => (17, "医疗机构", "medical institution"),
            Self::NotaryOffice => (18, "公证机构", "notary office"),
            Self::CollectiveEconomy => (19, "集体经济", "collective economic organization"),
            Self::ArbitrationBody => (20, "仲裁机构", "arbitration body"),
        }
    }

    /// MIIT's code.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.row().0
    }

    /// Its name in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        self.row().1
    }

    /// Its name in English.
    #[must_use]
    pub const fn en(self) -> &'static str {
        self.row().2
    }

    /// Whether it is a natural person; all others are units (单位).
    #[must_use]
    pub const fn is_person(self) -> bool {
        matches!(self, Self::Person)
    }
}

impl TryFrom<u16> for Nature {
    type Error = UnknownNature;

    fn try_from(code: u16) -> Result<Self, UnknownNature> {
        Self::ALL.into_iter().find(|nature| nature.code() == code).ok_or(UnknownNature)
    }
}

impl From<Nature> for u16 {
    fn from(nature: Nature) -> Self {
        nature.code()
    }
}

/// Why a text is no code of a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Another length or other characters.
    #[error("the code does not have the form of its kind")]
    Form,
    /// The last character does not fit the others: a slip somewhere.
    #[error("the code's check character does not fit")]
    Check,
}

/// A unified social credit code (统一社会信用代码, GB 32100): eighteen characters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CreditCode(String);

impl CreditCode {
    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Who registered what: the first two characters ("91" for a company). A hint about the nature, no more.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.get(..2).unwrap_or_default()
    }

    /// Characters three to eight: the division of the registering office.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.get(2..8).unwrap_or_default()
    }

    /// Whether a text is meant as a credit code, right or wrong: so many characters of its alphabet in its order.
    #[must_use]
    pub fn resembles(raw: &str) -> bool {
        let text = folded(raw).to_ascii_uppercase();
        text.len() == 18
            && text.starts_with(|c: char| matches!(c, '1'..='9' | 'A' | 'N' | 'Y' | 'G'))
            && text.get(2..8).is_some_and(|region| region.bytes().all(|byte| byte.is_ascii_digit()))
            && text.chars().all(checksum::in_gb32100_alphabet)
    }
}

impl TryFrom<&str> for CreditCode {
    type Error = CodeError;

    fn try_from(raw: &str) -> Result<Self, CodeError> {
        let text = folded(raw).to_ascii_uppercase();
        if !Self::resembles(&text) {
            return Err(CodeError::Form);
        }
        if text.get(..17).and_then(checksum::gb32100) != text.chars().last() {
            return Err(CodeError::Check);
        }
        Ok(Self(text))
    }
}

/// An organization code (组织机构代码, GB 11714): eight characters and a check character, kept without the hyphen.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OrganizationCode(String);

impl OrganizationCode {
    /// The nine characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for OrganizationCode {
    type Error = CodeError;

    fn try_from(raw: &str) -> Result<Self, CodeError> {
        let text = folded(raw).to_ascii_uppercase();
        let (body, check) = match text.split_once('-') {
            Some((body, check)) => (body, check),
            None => text.split_at_checked(8).ok_or(CodeError::Form)?,
        };
        let alphanumeric = body.len() == 8 && body.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !alphanumeric || check.len() != 1 || !check.starts_with(|c: char| c.is_ascii_digit() || c == 'X') {
            return Err(CodeError::Form);
        }
        if checksum::gb11714(body) != check.chars().next() {
            return Err(CodeError::Check);
        }
        Ok(Self(format!("{body}{check}")))
    }
}

/// The code of one-man businesses is a person's affair, so that no code prints.
macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )+};
}
hidden! { CreditCode, OrganizationCode }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_eighteen_natures_and_two_gaps() {
        let codes: Vec<u16> = Nature::ALL.iter().map(|nature| nature.code()).collect();
        assert!(codes.is_sorted() && codes.len() == 18);
        for code in [0, 7, 8, 21] {
            assert_eq!(Nature::try_from(code), Err(UnknownNature));
        }
        assert_eq!(Nature::try_from(5), Ok(Nature::Person));
        assert_eq!(serde_json::to_string(&Nature::Enterprise).unwrap(), "4");
    }

    #[test]
    fn a_credit_code_is_folded_and_checked() {
        let code = CreditCode::try_from(" 91110000 600037341l ").unwrap();
        assert_eq!((code.as_str(), code.prefix(), code.region()), ("91110000600037341L", "91", "110000"));
        assert_eq!(format!("{code:?}"), "CreditCode(***)");
        assert_eq!(CreditCode::try_from("91110000600037342L").unwrap_err(), CodeError::Check);
        for wrong in ["", "9111000060003734", "01110000600037341L", "9111O000600037341L", "91110000600037341I"] {
            assert_eq!(CreditCode::try_from(wrong).unwrap_err(), CodeError::Form, "{wrong}");
        }
    }

    #[test]
    fn credit_codes_that_begin_with_a_letter_exist() {
        for head in ["A1110000000000000", "N2110000000000000", "Y1110000000000000", "G1110000000000000"] {
            let code = format!("{head}{}", checksum::gb32100(head).unwrap());
            assert!(CreditCode::try_from(code.as_str()).is_ok(), "{head}");
        }
    }

    #[test]
    fn the_hyphen_of_an_organization_code_is_optional() {
        for text in ["D2143569-X", "D2143569X", "d2143569x"] {
            assert_eq!(OrganizationCode::try_from(text).unwrap().as_str(), "D2143569X");
        }
        assert_eq!(OrganizationCode::try_from("D2143568X").unwrap_err(), CodeError::Check);
        for wrong in ["", "D2143569", "D2143569-", "D2143569-XX", "D214356-9X", "D2143569A", "中文组织机构代码"]
        {
            assert_eq!(OrganizationCode::try_from(wrong).unwrap_err(), CodeError::Form, "{wrong}");
        }
    }
}
