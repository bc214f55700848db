//! Texts as rules read them: words, shapes, names, door numbers. It knows no draft.

use serde::{Deserialize, Serialize};

use crate::host::DomainName;

/// What a text is made of, if of one thing alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Digits.
    Digits,
    /// Latin letters and digits.
    Latin,
    /// A domain name.
    Domain,
    /// Letters, digits and Chinese characters with other signs among them.
    Signs,
}

impl Shape {
    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Self::Digits => text.chars().all(char::is_numeric),
            Self::Latin => text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '),
            Self::Domain => text.is_ascii() && DomainName::try_from(text).is_ok(),
            Self::Signs => {
                text.chars().any(|c| !(c.is_alphanumeric() || matches!(c, ' ' | '·' | '（' | '）' | '(' | ')' | '-')))
            }
        }
    }
}

/// How many Chinese characters a text has.
pub(super) fn hanzi(text: &str) -> usize {
    text.chars().filter(|c| ('\u{3400}'..='\u{9fff}').contains(c)).count()
}

/// The first word of the list that stands in the text; Latin letters count in either case.
pub(super) fn hit<'a>(text: &str, words: &'a [String]) -> Option<&'a str> {
    let text = text.as_bytes();
    // The second byte of a Chinese character tells more than the first: it rules out almost every word at almost every
    // place. No character of UTF-8 begins within another one, so that bytes may be compared.
    let near = |one: Option<&u8>, other: Option<&u8>| one.map(|byte| byte | 0x20) == other.map(|byte| byte | 0x20);
    let stands = |word: &[u8]| {
        text.windows(word.len().max(1)).any(|part| near(part.get(1), word.get(1)) && part.eq_ignore_ascii_case(word))
    };
    words.iter().find(|word| stands(word.as_bytes())).map(String::as_str)
}

/// The bytes that some texts are made of, letters in either case: most words of most lists are ruled out by one look.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bytes([u64; 4]);

impl Bytes {
    pub(super) fn add(&mut self, text: &str) {
        for byte in text.bytes().map(|byte| byte | 0x20) {
            if let Some(part) = self.0.get_mut(usize::from(byte >> 6)) {
                *part |= 1 << (byte & 63);
            }
        }
    }

    /// Whether a text could hold the word.
    pub(super) fn may_hold(&self, word: &str) -> bool {
        let has = |byte: u8| self.0.get(usize::from(byte >> 6)).is_some_and(|part| part >> (byte & 63) & 1 == 1);
        word.bytes().all(|byte| has(byte | 0x20))
    }
}

/// Whether a text is longer than so many characters, or holds control characters other than line breaks.
pub(super) fn is_unfit(text: &str, max: usize) -> bool {
    let mut count = 0_usize;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let breaks = c == '\r' && chars.peek() == Some(&'\n');
        if c.is_control() && c != '\n' && !breaks {
            return true;
        }
        count = count.saturating_add(usize::from(!breaks));
    }
    count > max
}

/// The endings that say what a unit is and not who it is.
const FORMS: [&str; 12] = [
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "集团公司",
    "分公司",
    "公司",
    "集团",
    "合作社",
    "事务所",
    "工作室",
    "经营部",
    "中心",
];

/// Whether a service's name says whose it is: it holds the subject's name, or two characters in a row of its short name that
/// are not the place's.
pub(super) fn names(service: &str, subject: &str) -> bool {
    let subject = subject.trim();
    let short = FORMS.iter().find_map(|form| subject.strip_suffix(form)).unwrap_or(subject);
    let short: Vec<char> = short.chars().collect();
    service.contains(subject)
        || short.windows(4).any(|four| service.contains(&four.iter().collect::<String>()))
        || (short.len() < 4 && service.contains(&short.iter().collect::<String>()))
}

/// Whether an address goes down to a door: a number before 号, 室, 栋, 楼, 层, 单元 or the like.
pub(super) fn has_door(address: &str) -> bool {
    const DOORS: [char; 9] = ['号', '室', '栋', '幢', '楼', '层', '座', '户', '房'];
    let counts = |c: char| {
        c.is_alphanumeric() && !('\u{3400}'..='\u{9fff}').contains(&c) || "一二三四五六七八九十甲乙丙丁".contains(c)
    };
    let mut before = None;
    address.chars().any(|c| {
        let found = DOORS.contains(&c) && before.is_some_and(counts);
        before = Some(c);
        found
    })
}

/// Whether a text is the package of an Android or Harmony APP, or the bundle id of an iOS one: `cn.example.app`.
pub(super) fn is_package(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
    };
    text.len() <= 255 && text.contains('.') && text.split('.').all(part)
}

/// Whether a text is a public key as tools print it: hexadecimal digits, perhaps with colons or blanks between.
pub(super) fn is_public_key(text: &str) -> bool {
    digits(text).is_some_and(|count| count >= 32)
}

/// How many hexadecimal digits a text has besides colons and blanks; none if it has anything else.
pub(super) fn digits(text: &str) -> Option<usize> {
    let rest = text.chars().filter(|c| !matches!(c, ':' | ' '));
    rest.map(|c| c.is_ascii_hexdigit()).try_fold(0_usize, |count, hex| hex.then(|| count.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_word_is_found_in_either_case() {
        assert_eq!(hit("示例P2p金融", &words(&["理财", "P2P", "金融"])), Some("P2P"));
        assert_eq!(hit("示例花店", &words(&["理财", "P2P"])), None);
    }

    #[test]
    fn bytes_rule_out_what_cannot_be_there_and_nothing_else() {
        let mut bytes = Bytes::default();
        bytes.add("示例P2p金融");
        assert!(bytes.may_hold("P2P") && bytes.may_hold("金融") && !bytes.may_hold("理财"));
    }

    #[test]
    fn shapes_are_told_apart() {
        assert!(Shape::Digits.fits("12345") && !Shape::Digits.fits("示例1"));
        assert!(Shape::Latin.fits("Example 1") && !Shape::Latin.fits("示例Example"));
        assert!(Shape::Domain.fits("example.cn") && !Shape::Domain.fits("示例花店"));
        assert!(Shape::Signs.fits("示例★花店") && !Shape::Signs.fits("示例（花店）"));
    }

    #[test]
    fn a_name_that_says_whose_it_is() {
        assert!(names("辽宁示例网络科技", "辽宁示例网络科技有限公司"));
        assert!(names("示例网络官方网站", "辽宁示例网络科技有限公司"));
        assert!(!names("虚构的读书笔记", "辽宁示例网络科技有限公司"));
    }

    #[test]
    fn doors_have_numbers() {
        for address in ["辽宁省沈阳市和平区示例路1号101室", "示例村三组十二号", "示例大厦B座"]
        {
            assert!(has_door(address), "{address}");
        }
        assert!(!has_door("辽宁省沈阳市和平区示例路") && !has_door("示例信号楼旁"));
    }

    #[test]
    fn packages_and_keys() {
        assert!(is_package("cn.example.app") && is_package("com.example-x.a1"));
        assert!(!is_package("example") && !is_package("cn..app") && !is_package("cn.1app"));
        assert!(is_public_key(&"A1:".repeat(16)) && !is_public_key("A1") && !is_public_key("示例"));
        assert_eq!(digits("AB:CD"), Some(4));
    }
}
