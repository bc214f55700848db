//! The only writer of orders: load, check the version, decide, save, tell. It knows no HTTP and no queue.

mod access;
mod check;
mod choose;
mod clone;
mod code;
mod draft;
mod import;
mod keep;
mod kind;
mod ledger;
mod line;
pub(crate) mod member;
mod news;
mod open;
mod proof;
mod resource;
mod search;
mod status;
mod synchronise;

use std::sync::Arc;

use chassis::{
    audit,
    bus::Envelope,
    clock::Clock,
    db::{Db, Tx},
    failure::Failure,
    outbox,
    peer::Peer,
    rulebook::Rulebook,
    seal::Keyring,
};
use domain::{
    access::{Actor, Role},
    id::OrderId,
    message::{Message, OrderNews},
    order::{Command, Event, Facts, Order, Refusal, decide, evolve},
};
use serde_json::json;
use tokio_util::sync::CancellationToken;

pub(crate) use access::Need;
pub(crate) use code::{Effects, locked_code};
pub(crate) use draft::{Written, locked};
pub(crate) use import::{ImportRow, Line, MOST_ROWS, Reading, Sheet, Sketch, Verdict};
pub(crate) use keep::days;
pub(crate) use kind::TypeAsked;
pub(crate) use ledger::{opened, service_place, subject_place};
pub(crate) use line::Turn;
pub(crate) use open::NewOrder;
pub(crate) use proof::proof_wanted;
pub(crate) use resource::Offered;
pub(crate) use status::Status;
pub(crate) use synchronise::{Outcome, Record, ServiceRecord};

use crate::{
    Orders,
    config::Settings,
    inventory::Resources,
    store::{
        self,
        order::{Doer, Stored},
    },
};
use chassis::launch::Spec;

/// Everything that the commands of this service need.
#[derive(Clone)]
pub struct App {
    /// The service's database.
    pub db: Db,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Closes and opens personal data.
    pub keyring: Arc<Keyring>,
    /// The rules in force.
    pub rules: Rulebook,
    /// svc-review, which asks the authority what is on file; without it only our own ledger is asked.
    pub review: Option<Peer>,
    /// What operations chose.
    pub settings: Settings,
    /// The inventory and its policy; none in a process that only looks at rules.
    pub resources: Option<Resources>,
    /// Cancelled when the process drains: long answers end.
    pub draining: CancellationToken,
}

/// Which version of an order a change is meant for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Whatever it is: messages are guarded by the order's state and round.
    Any,
    /// This one, or 412.
    Is(i64),
}

impl Version {
    fn accepts(self, current: i64) -> Result<(), Failure> {
        match self {
            Self::Is(wanted) if wanted != current => Err(Failure::stale(current)),
            Self::Is(_) | Self::Any => Ok(()),
        }
    }
}

/// Who acts, as the story and the audit name them.
pub(crate) fn doer(actor: &Actor) -> Doer {
    Doer { actor: actor.id.clone(), role: role(actor.role) }
}

/// A part of the system that acts by itself.
pub(crate) fn system(name: &str) -> Doer {
    Doer { actor: name.to_owned(), role: "service" }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Customer => "customer",
        Role::SubAccount => "sub-account",
        Role::Reviewer => "reviewer",
        Role::Lead => "lead",
        Role::PhotoPoint => "photo-point",
        Role::Operations => "operations",
        Role::Service => "service",
    }
}

impl App {
    /// Does one thing to one order, all or nothing: the order's row, its story, the audit and the messages to the others.
    pub(crate) async fn execute(
        &self,
        tx: &mut Tx,
        by: &Doer,
        (id, want): (OrderId, Version),
        command: Command,
    ) -> Result<Stored, Failure> {
        let before = store::order::lock(tx, id).await?;
        want.accepts(before.version)?;
        self.apply(tx, by, before, &command).await
    }

