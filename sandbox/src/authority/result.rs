//! What goes back to the provider: results (`BAJG`), records with numbers (`BASJ`), and the SMS states of the dialect (`DXHY`),
//! which the interface V3.0 does not have.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use quick_xml::escape::escape;

use super::{
    case::Case,
    form::{Person, Site, Subject},
};

/// Results are of first filings (`Czlx`).
const FIRST: u8 = 1;

/// A whole file.
pub(super) fn file(icp: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"GBK\"?><DownloadData version=\"V.3.0\"><ICP>{icp}</ICP></DownloadData>")
}

/// Result codes of the machine, about one filing or the file as a whole.
pub(super) fn machine(codes: &[i64], record: Option<i64>) -> String {
    format!("<BAJG>{}</BAJG>", results(codes, record))
}

fn results(codes: &[i64], record: Option<i64>) -> String {
    let codes: String = codes.iter().map(|code| format!("<Jgxx><Jgdm>{code}</Jgdm></Jgxx>")).collect();
    let mark = record.map(|record| format!("<Bs>{record}</Bs>")).unwrap_or_default();
    format!("<Jg_xx>{codes}<Czlx>{FIRST}</Czlx>{mark}</Jg_xx>")
}

/// The clerk's refusal: the codes, and the opinion beside them.
pub(super) fn refused(record: i64, (codes, opinion): (&[i64], Option<&str>), now: DateTime<Utc>) -> String {
    let opinion = opinion.map(|text| format!("<Shyj>{}</Shyj>", escape(text))).unwrap_or_default();
    format!(
        "<BAJG>{}<GJSHS><Gjsh><Shrxm>沙箱审核员</Shrxm><Shsj>{}</Shsj>{opinion}<Shjg>0</Shjg><Czlx>{FIRST}</Czlx><Jlid>{record}</Jlid></Gjsh></GJSHS></BAJG>",
        results(codes, Some(record)),
        time(now)
    )
}

/// The clerk's grant: passed, and the record with its numbers.
pub(super) fn granted(case: &Case, (number, sites): (&str, &[String]), now: DateTime<Utc>) -> String {
    let record = case.record;
    let mut out = format!(
        "<BASJ><Baxx>{}",
        case.form.subject.as_ref().map(|subject| subject_record(subject, (record, number), now)).unwrap_or_default()
    );
    for ((site, number), index) in case.form.sites.iter().zip(sites).zip(1_i64..) {
        out.push_str(&site_record(site, (record.saturating_mul(100).saturating_add(index), number), now));
    }
    out.push_str("</Baxx></BASJ>");
    let passed = format!(
        "<GJSHS><Gjsh><Shrxm>沙箱审核员</Shrxm><Shsj>{}</Shsj><Shjg>1</Shjg><Czlx>{FIRST}</Czlx><Jlid>{record}</Jlid></Gjsh></GJSHS>",
        time(now)
    );
    out + "<BAJG>" + &results(&[1001], Some(record)) + &passed + "</BAJG>"
}

fn subject_record(subject: &Subject, (record, number): (i64, &str), now: DateTime<Utc>) -> String {
    let at = time(now);
    let address = &subject.address;
    let county = optional("Xianid", &address.county);
    format!(
        "<Zt_xx><IspZtid>{record}</IspZtid><Ztid>{record}</Ztid><Dwmc>{}</Dwmc><Dwxz>{}</Dwxz>\
         <Txdz><Shengid>{}</Shengid><Shiid>{}</Shiid>{county}<Xxdz>{}</Xxdz></Txdz>\
         <Zj><Zjlx>{}</Zjlx><Zjhm>{}</Zjhm><Zjzs>{}</Zjzs></Zj>{}\
         <Baxh>{number}</Baxh><Bbyhlx>0</Bbyhlx><Scbbsj>{at}</Scbbsj><Zjxgsj>{at}</Zjxgsj></Zt_xx>",
        escape(subject.name.as_str()),
        escape(subject.nature.as_str()),
        escape(address.province.as_str()),
        escape(address.city.as_str()),
        escape(address.street.as_str()),
        escape(subject.certificate.kind.as_str()),
        escape(subject.certificate.number.as_str()),
        escape(subject.certificate.address.as_str()),
        person("Fzr", &subject.principal),
    )
}

fn person(name: &str, person: &Person) -> String {
    format!(
        "<{name}>{}{}{}{}{}{}</{name}>",
        optional("Fzr_xm", &person.name),
        optional("Fzr_dhhm", &person.landline),
        optional("Fzr_sjhm", &person.mobile),
        optional("Fzr_dzyj", &person.email),
        optional("Fzr_zjhm", &person.number),
        optional("Fzr_zjlx", &person.kind),
    )
}

fn site_record(site: &Site, (id, number): (i64, &str), now: DateTime<Utc>) -> String {
    let languages: String = site.languages.ids.iter().map(|id| optional("Yylb_id", id)).collect();
    let mut domains = String::new();
    for (domain, index) in site.domains.iter().zip(1_i64..) {
        let own = id.saturating_mul(100).saturating_add(index);
        let given = optional("IspYmid", &domain.id);
        // Writing to a String cannot fail.
        let _written =
            write!(domains, "<Ym_xx>{given}<Ymid>{own}</Ymid><Ym>{}</Ym></Ym_xx>", escape(domain.name.as_str()));
    }
    let at = time(now);
    format!(
        "<Wz_xx>{}<Wzid>{id}</Wzid><Wzmc>{}</Wzmc><Yylb>{languages}</Yylb>{domains}{}{}<Scbbsj>{at}</Scbbsj><Zjxgsj>{at}</Zjxgsj><Baxh>{number}</Baxh></Wz_xx>",
        optional("IspWzid", &site.id),
        escape(site.name.as_str()),
        person("Wz_Fzr", &site.principal),
        optional("Syurl", &site.home),
    )
}

fn optional(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<{name}>{}</{name}>", escape(text)) }
}

/// Codes were sent (`Hyzt` 1).
pub(super) fn asked(case: &Case) -> String {
    sms(case.record, 1, &waiting(case), Some(case.deadline))
}

/// A principal verified (`Hyzt` 2).
pub(super) fn verified(record: i64, role: u8) -> String {
    sms(record, 2, &[role], None)
}

/// Codes were sent again (`Hyzt` 3).
pub(super) fn resent(case: &Case) -> String {
    sms(case.record, 3, &waiting(case), Some(case.deadline))
}

/// The verification lapsed: `Hyzt` 4 by the deadline, 5 by wrong tries.
pub(super) fn lapsed(record: i64, why: u8) -> String {
    sms(record, why, &[], None)
}

fn waiting(case: &Case) -> Vec<u8> {
    case.principals.iter().filter(|who| !who.verified).map(|who| who.role).collect()
}

fn sms(record: i64, state: u8, roles: &[u8], until: Option<DateTime<Utc>>) -> String {
    let roles: String = roles.iter().map(|role| format!("<Hydx>{role}</Hydx>")).collect();
    let until = until.map(|until| format!("<Yxqz>{}</Yxqz>", time(until))).unwrap_or_default();
    format!("<DXHY><Hyxx><Jlid>{record}</Jlid><Hyzt>{state}</Hyzt>{roles}{until}</Hyxx></DXHY>")
}

/// The time as the interface writes it: Shanghai's.
fn time(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string()
}
