//! Text with limits, text that must not be shown, and text that must not hold personal data. It knows no field.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a text is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Longer than the field.
    #[error("the text is longer than {0} characters")]
    TooLong(usize),
    /// A character that is none: control characters and the like.
    #[error("the text holds a control character")]
    Control,
    /// What looks like an identity number, a telephone number or a mail address.
    #[error("the text must not hold an identity number, a telephone number or a mail address")]
    Personal,
}

/// A trimmed, non-empty text of at most `MAX` characters without control characters; line breaks are kept.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Text<const MAX: usize>(String);

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> TryFrom<&str> for Text<MAX> {
    type Error = TextError;

    fn try_from(raw: &str) -> Result<Self, TextError> {
        bounded(raw, MAX).map(Self)
    }
}

impl<const MAX: usize> TryFrom<String> for Text<MAX> {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::try_from(raw.as_str())
    }
}

impl<const MAX: usize> From<Text<MAX>> for String {
    fn from(text: Text<MAX>) -> Self {
        text.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The trimmed text, if it is one and not longer than so many characters.
pub(crate) fn bounded(raw: &str, max: usize) -> Result<String, TextError> {
    let text = raw.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Err(TextError::Control);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong(max));
    }
    Ok(text)
}

/// Personal data: it prints as stars, and only [`Pii::reveal`] shows it, so that every place that looks can be found.
/// Serde passes through, because drafts are stored sealed and sent over TLS as they are.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pii<T>(T);

impl<T> Pii<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Never for a log, a message or an error.
    pub const fn reveal(&self) -> &T {
        &self.0
    }

    /// The value itself, for good.
    pub fn into_revealed(self) -> T {
        self.0
    }
}

impl<T> From<T> for Pii<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

impl From<&str> for Pii<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl<T> fmt::Debug for Pii<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pii(***)")
    }
}

/// What a reviewer adds to a reason: it travels in messages and notices, so it refuses what looks like an identity number,
/// a telephone number or a mail address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StaffNote(String);

/// Longest note, in characters.
const NOTE: usize = 500;

/// Runs of digits from this length on are numbers of somebody: the shortest local telephone number has seven.
const DIGITS: usize = 7;

impl StaffNote {
    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for StaffNote {
    type Error = TextError;

    fn try_from(raw: &str) -> Result<Self, TextError> {
        let text = bounded(raw, NOTE)?;
        if looks_personal(&text) { Err(TextError::Personal) } else { Ok(Self(text)) }
    }
}

impl TryFrom<String> for StaffNote {
    type Error = TextError;

    fn try_from(raw: String) -> Result<Self, TextError> {
        Self::try_from(raw.as_str())
    }
}

impl From<StaffNote> for String {
    fn from(note: StaffNote) -> Self {
        note.0
    }
}

impl fmt::Display for StaffNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn looks_personal(text: &str) -> bool {
    let plain: String = text.chars().map(|c| fold_digit(fold_width(c))).collect();
    plain.contains('@') || runs_of_digits(&plain).iter().any(|run| run.digits >= DIGITS && !run.is_harmless())
}

/// Digits with nothing but blanks and hyphens between them, as people write telephone numbers.
#[derive(Debug, Default)]
struct Run {
    text: String,
    digits: usize,
    before: Option<char>,
}

impl Run {
    /// Dates and filing numbers are long, but nobody's.
    fn is_harmless(&self) -> bool {
        if self.before == Some('备') {
            return self.digits <= 10;
        }
        self.text.split(' ').filter(|part| !part.is_empty()).all(is_date)
    }
}

fn is_date(part: &str) -> bool {
    chrono::NaiveDate::parse_from_str(part, "%Y-%m-%d").is_ok_and(|_| part.starts_with("20") && part.len() <= 10)
}

fn runs_of_digits(plain: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    let mut run = Run::default();
    let mut last = None;
    for c in plain.chars() {
        if c.is_ascii_digit() {
            if run.digits == 0 {
                run.before = last;
            }
            run.text.push(c);
            run.digits = run.digits.saturating_add(1);
        } else if run.digits > 0 && matches!(c, ' ' | '-' | '\n') {
            run.text.push(if c == '-' { '-' } else { ' ' });
        } else if run.digits > 0 {
            runs.push(std::mem::take(&mut run));
        }
        last = Some(c);
    }
    runs.push(run);
    runs
}

fn fold_digit(c: char) -> char {
    match c {
        '零' | '〇' => '0',
        '一' => '1',
        '二' => '2',
        '三' => '3',
        '四' => '4',
        '五' => '5',
        '六' => '6',
        '七' => '7',
        '八' => '8',
        '九' => '9',
        '—' | '–' | '－' | '_' => '-',
        other => other,
    }
}

/// A full-width Latin letter, digit or sign as its usual self; people paste such from forms.
pub(crate) fn fold_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c),
        other => other,
    }
}

/// The text without blanks, in half width: how numbers are compared.
pub(crate) fn folded(raw: &str) -> Cow<'_, str> {
    // Most texts are numbers typed as they should be; only the others are copied.
    if raw.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Cow::Borrowed(raw);
    }
    raw.trim().chars().map(fold_width).filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_trimmed_and_bounded_by_characters() {
        assert_eq!(Text::<4>::try_from("\u{3000} 示例公司 ").unwrap().as_str(), "示例公司");
        assert_eq!(Text::<4>::try_from("示例公司们").unwrap_err(), TextError::TooLong(4));
        assert_eq!(Text::<4>::try_from(" \n").unwrap_err(), TextError::Empty);
        assert_eq!(Text::<9>::try_from("a\0b").unwrap_err(), TextError::Control);
        assert_eq!(Text::<9>::try_from("a\r\nb").unwrap().as_str(), "a\nb");
        assert!(serde_json::from_str::<Text<2>>("\"abc\"").is_err());
    }

    #[test]
    fn personal_data_prints_as_stars_and_serialises_as_it_is() {
        let name: Pii<String> = "林示范".into();
        assert_eq!(format!("{name:?} {:?}", Some(&name)), "Pii(***) Some(Pii(***))");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"林示范\"");
        assert_eq!(name.reveal(), "林示范");
    }

    #[test]
    fn a_note_refuses_what_looks_personal() {
        let personal = [
            "号码是 21010119000101001X 吧",
            "请改为13800001234",
            "138 0000-1234",
            "１３８００００１２３４",
            "一三八零零零零一二三四",
            "座机 024-12345678",
            "电话 1234567",
            "写信到 someone@example.com",
            "someone＠example.com",
            "护照 E12345678",
        ];
        for text in personal {
            assert_eq!(StaffNote::try_from(text).unwrap_err(), TextError::Personal, "{text}");
        }
    }

    #[test]
    fn a_note_may_hold_dates_addresses_and_filing_numbers() {
        let harmless = [
            "照片太暗，请重拍。",
            "请在 2026-03-02 前补交",
            "2026-03-02 2026-04-01 两天都行",
            "见 辽ICP备2026000123号-1",
            "解析到了 192.0.2.17，应为 203.0.113.10",
            "共 12 页，第 3 页",
        ];
        for text in harmless {
            assert!(StaffNote::try_from(text).is_ok(), "{text}");
        }
        assert_eq!(StaffNote::try_from("长".repeat(501)).unwrap_err(), TextError::TooLong(500));
    }
}
