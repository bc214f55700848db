//! The ledger: what is filed, by which order, under which numbers.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl};
use diesel_async::RunQueryDsl;
use domain::id::{AccountId, OrderId};
use uuid::Uuid;

use super::schema::filing;

/// A filed domain.
pub(crate) struct Filed<'a> {
    pub(crate) service_number: &'a str,
    pub(crate) domain: &'a str,
    pub(crate) subject_number: &'a str,
}

/// Writes what an order brought.
pub(crate) async fn put(
    tx: &mut Tx,
    (order, account, subject): (OrderId, AccountId, &[u8]),
    filed: &[Filed<'_>],
    at: DateTime<Utc>,
) -> Result<(), Failure> {
    let rows: Vec<_> = filed
        .iter()
        .map(|one| {
            (
                filing::service_number.eq(one.service_number),
                filing::domain.eq(one.domain),
                filing::subject_number.eq(one.subject_number),
                filing::account.eq(account.uuid()),
                filing::subject_index.eq(subject),
                filing::order_id.eq(order.uuid()),
                filing::filed_at.eq(at),
            )
        })
        .collect();
    diesel::insert_into(filing::table).values(rows).on_conflict_do_nothing().execute(tx).await?;
    Ok(())
}

/// What the ledger knows of a subject and a domain.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The account that holds the subject.
    pub(crate) subject: Option<AccountId>,
    /// The account that holds the domain, and whether it is filed for this very subject.
    pub(crate) domain: Option<(AccountId, bool)>,
}

/// Looks both up. Indexes: `filing_subject`, `filing_domain`.
pub(crate) async fn known(tx: &mut Tx, subject: &[u8], domain: &str) -> Result<Known, Failure> {
    let rows: Vec<(Uuid, Vec<u8>, String)> = filing::table
        .filter(filing::subject_index.eq(subject).or(filing::domain.eq(domain)))
        .select((filing::account, filing::subject_index, filing::domain))
        .load(tx)
        .await?;
    let mut known = Known::default();
    for (account, index, name) in rows {
        if index == subject {
            known.subject = Some(account.into());
        }
        if name == domain {
            // An APP may share a domain with a website of another subject; that this subject has it counts.
            let own = index == subject || known.domain.is_some_and(|(_, own)| own);
            known.domain = Some((account.into(), own));
        }
    }
    Ok(known)
}
