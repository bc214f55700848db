//! The review of one submission: every step goes through `domain::review`, and nothing else writes a task.

use chassis::{bus::Envelope, db::Tx, failure::Failure, outbox, telemetry::metric};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    access::{Actor, Role},
    id::TaskId,
    message::{Message, OrderNews, ReviewNews, ReviewStep},
    order::{Principals, StateName},
    region::Province,
    review::{ReviewCommand, ReviewEvent, ReviewRefusal, ReviewState, decide, evolve},
};
use serde_json::json;

use super::{By, SELF};
use crate::store::{
    filing,
    task::{self, Task},
};

/// Histogram, seconds, label `result`: from the submission to the decision.
const DECIDED_AFTER: &str = "review_decided_after_seconds";
/// Histogram, seconds: from the submission until the first reviewer takes it.
const CLAIMED_AFTER: &str = "review_claimed_after_seconds";

/// A submission came: it joins the queue, unless the order has gone on meanwhile.
pub async fn open(tx: &mut Tx, news: &OrderNews, principals: &Principals, now: DateTime<Utc>) -> Result<(), Failure> {
    // Messages may overtake one another: the end of an earlier round may still be on its way.
    close(tx, news, news.round.saturating_sub(1), now).await?;
    if filing::stands(tx, news.order.uuid(), news.round, StateName::Reviewing.as_str()).await? {
        task::open(tx, news, principals).await?;
    }
    Ok(())
}

/// The order went away: whatever is undecided up to this round is closed.
pub async fn close(tx: &mut Tx, news: &OrderNews, up_to: u32, now: DateTime<Utc>) -> Result<(), Failure> {
    for task in task::undecided(tx, news.order, up_to).await? {
        perform(tx, By::SERVICE, task, &ReviewCommand::Close, now).await?;
    }
    Ok(())
}

