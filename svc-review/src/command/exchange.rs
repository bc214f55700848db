//! The exchange with the authority: what orders' news, our calls and the authority's answers do to it. Orders hears one step at
//! a time, the next when it has taken the one before: messages may overtake one another, and a step that comes too early would
//! be refused and lost.

use chassis::{bus::Envelope, db::Tx, failure::Failure, outbox};
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    message::{AuthorityNews, AuthorityStep, Message, OrderNews},
    order::StateName,
};
use serde_json::json;

use super::{By, SELF};
use crate::{
    authority::{About, Trouble},
    exchange::{Stage, confirms},
    store::{
        exchange::{self, Exchange, Setback},
        filing, mark,
        step::{self, Step},
        upload::{self, Settled, Upload},
    },
};

/// A step that orders did not take for so long is told again.
pub const TOLD_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);
/// A step told so often is one that orders refuses for good.
const TOLD_AT_MOST: i32 = 10;
/// Pauses between tries to send: 5 s, 10 s, 20 s, … 10 min.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 600;

/// Review and photo are done: the filing waits for its turn, which orders must agree to.
pub async fn open(tx: &mut Tx, news: &OrderNews, now: DateTime<Utc>) -> Result<(), Failure> {
    if !filing::stands(tx, news.order.uuid(), news.round, StateName::ToAuthority.as_str()).await? {
        return Ok(());
    }
    let Some(record) = exchange::open(tx, news, now).await? else { return Ok(()) };
    step::append(tx, record, &[AuthorityStep::Ready], now).await?;
    match exchange::of_record(tx, record).await? {
        Some(exchange) => tell(tx, &exchange, now).await,
        None => Err(Failure::internal("the exchange just opened is gone")),
    }
}

/// Orders took a step; the next one may be told. With the first, the filing may be sent.
pub async fn confirmed(tx: &mut Tx, news: &OrderNews, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_round(tx, news.order, news.round).await? else { return Ok(()) };
    let Some(current) = step::current(tx, exchange.record).await? else { return Ok(()) };
    if !confirms(&news.event, &current.step) {
        return Ok(());
    }
    step::done(tx, &current, now).await?;
    if current.step == AuthorityStep::Ready && exchange.stage == Stage::Waiting {
        exchange::save(tx, exchange.record, &Stage::Begun, now).await?;
    }
    tell(tx, &exchange, now).await
}

/// The order went away before it was sent.
pub async fn close(tx: &mut Tx, news: &OrderNews, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_round(tx, news.order, news.round).await? else { return Ok(()) };
    if exchange.stage != Stage::Waiting {
        return Ok(());
    }
    exchange::save(tx, exchange.record, &Stage::Closed, now).await?;
    if let Some(ready) = step::current(tx, exchange.record).await? {
        step::done(tx, &ready, now).await?;
    }
    Ok(())
}

/// Writes where the exchange stands by what the authority said, and tells orders.
pub(super) async fn went_on(
    tx: &mut Tx,
    exchange: &Exchange,
    (stage, steps): (&Stage, &[AuthorityStep]),
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    exchange::save(tx, exchange.record, stage, now).await?;
    step::append(tx, exchange.record, steps, now).await?;
    tell(tx, exchange, now).await
}

/// Writes under which ids the authority will answer. Says no where another exchange under way goes by one of them: the
/// answers could not be told apart.
pub async fn marked(tx: &mut Tx, record: i64, marks: &[About]) -> Result<bool, Failure> {
    for about in marks {
        if mark::is_shared(tx, record, *about).await? {
            return Ok(false);
        }
    }
    mark::write(tx, record, marks).await?;
    Ok(true)
}

/// Tells orders the step at hand, unless it was told already.
async fn tell(tx: &mut Tx, exchange: &Exchange, now: DateTime<Utc>) -> Result<(), Failure> {
    match step::current(tx, exchange.record).await? {
        Some(step) if step.told_at.is_none() => say(tx, exchange, &step, now).await,
        Some(_) | None => Ok(()),
    }
}

async fn say(tx: &mut Tx, exchange: &Exchange, step: &Step, now: DateTime<Utc>) -> Result<(), Failure> {
    let news = AuthorityNews { order: exchange.order, round: exchange.round, step: step.step.clone() };
    outbox::put(tx, &[Envelope::of(SELF, &Message::Authority(news), 0, now)]).await?;
    step::told(tx, step, now).await
}

