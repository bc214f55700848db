//! Hands what the authority's files say of filings to orders, which keeps the ledger and the personal data in it. Nothing of it
//! stays here: until orders has all of it, the file is not acknowledged and comes again.

use chassis::{
    db::{Db, Tx},
    failure::Failure,
    peer::Peer,
    telemetry::metric,
};
use domain::filing_number::{ServiceNumber, SubjectNumber};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    authority::{News, Record, Site},
    store::{filed, step},
};

/// Counter, label `result`: numbers that the authority's files named, by what became of them in the ledger; and requests that
/// orders `refused` for good, or that are `kept` for another time.
const FILINGS: &str = "authority_filings";
/// Services of a subject that are handed over in one go.
const SERVICES: usize = 50;
/// Cancelled numbers that are handed over in one go.
const NUMBERS: usize = 200;

/// What orders answers.
#[derive(Deserialize)]
struct Told {
    written: u64,
    unchanged: u64,
    left_out: u64,
}

/// Hands over what a file says; whether orders has all of it. What orders refuses is noted and passed over: it would be refused
/// for ever, and nothing that comes after it would be heard.
pub(super) async fn hand_over(db: &Db, orders: &Peer, news: &News) -> Result<bool, Failure> {
    if news.records.is_empty() && news.gone.is_empty() {
        return Ok(true);
    }
    let look = async |tx: &mut Tx| Ok((filed::numbers(tx, &news.gone).await?, step::grants(tx).await?));
    let (cancelled, grants) = db.read("filed.handover", look).await?;
    // An order writes first what it brought itself: orders takes the grant, or the grant is given up, within minutes.
    let named = |subject: &SubjectNumber| {
        news.records.iter().any(|record| record.number == *subject)
            || cancelled.iter().any(|number| subject_of(number).as_ref() == Some(subject))
    };
    if grants.iter().any(named) {
        tracing::debug!("a file waits until orders has heard its grants");
        return Ok(false);
    }
    let records = news.records.iter().flat_map(parts).map(|record| json!({ "records": [record] }));
    let cancelled = cancelled.chunks(NUMBERS).map(|numbers| json!({ "cancelled": numbers }));
    for body in records.chain(cancelled) {
        if !told(orders, &body).await {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether orders has this, or will never have it.
async fn told(orders: &Peer, body: &Value) -> bool {
    match orders.tell::<Told>("/v1/peer/filings", body).await {
        Ok(Told { written, unchanged, left_out }) => {
            for (result, count) in [("written", written), ("unchanged", unchanged), ("left_out", left_out)] {
                metric::count(FILINGS, count, &[("result", result)]);
            }
            true
        }
        Err(failure) if failure.status() == REFUSED => {
            let rules: Vec<_> = failure.errors().iter().map(|error| (&error.pointer, &error.rule)).collect();
            tracing::error!(?rules, "orders does not take what the authority says of a filing; it is passed over");
            metric::count(FILINGS, 1, &[("result", "refused")]);
            true
        }
        Err(failure) => {
            tracing::warn!(failure = format!("{failure:?}"), "orders does not take what the authority has on file");
            metric::count(FILINGS, 1, &[("result", "kept")]);
            false
        }
    }
}

/// 422: it is refused for what it is.
const REFUSED: u16 = 422;

/// A record in parts that orders takes in good time; one without services is one part.
fn parts(record: &Record) -> Vec<Value> {
    let Record { number, nature, subject, sites, id: _, ours: _, complete: _ } = record;
    let part = |sites: &[Site]| {
        let services: Vec<_> = sites.iter().map(service).collect();
        json!({ "number": number, "nature": nature, "subject": subject, "services": services })
    };
    if sites.is_empty() { vec![part(&[])] } else { sites.chunks(SERVICES).map(part).collect() }
}

fn service(site: &Site) -> Value {
    json!({ "number": site.number, "here": site.here, "service": site.service })
}

fn subject_of(number: &str) -> Option<SubjectNumber> {
    let of_service = number.parse::<ServiceNumber>().map(|number| number.subject().clone());
    of_service.ok().or_else(|| number.parse().ok())
}
