//! The authority's desk: what came, what was sent to whom, what goes back, and how the clerk behaves. Time is told to it.

use std::collections::VecDeque;

use chrono::{DateTime, Datelike as _, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    PROVIDER,
    case::{Case, CaseState, Verifying, people},
    check::check,
    form::{Form, UploadData},
    result,
};

/// Codes are valid for so long after the receipt.
const VALID: TimeDelta = TimeDelta::hours(24);
/// They are sent again by themselves after so long.
const REMINDED_AFTER: TimeDelta = TimeDelta::hours(12);
/// Wrong tries that are allowed; the next one returns the filing.
const WRONG_TRIES: u32 = 5;
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// How the clerk decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Grants.
    #[default]
    Grant,
    /// Refuses.
    Refuse,
    /// Leaves it lying.
    Hold,
}

/// Why the clerk refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Result code of the interface; 1002 when absent.
    #[serde(default = "refused")]
    pub code: i64,
    /// The clerk's words.
    #[serde(default)]
    pub opinion: Option<String>,
}

fn refused() -> i64 {
    1002
}

/// How the authority behaves until it is told otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// What the clerk does.
    pub mode: Mode,
    /// Why, where the clerk refuses.
    pub reasons: Vec<Objection>,
    /// How long the clerk thinks, in milliseconds.
    pub delay_ms: u32,
    /// How often the clerk does so before granting again; for ever when absent.
    pub times: Option<u32>,
    /// Uploads answer 901 and downloads 902.
    pub maintenance: bool,
    /// So many of the next answers get lost: the call is done, and the caller sees a 500.
    pub lose_answers: u32,
    /// Whether principals verify by SMS. The interface V3.0 alone does not speak of it.
    pub sms: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            mode: Mode::Grant,
            reasons: Vec::new(),
            delay_ms: 0,
            times: None,
            maintenance: false,
            lose_answers: 0,
            sms: true,
        }
    }
}

/// A message that 12381 sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Sms {
    pub(super) mobile: String,
    pub(super) code: String,
    pub(super) text: String,
    /// 1 the subject's principal, 2 the service's.
    pub(super) role: u8,
    pub(super) record: i64,
    pub(super) at: DateTime<Utc>,
}

/// A file that waits to be fetched.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) xml: String,
}

/// What the public page answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Tried {
    /// Verified.
    Verified,
    /// Code or identity number are wrong; the try counts.
    Wrong,
    /// That was one wrong try too many: the filing goes back.
    Returned,
    /// Nobody waits for a code at this number.
    NoRecord,
}

/// Everything the authority remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Desk {
    pub(super) last_sequence: i64,
    pub(super) cases: Vec<Case>,
    pub(super) sms: Vec<Sms>,
    pub(super) outgoing: VecDeque<File>,
    pub(super) behaviour: Behaviour,
    files: u64,
    numbers: u32,
}

impl Desk {
    /// Takes an upload in, or says which earlier ones are missing (14), or that it came before (999).
    pub(super) fn upload(&mut self, sequence: i64, xml: &str, now: DateTime<Utc>) -> Result<(), (i32, Vec<i64>)> {
        if sequence <= self.last_sequence {
            return Err((999, Vec::new()));
        }
        let next = self.last_sequence.saturating_add(1);
        if sequence > next {
            return Err((14, (next..sequence).take(100).collect()));
        }
        self.last_sequence = sequence;
        match readable(xml) {
            Ok(forms) => {
                for form in forms {
                    self.receive(sequence, form, now);
                }
            }
            Err(code) => self.send("BAJG", &result::machine(&[code], None)),
        }
        Ok(())
    }

    fn receive(&mut self, sequence: i64, form: Form, now: DateTime<Utc>) {
        let Some(record) = form.record() else { return self.send("BAJG", &result::machine(&[1058], None)) };
        let codes = check(&form, &self.cases);
        let principals = people(&form).into_iter().map(|(role, person)| Verifying::new(role, person, code())).collect();
        let mut case = Case {
            record,
            sequence,
            form,
            principals,
            wrong: 0,
            received_at: now,
            deadline: now + VALID,
            reminded: false,
            state: CaseState::AwaitingSms,
        };
        if !codes.is_empty() {
            self.send("BAJG", &result::machine(&codes, Some(record)));
            case.state = CaseState::Refused { codes, opinion: None };
        } else if self.behaviour.sms {
            self.send_codes(&case, now);
            self.send("DXHY", &result::asked(&case));
        } else {
            case.state = CaseState::Deciding { since: now + self.thinking() };
        }
        self.cases.push(case);
    }

