//! Messages that were given up: kept until somebody has looked. It knows envelopes, not meanings.

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    bus::Envelope,
    clock::mint,
    db::{Tx, schema::dead_letter},
    failure::Failure,
    outbox,
};

/// How many letters a list shows.
const MOST: i64 = 1000;

/// A message that was given up.
#[derive(Debug, Clone, Serialize, Queryable, Selectable)]
#[diesel(table_name = dead_letter)]
pub struct Letter {
    /// Its own id, which is not the message's.
    pub id: Uuid,
    /// Who gave it up.
    pub consumer: String,
    /// The message's id.
    pub message_id: Uuid,
    /// Its topic.
    pub topic: String,
    /// The message as it came.
    pub envelope: Value,
    /// Why it was given up.
    pub why: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Keeps a message. One that comes again, because its end was not acknowledged, is kept once.
pub async fn keep(
    tx: &mut Tx,
    consumer: &str,
    envelope: &Envelope,
    why: &str,
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    let whole = serde_json::to_value(envelope).map_err(Failure::internal)?;
    diesel::insert_into(dead_letter::table)
        .values((
            dead_letter::id.eq(mint::<Uuid>()),
            dead_letter::consumer.eq(consumer),
            dead_letter::message_id.eq(Uuid::from(envelope.id)),
            dead_letter::topic.eq(&envelope.topic),
            dead_letter::envelope.eq(whole),
            dead_letter::why.eq(why),
            dead_letter::at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    Ok(())
}

/// The oldest ones, at most a thousand.
pub async fn list(tx: &mut Tx) -> Result<Vec<Letter>, Failure> {
    Ok(dead_letter::table.order(dead_letter::at).limit(MOST).select(Letter::as_select()).load(tx).await?)
}

/// One of them; 404 when it is not there.
pub async fn show(tx: &mut Tx, id: Uuid) -> Result<Letter, Failure> {
    Ok(dead_letter::table.find(id).select(Letter::as_select()).first(tx).await?)
}

/// Sends one of them out again, to everybody who reads its topic: those who knew it recognise it.
pub async fn replay(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), Failure> {
    let letter = show(tx, id).await?;
    let envelope: Envelope = serde_json::from_value(letter.envelope).map_err(Failure::internal)?;
    outbox::put_again(tx, &envelope, now).await?;
    diesel::delete(dead_letter::table.find(id)).execute(tx).await?;
    Ok(())
}
