//! What goes back to the provider: results (`BAJG`), records with numbers (`BASJ`, synchronised ones in `SJTB`), cancellations
//! (`ZXSJ`), and the SMS states of the dialect (`DXHY`), which the interface V3.0 does not have.

use std::fmt::Write as _;

use chrono::{DateTime, TimeDelta, Utc};
use quick_xml::escape::escape;

use super::{
    PROVIDER,
    case::{Case, Operation},
    form::{Access, Person},
    registry::{FiledAccess, FiledSite, FiledSubject},
};

/// A whole file.
pub(super) fn file(icp: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"GBK\"?><DownloadData version=\"V.3.0\"><ICP>{icp}</ICP></DownloadData>")
}

/// A file of records that were synchronised.
pub(super) fn synchronised<'a>(subjects: impl Iterator<Item = &'a FiledSubject>, now: DateTime<Utc>) -> String {
    let records: String = subjects.map(|subject| record(subject, now)).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"GBK\"?><DownloadData version=\"V.3.0\"><SJTB><ICP>{records}</ICP></SJTB></DownloadData>"
    )
}

/// Result codes of the machine about a file as a whole.
pub(super) fn unusable(codes: &[i64]) -> String {
    format!("<BAJG>{}</BAJG>", one_result(codes, Operation::First, None))
}

/// Result codes of the machine about a case.
pub(super) fn machine(codes: &[i64], case: &Case) -> String {
    format!("<BAJG>{}</BAJG>", results(codes, case))
}

/// One for each part of the case.
fn results(codes: &[i64], case: &Case) -> String {
    case.marks.iter().map(|mark| one_result(codes, case.operation, Some(*mark))).collect()
}

fn one_result(codes: &[i64], operation: Operation, mark: Option<i64>) -> String {
    let codes: String = codes.iter().map(|code| format!("<Jgxx><Jgdm>{code}</Jgdm></Jgxx>")).collect();
    let mark = mark.map(|mark| format!("<Bs>{mark}</Bs>")).unwrap_or_default();
    format!("<Jg_xx>{codes}<Czlx>{}</Czlx>{mark}</Jg_xx>", operation.code())
}

/// What the clerk says about each part of a case.
fn opinions(case: &Case, (verdict, opinion): (u8, Option<&str>), now: DateTime<Utc>) -> String {
    let opinion = opinion.map(|text| format!("<Shyj>{}</Shyj>", escape(text))).unwrap_or_default();
    let (at, operation) = (time(now), case.operation.code());
    let one = |mark: &i64| {
        format!(
            "<Gjsh><Shrxm>沙箱审核员</Shrxm><Shsj>{at}</Shsj>{opinion}<Shjg>{verdict}</Shjg><Czlx>{operation}</Czlx><Jlid>{mark}</Jlid></Gjsh>"
        )
    };
    format!("<GJSHS>{}</GJSHS>", case.marks.iter().map(one).collect::<String>())
}

/// The clerk's refusal: the codes, and the opinion beside them.
pub(super) fn refused(case: &Case, (codes, opinion): (&[i64], Option<&str>), now: DateTime<Utc>) -> String {
    format!("<BAJG>{}{}</BAJG>", results(codes, case), opinions(case, (0, opinion), now))
}

/// The clerk's grant: passed, with the records as they are now.
pub(super) fn granted<'a>(case: &Case, subjects: impl Iterator<Item = &'a FiledSubject>, now: DateTime<Utc>) -> String {
    let records: String = subjects.map(|subject| record(subject, now)).collect();
    let records = if records.is_empty() { records } else { format!("<BASJ>{records}</BASJ>") };
    format!("{records}<BAJG>{}{}</BAJG>", results(&[1001], case), opinions(case, (1, None), now))
}

/// What is filed no more: `Zxlb` 0 a subject, 1 a site.
pub(super) fn gone(class: u8, ids: &[i64]) -> String {
    let one = |id: &i64| format!("<Zxxx><Zxlb>{class}</Zxlb><Jlid>{id}</Jlid></Zxxx>");
    format!("<ZXSJ>{}</ZXSJ>", ids.iter().map(one).collect::<String>())
}

/// A full record. The provider's own ids are told where the provider gave some.
fn record(subject: &FiledSubject, now: DateTime<Utc>) -> String {
    let sites: String = subject.sites.iter().map(|site| site_record(site, now)).collect();
    format!("<Baxx>{}{sites}</Baxx>", subject_record(subject, now))
}

