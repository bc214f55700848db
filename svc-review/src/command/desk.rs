//! Exchanges by hand: the interface has no form for the order, so a lead hands it in and records what the authority said. The
//! stages and what orders hears are those of a file.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use domain::{access::Actor, id::ExchangeId, order::Numbers};
use serde_json::json;

use super::{By, exchange::went_on};
use crate::{
    authority::Verdict,
    exchange::{Stage, hear},
    store::exchange::{self, Exchange},
};

/// What a lead heard from the authority.
pub enum Told {
    /// Something about the filing.
    Verdict(Verdict),
    /// Filed, with the numbers that the order is about.
    GrantedAsTargeted,
}

/// Records what a lead heard. Only for exchanges that go by hand, and only what can come true now.
pub async fn record(
    tx: &mut Tx,
    actor: &Actor,
    id: ExchangeId,
    told: &Told,
    now: DateTime<Utc>,
) -> Result<Exchange, Failure> {
    let exchange = visible(tx, actor, id).await?;
    if !exchange.by_hand {
        let message =
            "该订单通过接口上报，不能手工登记 / This exchange goes by file; its answers are not recorded by hand.";
        return Err(Failure::conflict("This exchange goes by file.").at("", "exchange.not_by_hand", message));
    }
    let verdict = match told {
        Told::Verdict(verdict) => verdict.clone(),
        Told::GrantedAsTargeted => Verdict::Granted { numbers: targeted(&exchange)? },
    };
    // Orders agreed to the handing in, and by what is recorded now it was done.
    let handed_in = exchange.stage == Stage::Begun;
    let from = if handed_in { &Stage::Sent } else { &exchange.stage };
    let (stage, steps) = hear(from, &verdict, now).ok_or_else(|| out_of_place(&exchange))?;
    if handed_in {
        exchange::sent(tx, exchange.record, now).await?;
    }
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "stage": stage.name() });
    By::person(actor).noted(tx, now, (exchange.order, "authority.by_hand"), detail).await?;
    went_on(tx, &exchange, (&stage, &steps), now).await?;
    visible(tx, actor, id).await
}

/// Takes over an exchange that cannot go by file: its form lacks something that no further try will bring.
pub async fn take_over(tx: &mut Tx, actor: &Actor, id: ExchangeId, now: DateTime<Utc>) -> Result<Exchange, Failure> {
    let exchange = visible(tx, actor, id).await?;
    if exchange.by_hand || exchange.stage != Stage::Begun || exchange.trouble.is_none() {
        return Err(out_of_place(&exchange));
    }
    exchange::take_over(tx, exchange.record, now).await?;
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "trouble": exchange.trouble });
    By::person(actor).noted(tx, now, (exchange.order, "authority.take_over"), detail).await?;
    visible(tx, actor, id).await
}

/// The exchange, locked; 404 where the lead's provinces do not cover it.
async fn visible(tx: &mut Tx, actor: &Actor, id: ExchangeId) -> Result<Exchange, Failure> {
    let found = exchange::of_id(tx, id).await?.filter(|exchange| actor.covers(exchange.plan.province));
    found.ok_or_else(|| Failure::not_found("There is no such exchange."))
}

fn targeted(exchange: &Exchange) -> Result<Numbers, Failure> {
    exchange.plan.target.numbers().ok_or_else(|| {
        let message = "订单没有指明备案号，请填写 / The order names no filing numbers; give them.";
        Failure::rejected("The numbers are missing; see the errors.", Vec::new()).at(
            "/numbers",
            "exchange.numbers",
            message,
        )
    })
}

fn out_of_place(exchange: &Exchange) -> Failure {
    let state = exchange.stage.name();
    let message = format!("当前状态（{state}）下不能登记 / This cannot be recorded of an exchange that is {state}.");
    Failure::conflict("This cannot be recorded now.").at("", "exchange.out_of_place", &message)
}
