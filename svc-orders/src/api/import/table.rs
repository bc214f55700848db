//! A file as a table: its encoding, its headings, and each line as the row that the same file in JSON would have. Lines are
//! counted from 1 without the headings, as verdicts count them.

use chassis::failure::{Failure, FieldError};
use encoding_rs::GB18030;
use serde_json::{Map, Value, json};

use super::{
    Reading,
    cell::{self, Cell},
    read, within,
};

/// A column: its headings, where its cells stand in a row, what they hold, and one as an example.
struct Column {
    en: &'static str,
    zh: &'static str,
    at: &'static str,
    cell: Cell,
    example: &'static str,
}

const fn column(en: &'static str, zh: &'static str, at: &'static str, cell: Cell, example: &'static str) -> Column {
    Column { en, zh, at, cell, example }
}

/// Without these nothing can be said of a line.
const NEEDED: [&str; 3] = ["province", "nature", "certificate"];

/// Every column, in the order of the template.
static COLUMNS: [Column; 25] = [
    column("province", "省份", "/province", Cell::Province, "辽宁省"),
    column("nature", "主体性质", "/nature", Cell::Nature, "企业"),
    column("certificate", "证件号码", "/certificate", Cell::Digits, "91210000EXAMPLE03F"),
    column("certificate_kind", "证件类型", "/certificate_kind", Cell::Certificate, "1"),
    column("kind", "服务类型", "/service/kind", Cell::Kind, "网站"),
    column("name", "服务名称", "/service/name", Cell::Text, "辽宁示例网络科技"),
    column("domains", "域名", "/service/domains", Cell::Texts, "example-liaoning.cn"),
    column("home_url", "首页网址", "/service/home_url", Cell::Text, "www.example-liaoning.cn"),
    column("contents", "服务内容", "/service/contents", Cell::Codes("Fwnr"), "单位门户网站"),
    column("languages", "语言", "/service/languages", Cell::Codes("Yylb"), "中文简体"),
    column("preapprovals", "前置审批", "/service/preapprovals", Cell::Preapprovals, "无"),
    column("remark", "备注", "/service/remark", Cell::Text, "本网站用于展示公司的产品介绍和联系方式。"),
    column("resource", "云资源", "/service/access/resource", Cell::Text, "ins-example-ln"),
    column("code", "授权码", "/service/access/code", Cell::Digits, ""),
    column("addresses", "IP地址", "/service/access/addresses", Cell::Texts, ""),
    column("same_as_subject", "负责人同主体", "/service/principal/same_as_subject", Cell::YesNo, "是"),
    column("principal_name", "负责人姓名", "/service/principal/name", Cell::Text, ""),
    column("principal_post", "负责人职务", "/service/principal/post", Cell::Post, ""),
    column("principal_certificate_kind", "负责人证件类型", "/service/principal/certificate/kind", Cell::Document, ""),
    column("principal_certificate", "负责人证件号码", "/service/principal/certificate/number", Cell::Digits, ""),
    column("principal_address", "负责人证件地址", "/service/principal/certificate/address", Cell::Text, ""),
    column("principal_mobile", "负责人手机号码", "/service/principal/mobile", Cell::Digits, ""),
    column("principal_landline", "负责人办公电话", "/service/principal/landline", Cell::Text, ""),
    column("principal_emergency", "负责人应急电话", "/service/principal/emergency", Cell::Digits, ""),
    column("principal_email", "负责人电子邮箱", "/service/principal/email", Cell::Text, ""),
];

/// The headings with one line as an example.
pub(super) fn template() -> Result<Vec<u8>, Failure> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(COLUMNS.iter().map(|column| column.zh)).map_err(Failure::internal)?;
    writer.write_record(COLUMNS.iter().map(|column| column.example)).map_err(Failure::internal)?;
    writer.into_inner().map_err(Failure::internal)
}