fn subject_record(filed: &FiledSubject, now: DateTime<Utc>) -> String {
    let (at, subject) = (time(now), &filed.details);
    let ours = filed.ours.map(|ours| format!("<IspZtid>{ours}</IspZtid>")).unwrap_or_default();
    let address = &subject.address;
    format!(
        "<Zt_xx>{ours}<Ztid>{}</Ztid><Dwmc>{}</Dwmc>{}\
         <Txdz><Shengid>{}</Shengid>{}{}{}</Txdz>\
         <Zj><Zjlx>{}</Zjlx><Zjhm>{}</Zjhm><Zjzs>{}</Zjzs></Zj>{}\
         <Baxh>{}</Baxh><Bbyhlx>0</Bbyhlx>{}<Scbbsj>{at}</Scbbsj><Zjxgsj>{at}</Zjxgsj>{}</Zt_xx>",
        filed.id,
        escape(subject.name.as_str()),
        optional("Dwxz", &subject.nature),
        escape(address.province.as_str()),
        optional("Shiid", &address.city),
        optional("Xianid", &address.county),
        optional("Xxdz", &address.street),
        escape(subject.certificate.kind.as_str()),
        escape(subject.certificate.number.as_str()),
        escape(subject.certificate.address.as_str()),
        person("Fzr", &subject.principal),
        filed.number,
        optional("Tzr", &subject.investor),
        optional("Bz", &subject.remark),
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

fn site_record(filed: &FiledSite, now: DateTime<Utc>) -> String {
    let site = &filed.details;
    let contents: String = site.contents.ids.iter().map(|id| optional("Fwnr_id", id)).collect();
    let contents = if contents.is_empty() { contents } else { format!("<Fwnr>{contents}</Fwnr>") };
    let languages: String = site.languages.ids.iter().map(|id| optional("Yylb_id", id)).collect();
    let mut domains = String::new();
    for (domain, id) in site.domains.iter().zip(&filed.domain_ids) {
        let given = optional("IspYmid", &domain.id);
        // Writing to a String cannot fail.
        let _written =
            write!(domains, "<Ym_xx>{given}<Ymid>{id}</Ymid><Ym>{}</Ym></Ym_xx>", escape(domain.name.as_str()));
    }
    let accesses: String = filed.accesses.iter().map(access_record).collect();
    let at = time(now);
    format!(
        "<Wz_xx>{}<Wzid>{}</Wzid><Wzmc>{}</Wzmc>{contents}<Yylb>{languages}</Yylb>{domains}{accesses}{}{}{}<Scbbsj>{at}</Scbbsj><Zjxgsj>{at}</Zjxgsj><Baxh>{}</Baxh></Wz_xx>",
        optional("IspWzid", &site.id),
        filed.id,
        escape(site.name.as_str()),
        person("Wz_Fzr", &site.principal),
        optional("Syurl", &site.home),
        optional("Wz_Bz", &site.remark),
        filed.number,
    )
}

fn access_record(filed: &FiledAccess) -> String {
    let Access { id, location, mode, addresses, .. } = &filed.details;
    let ours = if filed.provider == PROVIDER.id { optional("IspJrid", id) } else { String::new() };
    let places: String = location.codes.iter().map(|code| optional("Fbdd", code)).collect();
    let modes: String = mode.codes.iter().map(|code| optional("Jrfs", code)).collect();
    let mut ranges = String::new();
    for (range, index) in addresses.iter().zip(1_i64..) {
        let id = filed.id.saturating_mul(100).saturating_add(index);
        let (from, to) = (optional("Qsip", &range.from), optional("Zzip", &range.to));
        // Writing to a String cannot fail.
        let _written = write!(ranges, "<Ip_xx><Ipid>{id}</Ipid>{from}{to}</Ip_xx>");
    }
    format!(
        "<Jr_xx>{ours}<Jrid>{}</Jrid><Ispid>{}</Ispid><Wzfb>{places}</Wzfb><Wzjrfs>{modes}</Wzjrfs>{ranges}</Jr_xx>",
        filed.id, filed.provider
    )
}

fn optional(name: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("<{name}>{}</{name}>", escape(text)) }
}

/// Codes were sent (`Hyzt` 1).
pub(super) fn asked(case: &Case) -> String {
    sms(case, 1, &waiting(case), Some(case.deadline))
}

/// A principal verified (`Hyzt` 2).
pub(super) fn verified(case: &Case, role: u8) -> String {
    sms(case, 2, &[role], None)
}

/// Codes were sent again (`Hyzt` 3).
pub(super) fn resent(case: &Case) -> String {
    sms(case, 3, &waiting(case), Some(case.deadline))
}

/// The verification lapsed: `Hyzt` 4 by the deadline, 5 by wrong tries.
pub(super) fn lapsed(case: &Case, why: u8) -> String {
    sms(case, why, &[], None)
}

fn waiting(case: &Case) -> Vec<u8> {
    case.principals.iter().filter(|who| !who.verified).map(|who| who.role).collect()
}

fn sms(case: &Case, state: u8, roles: &[u8], until: Option<DateTime<Utc>>) -> String {
    let roles: String = roles.iter().map(|role| format!("<Hydx>{role}</Hydx>")).collect();
    let until = until.map(|until| format!("<Yxqz>{}</Yxqz>", time(until))).unwrap_or_default();
    let (record, operation) = (case.record, case.operation.code());
    format!("<DXHY><Hyxx><Jlid>{record}</Jlid><Czlx>{operation}</Czlx><Hyzt>{state}</Hyzt>{roles}{until}</Hyxx></DXHY>")
}

/// The time as the interface writes it: Shanghai's.
fn time(at: DateTime<Utc>) -> String {
    (at + TimeDelta::hours(8)).format("%Y-%m-%d %H:%M:%S").to_string()
}