    fn thinking(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.behaviour.delay_ms.into())
    }

    fn send_codes(&mut self, case: &Case, now: DateTime<Utc>) {
        for principal in case.principals.iter().filter(|principal| !principal.verified) {
            let text = format!("【工信部ICP备案】您的短信验证码为{}，请在24小时内完成核验。", principal.code);
            self.sms.push(Sms {
                mobile: principal.mobile.clone(),
                code: principal.code.clone(),
                text,
                role: principal.role,
                record: case.record,
                at: now,
            });
        }
    }

    fn send(&mut self, kind: &str, icp: &str) {
        self.files = self.files.saturating_add(1);
        self.outgoing.push_back(File { name: format!("{kind}{:010}.xml", self.files), xml: result::file(icp) });
    }

    /// Forgets a fetched file.
    pub(super) fn acknowledge(&mut self, name: &str) {
        self.outgoing.retain(|file| file.name != name);
    }

    /// Somebody types a code into the public page.
    pub(super) fn verify(&mut self, mobile: &str, code: &str, last_six: &str, now: DateTime<Utc>) -> Tried {
        let Some(index) = self.waiting_at(mobile) else { return Tried::NoRecord };
        let thinking = self.thinking();
        let Some(case) = self.cases.get_mut(index) else { return Tried::NoRecord };
        let fits = |who: &&mut Verifying| {
            !who.verified && who.mobile == mobile && who.code == code && who.last_six.eq_ignore_ascii_case(last_six)
        };
        if let Some(who) = case.principals.iter_mut().find(fits) {
            who.verified = true;
            let role = who.role;
            if case.principals.iter().all(|who| who.verified) {
                case.state = CaseState::Deciding { since: now + thinking };
            }
            let told = result::verified(case.record, role);
            self.send("DXHY", &told);
            return Tried::Verified;
        }
        case.wrong = case.wrong.saturating_add(1);
        if case.wrong <= WRONG_TRIES {
            return Tried::Wrong;
        }
        case.state = CaseState::Lapsed { wrong_tries: true };
        let told = result::lapsed(case.record, 5);
        self.send("DXHY", &told);
        Tried::Returned
    }

    /// Somebody asks for the code again; says whether anybody waits at this number.
    pub(super) fn resend(&mut self, mobile: &str, now: DateTime<Utc>) -> bool {
        let Some(index) = self.waiting_at(mobile) else { return false };
        self.send_again(index, now);
        true
    }

    fn send_again(&mut self, index: usize, now: DateTime<Utc>) {
        let Some(case) = self.cases.get_mut(index) else { return };
        for who in case.principals.iter_mut().filter(|who| !who.verified) {
            who.code = code();
        }
        let case = case.clone();
        self.send_codes(&case, now);
        self.send("DXHY", &result::resent(&case));
    }

    fn waiting_at(&self, mobile: &str) -> Option<usize> {
        self.cases.iter().position(|case| {
            case.state == CaseState::AwaitingSms
                && case.principals.iter().any(|who| !who.verified && who.mobile == mobile)
        })
    }

    /// Does what became due: reminders, deadlines, the clerk's decisions.
    pub(super) fn catch_up(&mut self, now: DateTime<Utc>) {
        for index in 0..self.cases.len() {
            let Some(case) = self.cases.get_mut(index) else { continue };
            match case.state {
                CaseState::AwaitingSms if now > case.deadline => {
                    case.state = CaseState::Lapsed { wrong_tries: false };
                    let told = result::lapsed(case.record, 4);
                    self.send("DXHY", &told);
                }
                CaseState::AwaitingSms if !case.reminded && now >= case.received_at + REMINDED_AFTER => {
                    case.reminded = true;
                    self.send_again(index, now);
                }
                CaseState::Deciding { since } if now >= since => self.decide(index, now),
                CaseState::AwaitingSms
                | CaseState::Deciding { .. }
                | CaseState::Filed { .. }
                | CaseState::Refused { .. }
                | CaseState::Lapsed { .. } => {}
            }
        }
    }

    fn decide(&mut self, index: usize, now: DateTime<Utc>) {
        let mode = if self.behaviour.times == Some(0) { Mode::Grant } else { self.behaviour.mode };
        match mode {
            Mode::Hold => {}
            Mode::Grant => self.grant(index, now),
            Mode::Refuse => {
                self.behaviour.times = self.behaviour.times.map(|times| times.saturating_sub(1));
                self.refuse(index, now);
            }
        }
    }

    fn grant(&mut self, index: usize, now: DateTime<Utc>) {
        self.numbers = self.numbers.saturating_add(1);
        let Some(case) = self.cases.get_mut(index) else { return };
        let province = case.form.subject.as_ref().map(|subject| subject.address.province.clone()).unwrap_or_default();
        let year = (now + SHANGHAI).year();
        let subject = format!("{}ICP备{year:04}{:06}号", prefix(&province), self.numbers);
        let sites: Vec<String> = (1..=case.form.sites.len()).map(|index| format!("{subject}-{index}")).collect();
        case.state = CaseState::Filed { subject: subject.clone(), sites: sites.clone() };
        let told = result::granted(case, (&subject, &sites), now);
        self.send("BASJ", &told);
    }

    fn refuse(&mut self, index: usize, now: DateTime<Utc>) {
        let reasons = self.behaviour.reasons.clone();
        let mut codes: Vec<i64> = reasons.iter().map(|reason| reason.code).collect();
        if codes.is_empty() {
            codes.push(refused());
        }
        let opinion = reasons.into_iter().find_map(|reason| reason.opinion);
        let Some(case) = self.cases.get_mut(index) else { return };
        case.state = CaseState::Refused { codes: codes.clone(), opinion: opinion.clone() };
        let told = result::refused(case.record, (&codes, opinion.as_deref()), now);
        self.send("BAJG", &told);
    }
}

