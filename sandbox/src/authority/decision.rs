//! The clerk's decisions, and what a grant does to what is filed.

use chrono::{DateTime, Utc};

use super::{
    PROVIDER,
    case::{Case, CaseState, Operation},
    clerk::{Mode, refused},
    desk::Desk,
    registry::{FiledSubject, Registry},
    result,
};

impl Desk {
    /// Decides a case, as the clerk was told to.
    pub(super) fn decide(&mut self, index: usize, now: DateTime<Utc>) {
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
        let Some(case) = self.cases.get_mut(index) else { return };
        let (subject, sites) = file(case, &mut self.registry, now);
        case.state = CaseState::Filed { subject, sites };
        let about = |one: &&FiledSubject| Some(one.id) == case.subject;
        let told = result::granted(case, self.registry.subjects.iter().filter(about), now);
        let marks = case.marks.clone();
        match case.operation {
            Operation::First | Operation::AddSite | Operation::AddAccess | Operation::Change => {
                self.send("BASJ", &told);
            }
            Operation::CancelAccess => self.send("BAJG", &told),
            Operation::CancelSubject => self.send("ZXSJ", &result::gone(0, &marks)),
            Operation::CancelSite => self.send("ZXSJ", &result::gone(1, &marks)),
        }
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
        let told = result::refused(case, (&codes, opinion.as_deref()), now);
        self.send("BAJG", &told);
    }
}

/// Puts what was granted on file, or takes it off; the numbers that it was about.
fn file(case: &mut Case, registry: &mut Registry, now: DateTime<Utc>) -> (String, Vec<String>) {
    match case.operation {
        Operation::First => {
            let details = case.form.subject.clone().unwrap_or_default();
            let (id, number) = registry.file(details, None, now);
            case.subject = Some(id);
            (number, add_sites(case, id, registry))
        }
        Operation::AddSite => {
            let id = case.subject.unwrap_or_default();
            (number_of(id, registry), add_sites(case, id, registry))
        }
        Operation::AddAccess => {
            let mut numbers = Vec::new();
            for named in &case.form.sites {
                let found = registry.site(&named.filed_id, &named.filed_number);
                let Some((id, number)) = found.map(|(_, site)| (site.id, site.number.clone())) else { continue };
                for access in named.accesses.clone() {
                    registry.add_access(id, access, PROVIDER.id);
                }
                numbers.push(number);
            }
            (number_of(case.subject.unwrap_or_default(), registry), numbers)
        }
        Operation::Change => {
            if let Some(subject) = &case.form.subject {
                registry.change(subject, &case.form.sites);
            }
            let sites = case.form.sites.iter().map(|site| site.filed_number.clone()).collect();
            (number_of(case.subject.unwrap_or_default(), registry), sites)
        }
        Operation::CancelAccess | Operation::CancelSubject | Operation::CancelSite => cancel(case, registry),
    }
}

fn add_sites(case: &Case, subject: i64, registry: &mut Registry) -> Vec<String> {
    let sites = case.form.sites.clone();
    sites.into_iter().filter_map(|site| registry.add_site(subject, site, PROVIDER.id)).collect()
}

fn number_of(subject: i64, registry: &Registry) -> String {
    registry.subject(&subject.to_string(), "").map(|subject| subject.number.clone()).unwrap_or_default()
}

fn cancel(case: &Case, registry: &mut Registry) -> (String, Vec<String>) {
    let subject = number_of(case.subject.unwrap_or_default(), registry);
    let mut sites = Vec::new();
    for id in &case.marks {
        match case.operation {
            Operation::CancelSubject => registry.remove_subject(*id),
            Operation::CancelSite => {
                sites.extend(registry.site(&id.to_string(), "").map(|(_, site)| site.number.clone()));
                registry.remove_site(*id);
            }
            Operation::CancelAccess => {
                sites.extend(registry.access(*id).map(|(_, site, _)| site.number.clone()));
                registry.remove_access(*id);
            }
            Operation::First | Operation::AddSite | Operation::AddAccess | Operation::Change => {}
        }
    }
    (subject, sites)
}
