//! How a person is reached: mobile and office numbers, mail addresses. Forms only; which numbers must differ is a rule.

use std::fmt;

use crate::host::DomainName;
use crate::text::folded;

/// Why a text is no contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ContactError {
    /// Not eleven digits that begin with 13 to 19.
    #[error("a mobile number has eleven digits and begins with 13 to 19")]
    Mobile,
    /// Not of the form 086-area-number.
    #[error("an office number looks like 086-024-12345678")]
    Landline,
    /// Not of the form name@host.
    #[error("this is not a mail address")]
    Email,
}

/// A mainland mobile number: eleven digits.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Mobile(String);

impl Mobile {
    /// The eleven digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Mobile {
    type Error = ContactError;

    fn try_from(raw: &str) -> Result<Self, ContactError> {
        let text = folded(raw).replace('-', "");
        let digits = ["+86", "0086"].iter().find_map(|code| text.strip_prefix(code)).unwrap_or(&text);
        let opens =
            digits.starts_with('1') && digits.chars().nth(1).is_some_and(|second| ('3'..='9').contains(&second));
        if digits.len() == 11 && opens && is_digits(digits) {
            Ok(Self(digits.to_owned()))
        } else {
            Err(ContactError::Mobile)
        }
    }
}

/// An office number with its area: `086-024-12345678`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Landline {
    area: String,
    number: String,
}

impl Landline {
    /// The area with its zero (`024`).
    #[must_use]
    pub fn area(&self) -> &str {
        &self.area
    }

    /// Seven or eight digits.
    #[must_use]
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The form that the authority wants: `086-024-12345678`.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("086-{}-{}", self.area, self.number)
    }
}

impl TryFrom<&str> for Landline {
    type Error = ContactError;

    fn try_from(raw: &str) -> Result<Self, ContactError> {
        let text = folded(raw);
        let parts: Vec<&str> = text.split('-').collect();
        let (area, number) = match parts.as_slice() {
            ["086" | "0086" | "+86" | "86", area, number] | [area, number] => (*area, *number),
            _ => return Err(ContactError::Landline),
        };
        let area_fits =
            matches!(area.len(), 3 | 4) && area.starts_with('0') && !area.starts_with("00") && is_digits(area);
        if area_fits && matches!(number.len(), 7 | 8) && is_digits(number) {
            Ok(Self { area: area.to_owned(), number: number.to_owned() })
        } else {
            Err(ContactError::Landline)
        }
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A mail address; its host is kept in lower-case ASCII.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

/// Longest address that SMTP carries.
const LONGEST: usize = 254;

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for Email {
    type Error = ContactError;

    fn try_from(raw: &str) -> Result<Self, ContactError> {
        let (name, host) = raw.trim().rsplit_once('@').ok_or(ContactError::Email)?;
        let allowed = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        let dotted = name.starts_with('.') || name.ends_with('.') || name.contains("..");
        if name.is_empty() || name.len() > 64 || dotted || !name.chars().all(allowed) {
            return Err(ContactError::Email);
        }
        let host = DomainName::try_from(host).or(Err(ContactError::Email))?;
        let address = format!("{name}@{}", host.ascii());
        if address.len() > LONGEST { Err(ContactError::Email) } else { Ok(Self(address)) }
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
hidden! { Mobile, Landline, Email }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mobile_number_is_eleven_digits_however_it_is_written() {
        for text in ["13800001234", "138-0000-1234", "+86 138 0000 1234", "008613800001234", "１３８００００１２３４"]
        {
            assert_eq!(Mobile::try_from(text).unwrap().as_str(), "13800001234", "{text}");
        }
        for wrong in ["", "1380000123", "138000012345", "12800001234", "23800001234", "1380000123x", "02412345678"] {
            assert_eq!(Mobile::try_from(wrong).unwrap_err(), ContactError::Mobile, "{wrong}");
        }
    }

    #[test]
    fn an_office_number_names_country_area_and_number() {
        for text in ["086-024-00001234", "+86-024-00001234", "024-00001234", "086－024－00001234"] {
            assert_eq!(Landline::try_from(text).unwrap().to_text(), "086-024-00001234", "{text}");
        }
        assert_eq!(Landline::try_from("086-0755-00001234").unwrap().area(), "0755");
        for wrong in ["", "02400001234", "086-24-00001234", "086-024-123456", "086-024-123456789", "087-024-00001234"] {
            assert_eq!(Landline::try_from(wrong).unwrap_err(), ContactError::Landline, "{wrong}");
        }
    }

    #[test]
    fn a_mail_address_has_a_name_and_a_host() {
        assert_eq!(Email::try_from(" Lin.Shi@Example.COM ").unwrap().as_str(), "Lin.Shi@example.com");
        for wrong in [
            "",
            "lin",
            "@example.com",
            "lin@",
            "lin@localhost",
            ".lin@example.com",
            "li n@example.com",
            "林@example.com",
        ] {
            assert_eq!(Email::try_from(wrong).unwrap_err(), ContactError::Email, "{wrong}");
        }
        assert_eq!(format!("{:?}", Email::try_from("lin@example.com").unwrap()), "Email(***)");
    }
}