/// The filings of a file, or the code for what is wrong with the file.
fn readable(xml: &str) -> Result<Vec<Form>, i64> {
    let file: UploadData = quick_xml::de::from_str(xml).or(Err(5001))?;
    if file.version != "V.3.0" {
        return Err(5004);
    }
    let icp = file.icp.ok_or(5001)?;
    if icp.provider.as_deref().map(str::trim) != Some(PROVIDER.id.to_string().as_str()) {
        return Err(5003);
    }
    // Other kinds are not open here.
    let first = icp.first.ok_or(5011)?;
    if first.filings.is_empty() { Err(5001) } else { Ok(first.filings) }
}

fn code() -> String {
    let mut bytes = [0_u8; 4];
    // Without randomness the code is a constant, which a sandbox can bear.
    let number = getrandom::fill(&mut bytes).map_or(0, |()| u32::from_le_bytes(bytes));
    format!("{:06}", number % 1_000_000)
}

/// The character that opens the numbers of a province.
fn prefix(province: &str) -> char {
    const PREFIXES: [(&str, char); 31] = [
        ("11", '京'),
        ("12", '津'),
        ("13", '冀'),
        ("14", '晋'),
        ("15", '蒙'),
        ("21", '辽'),
        ("22", '吉'),
        ("23", '黑'),
        ("31", '沪'),
        ("32", '苏'),
        ("33", '浙'),
        ("34", '皖'),
        ("35", '闽'),
        ("36", '赣'),
        ("37", '鲁'),
        ("41", '豫'),
        ("42", '鄂'),
        ("43", '湘'),
        ("44", '粤'),
        ("45", '桂'),
        ("46", '琼'),
        ("50", '渝'),
        ("51", '蜀'),
        ("52", '黔'),
        ("53", '滇'),
        ("54", '藏'),
        ("61", '陕'),
        ("62", '陇'),
        ("63", '青'),
        ("64", '宁'),
        ("65", '新'),
    ];
    PREFIXES.iter().find(|(head, _)| province.starts_with(head)).map_or('京', |(_, prefix)| *prefix)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILING: &str = include_str!("example.xml");

    fn now() -> DateTime<Utc> {
        "2026-03-02T04:00:00Z".parse().unwrap()
    }

    fn received() -> Desk {
        let mut desk = Desk::default();
        desk.upload(1, FILING, now()).unwrap();
        assert!(matches!(desk.cases.first().unwrap().state, CaseState::AwaitingSms), "{:?}", desk.cases);
        desk
    }

    fn verify(desk: &mut Desk, index: usize) -> Tried {
        let who = desk.cases[0].principals[index].clone();
        let tried = desk.verify(&who.mobile, &who.code, &who.last_six, now());
        desk.catch_up(now());
        tried
    }

    #[test]
    fn two_people_get_two_codes_and_the_clerk_waits_for_both() {
        let mut desk = received();
        assert_eq!(desk.sms.len(), 2);
        assert_eq!(verify(&mut desk, 0), Tried::Verified);
        assert_eq!(desk.cases[0].state, CaseState::AwaitingSms);
        assert_eq!(verify(&mut desk, 1), Tried::Verified);
        let CaseState::Filed { subject, sites } = &desk.cases[0].state else { panic!("{:?}", desk.cases[0].state) };
        assert_eq!(
            (subject.as_str(), sites.as_slice()),
            ("辽ICP备2026000001号", ["辽ICP备2026000001号-1".to_owned()].as_slice())
        );
        assert_eq!(
            desk.outgoing.iter().map(|file| file.name.get(..4).unwrap()).collect::<Vec<_>>(),
            ["DXHY", "DXHY", "DXHY", "BASJ"]
        );
    }

    #[test]
    fn one_person_in_both_offices_gets_one_code() {
        let mut desk = Desk::default();
        desk.upload(1, &FILING.replace("440106190002020023", "210102190001010018"), now()).unwrap();
        assert_eq!(desk.sms.len(), 1);
    }

    #[test]
    fn the_sixth_wrong_try_returns_the_filing() {
        let mut desk = received();
        let mobile = desk.cases[0].principals[0].mobile.clone();
        for _ in 0..5 {
            assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::Wrong);
        }
        assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::Returned);
        assert_eq!(desk.verify(&mobile, "no", "no", now()), Tried::NoRecord);
    }

    #[test]
    fn codes_are_sent_again_after_twelve_hours_and_lapse_after_twenty_four() {
        let mut desk = received();
        desk.catch_up(now() + TimeDelta::hours(12));
        assert_eq!(desk.sms.len(), 4);
        desk.catch_up(now() + TimeDelta::hours(13));
        assert_eq!(desk.sms.len(), 4);
        desk.catch_up(now() + TimeDelta::hours(24));
        assert_eq!(desk.cases[0].state, CaseState::AwaitingSms);
        desk.catch_up(now() + TimeDelta::hours(24) + TimeDelta::seconds(1));
        assert_eq!(desk.cases[0].state, CaseState::Lapsed { wrong_tries: false });
    }

    #[test]
    fn a_gap_names_what_is_missing_and_a_repetition_is_not_taken() {
        let mut desk = received();
        assert_eq!(desk.upload(4, FILING, now()), Err((14, vec![2, 3])));
        assert_eq!(desk.upload(1, FILING, now()), Err((999, vec![])));
        assert_eq!(desk.last_sequence, 1);
    }

    #[test]
    fn the_same_organizer_and_domain_twice_is_a_conflict() {
        let mut desk = received();
        desk.upload(2, &FILING.replace("<IspZtid>7<", "<IspZtid>8<"), now()).unwrap();
        assert_eq!(desk.cases[1].state, CaseState::Refused { codes: vec![1003, 1039], opinion: None });
        verify(&mut desk, 0);
        verify(&mut desk, 1);
        desk.upload(3, &FILING.replace("<IspZtid>7<", "<IspZtid>9<"), now()).unwrap();
        assert_eq!(desk.cases[2].state, CaseState::Refused { codes: vec![1003, 1005], opinion: None });
    }

    #[test]
    fn required_elements_and_formats_are_checked() {
        let cases = [
            ("<Fzr_sjhm>13800000001</Fzr_sjhm>", "", 1011),
            ("<Fzr_xm>林示范</Fzr_xm>", "", 1044),
            ("<Ym>example-lin.cn</Ym>", "<Ym>lin</Ym>", 1004),
            ("<Qsip>3405803786</Qsip>", "<Qsip>0</Qsip>", 1006),
            ("<Shiid>210100</Shiid>", "<Shiid>440100</Shiid>", 1019),
            ("www.example-lin.cn", "www.other.cn", 1041),
        ];
        for (from, to, code) in cases {
            let mut desk = Desk::default();
            desk.upload(1, &FILING.replacen(from, to, 1), now()).unwrap();
            let CaseState::Refused { codes, .. } = &desk.cases[0].state else { panic!("{from} was taken") };
            assert!(codes.contains(&code), "{from}: {codes:?}");
        }
        let mut desk = Desk::default();
        desk.upload(1, &FILING.replace("V.3.0", "V.2.0"), now()).unwrap();
        assert!(desk.cases.is_empty() && desk.outgoing[0].xml.contains("<Jgdm>5004</Jgdm>"));
    }

    #[test]
    fn the_clerk_refuses_as_often_as_told_and_then_grants() {
        let mut desk = received();
        let reasons = vec![Objection { code: 1020, opinion: Some("名称不规范".to_owned()) }];
        desk.behaviour = Behaviour { mode: Mode::Refuse, reasons, times: Some(1), ..Behaviour::default() };
        verify(&mut desk, 0);
        verify(&mut desk, 1);
        assert!(matches!(desk.cases[0].state, CaseState::Refused { .. }));
        desk.upload(2, &FILING.replace("<IspZtid>7<", "<IspZtid>8<"), now()).unwrap();
        for who in desk.cases[1].principals.clone() {
            desk.verify(&who.mobile, &who.code, &who.last_six, now());
        }
        desk.catch_up(now());
        assert!(desk.cases[1].is_filed());
    }
}
