//! What can be done with a code, what happens to it, and why not.

use serde::{Deserialize, Serialize};

use super::{Approval, Code, Hold, State, StateName, Why};
use crate::filing_number::ServiceNumber;
use crate::id::{AccountId, OrderId};
use crate::message::AccountEvent;

/// What can be done with a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Lets an account use it.
    Grant {
        /// The account.
        to: AccountId,
        /// How that was approved.
        by: Approval,
    },
    /// An order files a service with it.
    Use {
        /// The service.
        hold: Hold,
        /// The account of the order.
        account: AccountId,
        /// The filed services that the order is about.
        changes: Vec<ServiceNumber>,
    },
    /// The order does not use it any more: its draft names another one, or it was given up.
    Release {
        /// The order.
        order: OrderId,
    },
    /// The order was filed.
    Complete {
        /// The order.
        order: OrderId,
        /// The number that the service got.
        filing: Option<ServiceNumber>,
    },
    /// The server cannot carry it any more.
    Invalidate(Why),
    /// Its owner takes it back.
    Revoke,
    /// Its owner removes it.
    Delete,
}

/// What happened to a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// It was made.
    Created,
    /// An account may use it.
    Granted {
        /// The account.
        to: AccountId,
        /// How that was approved.
        by: Approval,
    },
    /// An order uses it.
    Held(Hold),
    /// The order uses it no more.
    Released(Hold),
    /// The order was filed.
    Completed {
        /// The number that the service got.
        filing: Option<ServiceNumber>,
    },
    /// It serves nothing any more.
    Invalidated {
        /// Why.
        why: Why,
    },
    /// Nobody may use it until it is granted again.
    Withdrawn,
    /// It was removed.
    Deleted,
}

impl Event {
    /// Its name in API and database.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Granted { .. } => "granted",
            Self::Held(_) => "held",
            Self::Released(_) => "released",
            Self::Completed { .. } => "completed",
            Self::Invalidated { .. } => "invalidated",
            Self::Withdrawn => "withdrawn",
            Self::Deleted => "deleted",
        }
    }

    /// Whom to tell at once of what happens to a code that stood like this, and what. The story has the rest.
    #[must_use]
    pub fn news(&self, before: &Code, resource: &str) -> Vec<(AccountId, AccountEvent)> {
        let resource = resource.to_owned();
        match self {
            Self::Granted { to, by: Approval::Allowed } => vec![
                (*to, AccountEvent::CodeGranted { resource: resource.clone() }),
                (before.owner, AccountEvent::CodeApproved { resource }),
            ],
            Self::Granted { to, by: Approval::Phone } => vec![(*to, AccountEvent::CodeGranted { resource })],
            Self::Completed { .. } => vec![(before.owner, AccountEvent::CodeUsed { resource })],
            Self::Invalidated { why } => ended(before, *why, &resource),
            Self::Withdrawn => ended(before, Why::Revoked, &resource),
            Self::Created | Self::Held(_) | Self::Released(_) | Self::Deleted => Vec::new(),
        }
    }

    /// Whether the owner is to be told: what others did with the server, and what the time did.
    #[must_use]
    pub fn concerns_owner(&self) -> bool {
        match self {
            Self::Granted { by, .. } => *by == Approval::Allowed,
            Self::Held(_) | Self::Completed { .. } | Self::Invalidated { .. } => true,
            Self::Created | Self::Released(_) | Self::Withdrawn | Self::Deleted => false,
        }
    }
}

/// Both sides hear that a code ended; who took it back knows.
fn ended(before: &Code, why: Why, resource: &str) -> Vec<(AccountId, AccountEvent)> {
    let owner = Some(before.owner).filter(|_| why != Why::Revoked);
    let both = owner.into_iter().chain(before.receiver);
    both.map(|account| (account, AccountEvent::CodeEnded { resource: resource.to_owned(), why })).collect()
}

/// Why something cannot be done with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// It exists no more.
    #[error("the code was deleted")]
    Deleted,
    /// It serves nothing any more.
    #[error("the code is not valid any more")]
    Invalid,
    /// The owner needs none for an own server.
    #[error("the owner of the server needs no code")]
    OwnAccount,
    /// Somebody has it already.
    #[error("the code is granted already; take it back first")]
    Granted,
    /// It was not granted to this account.
    #[error("the code was not granted to this account")]
    NotGranted,
    /// Another service has it.
    #[error("another service uses the code")]
    Taken,
    /// A service is filed with it.
    #[error("the code is used up; it serves changes of its own filing only")]
    UsedUp,
    /// An order uses it.
    #[error("an order uses the code; take it back first")]
    InUse,
    /// There is nothing to take back.
    #[error("the code is granted to nobody")]
    NothingToRevoke,
}

