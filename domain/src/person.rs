//! Persons: names, identity numbers and the documents of principals. It knows no subject and no rule.

use std::fmt;

use chrono::{Datelike, NaiveDate};

use crate::certificate::{CertificateError, Certificates};
use crate::checksum;
use crate::region::Province;
use crate::text::folded;

/// A person's name as on the document: Chinese characters and middle dots, or Latin letters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PersonName(String);

/// Not a person's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a name has 2 to 64 letters, without digits or signs")]
pub struct NotAName;

impl PersonName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for PersonName {
    type Error = NotAName;

    fn try_from(raw: &str) -> Result<Self, NotAName> {
        let name = raw.trim();
        let joins = |c: char| matches!(c, '·' | '•' | '.' | ' ' | '-' | '\'');
        let fits = (2..=64).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphabetic() || joins(c))
            && name.starts_with(char::is_alphabetic);
        if fits { Ok(Self(name.to_owned())) } else { Err(NotAName) }
    }
}

/// The date of birth in an identity number.
fn birth_day(body: &str) -> Option<NaiveDate> {
    let part = |from, to| body.get(from..to)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(i32::try_from(part(6, 10)?).ok()?, part(10, 12)?, part(12, 14)?)
}

/// Why a text is no identity number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CitizenError {
    /// Not seventeen digits and a digit or X.
    #[error("an identity number has 18 characters")]
    Form,
    /// No division begins like this.
    #[error("no division of the country has this code")]
    Region,
    /// No such day.
    #[error("the date of birth does not exist")]
    Date,
    /// The last character does not fit the others: a slip somewhere.
    #[error("the check character does not fit")]
    Check,
}

/// An 18-character number by GB 11643: of the resident identity card, of the residence permits that begin with 81, 82 and 83,
/// or of the permanent residence card that begins with 9.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct CitizenId {
    text: String,
    birth: NaiveDate,
}

impl CitizenId {
    /// The eighteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Date of birth.
    #[must_use]
    pub fn birth(&self) -> NaiveDate {
        self.birth
    }

    /// Full years on a day; none before birth.
    #[must_use]
    pub fn age_on(&self, day: NaiveDate) -> Option<u32> {
        day.years_since(self.birth)
    }

    /// The six digits it begins with: the division of first registration.
    #[must_use]
    pub fn region(&self) -> &str {
        self.text.get(..6).unwrap_or_default()
    }

    /// The province of first registration; none for permits and permanent residents.
    #[must_use]
    pub fn province(&self) -> Option<Province> {
        Province::of(&self.text)
    }

    /// What the authority's SMS verification asks for.
    #[must_use]
    pub fn last_six(&self) -> &str {
        last_six(&self.text)
    }

    /// A resident of the mainland.
    #[must_use]
    pub fn is_resident(&self) -> bool {
        self.province().is_some()
    }

    /// The permit begins with 810000 or 820000.
    #[must_use]
    pub fn is_hong_kong_or_macau(&self) -> bool {
        self.text.starts_with("810000") || self.text.starts_with("820000")
    }

    /// The permit begins with 830000.
    #[must_use]
    pub fn is_taiwan(&self) -> bool {
        self.text.starts_with("830000")
    }

    /// The card of foreigners that begins with 9, issued since 2023-12.
    #[must_use]
    pub fn is_permanent_resident(&self) -> bool {
        self.text.starts_with('9')
    }
}

impl TryFrom<&str> for CitizenId {
    type Error = CitizenError;

    fn try_from(raw: &str) -> Result<Self, CitizenError> {
        let text = folded(raw).to_ascii_uppercase();
        let (body, check) = text.split_at_checked(17).ok_or(CitizenError::Form)?;
        let check_fits = check.len() == 1 && check.starts_with(|c: char| c.is_ascii_digit() || c == 'X');
        if !check_fits || !body.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(CitizenError::Form);
        }
        let permit = ["810000", "820000", "830000", "9"].iter().any(|head| body.starts_with(head));
        if !permit && Province::of(body).is_none() {
            return Err(CitizenError::Region);
        }
        let birth = birth_day(body);
        let birth = birth.filter(|date| date.year() >= OLDEST).ok_or(CitizenError::Date)?;
        if checksum::gb11643(body) != check.chars().next() {
            return Err(CitizenError::Check);
        }
        Ok(Self { text, birth })
    }
}

/// Nobody with an identity number was born in an earlier year.
const OLDEST: i32 = 1800;

fn last_six(text: &str) -> &str {
    text.len().checked_sub(6).and_then(|start| text.get(start..)).unwrap_or(text)
}

fn digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Three letters and twelve digits: permanent residence cards until 2023.
pub(crate) fn is_old_permanent_residence(text: &str) -> bool {
    text.split_at_checked(3).is_some_and(|(letters, rest)| {
        letters.bytes().all(|byte| byte.is_ascii_uppercase()) && rest.len() == 12 && digits(rest)
    })
}

/// H or M and eight or ten digits.
pub(crate) fn is_hong_kong_travel(text: &str) -> bool {
    text.strip_prefix(['H', 'M']).is_some_and(|rest| matches!(rest.len(), 8 | 10) && digits(rest))
}

