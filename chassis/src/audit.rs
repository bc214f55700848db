//! Who did what: rows that are only ever added, each bound by a hash to the one before it. It knows no personal data.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound, Utc};
use diesel::{
    ExpressionMethods, OptionalExtension, QueryDsl, Queryable, Selectable, SelectableHelper,
    sql_types::{BigInt, Bool},
};
use diesel_async::RunQueryDsl;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    db::{Tx, schema::audit},
    failure::Failure,
};

/// How many rows one look at the trail reads.
const BATCH: i64 = 1000;

/// One thing that somebody did.
#[derive(Debug, Clone)]
pub struct Entry<'a> {
    /// The id of what it was done to: an order, a code, an account. Each has a chain of its own.
    pub aggregate: Uuid,
    /// The token's subject, or the name of a job.
    pub actor: &'a str,
    /// The actor's role.
    pub role: &'a str,
    /// What was done.
    pub action: &'a str,
    /// Ids and codes that belong to it; never personal data.
    pub detail: Value,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = audit)]
struct Row {
    aggregate: Uuid,
    seq: i64,
    at: DateTime<Utc>,
    actor: String,
    role: String,
    action: String,
    detail: String,
    hash: Vec<u8>,
}

impl Row {
    /// The hash of this row behind another one. Every part is preceded by its length, so that none can run into the next.
    fn digest(&self, before: &[u8]) -> Vec<u8> {
        let (seq, at) = (self.seq.to_be_bytes(), self.at.timestamp_micros().to_be_bytes());
        let parts: [&[u8]; 8] = [
            before,
            self.aggregate.as_bytes(),
            &seq,
            &at,
            self.actor.as_bytes(),
            self.role.as_bytes(),
            self.action.as_bytes(),
            self.detail.as_bytes(),
        ];
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            hash.update(part);
        }
        hash.finalize().to_vec()
    }
}

/// Functions of PostgreSQL.
mod sql {
    use diesel::sql_types::{BigInt, Text};

    #[diesel::declare_sql_function]
    extern "SQL" {
        /// Answers nothing, so that it is only to be executed.
        fn pg_advisory_xact_lock(key: BigInt) -> Bool;
        /// The text as a number.
        fn hashtextextended(text: Text, seed: BigInt) -> BigInt;
    }
}

/// The seed that keeps these locks apart from others.
const LOCK: i64 = 7;

/// Adds a row to the chain of its aggregate. Two who add to one chain at a time are kept apart by a lock until they commit.
pub async fn record(tx: &mut Tx, now: DateTime<Utc>, entry: &Entry<'_>) -> Result<(), Failure> {
    let aggregate = entry.aggregate;
    let key = sql::hashtextextended(aggregate.to_string(), LOCK);
    diesel::select(sql::pg_advisory_xact_lock(key)).execute(tx).await?;
    let last: Option<(i64, Vec<u8>)> = audit::table
        .filter(audit::aggregate.eq(aggregate))
        .order(audit::seq.desc())
        .select((audit::seq, audit::hash))
        .first(tx)
        .await
        .optional()?;
    let (seq, before) = last.unwrap_or_default();
    let mut row = Row {
        aggregate,
        seq: seq.saturating_add(1),
        // PostgreSQL keeps microseconds.
        at: now.trunc_subsecs(6),
        actor: entry.actor.to_owned(),
        role: entry.role.to_owned(),
        action: entry.action.to_owned(),
        detail: entry.detail.to_string(),
        hash: Vec::new(),
    };
    row.hash = row.digest(&before);
    diesel::insert_into(audit::table)
        .values((
            audit::aggregate.eq(row.aggregate),
            audit::seq.eq(row.seq),
            audit::at.eq(row.at),
            audit::actor.eq(row.actor),
            audit::role.eq(row.role),
            audit::action.eq(row.action),
            audit::detail.eq(row.detail),
            audit::hash.eq(row.hash),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// What a walk along all chains found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many rows there are.
    pub rows: usize,
    /// In how many chains.
    pub chains: usize,
    /// The first broken row of each broken chain.
    pub broken: Vec<String>,
}

/// Walks along all chains.
pub async fn verify(tx: &mut Tx) -> Result<Verified, Failure> {
    let mut found = Verified::default();
    let mut broken: BTreeMap<Uuid, String> = BTreeMap::new();
    let (mut last, mut before) = ((Uuid::nil(), 0), Vec::new());
    loop {
        let rows: Vec<Row> = audit::table
            .filter(
                diesel::dsl::sql::<Bool>("(aggregate, seq) > (")
                    .bind::<diesel::sql_types::Uuid, _>(last.0)
                    .sql(", ")
                    .bind::<BigInt, _>(last.1)
                    .sql(")"),
            )
            .order((audit::aggregate, audit::seq))
            .limit(BATCH)
            .select(Row::as_select())
            .load(tx)
            .await?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            if row.aggregate != last.0 {
                found.chains += 1;
                (last, before) = ((row.aggregate, 0), Vec::new());
            }
            if row.seq != last.1 + 1 || row.digest(&before) != row.hash {
                let name = format!("{} row {} of {}", row.action, row.seq, row.aggregate);
                broken.entry(row.aggregate).or_insert(name);
            }
            found.rows += 1;
            last = (row.aggregate, row.seq);
            before = row.hash;
        }
    }
    found.broken = broken.into_values().collect();
    Ok(found)
}