/// The rows of a table.
pub(super) fn rows(bytes: &[u8]) -> Result<Vec<Reading>, Failure> {
    let text = text(bytes)?;
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    // An error of the reader may quote a cell.
    let broken = |_may_quote| Failure::unreadable("The file is no CSV.");
    let headings = headings(reader.headers().map_err(broken)?)?;
    let mut records = reader.records().collect::<Result<Vec<_>, _>>().map_err(broken)?;
    // Spreadsheets leave lines of nothing but commas at the end.
    while records.last().is_some_and(|record| record.iter().all(str::is_empty)) {
        records.pop();
    }
    within(records.len())?;
    Ok(records.iter().enumerate().map(|(place, record)| row(&headings, record, place)).collect())
}

/// A file as spreadsheets save it: UTF-8 with or without a byte order mark, or GB18030.
fn text(bytes: &[u8]) -> Result<String, Failure> {
    let plain = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(plain) {
        return Ok(text.to_owned());
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok(text.into_owned()),
        None => Err(Failure::unreadable("The file is neither UTF-8 nor GB18030.")),
    }
}

/// The column of each heading; none for a heading that is blank.
fn headings(line: &csv::StringRecord) -> Result<Vec<Option<&'static Column>>, Failure> {
    let mut failure = Failure::rejected("The columns of this file do not fit.", Vec::new());
    let mut found: Vec<Option<&'static Column>> = Vec::with_capacity(line.len());
    for (place, heading) in line.iter().enumerate() {
        let number = place.saturating_add(1);
        let column = COLUMNS.iter().find(|column| column.zh == heading || column.en.eq_ignore_ascii_case(heading));
        let twice = column.is_some_and(|column| found.iter().flatten().any(|known| known.en == column.en));
        let wrong = match column {
            None if !heading.is_empty() => Some((
                "import.column_unknown",
                format!("模板中没有第{number}列的表头 / The template has no such heading as that of column {number}"),
            )),
            Some(_) if twice => Some((
                "import.column_twice",
                format!("第{number}列的表头重复 / The heading of column {number} stands twice"),
            )),
            None | Some(_) => None,
        };
        if let Some((rule, message)) = wrong {
            failure = failure.at(format!("/columns/{place}"), rule, &message);
        }
        found.push(column);
    }
    for column in COLUMNS.iter().filter(|column| NEEDED.contains(&column.en)) {
        if !found.iter().flatten().any(|known| known.en == column.en) {
            let message = format!("缺少“{}”列 / The column {} is missing", column.zh, column.en);
            failure = failure.at("/columns", "import.column_missing", &message);
        }
    }
    if failure.errors().is_empty() { Ok(found) } else { Err(failure) }
}