/// Takes the next task that this reviewer may work on. None when nothing waits.
pub async fn claim_next(
    tx: &mut Tx,
    actor: &Actor,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Option<Task>, Failure> {
    let provinces = if actor.provinces.is_empty() { Province::ALL.to_vec() } else { actor.provinces.clone() };
    let Some(task) = task::next(tx, &actor.id, &provinces, now).await? else { return Ok(None) };
    let claim = ReviewCommand::Claim { by: actor.staff(), lease };
    perform(tx, By::person(actor), task, &claim, now).await.map(Some)
}

/// Takes a certain task. A lead may take it from a colleague.
pub async fn claim(
    tx: &mut Tx,
    actor: &Actor,
    id: TaskId,
    lease: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Task, Failure> {
    let mut task = visible(tx, actor, id).await?;
    if let Some(holder) = other_holder(&task, actor)
        && actor.role == Role::Lead
    {
        task = perform(tx, By::person(actor), task, &ReviewCommand::Release { by: holder }, now).await?;
    }
    let claim = ReviewCommand::Claim { by: actor.staff(), lease };
    perform(tx, By::person(actor), task, &claim, now).await
}

/// Puts a task back. A lead may put back a colleague's.
pub async fn release(tx: &mut Tx, actor: &Actor, id: TaskId, now: DateTime<Utc>) -> Result<Task, Failure> {
    let task = visible(tx, actor, id).await?;
    let holder = other_holder(&task, actor).filter(|_| actor.role == Role::Lead);
    let release = ReviewCommand::Release { by: holder.unwrap_or_else(|| actor.staff()) };
    perform(tx, By::person(actor), task, &release, now).await
}

/// Any other step of a reviewer.
pub async fn act(
    tx: &mut Tx,
    actor: &Actor,
    id: TaskId,
    command: &ReviewCommand,
    now: DateTime<Utc>,
) -> Result<Task, Failure> {
    let task = visible(tx, actor, id).await?;
    perform(tx, By::person(actor), task, command, now).await
}

/// The task, locked; 404 where the reviewer's provinces do not cover it.
async fn visible(tx: &mut Tx, actor: &Actor, id: TaskId) -> Result<Task, Failure> {
    let task = task::for_update(tx, id).await?.filter(|task| actor.covers(task.province));
    task.ok_or_else(|| Failure::not_found("There is no such review."))
}

fn other_holder(task: &Task, actor: &Actor) -> Option<domain::access::StaffId> {
    match &task.review.state {
        ReviewState::Claimed { by, .. } if by.as_str() != actor.id => Some(by.clone()),
        ReviewState::Claimed { .. }
        | ReviewState::Open
        | ReviewState::Passed
        | ReviewState::Returned
        | ReviewState::Closed => None,
    }
}

async fn perform(
    tx: &mut Tx,
    by: By<'_>,
    task: Task,
    command: &ReviewCommand,
    now: DateTime<Utc>,
) -> Result<Task, Failure> {
    let events = decide(&task.review, command, now).map_err(|refusal| refused(&refusal))?;
    let review = events.iter().fold(task.review.clone(), evolve);
    let step = task::Step { events: &events, actor: by.actor, now };
    let was_first = task.version == 1;
    let task = task::save(tx, task, review, &step).await?;
    let news = events.iter().filter_map(news_of).map(|step| {
        let news = ReviewNews { order: task.order, round: task.round, step };
        Envelope::of(SELF, &Message::Review(news), 0, now)
    });
    outbox::put(tx, &news.collect::<Vec<_>>()).await?;
    for event in &events {
        measure(event, &task, was_first, now);
        let (action, detail) = audited(event);
        let detail = json!({ "task": task.id, "round": task.round, "detail": detail });
        by.noted(tx, now, (task.order, action), detail).await?;
    }
    Ok(task)
}

fn news_of(event: &ReviewEvent) -> Option<ReviewStep> {
    match event {
        ReviewEvent::Called { call } => Some(ReviewStep::Called { call: call.clone() }),
        ReviewEvent::Passed { by } => Some(ReviewStep::Passed { by: by.clone() }),
        ReviewEvent::Returned { reasons } => Some(ReviewStep::Returned { reasons: reasons.clone() }),
        ReviewEvent::Claimed { .. } | ReviewEvent::Released | ReviewEvent::FirstPassed { .. } | ReviewEvent::Closed => {
            None
        }
    }
}

fn audited(event: &ReviewEvent) -> (&'static str, serde_json::Value) {
    match event {
        ReviewEvent::Claimed { until, .. } => ("review.claim", json!({ "until": until })),
        ReviewEvent::Released => ("review.release", json!({})),
        ReviewEvent::Called { call } => ("review.call", json!(call)),
        ReviewEvent::FirstPassed { .. } => ("review.first_pass", json!({})),
        ReviewEvent::Passed { by } => ("review.pass", json!({ "by": by })),
        ReviewEvent::Returned { reasons } => {
            let codes: Vec<_> = reasons.iter().map(|reason| json!([reason.pointer, reason.code])).collect();
            ("review.return", json!(codes))
        }
        ReviewEvent::Closed => ("review.close", json!({})),
    }
}

fn measure(event: &ReviewEvent, task: &Task, was_first: bool, now: DateTime<Utc>) {
    let waited = (now - task.opened_at).to_std().unwrap_or_default();
    match event {
        ReviewEvent::Claimed { .. } if was_first => metric::duration(CLAIMED_AFTER, waited, &[]),
        ReviewEvent::Passed { .. } => metric::duration(DECIDED_AFTER, waited, &[("result", "passed")]),
        ReviewEvent::Returned { .. } => metric::duration(DECIDED_AFTER, waited, &[("result", "returned")]),
        ReviewEvent::Claimed { .. }
        | ReviewEvent::Released
        | ReviewEvent::Called { .. }
        | ReviewEvent::FirstPassed { .. }
        | ReviewEvent::Closed => {}
    }
}

/// A refusal of the machine is a conflict; what the reviewer can do about it is said with it.
fn refused(refusal: &ReviewRefusal) -> Failure {
    let (rule, zh) = match refusal {
        ReviewRefusal::Over(_) => ("over", "该审核任务已结束"),
        ReviewRefusal::Taken(_) => ("taken", "其他审核员正在处理"),
        ReviewRefusal::NotClaimed => ("not_claimed", "请先领取该任务"),
        ReviewRefusal::SecondPersonNeeded => ("second_person", "需要由另一位审核员复核"),
        ReviewRefusal::CallsMissing(_) => ("calls_missing", "还有负责人未电话核实"),
        ReviewRefusal::NotToCall => ("not_to_call", "该负责人无需电话核实"),
        ReviewRefusal::AlreadyReached => ("already_reached", "该负责人已核实"),
        ReviewRefusal::TooSoon(_) => ("too_soon", "距上次呼叫不足一小时"),
        ReviewRefusal::NoReasons => ("no_reasons", "请至少给出一条退回原因"),
    };
    let text = refusal.to_string();
    Failure::conflict(text.clone()).at("", format!("review.{rule}"), &format!("{zh} / {text}"))
}
