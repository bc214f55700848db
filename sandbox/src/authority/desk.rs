//! The authority's desk: what came, what was sent to whom, and what goes back. Time is told to it; what a decision does to the
//! file is in `decision`.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{
    case::{Case, CaseState, Verifying, people},
    check::check,
    clerk::Behaviour,
    conflict::{conflicts, subject_of},
    intake::{self, Asked},
    registry::Registry,
    result,
};

/// Codes are valid for so long after the receipt.
const VALID: TimeDelta = TimeDelta::hours(24);
/// They are sent again by themselves after so long.
const REMINDED_AFTER: TimeDelta = TimeDelta::hours(12);
/// Wrong tries that are allowed; the next one returns the filing.
const WRONG_TRIES: u32 = 5;

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
    /// What is filed.
    #[serde(default)]
    pub(super) registry: Registry,
    files: u64,
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
        match intake::read(xml) {
            Ok(all) => {
                for asked in all {
                    self.receive(sequence, asked, now);
                }
            }
            Err(code) => self.send("BAJG", &result::unusable(&[code])),
        }
        Ok(())
    }

    fn receive(&mut self, sequence: i64, asked: Asked, now: DateTime<Utc>) {
        let Asked { operation, marks, form } = asked;
        // Without any id nothing can be said about the case itself.
        let Some(record) = marks.first().copied() else { return self.send("BAJG", &result::unusable(&[1058])) };
        let mut codes = check(operation, &form);
        codes.extend(conflicts((operation, &form), &self.registry, &self.cases, self.behaviour.keep_last_access));
        codes.sort_unstable();
        codes.dedup();
        let principals = people(operation, &form, &self.registry);
        let subject = subject_of(operation, &form, &self.registry).map(|subject| subject.id);
        let mut case = Case {
            record,
            operation,
            marks,
            subject,
            sequence,
            form,
            principals: principals.iter().map(|(role, person)| Verifying::new(*role, person, code())).collect(),
            wrong: 0,
            received_at: now,
            deadline: now + VALID,
            reminded: false,
            state: CaseState::AwaitingSms,
        };
        if !codes.is_empty() {
            self.send("BAJG", &result::machine(&codes, &case));
            case.state = CaseState::Refused { codes, opinion: None };
        } else if self.behaviour.sms {
            self.send_codes(&case, now);
            self.send("DXHY", &result::asked(&case));
        }
        if case.state == CaseState::AwaitingSms && (!self.behaviour.sms || case.principals.is_empty()) {
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

    pub(super) fn send(&mut self, kind: &str, icp: &str) {
        self.send_file(kind, result::file(icp));
    }

    fn send_file(&mut self, kind: &str, xml: String) {
        self.files = self.files.saturating_add(1);
        self.outgoing.push_back(File { name: format!("{kind}{:010}.xml", self.files), xml });
    }

    /// Sends every record again.
    pub(super) fn synchronise(&mut self, now: DateTime<Utc>) {
        let xml = result::synchronised(self.registry.subjects.iter(), now);
        self.send_file("SJTB", xml);
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
            let told = result::verified(case, role);
            self.send("DXHY", &told);
            return Tried::Verified;
        }
        case.wrong = case.wrong.saturating_add(1);
        if case.wrong <= WRONG_TRIES {
            return Tried::Wrong;
        }
        case.state = CaseState::Lapsed { wrong_tries: true };
        let told = result::lapsed(case, 5);
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
                    let told = result::lapsed(case, 4);
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
}

fn code() -> String {
    let mut bytes = [0_u8; 4];
    // Without randomness the code is a constant, which a sandbox can bear.
    let number = getrandom::fill(&mut bytes).map_or(0, |()| u32::from_le_bytes(bytes));
    format!("{:06}", number % 1_000_000)
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "kinds_tests.rs"]
mod kinds_tests;
