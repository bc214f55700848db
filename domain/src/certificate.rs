//! Which certificates there are for each nature, and how their numbers are checked. It knows no person and no draft.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::company::{CodeError, CreditCode, Nature, OrganizationCode};
use crate::person::{self, CitizenId};
use crate::text::{fold_width, folded};

const NATIONAL: &str = include_str!("../rules/natures.toml");

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test of this module parses the same text")]
static CERTIFICATES: LazyLock<Certificates> =
    LazyLock::new(|| Certificates::parse(NATIONAL).expect("rules/natures.toml is well-formed"));

/// Whether a certificate is still accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateStatus {
    /// Issued today.
    Current,
    /// Accepted, but no longer issued.
    Legacy,
    /// Not accepted any more.
    Retired,
    /// Seen in the authority's lists, but nobody says for which nature.
    Unplaced,
}

/// How sure we are of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Hearsay or memory.
    Low,
    /// One good source.
    Medium,
    /// Several sources, or the authority's own.
    High,
}

/// The form of a certificate's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberForm {
    /// Business licence: a credit code, or an old registration number of 15 or 13 digits.
    Licence,
    /// A unified social credit code.
    Credit,
    /// An organization code, or a credit code.
    Organization,
    /// Letters, digits, Chinese characters and brackets, 2 to 64.
    Open,
    /// The same; what looks like a credit code must be one.
    OpenOrCredit,
    /// Letters and digits, 15 to 22.
    Medical,
    /// Resident identity card.
    Resident,
    /// Residence permit for Hong Kong and Macau residents.
    HongKongResidence,
    /// Residence permit for Taiwan residents.
    TaiwanResidence,
    /// Permanent residence of foreigners: 18 characters since 2023-12, or three letters and twelve digits.
    PermanentResidence,
    /// Passport: letters and digits, 5 to 20.
    Passport,
    /// Travel permit of Hong Kong and Macau residents: H or M and 8 or 10 digits.
    HongKongTravel,
    /// Travel permit of Taiwan residents: 8 digits, or 10 and a letter in brackets.
    TaiwanTravel,
}

/// Why a number does not belong to its certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// This nature (or a principal) has no certificate with this code.
    #[error("no certificate of this nature has this code")]
    Kind,
    /// Another length or other characters.
    #[error("the number does not have the form of its certificate")]
    Form,
    /// The check character does not fit: a slip somewhere.
    #[error("the number's check character does not fit")]
    Check,
}

impl NumberForm {
    /// The number as it is kept: in half width, upper case, without blanks.
    ///
    /// # Errors
    /// [`CertificateError::Form`] or [`CertificateError::Check`].
    pub fn check(self, raw: &str) -> Result<String, CertificateError> {
        let text = folded(raw).to_uppercase();
        match self {
            Self::Licence if matches!(text.len(), 13 | 15) && digits(&text) => Ok(text),
            Self::Licence | Self::Credit => credit(&text),
            Self::Organization if text.len() == 18 => credit(&text),
            Self::Organization => Ok(OrganizationCode::try_from(text.as_str())?.as_str().to_owned()),
            Self::OpenOrCredit if CreditCode::resembles(&text) => credit(&text),
            Self::Open | Self::OpenOrCredit => {
                // Brackets are kept as they are printed.
                let text: String = raw.trim().chars().filter(|c| !c.is_whitespace()).collect();
                accept((2..=64).contains(&text.chars().count()) && text.chars().all(is_open), text)
            }
            Self::Medical => {
                accept((15..=22).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), text)
            }
            Self::Resident => citizen(&text, CitizenId::is_resident),
            Self::HongKongResidence => citizen(&text, CitizenId::is_hong_kong_or_macau),
            Self::TaiwanResidence => citizen(&text, CitizenId::is_taiwan),
            Self::PermanentResidence if text.len() == 18 => citizen(&text, CitizenId::is_permanent_resident),
            Self::PermanentResidence => accept(person::is_old_permanent_residence(&text), text),
            Self::Passport => {
                accept((5..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric()), text)
            }
            Self::HongKongTravel => accept(person::is_hong_kong_travel(&text), text),
            Self::TaiwanTravel => accept(person::is_taiwan_travel(&text), text),
        }
    }
}

