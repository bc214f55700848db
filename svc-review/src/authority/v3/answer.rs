//! What the authority's files say: results (`BAJG`), full records with their numbers (`BASJ`), and the SMS states of our
//! dialect (`DXHY`). What is personal in them is not taken.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use domain::order::{Lapse, Numbers, PrincipalRole};

use super::{
    objection::{GOOD, REFUSED, reasons},
    xml::Element,
};
use crate::authority::{Answer, Trouble, Verdict};

/// The authority's clocks show the time of Shanghai.
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// The answers in a file, in the order in which they can come true.
pub(super) fn answers(file: &Element) -> Result<Vec<Answer>, Trouble> {
    let Some(icp) = file.child("ICP") else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for state in icp.child("DXHY").iter().flat_map(|list| list.all("Hyxx")) {
        all.push(sms(state)?);
    }
    all.extend(refusals(icp));
    for record in icp.child("BASJ").iter().flat_map(|list| list.all("Baxx")) {
        if let Some(answer) = granted(record)? {
            all.push(answer);
        }
    }
    Ok(all)
}

fn unreadable(what: &str) -> Trouble {
    Trouble::Unreadable(what.to_owned())
}

fn sms(state: &Element) -> Result<Answer, Trouble> {
    let record = state.number("Jlid").ok_or_else(|| unreadable("an SMS state without Jlid"))?;
    let mut principals = state.all("Hydx").map(|role| match role.text() {
        "1" => Ok(PrincipalRole::Subject),
        "2" => Ok(PrincipalRole::Service),
        _ => Err(unreadable("an unknown Hydx")),
    });
    let until = state.get("Yxqz").map(time).transpose()?;
    let verdict = match state.get("Hyzt") {
        Some("1") => Verdict::Asked { principals: principals.collect::<Result<_, _>>()?, until },
        Some("2") => {
            let principal = principals.next().ok_or_else(|| unreadable("a verification without Hydx"))??;
            Verdict::Verified { principal }
        }
        Some("3") => Verdict::Resent { until },
        Some("4") => Verdict::Lapsed { why: Lapse::Deadline },
        Some("5") => Verdict::Lapsed { why: Lapse::WrongTries },
        _ => return Err(unreadable("an unknown Hyzt")),
    };
    Ok(Answer { record, verdict })
}

/// Results and opinions come apart; what belongs to one filing is joined.
fn refusals(icp: &Element) -> Vec<Answer> {
    #[derive(Default)]
    struct Said {
        codes: Vec<i64>,
        refused: bool,
        opinion: Option<String>,
    }
    let mut said: BTreeMap<i64, Said> = BTreeMap::new();
    let Some(results) = icp.child("BAJG") else { return Vec::new() };
    for result in results.all("Jg_xx") {
        let codes = result.all("Jgxx").filter_map(|code| code.number("Jgdm")).filter(|code| !GOOD.contains(code));
        match result.number("Bs") {
            Some(record) => said.entry(record).or_default().codes.extend(codes),
            // About a file as a whole: a fault of ours that no customer can mend.
            None => tracing::error!(codes = ?codes.collect::<Vec<_>>(), "the authority could not use a file of ours"),
        }
    }
    for opinion in results.child("GJSHS").iter().flat_map(|list| list.all("Gjsh")) {
        let (Some(record), Some("0")) = (opinion.number("Jlid"), opinion.get("Shjg")) else { continue };
        let entry = said.entry(record).or_default();
        entry.refused = true;
        entry.opinion = opinion.get("Shyj").map(str::to_owned);
    }
    // "Refused" alone waits for the opinion, which may come in a later file.
    let decided = said.into_iter().filter(|(_, said)| said.refused || said.codes.iter().any(|code| *code != REFUSED));
    decided
        .map(|(record, said)| {
            let reasons = reasons(&said.codes, said.opinion.as_deref());
            Answer { record, verdict: Verdict::Refused { reasons } }
        })
        .collect()
}

