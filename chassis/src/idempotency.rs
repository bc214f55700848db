//! A request that takes effect once, however often it is sent. It knows keys and answers, not what they are about.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use diesel_async::RunQueryDsl;
use serde_json::Value;

use crate::{
    db::{Cached, Tx, Work, schema::idempotency_key},
    failure::Failure,
    http::Reply,
};

/// What a client waits whose key was forgotten at the very moment when it came again.
const AGAIN: Duration = Duration::from_secs(1);
/// How long a key is remembered.
const KEPT: TimeDelta = TimeDelta::hours(24);

/// Who sent a request under which key, and what it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdemKey {
    /// The token's subject.
    pub principal: String,
    /// What the client sent as `Idempotency-Key`.
    pub key: String,
    /// Keyed hash of method, path and body.
    pub fingerprint: [u8; 32],
}

/// Within a transaction: does `work` and keeps its answer under the key, or gives the answer kept before. A twin that comes
/// meanwhile waits for this transaction; a failure takes the claim with it, so that the client may try again.
pub async fn once<F>(tx: &mut Tx, key: &IdemKey, now: DateTime<Utc>, work: F) -> Result<Reply, Failure>
where
    F: for<'c> Work<&'c mut Tx, Reply>,
{
    if let Some(known) = claim(tx, key, now).await? {
        return Ok(known);
    }
    let reply = work(&mut *tx).await?;
    let kept = serde_json::to_value(&reply).map_err(Failure::internal)?;
    let own = idempotency_key::table.find((&key.principal, &key.key));
    Cached(diesel::update(own).set(idempotency_key::reply.eq(kept))).execute(tx).await?;
    Ok(reply)
}

/// The answer kept under a key, without claiming it: for what calls somebody outside, who must not be called for a
/// repetition. 422 when the key was used for another request.
pub async fn known(tx: &mut Tx, key: &IdemKey) -> Result<Option<Reply>, Failure> {
    let known: Option<(Vec<u8>, Option<Value>)> = idempotency_key::table
        .find((&key.principal, &key.key))
        .select((idempotency_key::fingerprint, idempotency_key::reply))
        .first(tx)
        .await
        .optional()?;
    let Some((fingerprint, reply)) = known else { return Ok(None) };
    if fingerprint != key.fingerprint {
        return Err(Failure::key_reused());
    }
    reply.map(|reply| serde_json::from_value(reply).map_err(Failure::internal)).transpose()
}

/// `None` when the key is ours now; the answer when it was given before.
async fn claim(tx: &mut Tx, key: &IdemKey, now: DateTime<Utc>) -> Result<Option<Reply>, Failure> {
    let claimed = diesel::insert_into(idempotency_key::table)
        .values((
            idempotency_key::principal.eq(&key.principal),
            idempotency_key::key.eq(&key.key),
            idempotency_key::fingerprint.eq(key.fingerprint.as_slice()),
            idempotency_key::created_at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    if claimed == 1 {
        return Ok(None);
    }
    // The twin that held the key has committed, or the insert would still wait: its row is visible to this statement.
    let known: Option<(Vec<u8>, Option<Value>)> = idempotency_key::table
        .find((&key.principal, &key.key))
        .select((idempotency_key::fingerprint, idempotency_key::reply))
        .first(tx)
        .await
        .optional()?;
    let Some((fingerprint, reply)) = known else {
        return Err(Failure::conflict("This Idempotency-Key has just been forgotten. Try again.").retry_after(AGAIN));
    };
    if fingerprint != key.fingerprint {
        return Err(Failure::key_reused());
    }
    let reply = reply.ok_or_else(|| Failure::internal("an idempotency key without an answer was committed"))?;
    serde_json::from_value(reply).map(Some).map_err(Failure::internal)
}

/// Forgets keys whose time is over.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<usize, Failure> {
    let over = idempotency_key::table.filter(idempotency_key::created_at.lt(now - KEPT));
    Ok(diesel::delete(over).execute(tx).await?)
}