fn accept(fits: bool, text: String) -> Result<String, CertificateError> {
    if fits { Ok(text) } else { Err(CertificateError::Form) }
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_open(c: char) -> bool {
    let plain = fold_width(c);
    plain.is_ascii_alphanumeric()
        || ('\u{4e00}'..='\u{9fff}').contains(&c)
        || matches!(plain, '(' | ')' | '[' | ']' | '/' | '.' | '-' | '〔' | '〕' | '—')
}

fn credit(text: &str) -> Result<String, CertificateError> {
    Ok(CreditCode::try_from(text)?.as_str().to_owned())
}

fn citizen(text: &str, belongs: fn(&CitizenId) -> bool) -> Result<String, CertificateError> {
    let id = CitizenId::try_from(text)?;
    accept(belongs(&id), id.as_str().to_owned())
}

impl From<CodeError> for CertificateError {
    fn from(error: CodeError) -> Self {
        match error {
            CodeError::Form => Self::Form,
            CodeError::Check => Self::Check,
        }
    }
}

impl From<person::CitizenError> for CertificateError {
    fn from(error: person::CitizenError) -> Self {
        match error {
            person::CitizenError::Form | person::CitizenError::Region | person::CitizenError::Date => Self::Form,
            person::CitizenError::Check => Self::Check,
        }
    }
}

/// A certificate that a nature may show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CertificateKind {
    /// MIIT's code, meaningful only together with the nature.
    pub code: u16,
    /// The nature; none where nobody states it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nature: Option<Nature>,
    /// Its name in Chinese.
    pub zh: String,
    /// Its name in English.
    pub en: String,
    /// Whether it is still accepted.
    pub status: CertificateStatus,
    /// Whether a principal may show it.
    pub principal: bool,
    /// The form of its number.
    pub form: NumberForm,
    /// How its credit codes usually begin: a hint, not a reason to refuse.
    pub prefixes: Vec<String>,
    /// How many pictures it takes: 2 for front and back.
    pub sides: u8,
    /// How sure we are of the form.
    pub confidence: Confidence,
    /// Where it is from.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    certificate: Vec<CertificateKind>,
}

/// The table of certificates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates(Vec<CertificateKind>);

impl Certificates {
    /// The table for the whole country, `rules/natures.toml`.
    #[must_use]
    pub fn national() -> &'static Self {
        &CERTIFICATES
    }

    /// Reads a table.
    ///
    /// # Errors
    /// What TOML says about the first wrong field.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text).map(|File { certificate }| Self(certificate))
    }

    /// Every row.
    #[must_use]
    pub fn all(&self) -> &[CertificateKind] {
        &self.0
    }

    /// The certificates that a subject of this nature may show today.
    pub fn of(&self, nature: Nature) -> impl Iterator<Item = &CertificateKind> {
        self.0.iter().filter(move |kind| kind.nature == Some(nature) && kind.status != CertificateStatus::Retired)
    }

    /// The certificate with this code of this nature.
    #[must_use]
    pub fn get(&self, nature: Nature, code: u16) -> Option<&CertificateKind> {
        self.of(nature).find(|kind| kind.code == code)
    }

    /// The certificate with this code that a principal may show.
    #[must_use]
    pub fn of_principal(&self, code: u16) -> Option<&CertificateKind> {
        self.get(Nature::Person, code).filter(|kind| kind.principal)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_national_table_can_be_read_and_names_each_pair_once() {
        let table = Certificates::parse(NATIONAL).unwrap();
        let pairs: BTreeSet<_> = table.all().iter().map(|kind| (kind.nature, kind.code)).collect();
        assert_eq!((table.all().len(), pairs.len()), (43, 43));
        for nature in Nature::ALL {
            assert!(table.of(nature).next().is_some(), "{nature:?}");
        }
    }

    #[test]
    fn principals_show_seven_kinds_and_no_officer_card() {
        let table = Certificates::national();
        let codes: Vec<u16> = (0..60).filter(|code| table.of_principal(*code).is_some()).collect();
        assert_eq!(codes, [2, 7, 11, 14, 30, 41, 42]);
        assert!(table.get(Nature::Person, 8).is_none(), "the officer card is retired");
    }

    #[test]
    fn each_form_takes_its_own_numbers() {
        use NumberForm as F;
        let good = [
            (F::Licence, "91110000600037341L"),
            (F::Licence, "110108000000016"),
            (F::Licence, "1101080000000"),
            (F::Organization, "D2143569-X"),
            (F::Organization, "91110000600037341L"),
            (F::Open, "军字〔2001〕第1号"),
            (F::OpenOrCredit, "京民字（2001）第1号"),
            (F::Medical, "PDY00000000000000A"),
            (F::Resident, "360426199101010071"),
            (F::PermanentResidence, "ABC123456789012"),
            (F::Passport, "E12345678"),
            (F::HongKongTravel, "H12345678"),
            (F::HongKongTravel, "m1234567890"),
            (F::TaiwanTravel, "12345678"),
            (F::TaiwanTravel, "1234567890(A)"),
            (F::TaiwanTravel, "1234567890A"),
        ];
        for (form, number) in good {
            assert!(form.check(number).is_ok(), "{form:?} {number}");
        }
    }

    #[test]
    fn each_form_refuses_the_numbers_of_others() {
        use CertificateError::{Check, Form};
        use NumberForm as F;
        let wrong = [
            (F::Licence, "91110000600037341M", Check),
            (F::Licence, "12345", Form),
            (F::Credit, "110108000000016", Form),
            (F::OpenOrCredit, "91110000600037341M", Check),
            (F::Organization, "D2143568X", Check),
            (F::Open, "x", Form),
            (F::Open, "a;b", Form),
            (F::Resident, "360426199101010072", Check),
            (F::HongKongResidence, "360426199101010071", Form),
            (F::PermanentResidence, "360426199101010071", Form),
            (F::HongKongTravel, "H1234567", Form),
            (F::TaiwanTravel, "123456789", Form),
            (F::Passport, "E123", Form),
        ];
        for (form, number, error) in wrong {
            assert_eq!(form.check(number).unwrap_err(), error, "{form:?} {number}");
        }
    }
}
