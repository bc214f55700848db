//! What the authority's files say about what we sent: results (`BAJG`), cancellations (`ZXSJ`), and the SMS states of our
//! dialect (`DXHY`). What is personal in them is not taken.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use domain::order::{Lapse, PrincipalRole};

use super::{
    objection::{GOOD, PASSED, REFUSED, reasons},
    record,
    xml::Element,
};
use crate::authority::{About, Answer, Gone, News, Operation, Said, Trouble, Verdict};

/// The authority's clocks show the time of Shanghai.
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// What a file says; `isp` is our id as a provider.
pub(super) fn news(file: &Element, isp: i64) -> Result<News, Trouble> {
    let mut news = News::default();
    // Synchronised records come in a place of their own.
    let lists =
        [file.child("ICP").and_then(|icp| icp.child("BASJ")), file.child("SJTB").and_then(|sync| sync.child("ICP"))];
    for one in lists.into_iter().flatten().flat_map(|list| list.all("Baxx")) {
        news.records.extend(record::read(one, isp)?);
    }
    let Some(icp) = file.child("ICP") else { return Ok(news) };
    for state in icp.child("DXHY").iter().flat_map(|list| list.all("Hyxx")) {
        news.answers.push(sms(state)?);
    }
    news.answers.extend(results(icp));
    for one in icp.child("ZXSJ").iter().flat_map(|list| list.all("Zxxx")) {
        let id = one.number("Jlid").ok_or_else(|| unreadable("a cancellation without Jlid"))?;
        let (operation, gone) = match one.get("Zxlb") {
            Some("0") => (Operation::CancelSubject, Gone::Subject(id)),
            Some("1") => (Operation::CancelService, Gone::Site(id)),
            _ => return Err(unreadable("an unknown Zxlb")),
        };
        news.answers.push(Answer { about: About { operation, id }, said: Said::Passed });
        news.gone.push(gone);
    }
    Ok(news)
}

pub(super) fn unreadable(what: &str) -> Trouble {
    Trouble::Unreadable(what.to_owned())
}

/// What an element is about. First filings are those that do not say so.
fn about(element: &Element, id: i64) -> About {
    let operation = element.number("Czlx").and_then(Operation::by_code).unwrap_or(Operation::First);
    About { operation, id }
}

fn sms(state: &Element) -> Result<Answer, Trouble> {
    let id = state.number("Jlid").ok_or_else(|| unreadable("an SMS state without Jlid"))?;
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
    Ok(Answer { about: about(state, id), said: Said::Verdict(verdict) })
}

/// What results and opinions say of one thing.
#[derive(Default)]
struct Joined {
    codes: Vec<i64>,
    passed: bool,
    refused: bool,
    opinion: Option<String>,
}

impl Joined {
    /// "Refused" alone waits for the opinion, which may come in a later file.
    fn said(self) -> Option<Said> {
        if self.refused || self.codes.iter().any(|code| *code != REFUSED) {
            let reasons = reasons(&self.codes, self.opinion.as_deref());
            return Some(Said::Verdict(Verdict::Refused { reasons }));
        }
        (self.passed && self.codes.is_empty()).then_some(Said::Passed)
    }
}

/// Results and opinions come apart; what belongs to one thing is joined.
fn results(icp: &Element) -> Vec<Answer> {
    let mut joined: BTreeMap<About, Joined> = BTreeMap::new();
    let Some(results) = icp.child("BAJG") else { return Vec::new() };
    for result in results.all("Jg_xx") {
        let all: Vec<i64> = result.all("Jgxx").filter_map(|code| code.number("Jgdm")).collect();
        let bad = all.iter().copied().filter(|code| !GOOD.contains(code));
        match result.number("Bs") {
            Some(id) => {
                let entry = joined.entry(about(result, id)).or_default();
                entry.codes.extend(bad);
                entry.passed |= all.contains(&PASSED);
            }
            // About a file as a whole: a fault of ours that no customer can mend.
            None => tracing::error!(codes = ?bad.collect::<Vec<_>>(), "the authority could not use a file of ours"),
        }
    }
    for opinion in results.child("GJSHS").iter().flat_map(|list| list.all("Gjsh")) {
        let Some(id) = opinion.number("Jlid") else { continue };
        let entry = joined.entry(about(opinion, id)).or_default();
        match opinion.get("Shjg") {
            Some("0") => {
                entry.refused = true;
                entry.opinion = opinion.get("Shyj").map(str::to_owned);
            }
            Some("1") => entry.passed = true,
            _ => {}
        }
    }
    joined.into_iter().filter_map(|(about, joined)| Some(Answer { about, said: joined.said()? })).collect()
}