/// A line as the row that the same file in JSON would have.
fn row(headings: &[Option<&'static Column>], record: &csv::StringRecord, place: usize) -> Reading {
    let cells = || record.iter().enumerate().filter(|(_, text)| !text.is_empty());
    let cells = || cells().map(|(index, text)| (headings.get(index).copied().flatten(), text));
    let of = |name: &str| cells().find(|(column, _)| column.is_some_and(|column| column.en == name));
    let nature = of("nature").and_then(|(_, text)| cell::nature(text));
    let (mut row, mut wrong) = (json!({ "service": { "kind": "website" } }), Vec::new());
    for (column, text) in cells() {
        let Some(column) = column else {
            let texts = ["这一行有单元格不属于任何列", "a cell of this row is in no column"];
            wrong.push(misfit(place, "", "import.cell", texts));
            continue;
        };
        match column.cell.read(text, nature) {
            Ok(value) => put(&mut row, column.at, value),
            Err([zh, en]) => {
                let texts = [format!("{}：应为{zh}", column.zh), format!("{}: expected {en}", column.en)];
                wrong.push(misfit(place, column.at, "import.cell", [&texts[0], &texts[1]]));
            }
        }
    }
    for column in COLUMNS.iter().filter(|column| NEEDED.contains(&column.en) && of(column.en).is_none()) {
        let texts = [format!("{}：请填写", column.zh), format!("{}: this is missing", column.en)];
        wrong.push(misfit(place, column.at, "missing_field", [&texts[0], &texts[1]]));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    // Whoever names nobody means the subject's own principal.
    if row.pointer("/service/principal").is_none() {
        put(&mut row, "/service/principal/same_as_subject", json!(true));
    }
    read(row, place)
}

/// What is wrong with a cell, with where it stands in words that people look for.
fn misfit(place: usize, at: &str, rule: &str, [zh, en]: [&str; 2]) -> FieldError {
    let number = place.saturating_add(1);
    let (zh, en) = (format!("第{number}行 {zh}"), format!("row {number}, {en}"));
    FieldError::new(format!("/rows/{place}{at}"), rule, [&zh, &en])
}

/// Puts a value at a pointer, with the objects above it.
fn put(row: &mut Value, at: &str, value: Value) {
    let mut here = row;
    for name in at.split('/').skip(1) {
        if !here.is_object() {
            *here = Value::Object(Map::new());
        }
        let Some(object) = here.as_object_mut() else { return };
        here = object.entry(name).or_insert(Value::Null);
    }
    *here = value;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(table: &str) -> Reading {
        rows(table.as_bytes()).unwrap().remove(0)
    }

    #[test]
    fn the_page_about_imports_lists_every_column() {
        let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/import.md");
        let page = std::fs::read_to_string(page).unwrap();
        let mut rest = page.as_str();
        for column in &COLUMNS {
            let line = format!("| `{}` | {} |", column.en, column.zh);
            let (_, after) =
                rest.split_once(&line).unwrap_or_else(|| panic!("docs/import.md lacks, or has elsewhere: {line}"));
            rest = after;
        }
    }

    #[test]
    fn a_line_is_the_row_that_json_would_have() {
        let row =
            first("Certificate,PROVINCE,nature,principal_name,principal_certificate\nX1,辽宁,5,林示范,Y2\n").unwrap();
        assert_eq!((row.province.code(), row.nature, row.certificate.reveal().as_str()), ("210000", 5, "X1"));
        let principal = &row.service.principal;
        assert_eq!((principal.same_as_subject, principal.name.as_ref().unwrap().reveal().as_str()), (false, "林示范"));
        assert_eq!(principal.certificate.number.as_ref().unwrap().reveal(), "Y2");
        assert!(first("certificate,province,nature\nX1,辽宁,5\n").unwrap().service.principal.same_as_subject);
    }

    #[test]
    fn a_column_without_a_heading_must_be_empty() {
        assert!(first("certificate,province,nature,\nX1,辽宁,5,\n").is_ok());
        for table in ["certificate,province,nature,\nX1,辽宁,5,花\n", "certificate,province,nature\nX1,辽宁,5,,花\n"]
        {
            let wrong = first(table).unwrap_err();
            assert_eq!((wrong[0].pointer.as_str(), wrong[0].rule.as_str()), ("/rows/0", "import.cell"));
        }
    }

    #[test]
    fn a_blank_line_between_others_keeps_its_number() {
        let found = rows("certificate,province,nature\n,,\nX1,辽宁,5\n,,\n".as_bytes()).unwrap();
        assert_eq!((found.len(), found[0].is_err(), found[1].is_ok()), (2, true, true));
    }

    #[test]
    fn spreadsheets_save_in_several_encodings() {
        let table = "省份,主体性质,证件号码\n辽宁,企业,X1\n";
        for bytes in
            [table.as_bytes().to_vec(), format!("\u{feff}{table}").into_bytes(), GB18030.encode(table).0.into_owned()]
        {
            assert!(rows(&bytes).unwrap().remove(0).is_ok());
        }
        assert_eq!(rows(&[0x80, 0xff, 0xff]).unwrap_err().status(), 400);
    }
}
