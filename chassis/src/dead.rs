//! Messages that were given up: kept until somebody has looked. It knows envelopes, not meanings.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, QueryDsl, Queryable, Selectable, SelectableHelper};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    bus::{Envelope, GivenUp, Keeper, Verdict},
    clock::{Clock, mint},
    db::{Db, Tx, schema::dead_letter},
    failure::Failure,
    outbox,
};

/// How many letters a list shows.
const MOST: i64 = 1000;
/// Stands for the topic of what is no envelope.
const UNREADABLE: &str = "unreadable";

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
    insert(tx, (consumer, why), (envelope.id.into(), &envelope.topic, whole), now).await
}

async fn insert(
    tx: &mut Tx,
    (consumer, why): (&str, &str),
    (message, topic, whole): (Uuid, &str, Value),
    now: DateTime<Utc>,
) -> Result<(), Failure> {
    diesel::insert_into(dead_letter::table)
        .values((
            dead_letter::id.eq(mint::<Uuid>()),
            dead_letter::consumer.eq(consumer),
            dead_letter::message_id.eq(message),
            dead_letter::topic.eq(topic),
            dead_letter::envelope.eq(whole),
            dead_letter::why.eq(why),
            dead_letter::at.eq(now),
        ))
        .on_conflict_do_nothing()
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps, for [`Bus::given_up`](crate::bus::Bus::given_up), what the broker gave up of a service's queue.
pub fn keeper(db: Db, consumer: &'static str, clock: Arc<dyn Clock>) -> Keeper {
    Arc::new(move |message| {
        let (db, now) = (db.clone(), clock.now());
        Box::pin(async move {
            match db.transact("dead.keep", async |tx| keep_given_up(tx, consumer, &message, now).await).await {
                Ok(()) => Verdict::Done,
                Err(failure) => {
                    tracing::warn!(?failure, consumer, "a message that was given up waits to be kept");
                    Verdict::Retry
                }
            }
        })
    })
}

async fn keep_given_up(tx: &mut Tx, consumer: &str, message: &GivenUp, now: DateTime<Utc>) -> Result<(), Failure> {
    let Ok(envelope) = serde_json::from_slice::<Envelope>(&message.body) else {
        // PostgreSQL takes no NUL in a text.
        let text = String::from_utf8_lossy(&message.body).replace('\0', "\u{fffd}");
        return insert(tx, (consumer, &message.why), (id_of(&message.body), UNREADABLE, Value::String(text)), now)
            .await;
    };
    keep(tx, consumer, &envelope, &message.why, now).await
}

/// What is no envelope has no id of its own; its content makes one, so that it is kept once.
fn id_of(body: &[u8]) -> Uuid {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(Sha256::digest(body)).for_each(|(to, from)| *to = from);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
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
    let envelope: Envelope = serde_json::from_value(letter.envelope).map_err(|error| {
        Failure::conflict("This is no message that could be sent again.").because(format!("letter {id}: {error}"))
    })?;
    outbox::put_again(tx, &envelope, now).await?;
    diesel::delete(dead_letter::table.find(id)).execute(tx).await?;
    Ok(())
}