impl Refusal {
    /// The stable name of the rule.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        match self {
            Self::Deleted => "code.deleted",
            Self::Invalid => "code.invalid",
            Self::OwnAccount => "code.own_account",
            Self::Granted => "code.granted",
            Self::NotGranted => "code.not_granted",
            Self::Taken => "code.taken",
            Self::UsedUp => "code.used_up",
            Self::InUse => "code.in_use",
            Self::NothingToRevoke => "code.nothing_to_revoke",
        }
    }

    /// The refusal in Chinese.
    #[must_use]
    pub const fn zh(self) -> &'static str {
        match self {
            Self::Deleted => "授权码已删除",
            Self::Invalid => "授权码已失效",
            Self::OwnAccount => "自己的资源不需要授权码",
            Self::Granted => "授权码已授权给其他账号，请先收回",
            Self::NotGranted => "该授权码没有授权给本账号",
            Self::Taken => "该授权码正被另一个服务使用",
            Self::UsedUp => "该授权码已使用，只能用于该备案的变更",
            Self::InUse => "授权码正在订单中使用，请先收回",
            Self::NothingToRevoke => "该授权码没有授权给任何账号",
        }
    }
}

/// What a command does to a code: an event, nothing when it is so already, or why it cannot be done.
///
/// # Errors
/// Every [`Refusal`].
pub fn decide(code: &Code, command: &Command) -> Result<Option<Event>, Refusal> {
    if code.state == State::Deleted {
        return Err(Refusal::Deleted);
    }
    match command {
        Command::Grant { to, by } => grant(code, *to, *by).map(Some),
        Command::Use { hold, account, changes } => take(code, *hold, *account, changes),
        Command::Release { order } => Ok(held_by(&code.state, *order).map(Event::Released)),
        Command::Complete { order, filing } => {
            Ok(held_by(&code.state, *order).map(|_hold| Event::Completed { filing: filing.clone() }))
        }
        Command::Invalidate(why) => Ok(match code.state {
            State::Unused | State::InUse(_) | State::Used(..) => Some(Event::Invalidated { why: *why }),
            State::Invalid { .. } | State::Deleted => None,
        }),
        Command::Revoke => match code.state {
            State::Unused if code.receiver.is_some() => Ok(Some(Event::Withdrawn)),
            State::Unused => Err(Refusal::NothingToRevoke),
            State::InUse(_) | State::Used(..) => Ok(Some(Event::Invalidated { why: Why::Revoked })),
            State::Invalid { .. } => Err(Refusal::Invalid),
            State::Deleted => Err(Refusal::Deleted),
        },
        Command::Delete => match code.state {
            State::Unused | State::Invalid { used: false, .. } => Ok(Some(Event::Deleted)),
            State::InUse(_) => Err(Refusal::InUse),
            State::Used(..) | State::Invalid { used: true, .. } => Err(Refusal::UsedUp),
            State::Deleted => Err(Refusal::Deleted),
        },
    }
}

fn grant(code: &Code, to: AccountId, by: Approval) -> Result<Event, Refusal> {
    match code.state {
        State::Invalid { .. } => Err(Refusal::Invalid),
        State::Deleted => Err(Refusal::Deleted),
        State::Unused if to == code.owner => Err(Refusal::OwnAccount),
        State::Unused if code.receiver.is_none() => Ok(Event::Granted { to, by }),
        State::Unused | State::InUse(_) | State::Used(..) => Err(Refusal::Granted),
    }
}

fn take(code: &Code, hold: Hold, account: AccountId, changes: &[ServiceNumber]) -> Result<Option<Event>, Refusal> {
    // Who it was not granted to learns nothing else of it.
    if code.receiver != Some(account) {
        return Err(Refusal::NotGranted);
    }
    match &code.state {
        State::Unused => Ok(Some(Event::Held(hold))),
        State::InUse(present) if *present == hold => Ok(None),
        State::InUse(_) => Err(Refusal::Taken),
        State::Used(_, Some(filing)) if changes.contains(filing) => Ok(None),
        State::Used(..) => Err(Refusal::UsedUp),
        State::Invalid { .. } => Err(Refusal::Invalid),
        State::Deleted => Err(Refusal::Deleted),
    }
}

fn held_by(state: &State, order: OrderId) -> Option<Hold> {
    match state {
        State::InUse(hold) if hold.order == order => Some(*hold),
        State::Unused | State::InUse(_) | State::Used(..) | State::Invalid { .. } | State::Deleted => None,
    }
}

/// The code after an event. What does not fit leaves it as it is: stories are told by `decide` alone.
#[must_use]
pub fn evolve(code: Code, event: &Event) -> Code {
    let state = match (code.state, event) {
        (state, Event::Created | Event::Granted { .. }) => state,
        (_, Event::Withdrawn | Event::Released(_)) => State::Unused,
        (_, Event::Held(hold)) => State::InUse(*hold),
        (State::InUse(hold), Event::Completed { filing }) => State::Used(hold, filing.clone()),
        (state, Event::Completed { .. }) => state,
        (state, Event::Invalidated { why }) => {
            let used = state.name() == StateName::Used;
            State::Invalid { why: *why, of: state.hold(), filing: state.filing().cloned(), used }
        }
        (_, Event::Deleted) => State::Deleted,
    };
    let receiver = match event {
        Event::Granted { to, .. } => Some(*to),
        Event::Withdrawn => None,
        Event::Created
        | Event::Held(_)
        | Event::Released(_)
        | Event::Completed { .. }
        | Event::Invalidated { .. }
        | Event::Deleted => code.receiver,
    };
    Code { owner: code.owner, receiver, state }
}
