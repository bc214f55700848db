//! The authority's ids of what is filed, by filing number. Its records tell them; later exchanges read them.

use std::collections::BTreeMap;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, upsert::excluded};
use diesel_async::RunQueryDsl;
use domain::filing_number::SubjectNumber;
use serde_json::Value;

use super::{
    json, read,
    schema::{filed_site, filed_subject},
};
use crate::authority::{Gone, Held, HeldSite, Record, Site};

/// Keeps a record. The newest one of a number wins, and an id belongs to the number that was told last.
pub async fn keep(tx: &mut Tx, record: &Record, now: DateTime<Utc>) -> Result<(), Failure> {
    let number = record.number.to_string();
    let stale = filed_subject::table.filter(filed_subject::id.eq(record.id)).filter(filed_subject::number.ne(&number));
    diesel::delete(stale).execute(tx).await?;
    diesel::insert_into(filed_subject::table)
        .values((filed_subject::number.eq(&number), filed_subject::id.eq(record.id), filed_subject::updated_at.eq(now)))
        .on_conflict(filed_subject::number)
        .do_update()
        .set((
            filed_subject::id.eq(excluded(filed_subject::id)),
            filed_subject::updated_at.eq(excluded(filed_subject::updated_at)),
        ))
        .execute(tx)
        .await?;
    for site in &record.sites {
        keep_site(tx, &number, site, now).await?;
    }
    Ok(())
}

async fn keep_site(tx: &mut Tx, subject: &str, site: &Site, now: DateTime<Utc>) -> Result<(), Failure> {
    let number = site.number.to_string();
    let stale = filed_site::table.filter(filed_site::id.eq(site.id)).filter(filed_site::number.ne(&number));
    diesel::delete(stale).execute(tx).await?;
    diesel::insert_into(filed_site::table)
        .values((
            filed_site::number.eq(&number),
            filed_site::subject.eq(subject),
            filed_site::id.eq(site.id),
            filed_site::access.eq(site.access.as_ref().map(|access| access.id)),
            filed_site::domains.eq(json(&site.domains)?),
            filed_site::updated_at.eq(now),
        ))
        .on_conflict(filed_site::number)
        .do_update()
        .set((
            filed_site::subject.eq(excluded(filed_site::subject)),
            filed_site::id.eq(excluded(filed_site::id)),
            filed_site::access.eq(excluded(filed_site::access)),
            filed_site::domains.eq(excluded(filed_site::domains)),
            filed_site::updated_at.eq(excluded(filed_site::updated_at)),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// The numbers of what is not filed any more, as far as we know them. Indexes: `filed_subject_id`, `filed_site_id`.
pub async fn numbers(tx: &mut Tx, gone: &[Gone]) -> Result<Vec<String>, Failure> {
    let mut numbers = Vec::new();
    for one in gone {
        let number: Option<String> = match one {
            Gone::Subject(id) => {
                let found = filed_subject::table.filter(filed_subject::id.eq(id)).select(filed_subject::number);
                found.first(tx).await.optional()?
            }
            Gone::Site(id) => {
                let found = filed_site::table.filter(filed_site::id.eq(id)).select(filed_site::number);
                found.first(tx).await.optional()?
            }
        };
        numbers.extend(number);
    }
    Ok(numbers)
}

/// Forgets what is not filed any more; a subject takes its sites with it.
pub async fn forget(tx: &mut Tx, gone: Gone) -> Result<(), Failure> {
    match gone {
        Gone::Subject(id) => {
            diesel::delete(filed_subject::table.filter(filed_subject::id.eq(id))).execute(tx).await?;
        }
        Gone::Site(id) => {
            diesel::delete(filed_site::table.filter(filed_site::id.eq(id))).execute(tx).await?;
        }
    }
    Ok(())
}

/// Forgets our access at a site.
pub async fn forget_access(tx: &mut Tx, id: i64) -> Result<(), Failure> {
    diesel::update(filed_site::table.filter(filed_site::access.eq(id)))
        .set(filed_site::access.eq(None::<i64>))
        .execute(tx)
        .await?;
    Ok(())
}

/// What we know of a subject and its sites. Indexes: the primary key, `filed_site_by_subject`.
pub async fn held(tx: &mut Tx, subject: &SubjectNumber) -> Result<Held, Failure> {
    let number = subject.to_string();
    let id: Option<i64> = filed_subject::table.find(&number).select(filed_subject::id).first(tx).await.optional()?;
    let rows: Vec<(String, i64, Option<i64>, Value)> = filed_site::table
        .filter(filed_site::subject.eq(&number))
        .select((filed_site::number, filed_site::id, filed_site::access, filed_site::domains))
        .load(tx)
        .await?;
    let sites = rows.into_iter().map(|(number, id, access, domains)| {
        let domains: BTreeMap<String, i64> = read(domains)?;
        Ok((number, HeldSite { id, access, domains }))
    });
    Ok(Held { subject: id, sites: sites.collect::<Result<_, Failure>>()? })
}
