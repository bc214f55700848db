//! Who may do what: roles, actions and the one table that joins them. Knows no token and no database.

use serde::{Deserialize, Serialize};

use crate::id::AccountId;
use crate::region::Province;

/// What a person or a program is to us; it comes from the verified token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Owns an account and its filing orders (客户).
    Customer,
    /// Works in somebody else's account with granted rights (子账号).
    SubAccount,
    /// Does the initial review and the photo review (审核员).
    Reviewer,
    /// A reviewer who may also take tasks from others (审核组长).
    Lead,
    /// Staff of a photo point (拍照点).
    PhotoPoint,
    /// Runs the system: curtain dispatch, look-ups, never a decision (运营).
    Operations,
    /// One of our services, asking another.
    Service,
}

impl Role {
    /// Every role, for tables and tests.
    pub const ALL: [Self; 7] = [
        Self::Customer,
        Self::SubAccount,
        Self::Reviewer,
        Self::Lead,
        Self::PhotoPoint,
        Self::Operations,
        Self::Service,
    ];
}

/// The token's subject: an opaque name for one person of the staff or one program, never a real name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StaffId(String);

impl StaffId {
    /// Takes the token's subject as it is.
    pub fn new(subject: impl Into<String>) -> Self {
        Self(subject.into())
    }

    /// The subject as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for StaffId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whoever stands behind a request, as the verified token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// The token's subject.
    pub id: String,
    /// What they are to us.
    pub role: Role,
    /// The account they act in; customers and sub-accounts have one.
    pub account: Option<AccountId>,
    /// Provinces a reviewer is limited to; empty means all.
    #[serde(default)]
    pub provinces: Vec<Province>,
    /// How colleagues call them; shown on the bench, never logged.
    pub name: Option<String>,
}

impl Actor {
    /// The actor as the staff member that a decision names.
    #[must_use]
    pub fn staff(&self) -> StaffId {
        StaffId::new(self.id.clone())
    }

    /// Whether a reviewer may work on orders of this province.
    #[must_use]
    pub fn covers(&self, province: Province) -> bool {
        self.provinces.is_empty() || self.provinces.contains(&province)
    }
}

/// What can be done with an order and what hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// See the order, its draft and its history.
    Read,
    /// Write the draft, its materials and its verification.
    Edit,
    /// Submit, withdraw or abandon.
    Submit,
    /// Give out or take back authorization codes of a filing.
    Codes,
    /// Correct the order for the customer who consented (协助更改).
    Assist,
    /// Claim, call, pass, return, accept or refuse.
    Review,
    /// Request-independent work: dispatch curtains, see queues and notices.
    Operate,
    /// What only our own services may ask.
    Serve,
}

impl Action {
    /// Every action, for tables and tests.
    pub const ALL: [Self; 8] =
        [Self::Read, Self::Edit, Self::Submit, Self::Codes, Self::Assist, Self::Review, Self::Operate, Self::Serve];
}

/// How the actor stands to the thing acted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// It belongs to the actor's account.
    Own,
    /// It belongs to somebody else.
    Foreign,
}

/// The whole permission table: deny unless a line says otherwise. A sub-account may do no more than this, and of it only what
/// the owner granted: see `member`.
#[must_use]
pub fn allows(role: Role, action: Action, relation: Relation) -> bool {
    match (role, action) {
        (Role::Customer | Role::SubAccount, Action::Read | Action::Edit | Action::Submit | Action::Codes) => {
            relation == Relation::Own
        }
        (Role::Reviewer | Role::Lead, Action::Read | Action::Assist | Action::Review)
        | (Role::Operations, Action::Read | Action::Operate)
        | (Role::Service, Action::Read | Action::Serve) => true,
        (Role::PhotoPoint, _)
        | (Role::Customer | Role::SubAccount, Action::Assist | Action::Review | Action::Operate | Action::Serve)
        | (
            Role::Reviewer | Role::Lead,
            Action::Edit | Action::Submit | Action::Codes | Action::Operate | Action::Serve,
        )
        | (
            Role::Operations,
            Action::Edit | Action::Submit | Action::Codes | Action::Assist | Action::Review | Action::Serve,
        )
        | (
            Role::Service,
            Action::Edit | Action::Submit | Action::Codes | Action::Assist | Action::Review | Action::Operate,
        ) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_touches_a_foreign_draft() {
        for role in Role::ALL {
            assert!(!allows(role, Action::Edit, Relation::Foreign), "{role:?}");
            assert!(!allows(role, Action::Submit, Relation::Foreign), "{role:?}");
        }
    }

    #[test]
    fn only_reviewers_decide() {
        for role in Role::ALL {
            let decides = allows(role, Action::Review, Relation::Foreign);
            assert_eq!(decides, matches!(role, Role::Reviewer | Role::Lead), "{role:?}");
        }
    }
}