fn time(text: &str) -> Result<DateTime<Utc>, Trouble> {
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").or(Err(unreadable("a time")))?;
    local.checked_sub_signed(SHANGHAI).map(|utc| utc.and_utc()).ok_or_else(|| unreadable("a time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(icp: &str) -> Result<News, Trouble> {
        let xml = format!("<DownloadData version=\"V.3.0\"><ICP>{icp}</ICP></DownloadData>");
        news(&Element::read(&xml).unwrap(), 2)
    }

    fn read(icp: &str) -> Result<Vec<Answer>, Trouble> {
        Ok(whole(icp)?.answers)
    }

    fn of(operation: Operation, id: i64) -> About {
        About { operation, id }
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
        assert!(told.iter().all(|answer| answer.about == of(Operation::First, 7)));
        let said: Vec<_> = told.into_iter().map(|answer| answer.said).collect();
        let expected = [
            Verdict::Asked { principals: both, until: Some(until) },
            Verdict::Verified { principal: PrincipalRole::Service },
            Verdict::Lapsed { why: Lapse::WrongTries },
        ];
        assert_eq!(said, expected.map(Said::Verdict));
    }

    #[test]
    fn a_pass_is_told_by_code_by_clerk_and_by_cancellation() {
        let code = "<BAJG><Jg_xx><Jgxx><Jgdm>1001</Jgdm></Jgxx><Czlx>5</Czlx><Bs>31</Bs></Jg_xx></BAJG>";
        let clerk = "<BAJG><GJSHS><Gjsh><Shsj>2026-03-03 10:00:00</Shsj><Shjg>1</Shjg><Czlx>4</Czlx><Jlid>11</Jlid></Gjsh></GJSHS></BAJG>";
        let passed = |operation, id| vec![Answer { about: of(operation, id), said: Said::Passed }];
        assert_eq!(read(code).unwrap(), passed(Operation::CancelAccess, 31));
        assert_eq!(read(clerk).unwrap(), passed(Operation::Change, 11));
        let told = whole("<ZXSJ><Zxxx><Zxlb>1</Zxlb><Jlid>21</Jlid></Zxxx></ZXSJ>").unwrap();
        assert_eq!((told.answers, told.gone), (passed(Operation::CancelService, 21), vec![Gone::Site(21)]));
        assert!(whole("<ZXSJ><Zxxx><Zxlb>2</Zxlb><Jlid>21</Jlid></Zxxx></ZXSJ>").is_err());
    }

    #[test]
    fn records_are_read_where_they_are_synchronised_too() {
        let record = "<Baxx><Zt_xx><Ztid>70</Ztid><Baxh>辽ICP备2026000001号</Baxh></Zt_xx></Baxx>";
        assert_eq!(whole(&format!("<BASJ>{record}</BASJ>")).unwrap().records.len(), 1);
        let sync = format!("<DownloadData><SJTB><ICP>{record}</ICP></SJTB></DownloadData>");
        assert_eq!(news(&Element::read(&sync).unwrap(), 2).unwrap().records.len(), 1);
    }

    #[test]
    fn codes_and_the_opinion_of_one_filing_are_one_refusal() {
        let code = |code| format!("<Jg_xx><Jgxx><Jgdm>{code}</Jgdm></Jgxx><Czlx>1</Czlx><Bs>7</Bs></Jg_xx>");
        let opinion = "<GJSHS><Gjsh><Shsj>2026-03-03 10:00:00</Shsj><Shyj>请修改名称</Shyj><Shjg>0</Shjg><Jlid>7</Jlid></Gjsh></GJSHS>";
        assert_eq!(read(&format!("<BAJG>{}</BAJG>", code(1002))).unwrap(), vec![], "the why is still to come");
        let told = read(&format!("<BAJG>{}{opinion}</BAJG>", code(1020))).unwrap();
        let [Answer { about, said: Said::Verdict(Verdict::Refused { reasons }) }] = told.as_slice() else {
            panic!("{told:?}")
        };
        assert_eq!(*about, of(Operation::First, 7));
        assert_eq!((reasons.len(), reasons[0].pointer.as_str()), (1, "/services/0/name"));
    }

    #[test]
    fn a_state_that_nobody_knows_is_not_guessed() {
        assert!(matches!(read("<DXHY><Hyxx><Jlid>7</Jlid><Hyzt>9</Hyzt></Hyxx></DXHY>"), Err(Trouble::Unreadable(_))));
    }
}
