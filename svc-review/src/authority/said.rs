//! What the authority's files say, in our words: answers to what we sent, records of what is filed with its ids, and what is not
//! filed any more. It knows no wire format. What a record says of people is personal data: it lives as long as the file is in
//! our hands, on its way to orders.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::{
    dossier::{ServiceDraft, SubjectDraft},
    filing_number::{ServiceNumber, SubjectNumber},
    order::{Lapse, Numbers, PrincipalRole, Principals, Reason},
    rules::kinds::OrderKind,
};

/// A file of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Its name, for the acknowledgement.
    pub file: String,
    /// What it says.
    pub news: News,
}

/// What a file says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct News {
    /// About what we sent, in the order in which it can come true.
    pub answers: Vec<Answer>,
    /// What is filed, with the authority's ids.
    pub records: Vec<Record>,
    /// What is not filed any more.
    pub gone: Vec<Gone>,
}

impl News {
    /// How many things it says.
    #[must_use]
    pub fn len(&self) -> usize {
        self.answers.len() + self.records.len() + self.gone.len()
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What a file asks the authority to do (`Czlx`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A first filing.
    First,
    /// A service more.
    AddService,
    /// A provider more.
    AddAccess,
    /// Other data.
    Change,
    /// A provider less.
    CancelAccess,
    /// The subject and all of its services.
    CancelSubject,
    /// A service.
    CancelService,
}

impl Operation {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 7] = [
        Self::First,
        Self::AddService,
        Self::AddAccess,
        Self::Change,
        Self::CancelAccess,
        Self::CancelSubject,
        Self::CancelService,
    ];

    /// The code of the interface.
    #[must_use]
    pub fn code(self) -> i16 {
        match self {
            Self::First => 1,
            Self::AddService => 2,
            Self::AddAccess => 3,
            Self::Change => 4,
            Self::CancelAccess => 5,
            Self::CancelSubject => 6,
            Self::CancelService => 7,
        }
    }

    /// The operation of a code.
    #[must_use]
    pub fn by_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| i64::from(operation.code()) == code)
    }

    /// What an order of this kind asks for; none where the interface has no form for it.
    #[must_use]
    pub fn of(kind: OrderKind) -> Option<Self> {
        match kind {
            OrderKind::First => Some(Self::First),
            OrderKind::AddHere | OrderKind::AddElsewhere => Some(Self::AddService),
            OrderKind::Access => Some(Self::AddAccess),
            OrderKind::ChangeFiling | OrderKind::ChangeSubject | OrderKind::ChangeService | OrderKind::ChangeAccess => {
                Some(Self::Change)
            }
            OrderKind::CancelService => Some(Self::CancelService),
            OrderKind::CancelSubject => Some(Self::CancelSubject),
            OrderKind::CancelAccess => Some(Self::CancelAccess),
            OrderKind::Migrate | OrderKind::TransferAccount | OrderKind::Claim => None,
        }
    }
}

/// What an answer is about: for what was new the id that we gave, for everything else the authority's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct About {
    /// What was asked for.
    pub operation: Operation,
    /// The id.
    pub id: i64,
}

/// What the authority says about something that we sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// About what.
    pub about: About,
    /// What it says.
    pub said: Said,
}

/// What can be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Something that concerns the filing as it is.
    Verdict(Verdict),
    /// It passed. What is new gets its numbers with its record.
    Passed,
}

/// What can be said about a filing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Codes were sent to these principals.
    Asked {
        /// To whom; nobody where the kind needs no verification.
        principals: Principals,
        /// The deadline, where the authority names it.
        until: Option<DateTime<Utc>>,
    },
    /// A principal verified.
    Verified {
        /// Who.
        principal: PrincipalRole,
    },
    /// The codes were sent again.
    Resent {
        /// The deadline now, where the authority names it.
        until: Option<DateTime<Utc>>,
    },
    /// The verification lapsed.
    Lapsed {
        /// Why.
        why: Lapse,
    },
    /// Filed.
    Granted {
        /// The numbers.
        numbers: Numbers,
    },
    /// Refused.
    Refused {
        /// Why; at least one reason.
        reasons: Vec<Reason>,
    },
}

/// A subject on file, with the sites that its record names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The authority's id (`Ztid`).
    pub id: i64,
    /// The id that we gave, where we filed it.
    pub ours: Option<i64>,
    /// Its number.
    pub number: SubjectNumber,
    /// Its nature, where the record says one that is known.
    pub nature: Option<u16>,
    /// What the record says of it.
    pub subject: SubjectDraft,
    /// Its sites that have a number.
    pub sites: Vec<Site>,
    /// Whether every site of the record has its number.
    pub complete: bool,
}

/// A site on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The authority's id (`Wzid`).
    pub id: i64,
    /// The id that we gave, where we filed it.
    pub ours: Option<i64>,
    /// Its number.
    pub number: ServiceNumber,
    /// Its domains with the authority's ids (`Ymid`).
    pub domains: BTreeMap<String, i64>,
    /// Where it runs with us.
    pub access: Option<Access>,
    /// Whether we give it access; none where the record does not say who does.
    pub here: Option<bool>,
    /// What the record says of it.
    pub service: ServiceDraft,
}

/// An access of ours on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// The authority's id (`Jrid`).
    pub id: i64,
    /// The id that we gave, where we reported it.
    pub ours: Option<i64>,
}

/// What is not filed any more (`ZXSJ`), by the authority's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// A subject with all of its sites.
    Subject(i64),
    /// A site.
    Site(i64),
}
