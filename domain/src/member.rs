//! Rights of sub-accounts (子账号): what somebody may do in another's account, with which subject, and until when. The account's
//! owner gives them; the roles themselves are `access`. Knows no token and no database.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::{Action, Actor, Relation, Role, allows};
use crate::id::AccountId;
use crate::region::Province;

/// What an owner can let somebody do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// See orders, drafts, materials and notices (查看).
    Read,
    /// Open orders, write drafts, upload materials; whoever may write also sees (填写).
    Edit,
    /// Hand in, withdraw and abandon orders; whoever may do so also sees (提交).
    Submit,
    /// Give out and take back authorization codes; nothing is seen by it (授权码).
    Codes,
}

impl Right {
    /// Every right, for tables and tests.
    pub const ALL: [Self; 4] = [Self::Read, Self::Edit, Self::Submit, Self::Codes];

    /// The name in API and database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Edit => "edit",
            Self::Submit => "submit",
            Self::Codes => "codes",
        }
    }

    /// The right that an action asks of a sub-account; none for what no customer does.
    #[must_use]
    pub fn for_action(action: Action) -> Option<Self> {
        match action {
            Action::Read => Some(Self::Read),
            Action::Edit => Some(Self::Edit),
            Action::Submit => Some(Self::Submit),
            Action::Codes => Some(Self::Codes),
            Action::Assist | Action::Review | Action::Operate | Action::Serve => None,
        }
    }

    /// What somebody who has it may do: whoever writes or hands in what they cannot see would do it blindly.
    fn with_implied(self) -> &'static [Self] {
        match self {
            Self::Read => &[Self::Read],
            Self::Edit => &[Self::Edit, Self::Read],
            Self::Submit => &[Self::Submit, Self::Read],
            Self::Codes => &[Self::Codes],
        }
    }
}

/// Rights that were given together: for one subject or for all, within a span of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What may be done.
    pub rights: BTreeSet<Right>,
    /// The blind index of the subject's certificate that they are limited to; every subject when absent.
    pub subject: Option<Vec<u8>>,
    /// They work from this moment on.
    pub from: DateTime<Utc>,
    /// They work until just before this moment; until revoked when absent.
    pub until: Option<DateTime<Utc>>,
}

impl Grant {
    fn works(&self, now: DateTime<Utc>) -> bool {
        self.from <= now && self.until.is_none_or(|until| now < until)
    }

    /// What names no subject yet may become anybody's, so that only a right for every subject covers it.
    fn covers(&self, subject: Option<&[u8]>) -> bool {
        self.subject.as_deref().is_none_or(|own| subject == Some(own))
    }
}

/// What somebody may do with one subject at a moment.
#[must_use]
pub fn rights(grants: &[Grant], subject: Option<&[u8]>, now: DateTime<Utc>) -> BTreeSet<Right> {
    let live = grants.iter().filter(|grant| grant.works(now) && grant.covers(subject));
    live.flat_map(|grant| &grant.rights).flat_map(|right| right.with_implied()).copied().collect()
}

/// Which subjects a right reaches: what a list may show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All of them, and what names none yet.
    Everything,
    /// These, by blind index; perhaps none.
    Subjects(BTreeSet<Vec<u8>>),
}

/// How far a right reaches at a moment.
#[must_use]
pub fn reach(grants: &[Grant], wanted: Right, now: DateTime<Utc>) -> Reach {
    let gives = |grant: &&Grant| grant.rights.iter().any(|right| right.with_implied().contains(&wanted));
    let mut subjects = BTreeSet::new();
    for grant in grants.iter().filter(|grant| grant.works(now)).filter(gives) {
        match &grant.subject {
            None => return Reach::Everything,
            Some(subject) => subjects.insert(subject.clone()),
        };
    }
    Reach::Subjects(subjects)
}

/// What somebody hears who asks to do something with a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may be done.
    Granted,
    /// It may be seen and not be done: 403.
    Forbidden,
    /// It may not even be seen: it does not exist, 404.
    Absent,
}

/// The verdict on somebody whose rights over a thing are known.
#[must_use]
pub fn verdict(rights: &BTreeSet<Right>, action: Action) -> Verdict {
    match Right::for_action(action) {
        Some(right) if rights.contains(&right) => Verdict::Granted,
        Some(_) | None if rights.contains(&Right::Read) => Verdict::Forbidden,
        Some(_) | None => Verdict::Absent,
    }
}

