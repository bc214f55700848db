//! Filing numbers (备案号): `辽ICP备2026000123号` for a subject, the same with `-1`, `-2A`, … for its services. It knows
//! nobody who has one.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::region::Province;

/// Why a text is no filing number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// No administration's numbers begin like this.
    #[error("a filing number begins with the character of its province")]
    Prefix,
    /// Not of the form 省ICP备数字号.
    #[error("a filing number looks like 辽ICP备2026000123号")]
    Form,
    /// Neither eight digits (until about 2020) nor ten.
    #[error("a filing number has eight or ten digits")]
    Digits,
    /// Not of the form -1, -2A, -3X, -4K.
    #[error("a service's number ends with -1, -2A, -3X or -4K")]
    Suffix,
}

/// The subject's number (主体备案号).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SubjectNumber {
    province: Province,
    digits: String,
}

impl SubjectNumber {
    /// A number as given today: four digits of the year and six of the sequence.
    ///
    /// # Errors
    /// [`NumberError::Digits`] beyond six digits of sequence or four of the year.
    pub fn new(province: Province, year: u16, sequence: u32) -> Result<Self, NumberError> {
        if !(1000..=9999).contains(&year) || sequence > 999_999 {
            return Err(NumberError::Digits);
        }
        Ok(Self { province, digits: format!("{year:04}{sequence:06}") })
    }

    /// The administration that gave it.
    #[must_use]
    pub fn province(&self) -> Province {
        self.province
    }

    /// The eight or ten digits.
    #[must_use]
    pub fn digits(&self) -> &str {
        &self.digits
    }

    /// The number of one of the subject's services. One sequence counts all kinds of them, from 1.
    ///
    /// # Errors
    /// [`NumberError::Suffix`] for 0.
    pub fn service(&self, index: u32, kind: NumberKind) -> Result<ServiceNumber, NumberError> {
        if index == 0 {
            return Err(NumberError::Suffix);
        }
        Ok(ServiceNumber { subject: self.clone(), index, kind })
    }
}

impl fmt::Display for SubjectNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}ICP备{}号", self.province.prefix(), self.digits)
    }
}

impl FromStr for SubjectNumber {
    type Err = NumberError;

    fn from_str(raw: &str) -> Result<Self, NumberError> {
        let mut rest = raw.trim().chars();
        let province = rest.next().and_then(Province::by_prefix).ok_or(NumberError::Prefix)?;
        let digits = rest.as_str().strip_prefix("ICP备").and_then(|rest| rest.strip_suffix('号'));
        let digits = digits.ok_or(NumberError::Form)?;
        if !matches!(digits.len(), 8 | 10) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::Digits);
        }
        Ok(Self { province, digits: digits.to_owned() })
    }
}

/// What kind of service a number names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberKind {
    /// A website: no letter.
    Website,
    /// An APP: `A`.
    App,
    /// A mini program: `X`.
    MiniProgram,
    /// A quick app: `K`.
    QuickApp,
}

impl NumberKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Website, Self::App, Self::MiniProgram, Self::QuickApp];

    /// The letter behind the index.
    #[must_use]
    pub fn letter(self) -> &'static str {
        match self {
            Self::Website => "",
            Self::App => "A",
            Self::MiniProgram => "X",
            Self::QuickApp => "K",
        }
    }
}

/// A service's number (服务备案号).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceNumber {
    subject: SubjectNumber,
    index: u32,
    kind: NumberKind,
}

impl ServiceNumber {
    /// The subject's number, which it begins with.
    #[must_use]
    pub fn subject(&self) -> &SubjectNumber {
        &self.subject
    }

    /// Its place among the subject's services, from 1.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// What kind of service it names.
    #[must_use]
    pub fn kind(&self) -> NumberKind {
        self.kind
    }
}

impl fmt::Display for ServiceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}{}", self.subject, self.index, self.kind.letter())
    }
}

impl FromStr for ServiceNumber {
    type Err = NumberError;

    fn from_str(raw: &str) -> Result<Self, NumberError> {
        let (subject, tail) = raw.trim().rsplit_once('-').ok_or(NumberError::Suffix)?;
        let digits = tail.trim_end_matches(|c: char| !c.is_ascii_digit());
        let letter = tail.strip_prefix(digits).ok_or(NumberError::Suffix)?;
        let kind = NumberKind::ALL.into_iter().find(|kind| kind.letter() == letter).ok_or(NumberError::Suffix)?;
        if digits.starts_with('0') || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(NumberError::Suffix);
        }
        let index = digits.parse().or(Err(NumberError::Suffix))?;
        Ok(Self { subject: subject.parse()?, index, kind })
    }
}

macro_rules! as_text {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = NumberError;

            fn try_from(raw: String) -> Result<Self, NumberError> {
                raw.parse()
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> Self {
                number.to_string()
            }
        }
    )+};
}
as_text! { SubjectNumber, ServiceNumber }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_both_ages_read_what_they_write() {
        for text in ["辽ICP备2026000123号", "粤ICP备05123456号", "蜀ICP备2024000001号"] {
            assert_eq!(text.parse::<SubjectNumber>().unwrap().to_string(), text);
        }
        for text in
            ["黔ICP备2021000001号-1", "陇ICP备11000001号-2A", "滇ICP备2021000001号-13X", "京ICP备2021000001号-4K"]
        {
            assert_eq!(text.parse::<ServiceNumber>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn other_texts_are_no_numbers() {
        let cases = [
            ("川ICP备2024000001号", NumberError::Prefix),
            ("", NumberError::Prefix),
            ("辽ICP证2026000123号", NumberError::Form),
            ("辽ICP备2026000123", NumberError::Form),
            ("辽ICP备202600012号", NumberError::Digits),
            ("辽ICP备２０２６０００１号", NumberError::Digits),
        ];
        for (text, error) in cases {
            assert_eq!(text.parse::<SubjectNumber>().unwrap_err(), error, "{text}");
        }
        for tail in ["", "-", "-0", "-01", "-1B", "-A", "-1AA", "-99999999999", "-+1"] {
            let text = format!("辽ICP备2026000123号{tail}");
            assert_eq!(text.parse::<ServiceNumber>().unwrap_err(), NumberError::Suffix, "{text}");
        }
    }

    #[test]
    fn a_new_number_has_ten_digits_and_numbers_its_services_in_one_sequence() {
        let subject = SubjectNumber::new(Province::Sichuan, 2026, 123).unwrap();
        assert_eq!(subject.to_string(), "蜀ICP备2026000123号");
        let app = subject.service(2, NumberKind::App).unwrap();
        assert_eq!(app.to_string(), "蜀ICP备2026000123号-2A");
        assert_eq!((app.index(), app.kind(), app.subject()), (2, NumberKind::App, &subject));
        assert!(subject.service(0, NumberKind::Website).is_err());
        assert!(SubjectNumber::new(Province::Sichuan, 2026, 1_000_000).is_err());
    }

    #[test]
    fn a_number_is_a_text_in_json() {
        let json = "\"辽ICP备2026000123号-1\"";
        let number: ServiceNumber = serde_json::from_str(json).unwrap();
        assert_eq!(serde_json::to_string(&number).unwrap(), json);
    }
}
