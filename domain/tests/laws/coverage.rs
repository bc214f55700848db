//! Every row of the facts has a carrier in this crate, and every carrier behaves: the examples of a rule hold, advice is
//! shown where it applies and not elsewhere, rows of tables are found and checked numbers check.

use std::collections::{BTreeMap, BTreeSet};

use domain::calendar::is_working_day;
use domain::certificate::{Certificates, NumberForm};
use domain::dossier::Draft;
use domain::example;
use domain::order::Way;
use domain::reason::Catalogue;
use domain::region::Province;
use domain::rules::kinds::OrderKind;
use domain::rules::{Advice, Case, Row, RulePack, Standing, SubjectClass, Verifies, advice};
use domain::service::ServiceKind;
use domain::table::{codes, prefixes, suffixes};
use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Covered {
    file: String,
    key: String,
    carriers: String,
}

fn rows() -> Vec<Covered> {
    let text = include_str!("../../rules/coverage.csv");
    let reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(text.as_bytes());
    reader.into_deserialize().map(Result::unwrap).collect()
}

/// How many rows each table of the facts has.
const ROWS: [(&str, usize); 19] = [
    ("app_fields.csv", 16),
    ("authority_review_days.csv", 31),
    ("checksums.csv", 4),
    ("code_tables.csv", 189),
    ("commitment_letters.csv", 69),
    ("filing_types.csv", 14),
    ("holidays.csv", 85),
    ("image_rules.csv", 8),
    ("limits.csv", 19),
    ("materials.csv", 26),
    ("mobile_prefixes.csv", 49),
    ("name_rules.csv", 13),
    ("natures.csv", 43),
    ("preapproval.csv", 13),
    // 31 administrations with 7 or 8 properties, 629 rules of theirs, 30 national ones, 16 sources.
    ("provinces.toml", 914),
    ("rejection_reasons.csv", 49),
    ("sms_rules.csv", 14),
    ("sms_verification.csv", 12),
    ("tlds.csv", 187),
];