/// A record that has its numbers. Records of other providers' filings carry no id of ours.
fn granted(record: &Element) -> Result<Option<Answer>, Trouble> {
    let Some(subject) = record.child("Zt_xx") else { return Ok(None) };
    let (Some(id), Some(number)) = (subject.number("IspZtid"), subject.get("Baxh")) else { return Ok(None) };
    let mut sites: Vec<(i64, &str)> = Vec::new();
    for site in record.all("Wz_xx") {
        let (Some(site_id), Some(number)) = (site.number("IspWzid"), site.get("Baxh")) else { return Ok(None) };
        sites.push((site_id, number));
    }
    sites.sort_unstable_by_key(|(id, _)| *id);
    let numbers = Numbers {
        subject: number.parse().or(Err(unreadable("a subject's number")))?,
        services: sites
            .iter()
            .map(|(_, number)| number.parse().or(Err(unreadable("a service's number"))))
            .collect::<Result<_, _>>()?,
    };
    Ok(Some(Answer { record: id, verdict: Verdict::Granted { numbers } }))
}

fn time(text: &str) -> Result<DateTime<Utc>, Trouble> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").or(Err(unreadable("a time")))?;
    local.checked_sub_signed(SHANGHAI).map(|utc| utc.and_utc()).ok_or_else(|| unreadable("a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(icp: &str) -> Result<Vec<Answer>, Trouble> {
        answers(&Element::read(&format!("<DownloadData version=\"V.3.0\"><ICP>{icp}</ICP></DownloadData>")).unwrap())
    }

    #[test]
    fn sms_states_are_told_in_their_order() {
        let told = read(
            "<DXHY><Hyxx><Jlid>7</Jlid><Hyzt>1</Hyzt><Hydx>1</Hydx><Hydx>2</Hydx><Yxqz>2026-03-03 12:00:00</Yxqz></Hyxx>\
             <Hyxx><Jlid>7</Jlid><Hyzt>2</Hyzt><Hydx>2</Hydx></Hyxx>\
             <Hyxx><Jlid>7</Jlid><Hyzt>5</Hyzt></Hyxx></DXHY>",
        )
        .unwrap();
        let until = "2026-03-03T04:00:00Z".parse().unwrap();
        let both = [PrincipalRole::Subject, PrincipalRole::Service].into();
        let verdicts: Vec<_> = told.into_iter().map(|answer| answer.verdict).collect();
        assert_eq!(
            verdicts,
            vec![
                Verdict::Asked { principals: both, until: Some(until) },
                Verdict::Verified { principal: PrincipalRole::Service },
                Verdict::Lapsed { why: Lapse::WrongTries },
            ]
        );
    }

    #[test]
    fn a_record_with_numbers_is_a_grant() {
        let record = "<BASJ><Baxx><Zt_xx><IspZtid>7</IspZtid><Baxh>辽ICP备2026000001号</Baxh></Zt_xx>\
             <Wz_xx><IspWzid>7002</IspWzid><Baxh>辽ICP备2026000001号-2</Baxh></Wz_xx>\
             <Wz_xx><IspWzid>7001</IspWzid><Baxh>辽ICP备2026000001号-1</Baxh></Wz_xx></Baxx></BASJ>";
        let told = read(record).unwrap();
        let [Answer { record: 7, verdict: Verdict::Granted { numbers } }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(numbers.services[0].to_string(), "辽ICP备2026000001号-1");
        assert_eq!(read(&record.replace("<Baxh>辽ICP备2026000001号</Baxh>", "")).unwrap(), vec![]);
    }

    #[test]
    fn codes_and_the_opinion_of_one_filing_are_one_refusal() {
        let code = |code| format!("<Jg_xx><Jgxx><Jgdm>{code}</Jgdm></Jgxx><Czlx>1</Czlx><Bs>7</Bs></Jg_xx>");
        let opinion = "<GJSHS><Gjsh><Shsj>2026-03-03 10:00:00</Shsj><Shyj>请修改名称</Shyj><Shjg>0</Shjg><Jlid>7</Jlid></Gjsh></GJSHS>";
        assert_eq!(read(&format!("<BAJG>{}</BAJG>", code(1001))).unwrap(), vec![]);
        assert_eq!(read(&format!("<BAJG>{}</BAJG>", code(1002))).unwrap(), vec![], "the why is still to come");
        let told = read(&format!("<BAJG>{}{opinion}</BAJG>", code(1020))).unwrap();
        let [Answer { record: 7, verdict: Verdict::Refused { reasons } }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((reasons.len(), reasons[0].pointer.as_str()), (1, "/services/0/name"));
    }

    #[test]
    fn a_state_that_nobody_knows_is_not_guessed() {
        assert!(matches!(read("<DXHY><Hyxx><Jlid>7</Jlid><Hyzt>9</Hyzt></Hyxx></DXHY>"), Err(Trouble::Unreadable(_))));
    }
}