/// An order, as far as permission goes.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// Whose it is.
    pub account: AccountId,
    /// Where it is filed.
    pub province: Province,
    /// The blind index of its subject, once the draft names one.
    pub subject: Option<&'a [u8]>,
}

/// Whether an actor may do something with an order: the table of roles, the provinces of reviewers, the rights of
/// sub-accounts. `grants` are those that the actor has in the own account.
#[must_use]
pub fn judge(me: &Actor, action: Action, target: Target<'_>, (grants, now): (&[Grant], DateTime<Utc>)) -> Verdict {
    let own = me.account == Some(target.account);
    let relation = if own { Relation::Own } else { Relation::Foreign };
    let reviews = matches!(me.role, Role::Reviewer | Role::Lead);
    if !allows(me.role, action, relation) || (reviews && !me.covers(target.province)) {
        return Verdict::Absent;
    }
    if me.role == Role::SubAccount {
        return verdict(&rights(grants, target.subject, now), action);
    }
    Verdict::Granted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-03-02T{hour:02}:00:00Z").parse().unwrap()
    }

    fn grant(rights: &[Right], subject: Option<&[u8]>, until: Option<u32>) -> Grant {
        let rights = rights.iter().copied().collect();
        Grant { rights, subject: subject.map(<[u8]>::to_vec), from: at(8), until: until.map(at) }
    }

    fn names(found: &BTreeSet<Right>) -> Vec<&'static str> {
        found.iter().map(|right| right.as_str()).collect()
    }

    #[test]
    fn rights_work_within_their_time() {
        let grants = [grant(&[Right::Edit], None, Some(17))];
        for (hour, expected) in [(7, 0), (8, 2), (16, 2), (17, 0)] {
            assert_eq!(rights(&grants, None, at(hour)).len(), expected, "{hour}");
        }
        assert_eq!(rights(&[grant(&[Right::Edit], None, None)], None, at(23)).len(), 2);
    }

    #[test]
    fn a_right_for_one_subject_covers_that_one_alone() {
        let grants = [grant(&[Right::Submit], Some(b"a"), None), grant(&[Right::Codes], None, None)];
        assert_eq!(names(&rights(&grants, Some(b"a"), at(9))), ["read", "submit", "codes"]);
        assert_eq!(names(&rights(&grants, Some(b"b"), at(9))), ["codes"]);
        assert_eq!(names(&rights(&grants, None, at(9))), ["codes"], "an order without a subject is anybody's");
    }

    #[test]
    fn a_list_shows_what_any_of_the_rights_shows() {
        let one = grant(&[Right::Edit], Some(b"a"), None);
        let over = grant(&[Right::Read], None, Some(9));
        let grants = [one.clone(), over, grant(&[Right::Codes], Some(b"b"), None)];
        assert_eq!(reach(&grants, Right::Read, at(8)), Reach::Everything);
        assert_eq!(reach(&grants, Right::Read, at(9)), Reach::Subjects(BTreeSet::from([b"a".to_vec()])));
        assert_eq!(reach(&[one], Right::Submit, at(9)), Reach::Subjects(BTreeSet::new()));
    }

    #[test]
    fn what_is_seen_and_not_done_is_forbidden_and_the_rest_is_absent() {
        let (mine, theirs) = (AccountId::from(uuid::Uuid::from_u128(1)), AccountId::from(uuid::Uuid::from_u128(2)));
        let me = |role| Actor { id: "x".into(), role, account: Some(mine), provinces: Vec::new(), name: None };
        let target = |account| Target { account, province: Province::Liaoning, subject: None };
        let ask = |role, action, account, given: &[Right]| {
            judge(&me(role), action, target(account), (&[grant(given, None, None)], at(9)))
        };
        let sub = Role::SubAccount;
        assert_eq!(ask(sub, Action::Edit, mine, &[Right::Edit]), Verdict::Granted);
        assert_eq!(ask(sub, Action::Edit, mine, &[Right::Read]), Verdict::Forbidden);
        assert_eq!(ask(sub, Action::Edit, mine, &[Right::Codes]), Verdict::Absent);
        assert_eq!(ask(sub, Action::Edit, theirs, &Right::ALL), Verdict::Absent);
        assert_eq!(ask(sub, Action::Review, mine, &Right::ALL), Verdict::Absent);
        assert_eq!(ask(Role::Customer, Action::Submit, mine, &[]), Verdict::Granted);
        assert_eq!(ask(Role::Customer, Action::Submit, theirs, &Right::ALL), Verdict::Absent);
    }
}