#[test]
fn no_row_of_the_facts_is_missing_or_without_a_carrier() {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut keys = BTreeSet::new();
    for row in rows() {
        assert!(!row.carriers.trim().is_empty(), "{} {} has no carrier", row.file, row.key);
        assert!(keys.insert((row.file.clone(), row.key.clone())), "{} {} stands there twice", row.file, row.key);
        *counts.entry(row.file).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = ROWS.iter().map(|(file, count)| ((*file).to_owned(), *count)).collect();
    assert_eq!(counts, expected);
}

#[test]
fn every_carrier_exists_and_behaves() {
    let pack = RulePack::national();
    let broken: BTreeSet<String> = pack.prove().into_iter().map(|failure| failure.rule.to_string()).collect();
    let wrong: Vec<String> = rows()
        .into_iter()
        .flat_map(|row| {
            let carriers: Vec<String> = row.carriers.split(' ').map(str::to_owned).collect();
            carriers.into_iter().map(move |carrier| (row.file.clone(), row.key.clone(), carrier))
        })
        .filter_map(|(file, key, carrier)| {
            behaves(&carrier, pack, &broken).err().map(|problem| format!("{file} {key}: {carrier} {problem}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn behaves(carrier: &str, pack: &RulePack, broken: &BTreeSet<String>) -> Result<(), &'static str> {
    let known = |found: bool| if found { Ok(()) } else { Err("is not in its table") };
    let Some((table, key)) = carrier.trim_start_matches("rule:").split_once(':') else {
        let id = carrier.trim_start_matches("rule:");
        return row_behaves(id, pack, broken);
    };
    match table {
        "material" => known(pack.material(key).is_some()),
        "source" => known(pack.sources().iter().any(|source| source.tag == key)),
        "reason" => known(Catalogue::national().get(key).is_some()),
        "kind" => known(key.parse::<OrderKind>().is_ok()),
        "suffix" => known(suffixes().all().iter().any(|row| row.punycode == key)),
        "prefix" => known(prefixes().iter().any(|row| row.prefix == key)),
        "code" => known(codes().iter().any(|row| {
            let code = if row.code.is_empty() { &row.bit } else { &row.code };
            format!("{}/{code}", row.table) == key
        })),
        "province" => known(has_property(key)),
        "administration" => known(has_administration(key, pack)),
        "certificate" => known(has_certificate(key)),
        "verifier" => known(verifies(key, pack)),
        "day" => known(is_such_a_day(key)),
        "vector" => known(checks(key)),
        _ => Err("is of no known table"),
    }
}

fn row_behaves(id: &str, pack: &RulePack, broken: &BTreeSet<String>) -> Result<(), &'static str> {
    let rule = pack.rule(id).is_some() || pack.needs().iter().any(|need| need.id.as_str() == id);
    match pack.advice().iter().find(|advice| advice.id.as_str() == id) {
        _ if rule && broken.contains(id) => Err("does not behave as its examples say"),
        _ if rule => Ok(()),
        Some(row) => shows(row, pack),
        None => Err("does not exist"),
    }
}

/// A draft that the advice is about, in one province.
fn draft_for(row: &Advice, province: Province) -> (Draft, Case) {
    let person = row.when.subject == Some(SubjectClass::Person);
    let mut draft = if person { example::person_in_guangdong() } else { example::enterprise_in_liaoning() };
    draft.province = Some(province);
    if row.when.service == Some(ServiceKind::App) {
        draft.services[0].kind = ServiceKind::App;
    }
    draft.subject.scope = Some("医院；食品；危险化学品".into());
    let case = Case {
        kind: row.when.orders.first().copied().unwrap_or(OrderKind::First),
        way: row.when.way.unwrap_or(Way::Electronic),
        as_of: row.from,
        standing: Standing::default(),
    };
    (draft, case)
}

fn shows(row: &Advice, pack: &RulePack) -> Result<(), &'static str> {
    let shown = |province, as_of| {
        let (draft, case) = draft_for(row, province);
        advice(&draft, pack, Case { as_of, ..case }).iter().any(|shown| shown.id == row.id)
    };
    let home = row.when.provinces.first().copied();
    let other = Province::ALL.into_iter().find(|province| !row.when.provinces.contains(province)).unwrap();
    match home {
        _ if !shown(home.unwrap_or(other), row.from) => Err("is not shown where it applies"),
        _ if shown(home.unwrap_or(other), row.from.pred_opt().unwrap()) => Err("is shown before it is in force"),
        Some(_) if shown(other, row.from) => Err("is shown in another province"),
        _ if row.until.is_some_and(|until| shown(home.unwrap_or(other), until)) => {
            Err("is shown when no more in force")
        }
        _ => Ok(()),
    }
}

fn has_property(key: &str) -> bool {
    let Some((slug, name)) = key.split_once('.') else { return false };
    Province::named(slug).is_some_and(|province| match name {
        "code" => Province::named(province.code()) == Some(province),
        "name" => province.zh().starts_with(province.stem()),
        "short" => province.short().len_utf8() == 3,
        "icp_prefix" => Province::by_prefix(province.prefix()) == Some(province),
        _ => false,
    })
}

fn has_administration(key: &str, pack: &RulePack) -> bool {
    let Some((slug, name)) = key.split_once('.') else { return false };
    let row = Province::named(slug).and_then(|province| pack.administration(province).map(|row| (province, row)));
    row.is_some_and(|(province, row)| match name {
        "host" => row.host.ends_with(".beian.miit.gov.cn"),
        "server_location" => codes().iter().any(|code| {
            code.table == "Fbdd" && code.bit == row.server_location.to_string() && code.zh == province.zh()
        }),
        "review_days" => 0 < row.review_days.0 && row.review_days.0 <= row.review_days.1,
        "sms_pilot_since" => row
            .sms_pilot_since
            .is_some_and(|since| pack.sms_validity(province, since).is_some_and(|held| held.num_hours() == 48)),
        _ => false,
    })
}

fn has_certificate(key: &str) -> bool {
    let Some((nature, code)) = key.split_once('/') else { return false };
    Certificates::national().all().iter().any(|row| {
        let of = row.nature.map_or_else(|| "-".to_owned(), |nature| nature.code().to_string());
        of == nature && row.code.to_string() == code
    })
}

fn verifies(key: &str, pack: &RulePack) -> bool {
    let parts: Vec<&str> = key.split(':').collect();
    let [order, subject, service] = parts[..] else { return false };
    let same = |said: &str, row: Verifies| match said {
        "yes" => row == Verifies::Yes,
        "no" => row == Verifies::No,
        "conflict" => true,
        _ => row == Verifies::IfChanged,
    };
    pack.verifiers()
        .iter()
        .any(|row| row.order.as_str() == order && same(subject, row.subject) && same(service, row.service))
}

fn is_such_a_day(key: &str) -> bool {
    key.split_once(':').is_some_and(|(day, kind)| is_working_day(day.parse().unwrap()) == (kind == "work"))
}

/// The test vector of each algorithm, and the same with its check character changed.
fn checks(algorithm: &str) -> bool {
    let (form, good, bad) = match algorithm {
        "gb11643" => (NumberForm::Resident, "360426199101010071", "360426199101010072"),
        "gb32100" => (NumberForm::Credit, "91110000600037341L", "91110000600037341M"),
        "gb11714" => (NumberForm::Organization, "D2143569X", "D21435690"),
        "iso7064_mod11_10" => return domain::checksum::gs15("11010800000001") == Some('6'),
        _ => return false,
    };
    form.check(good).is_ok() && form.check(bad).is_err()
}

#[test]
fn the_page_about_rules_names_every_open_conflict() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules.md");
    let page = std::fs::read_to_string(page).unwrap();
    let pack = RulePack::national();
    for id in pack.rows().filter(|row| !row.alt().is_empty()).map(Row::id) {
        assert!(page.contains(&format!("| `{id}` |")), "{id}");
    }
}