    /// The same with an order that is locked already.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        by: &Doer,
        before: Stored,
        command: &Command,
    ) -> Result<Stored, Failure> {
        let now = self.clock.now();
        let facts = Facts { now, touched_at: before.idle_since, expire_after: self.settings.expire_after };
        let events = decide(&before.order, command, &facts).map_err(|refusal| refused(&refusal))?;
        let version = before.version;
        // Being spoken of is no touch.
        let kept = matches!(command, Command::Remind { .. } | Command::Purge);
        let (idle_since, reminded) = if kept { (before.idle_since, before.reminded) } else { (now, 0) };
        let after = Stored { touched_at: now, idle_since, reminded, ..before };
        let (after, news) = self.fold(after, &events);
        store::order::save(tx, version, &after, &events, by).await?;
        self.follow(tx, by, &after).await?;
        self.note(tx, by, &after, command.name()).await?;
        outbox::put(tx, &news).await?;
        self.enter(tx, &after).await?;
        Ok(after)
    }

    /// Adds to the audit what somebody did to an order.
    async fn note(&self, tx: &mut Tx, by: &Doer, after: &Stored, action: &str) -> Result<(), Failure> {
        let detail = json!({ "version": after.version, "state": after.order.state.name() });
        let entry = audit::Entry { aggregate: after.id.uuid(), actor: &by.actor, role: by.role, action, detail };
        audit::record(tx, after.touched_at, &entry).await
    }

    /// Folds events into an order, and makes the messages that others act on.
    fn fold(&self, mut order: Stored, events: &[Event]) -> (Stored, Vec<Envelope>) {
        let mut news = Vec::with_capacity(events.len());
        for event in events {
            order.order = evolve(order.order, event);
            order.version += 1;
            // The most frequent command, and nobody else acts on it: what was written is read when the order is handed in.
            if matches!(event, Event::Saved { .. }) {
                continue;
            }
            let message = Message::Order(OrderNews {
                order: order.id,
                account: order.account,
                plan: order.order.plan.clone(),
                round: order.order.round,
                state: order.order.state.name(),
                version: order.version,
                at: order.touched_at,
                event: event.clone(),
            });
            news.push(Envelope::of(Orders::NAME, &message, order.version, order.touched_at));
        }
        (order, news)
    }

    /// A new order's fold: nothing was there before.
    fn opened(&self, order: Stored) -> (Stored, Vec<Envelope>) {
        let empty = Stored { order: Order::open(order.order.plan.clone()), version: 0, ..order };
        self.fold(empty, &[Event::Opened])
    }
}

/// A refusal as an answer: 409 with a rule that clients can match, in both languages.
pub(crate) fn refused(refusal: &Refusal) -> Failure {
    let (rule, zh) = match refusal {
        Refusal::Finished(_) => ("order.finished", "订单已结束，不能再操作"),
        Refusal::NotNow { .. } => ("order.not_now", "订单当前状态下不能这样操作"),
        Refusal::LateRound { .. } => ("order.late_round", "该结果对应的是更早一次提交"),
        Refusal::SecondPersonNeeded => ("order.second_person", "需要第二位审核员确认"),
        Refusal::NoReasons => ("order.no_reasons", "请至少填写一条原因"),
        Refusal::OtherPhoto => ("order.other_photo", "这张照片不在审核中"),
        Refusal::NotAsked => ("order.not_asked", "该负责人没有待完成的短信核验"),
        Refusal::NoConsent => ("order.no_consent", "客户没有同意协助更改"),
        Refusal::AlreadySent => ("order.already_sent", "订单正在提交管局，不能撤回"),
        Refusal::NotVerified => ("order.not_verified", "服务负责人还没有完成人脸核验"),
        Refusal::NotPart { .. } => ("order.not_part", "这种订单不变更这一部分内容"),
        Refusal::OtherWay => ("order.other_way", "该订单不采用电子化核验"),
        Refusal::TooEarly => ("order.too_early", "订单最近还有改动，未到过期时间"),
    };
    Failure::conflict("The order does not allow this now.").at("", rule, &format!("{zh} / {}", sentence(refusal)))
}

fn sentence(refusal: &impl std::fmt::Display) -> String {
    let text = refusal.to_string();
    let mut letters = text.chars();
    letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str())).unwrap_or_default()
}
