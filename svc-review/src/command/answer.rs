//! What the authority's files say: whose exchange an answer is about, when everything that was sent has passed, and which
//! numbers it has then. Late and repeated answers change nothing.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use domain::order::Numbers;
use serde_json::json;

use super::{By, exchange::went_on};
use crate::{
    authority::{About, Answer, News, Operation, Record, Said, Verdict},
    exchange::hear,
    store::{
        exchange::{self, Exchange},
        filed, mark,
    },
};

/// Takes in what a file says.
pub async fn take_in(tx: &mut Tx, news: &News, now: DateTime<Utc>) -> Result<(), Failure> {
    for answer in &news.answers {
        heard(tx, answer, now).await?;
    }
    for record in &news.records {
        filed::keep(tx, record, now).await?;
        recorded(tx, record, now).await?;
    }
    Ok(())
}

/// Forgets the ids of what is not filed any more; they are needed until orders was told the numbers.
pub async fn forget(tx: &mut Tx, news: &News) -> Result<(), Failure> {
    for gone in &news.gone {
        filed::forget(tx, *gone).await?;
    }
    Ok(())
}

async fn heard(tx: &mut Tx, answer: &Answer, now: DateTime<Utc>) -> Result<(), Failure> {
    match &answer.said {
        Said::Passed => passed(tx, answer.about, None, now).await,
        Said::Verdict(verdict) => match whose(tx, answer.about).await? {
            Some(exchange) => judged(tx, &exchange, verdict, now).await,
            None => Ok(()),
        },
    }
}

async fn whose(tx: &mut Tx, about: About) -> Result<Option<Exchange>, Failure> {
    let Some(record) = mark::whose(tx, about).await? else {
        tracing::info!(?about, "an answer that comes late, again, or about nothing of ours is left out");
        return Ok(None);
    };
    exchange::of_record(tx, record).await
}

async fn judged(tx: &mut Tx, exchange: &Exchange, verdict: &Verdict, now: DateTime<Utc>) -> Result<(), Failure> {
    let Some((stage, steps)) = hear(&exchange.stage, verdict, now) else {
        tracing::info!(record = exchange.record, "an answer that comes late or again is left out");
        return Ok(());
    };
    let detail = json!({ "exchange": exchange.id, "round": exchange.round, "stage": stage.name() });
    By::SERVICE.noted(tx, now, (exchange.order, "authority.answer"), detail).await?;
    went_on(tx, exchange, (&stage, &steps), now).await
}

/// A record grants what is new in it: a first filing whose sites all have their numbers, new services one by one, and new
/// accesses.
async fn recorded(tx: &mut Tx, record: &Record, now: DateTime<Utc>) -> Result<(), Failure> {
    if let Some(id) = record.ours.filter(|_| record.complete)
        && let Some(exchange) = whose(tx, About { operation: Operation::First, id }).await?
    {
        let mut sites: Vec<_> = record.sites.iter().filter(|site| site.ours.is_some()).collect();
        sites.sort_unstable_by_key(|site| site.ours);
        let services = sites.into_iter().map(|site| site.number.clone()).collect();
        let numbers = Numbers { subject: record.number.clone(), services };
        judged(tx, &exchange, &Verdict::Granted { numbers }, now).await?;
    }
    for site in &record.sites {
        if let Some(id) = site.ours {
            let number = site.number.to_string();
            passed(tx, About { operation: Operation::AddService, id }, Some(&number), now).await?;
        }
        if let Some(id) = site.access.as_ref().and_then(|access| access.ours) {
            passed(tx, About { operation: Operation::AddAccess, id }, None, now).await?;
        }
    }
    Ok(())
}

/// Something that was sent passed. When all of it did, the exchange is granted: with new numbers where there are some,
/// otherwise with those that the order is about.
async fn passed(tx: &mut Tx, about: About, number: Option<&str>, now: DateTime<Utc>) -> Result<(), Failure> {
    let comes_with_its_record = match about.operation {
        Operation::First => true,
        Operation::AddService => number.is_none(),
        Operation::AddAccess
        | Operation::Change
        | Operation::CancelAccess
        | Operation::CancelSubject
        | Operation::CancelService => false,
    };
    if comes_with_its_record {
        return Ok(());
    }
    let Some(exchange) = whose(tx, about).await? else { return Ok(()) };
    mark::passed(tx, exchange.record, about, number, now).await?;
    if about.operation == Operation::CancelAccess {
        filed::forget_access(tx, about.id).await?;
    }
    let Some(given) = mark::all_passed(tx, exchange.record).await? else { return Ok(()) };
    match numbers(&exchange, given)? {
        Some(numbers) => judged(tx, &exchange, &Verdict::Granted { numbers }, now).await,
        None => {
            tracing::error!(record = exchange.record, "a grant without numbers: its order names no subject");
            Ok(())
        }
    }
}

fn numbers(exchange: &Exchange, given: Vec<String>) -> Result<Option<Numbers>, Failure> {
    let target = &exchange.plan.target;
    if given.is_empty() {
        return Ok(target.numbers());
    }
    let Some(subject) = target.subject.clone() else { return Ok(None) };
    let services =
        given.into_iter().map(|number| number.parse().map_err(Failure::internal)).collect::<Result<_, _>>()?;
    Ok(Some(Numbers { subject, services }))
}
