//! The cells of a file: what a person writes there, as the value that the row has. It knows no row and no heading.

use domain::{
    certificate::{CertificateKind, Certificates},
    company::Nature,
    region::Province,
    table,
};
use serde_json::{Value, json};

/// What stands in the cells of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// A text as it is.
    Text,
    /// A number that spreadsheets like to take for a quantity.
    Digits,
    /// Texts without blanks, divided by blanks or semicolons.
    Texts,
    /// A province, by name or code.
    Province,
    /// A nature, by name or code.
    Nature,
    /// A kind of certificate of the row's nature, by name or code.
    Certificate,
    /// A kind of certificate of a principal, by name or code.
    Document,
    /// Website or APP.
    Kind,
    /// Codes or names of this table, divided by semicolons.
    Codes(&'static str),
    /// The same, or the word that there are none.
    Preapprovals,
    /// Yes or no.
    YesNo,
    /// What a principal is to the subject.
    Post,
}

/// What was expected, in Chinese and in English.
type Misfit = [&'static str; 2];

const BETWEEN: [char; 5] = [';', '；', '、', ',', '，'];

impl Cell {
    /// Reads a cell that is not blank; some kinds of certificate are known by the row's nature alone.
    pub(super) fn read(self, text: &str, nature: Option<Nature>) -> Result<Value, Misfit> {
        match self {
            Self::Text => Ok(json!(text)),
            Self::Digits => digits(text),
            Self::Texts => {
                let texts = text.split(|letter: char| letter.is_whitespace() || BETWEEN.contains(&letter));
                Ok(texts.filter(|text| !text.is_empty()).collect())
            }
            Self::Province => {
                province(text).map(|found| json!(found)).ok_or(["省份名称或六位代码", "a province or its six digits"])
            }
            Self::Nature => self::nature(text)
                .map(|found| json!(found.code()))
                .ok_or(["主体性质名称或代码", "a nature or its code"]),
            Self::Certificate => certificate(text, |row| row.nature == nature).ok_or(KIND_OF_CERTIFICATE),
            Self::Document => certificate(text, |row| row.principal).ok_or(KIND_OF_CERTIFICATE),
            Self::Kind => word(text, &[("website", &["website", "网站"]), ("app", &["app"])])
                .ok_or(["网站或APP", "website or app"]),
            Self::Codes(table) => codes(text, table),
            Self::Preapprovals if ["无", "none"].contains(&text.to_lowercase().as_str()) => Ok(json!([])),
            Self::Preapprovals => codes(text, "Nrlx"),
            Self::YesNo => match text.to_lowercase().as_str() {
                "是" | "yes" | "true" | "1" => Ok(json!(true)),
                "否" | "no" | "false" | "0" => Ok(json!(false)),
                _ => Err(["是或否", "yes or no"]),
            },
            Self::Post => {
                let posts: [(&str, &[&str]); 2] = [
                    ("legal_representative", &["legal_representative", "法定代表人"]),
                    ("authorized", &["authorized", "被授权人"]),
                ];
                word(text, &posts).ok_or(["法定代表人或被授权人", "legal_representative or authorized"])
            }
        }
    }
}

const KIND_OF_CERTIFICATE: Misfit = ["证件类型名称或代码", "a kind of certificate or its code"];

pub(super) fn nature(text: &str) -> Option<Nature> {
    let named =
        |nature: &Nature| is_code(text, nature.code()) || nature.zh() == text || nature.en().eq_ignore_ascii_case(text);
    Nature::ALL.into_iter().find(named)
}

fn province(text: &str) -> Option<Province> {
    let named = |province: &Province| {
        [province.code(), province.zh(), province.stem()].contains(&text) || province.en().eq_ignore_ascii_case(text)
    };
    Province::ALL.into_iter().find(named)
}

fn is_code(text: &str, code: u16) -> bool {
    text.parse() == Ok(code)
}

fn certificate(text: &str, fits: impl Fn(&CertificateKind) -> bool) -> Option<Value> {
    if let Ok(code) = text.parse::<u16>() {
        return Some(json!(code));
    }
    // As people call it.
    let text = if text == "身份证" { "居民身份证" } else { text };
    let plain = |row: &CertificateKind| row.zh.split('（').next() == Some(text);
    let named =
        |row: &&CertificateKind| fits(row) && (row.zh == text || plain(row) || row.en.eq_ignore_ascii_case(text));
    Certificates::national().all().iter().find(named).map(|row| json!(row.code))
}

fn word(text: &str, words: &[(&str, &[&str])]) -> Option<Value> {
    let text = text.to_lowercase();
    words.iter().find(|(_, known)| known.contains(&text.as_str())).map(|(word, _)| json!(word))
}

fn codes(text: &str, of: &str) -> Result<Value, Misfit> {
    let code = |name: &str| -> Option<u16> {
        let known = table::codes().iter().filter(|row| row.table == of);
        let named = |row: &&table::Code| row.code == name || row.zh == name || row.en.eq_ignore_ascii_case(name);
        // A code that the table does not have is told by its rule.
        name.parse().ok().or_else(|| known.clone().find(named)?.code.parse().ok())
    };
    let mut found: Vec<u16> = Vec::new();
    for part in text.split(BETWEEN).map(str::trim).filter(|part| !part.is_empty()) {
        match code(part) {
            Some(code) => found.push(code),
            // Numbers may stand side by side; names may hold a blank.
            None => {
                let each: Option<Vec<u16>> = part.split_whitespace().map(code).collect();
                found.extend(each.ok_or(["名称或代码，用分号分隔", "names or codes, divided by semicolons"])?);
            }
        }
    }
    Ok(json!(found))
}

/// A long number that a spreadsheet took for a quantity has lost its digits: 9.12E+17.
fn digits(text: &str) -> Result<Value, Misfit> {
    let quantity = text.split_once(['E', 'e']).is_some_and(|(mantissa, power)| {
        power.starts_with('+') && mantissa.contains('.') && mantissa.parse::<f64>().is_ok()
    });
    if quantity {
        return Err([
            "完整的号码：表格软件把它改成了科学计数法，请先将该列设为文本格式",
            "the whole number: a spreadsheet rounded it; format the column as text first",
        ]);
    }
    Ok(json!(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_names_or_codes() {
        let enterprise = Some(Nature::Enterprise);
        let read = |cell: Cell, text: &str| cell.read(text, enterprise);
        for (cell, text, value) in [
            (Cell::Province, "辽宁", json!("210000")),
            (Cell::Province, "内蒙古自治区", json!("150000")),
            (Cell::Province, "inner mongolia", json!("150000")),
            (Cell::Province, "430000", json!("430000")),
            (Cell::Nature, "企业", json!(4)),
            (Cell::Nature, "05", json!(5)),
            (Cell::Document, "2", json!(2)),
            (Cell::Document, "身份证", json!(2)),
            (Cell::Certificate, "营业执照", json!(1)),
            (Cell::Kind, "APP", json!("app")),
            (Cell::Texts, "example.cn; 示例.中国 example.com", json!(["example.cn", "示例.中国", "example.com"])),
            (Cell::Codes("Fwnr"), "单位门户网站；9 12", json!([8, 9, 12])),
            (Cell::Codes("Fwnr"), "博客/个人空间、general portal", json!([6, 3])),
            (Cell::Codes("Yylb"), "中文简体", json!([1])),
            (Cell::Preapprovals, "无", json!([])),
            (Cell::Preapprovals, "新闻;出版", json!([1, 2])),
            (Cell::YesNo, "是", json!(true)),
            (Cell::Post, "被授权人", json!("authorized")),
            (Cell::Digits, "91210000EXAMPLE03F", json!("91210000EXAMPLE03F")),
        ] {
            assert_eq!(read(cell, text), Ok(value), "{cell:?} {text}");
        }
        for (cell, text) in [
            (Cell::Province, "台湾"),
            (Cell::Nature, "7"),
            (Cell::Kind, "网页"),
            (Cell::Codes("Fwnr"), "单位门户网站;花"),
            (Cell::YesNo, "也许"),
            (Cell::Post, "经理"),
            (Cell::Digits, "9.121E+17"),
            (Cell::Certificate, "花名册"),
        ] {
            assert!(read(cell, text).is_err(), "{cell:?} {text}");
        }
    }

    #[test]
    fn a_kind_of_certificate_is_known_by_its_nature() {
        for row in Certificates::national().all() {
            let Some(nature) = row.nature else { continue };
            let found = Cell::Certificate.read(&row.zh, Some(nature));
            assert!(found.is_ok_and(|code| {
                Certificates::national()
                    .all()
                    .iter()
                    .any(|other| other.nature == Some(nature) && other.zh == row.zh && json!(other.code) == code)
            }));
        }
    }
}
