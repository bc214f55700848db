//! Who verifies by SMS for which kind of order, and how long the codes hold, by date. Rows of a pack; no clock.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use super::RulePack;
use super::kinds::OrderKind;
use crate::order::{PrincipalRole, Principals};
use crate::region::Province;

/// Whether a principal verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verifies {
    /// Always.
    Yes,
    /// Never.
    No,
    /// When the order changes the data of that principal's part.
    IfChanged,
}

impl Verifies {
    fn holds(self, role: PrincipalRole, changed: &Principals) -> bool {
        match self {
            Self::Yes => true,
            Self::No => false,
            Self::IfChanged => changed.contains(&role),
        }
    }
}

/// Who verifies for one kind of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verifier {
    /// The kind.
    pub order: OrderKind,
    /// The subject's principal.
    pub subject: Verifies,
    /// The service's principal.
    pub service: Verifies,
    /// Conflicts between the sources and what was decided; empty when there are none.
    #[serde(default)]
    pub note: String,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
}

/// How long a code holds in some provinces and years.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmsValidity {
    /// First day.
    pub from: NaiveDate,
    /// The first day on which it holds no more.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// Provinces; empty means all.
    #[serde(default)]
    pub provinces: Vec<Province>,
    /// Hours.
    pub hours: u32,
    /// Where it is from: tags of [`super::Source`].
    pub source: Vec<String>,
}

impl RulePack {
    /// Who must verify by SMS: one entry when one person holds both offices. `people` are the different people behind the
    /// filing, `changed` the parts that a change touches (all of them for everything that is new).
    #[must_use]
    pub fn sms_principals(&self, kind: OrderKind, people: &Principals, changed: &Principals) -> Principals {
        use PrincipalRole::{Service, Subject};
        let Some(row) = self.verifiers().iter().find(|row| row.order == kind) else { return Principals::new() };
        let asked = [(Subject, row.subject), (Service, row.service)];
        let asked = asked.into_iter().filter(|(role, verifies)| verifies.holds(*role, changed));
        // Where one person holds both offices, that person is filed as the subject's principal.
        asked.map(|(role, _)| if people.contains(&role) { role } else { Subject }).collect()
    }

    /// How long the codes hold; none where and when nobody verified by SMS.
    #[must_use]
    pub fn sms_validity(&self, province: Province, on: NaiveDate) -> Option<TimeDelta> {
        let holds = |row: &&SmsValidity| {
            row.from <= on
                && row.until.is_none_or(|until| on < until)
                && (row.provinces.is_empty() || row.provinces.contains(&province))
        };
        self.validities().iter().find(holds).map(|row| TimeDelta::hours(i64::from(row.hours)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(roles: &[PrincipalRole]) -> Principals {
        roles.iter().copied().collect()
    }

    #[test]
    fn a_first_filing_asks_both_and_one_person_once() {
        use PrincipalRole::{Service, Subject};
        let pack = RulePack::national();
        let both = people(&[Subject, Service]);
        assert_eq!(pack.sms_principals(OrderKind::First, &both, &both), both);
        assert_eq!(pack.sms_principals(OrderKind::First, &people(&[Subject]), &both), people(&[Subject]));
        assert_eq!(pack.sms_principals(OrderKind::AddHere, &both, &both), people(&[Service]));
        assert_eq!(pack.sms_principals(OrderKind::AddHere, &people(&[Subject]), &both), people(&[Subject]));
        assert_eq!(pack.sms_principals(OrderKind::ChangeFiling, &both, &people(&[Subject])), people(&[Subject]));
        assert!(pack.sms_principals(OrderKind::ChangeAccess, &both, &both).is_empty());
        assert!(pack.sms_principals(OrderKind::CancelAccess, &both, &both).is_empty());
    }

    #[test]
    fn every_kind_of_order_has_a_row() {
        for kind in OrderKind::ALL {
            assert_eq!(RulePack::national().verifiers().iter().filter(|row| row.order == kind).count(), 1, "{kind}");
        }
    }

    #[test]
    fn codes_held_two_days_in_the_pilot_and_hold_one_since() {
        let hours = |province, day: &str| {
            RulePack::national().sms_validity(province, day.parse().unwrap()).map(|held| held.num_hours())
        };
        assert_eq!(hours(Province::Tianjin, "2017-12-17"), None);
        assert_eq!(hours(Province::Tianjin, "2017-12-18"), Some(48));
        assert_eq!(hours(Province::Liaoning, "2018-12-31"), None);
        assert_eq!(hours(Province::Hubei, "2018-09-24"), Some(48));
        for province in Province::ALL {
            assert_eq!(hours(province, "2020-08-17"), Some(24), "{province}");
            assert_eq!(hours(province, "2026-03-02"), Some(24), "{province}");
        }
    }
}