/// Tells a step again that orders did not take; gives it up when orders never will.
pub async fn told_again(tx: &mut Tx, record: i64, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_record(tx, record).await? else { return Ok(()) };
    let Some(current) = step::current(tx, record).await? else { return Ok(()) };
    if current.told_at.is_none_or(|told| told > now - TOLD_AGAIN_AFTER) {
        return Ok(());
    }
    if current.told < TOLD_AT_MOST {
        return say(tx, &exchange, &current, now).await;
    }
    tracing::error!(record, step = current.step.name(), "orders never took this step; going on with the next");
    step::done(tx, &current, now).await?;
    tell(tx, &exchange, now).await
}

/// Writes the key under which the next filing goes. None when nothing is due.
pub async fn reserved(
    tx: &mut Tx,
    sequence: i64,
    (now, held_until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Option<(Exchange, Upload)>, Failure> {
    if upload::is_any_under_way(tx).await? {
        return Ok(None);
    }
    let Some(exchange) = exchange::next_due(tx, now).await? else { return Ok(None) };
    let upload = upload::write(tx, exchange.record, sequence, (now, held_until)).await?;
    exchange::save(tx, exchange.record, &Stage::Sending, now).await?;
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "sequence": sequence });
    By::SERVICE.noted(tx, now, (exchange.order, "authority.key"), detail).await?;
    Ok(Some((exchange, upload)))
}

/// The authority took the file.
pub async fn taken(tx: &mut Tx, upload: &Upload, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_record(tx, upload.record).await? else { return Ok(()) };
    if !upload::settle(tx, upload.id, Settled::Taken, now).await? {
        return Ok(());
    }
    // Its answers may have been faster than our note.
    if exchange.stage == Stage::Sending {
        exchange::save(tx, exchange.record, &Stage::Sent, now).await?;
    }
    exchange::sent(tx, exchange.record, now).await?;
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "sequence": upload.sequence });
    By::SERVICE.noted(tx, now, (exchange.order, "authority.sent"), detail).await
}

/// The authority certainly did not take the file: it is tried again later, under a new key.
pub async fn not_taken(tx: &mut Tx, upload: &Upload, trouble: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_record(tx, upload.record).await? else { return Ok(()) };
    if !upload::settle(tx, upload.id, Settled::Void, now).await? || exchange.stage != Stage::Sending {
        return Ok(());
    }
    exchange::save(tx, exchange.record, &Stage::Begun, now).await?;
    set_back(tx, &exchange, trouble, now).await
}

/// The order cannot be written as a file, and no further try will write it: a lead hands it in.
pub async fn unfit(tx: &mut Tx, upload: &Upload, trouble: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    not_taken(tx, upload, trouble, now).await?;
    let Some(exchange) = exchange::of_record(tx, upload.record).await? else { return Ok(()) };
    if exchange.stage != Stage::Begun || exchange.by_hand {
        return Ok(());
    }
    exchange::take_over(tx, exchange.record, now).await?;
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "trouble": trouble });
    By::SERVICE.noted(tx, now, (exchange.order, "authority.unfit"), detail).await
}

/// A call that was left behind never reached the authority: it is made again at once, under a new key.
pub async fn lost(tx: &mut Tx, upload: &Upload, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_record(tx, upload.record).await? else { return Ok(()) };
    if !upload::settle(tx, upload.id, Settled::Void, now).await? || exchange.stage != Stage::Sending {
        return Ok(());
    }
    exchange::save(tx, exchange.record, &Stage::Begun, now).await?;
    let again = Setback { trouble: "lost", next_at: now, attempts: exchange.attempts };
    exchange::set_back(tx, exchange.record, &again).await
}

/// Nobody knows whether the authority took the file: the key stays, and the authority is asked for it later.
pub async fn unknown(tx: &mut Tx, upload: &Upload, trouble: &Trouble, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some(exchange) = exchange::of_record(tx, upload.record).await? else { return Ok(()) };
    set_back(tx, &exchange, &trouble.told(), now).await
}

async fn set_back(tx: &mut Tx, exchange: &Exchange, trouble: &str, now: DateTime<Utc>) -> Result<(), Failure> {
    let attempts = exchange.attempts.saturating_add(1);
    let doubled = FIRST_PAUSE.saturating_mul(1_i64 << exchange.attempts.clamp(0, 10));
    let next_at = now + TimeDelta::seconds(doubled.min(LONGEST_PAUSE));
    exchange::set_back(tx, exchange.record, &Setback { trouble, next_at, attempts }).await
}