/// Eight digits; or ten, perhaps with a letter, perhaps in brackets.
pub(crate) fn is_taiwan_travel(text: &str) -> bool {
    let Some((number, tail)) = text.split_at_checked(10) else { return text.len() == 8 && digits(text) };
    let tail = tail.strip_prefix('(').unwrap_or(tail);
    let tail = tail.strip_suffix(')').unwrap_or(tail);
    digits(number) && (tail.is_empty() || (tail.len() == 1 && tail.bytes().all(|byte| byte.is_ascii_uppercase())))
}

/// A principal's identity document: a kind that principals may show, and a number of its form.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Certificate {
    kind: u16,
    number: String,
    citizen: Option<CitizenId>,
    sides: u8,
}

impl Certificate {
    /// Checks the number by the form of its kind.
    ///
    /// # Errors
    /// [`CertificateError`] for an unknown kind, another form, or a check character that does not fit.
    pub fn new(kind: u16, number: &str) -> Result<Self, CertificateError> {
        let row = Certificates::national().of_principal(kind).ok_or(CertificateError::Kind)?;
        let number = row.form.check(number)?;
        let citizen = CitizenId::try_from(number.as_str()).ok();
        Ok(Self { kind, number, citizen, sides: row.sides })
    }

    /// MIIT's code of the kind (2 is the resident identity card).
    #[must_use]
    pub fn kind(&self) -> u16 {
        self.kind
    }

    /// The number, as it is kept.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The number as an identity number, where it is one.
    #[must_use]
    pub fn citizen(&self) -> Option<&CitizenId> {
        self.citizen.as_ref()
    }

    /// What the authority's SMS verification asks for.
    #[must_use]
    pub fn last_six(&self) -> &str {
        last_six(&self.number)
    }

    /// How many pictures it takes: 2 for front and back.
    #[must_use]
    pub fn sides(&self) -> u8 {
        self.sides
    }
}

macro_rules! hidden {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )+};
}
hidden! { PersonName, CitizenId, Certificate }

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(body: &str) -> String {
        format!("{body}{}", checksum::gb11643(body).unwrap())
    }

    #[test]
    fn an_identity_number_tells_birth_and_region() {
        let id = CitizenId::try_from("３６０４２６１９９１０１０１００７１").unwrap();
        assert_eq!(id.birth(), NaiveDate::from_ymd_opt(1991, 1, 1).unwrap());
        assert_eq!((id.region(), id.province(), id.last_six()), ("360426", Some(Province::Jiangxi), "010071"));
        assert_eq!(format!("{id:?}"), "CitizenId(***)");
    }

    #[test]
    fn a_birthday_counts_on_the_day() {
        let id = CitizenId::try_from(numbered("21010119080229001").as_str()).unwrap();
        let on = |text: &str| id.age_on(text.parse().unwrap());
        assert_eq!((on("1926-02-28"), on("1926-03-01"), on("1900-01-01")), (Some(17), Some(18), None));
    }

    #[test]
    fn permits_and_the_nine_card_are_numbers_of_the_same_kind() {
        for (body, kind) in
            [("81000019000101001", 41), ("82000019000101001", 41), ("83000019000101001", 42), ("91184019000101001", 30)]
        {
            let number = numbered(body);
            assert!(Certificate::new(kind, &number).unwrap().citizen().is_some(), "{body}");
            assert_eq!(Certificate::new(2, &number).unwrap_err(), CertificateError::Form, "{body}");
        }
    }

    #[test]
    fn a_wrong_number_says_what_is_wrong() {
        let cases = [
            ("".to_owned(), CitizenError::Form),
            ("36042619910101007".to_owned(), CitizenError::Form),
            ("36042619910101007A".to_owned(), CitizenError::Form),
            ("中文".to_owned(), CitizenError::Form),
            (numbered("00042619910101007"), CitizenError::Region),
            (numbered("71000019910101007"), CitizenError::Region),
            (numbered("36042619910230007"), CitizenError::Date),
            (numbered("36042617000101007"), CitizenError::Date),
            ("360426199101010072".to_owned(), CitizenError::Check),
        ];
        for (text, error) in cases {
            assert_eq!(CitizenId::try_from(text.as_str()).unwrap_err(), error, "{text}");
        }
    }

    #[test]
    fn a_document_has_a_kind_a_number_and_sides() {
        let passport = Certificate::new(7, "e12345678").unwrap();
        assert_eq!((passport.number(), passport.last_six(), passport.sides()), ("E12345678", "345678", 1));
        let card = Certificate::new(2, "360426199101010071").unwrap();
        assert_eq!((card.kind(), card.sides()), (2, 2));
        assert_eq!(Certificate::new(1, "91110000600037341L").unwrap_err(), CertificateError::Kind);
        assert_eq!(Certificate::new(8, "军字第1号").unwrap_err(), CertificateError::Kind);
    }

    #[test]
    fn a_name_is_made_of_letters() {
        for name in ["林示范", "阿依古丽·示例", "Jane O'Example", "样本"] {
            assert!(PersonName::try_from(name).is_ok(), "{name}");
        }
        for wrong in ["", "林", "林1", "林示范;", "·林", "13800001234"] {
            assert_eq!(PersonName::try_from(wrong).unwrap_err(), NotAName, "{wrong}");
        }
    }
}
