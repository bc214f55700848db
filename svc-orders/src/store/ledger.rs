//! The ledger: subjects and services with their numbers, and every version of them. This module moves sealed bytes and never
//! sees a name.

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
    Queryable, Selectable, SelectableHelper, dsl::sql, expression::SqlLiteral, sql_types::Bool,
};
use diesel_async::RunQueryDsl;
use domain::id::{AccountId, OrderId};
use uuid::Uuid;

use super::schema::{ledger_domain, ledger_service, ledger_subject, ledger_version};

/// A subject on file.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = ledger_subject)]
pub(crate) struct SubjectRow {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) account: Uuid,
    pub(crate) subject_index: Vec<u8>,
    pub(crate) province: String,
    pub(crate) nature: i32,
    pub(crate) state: String,
    pub(crate) data_key: Vec<u8>,
    pub(crate) sealed: Vec<u8>,
    pub(crate) version: i64,
    pub(crate) filed_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
}

/// A service on file.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = ledger_service)]
pub(crate) struct ServiceRow {
    pub(crate) id: Uuid,
    pub(crate) number: String,
    pub(crate) subject: Uuid,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) version: i64,
    pub(crate) filed_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
}

/// What happened to a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Filed,
    Changed,
    Cancelled,
    AccessCancelled,
    Transferred,
    Migrated,
    Claimed,
    Synchronised,
}

impl Change {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::Changed => "changed",
            Self::Cancelled => "cancelled",
            Self::AccessCancelled => "access_cancelled",
            Self::Transferred => "transferred",
            Self::Migrated => "migrated",
            Self::Claimed => "claimed",
            Self::Synchronised => "synchronised",
        }
    }
}

/// Which order made it, none where the authority's own record did, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct By {
    pub(crate) order: Option<OrderId>,
    pub(crate) change: Change,
    pub(crate) at: DateTime<Utc>,
}

/// The subject of a number, locked for a change.
pub(crate) async fn subject_for_update(tx: &mut Tx, number: &str) -> Result<Option<SubjectRow>, Failure> {
    let found = ledger_subject::table.filter(ledger_subject::number.eq(number)).for_update();
    Ok(found.select(SubjectRow::as_select()).first(tx).await.optional()?)
}

/// Written out as in the index: a value that is bound as a parameter does not prove that the partial index fits.
fn on_file() -> SqlLiteral<Bool> {
    sql::<Bool>("ledger_subject.state = 'filed'")
}

/// The subjects of an account. Index: `ledger_subject_account`.
pub(crate) async fn subjects_of(tx: &mut Tx, account: AccountId) -> Result<Vec<SubjectRow>, Failure> {
    Ok(ledger_subject::table
        .filter(ledger_subject::account.eq(account.uuid()))
        .order(ledger_subject::number)
        .select(SubjectRow::as_select())
        .load(tx)
        .await?)
}

/// The subject on file with this certificate, in whatever account. Index: `ledger_subject_certificate`.
pub(crate) async fn subject_with(tx: &mut Tx, index: &[u8]) -> Result<Option<SubjectRow>, Failure> {
    let found = ledger_subject::table
        .filter(ledger_subject::subject_index.eq(index).and(on_file()))
        .select(SubjectRow::as_select());
    Ok(found.first(tx).await.optional()?)
}

/// The subject of a number.
pub(crate) async fn subject(tx: &mut Tx, number: &str) -> Result<Option<SubjectRow>, Failure> {
    let found = ledger_subject::table.filter(ledger_subject::number.eq(number)).select(SubjectRow::as_select());
    Ok(found.first(tx).await.optional()?)
}

/// The service of a number with its subject.
pub(crate) async fn service(tx: &mut Tx, number: &str) -> Result<Option<(ServiceRow, SubjectRow)>, Failure> {
    let found = ledger_service::table
        .inner_join(ledger_subject::table.on(ledger_subject::id.eq(ledger_service::subject)))
        .filter(ledger_service::number.eq(number))
        .select((ServiceRow::as_select(), SubjectRow::as_select()));
    Ok(found.first(tx).await.optional()?)
}

/// The service of a number, its subject locked for a change: whoever writes a service holds its subject.
pub(crate) async fn service_for_update(tx: &mut Tx, number: &str) -> Result<Option<(ServiceRow, SubjectRow)>, Failure> {
    let Some((_, subject)) = service(tx, number).await? else { return Ok(None) };
    subject_for_update(tx, &subject.number).await?;
    service(tx, number).await
}

/// The services of a subject, by number. Index: `ledger_service_subject`.
pub(crate) async fn services_of(tx: &mut Tx, subject: Uuid) -> Result<Vec<ServiceRow>, Failure> {
    Ok(ledger_service::table
        .filter(ledger_service::subject.eq(subject))
        .order(ledger_service::number)
        .select(ServiceRow::as_select())
        .load(tx)
        .await?)
}

/// The domains of services, by service.
pub(crate) async fn domains_of(tx: &mut Tx, services: &[Uuid]) -> Result<Vec<(Uuid, String)>, Failure> {
    Ok(ledger_domain::table.filter(ledger_domain::service.eq_any(services)).load(tx).await?)
}

/// Who has a domain on file.
#[derive(Debug, Queryable)]
pub(crate) struct Holds {
    pub(crate) number: String,
    pub(crate) kind: String,
    pub(crate) state: String,
    pub(crate) subject_index: Vec<u8>,
    pub(crate) account: Uuid,
}

/// Everybody who has a domain on file. Index: `ledger_domain_name`.
pub(crate) async fn holders(tx: &mut Tx, domain: &str) -> Result<Vec<Holds>, Failure> {
    Ok(ledger_domain::table
        .inner_join(ledger_service::table.on(ledger_service::id.eq(ledger_domain::service)))
        .inner_join(ledger_subject::table.on(ledger_subject::id.eq(ledger_service::subject)))
        .filter(ledger_domain::domain.eq(domain))
        .select((
            ledger_service::number,
            ledger_service::kind,
            ledger_service::state,
            ledger_subject::subject_index,
            ledger_subject::account,
        ))
        .load(tx)
        .await?)
}

/// Writes a subject in place of what was there, and its new version.
pub(crate) async fn put_subject(tx: &mut Tx, row: &SubjectRow, by: By) -> Result<(), Failure> {
    let values = (
        ledger_subject::account.eq(row.account),
        ledger_subject::subject_index.eq(&row.subject_index),
        ledger_subject::province.eq(&row.province),
        ledger_subject::nature.eq(row.nature),
        ledger_subject::state.eq(&row.state),
        ledger_subject::sealed.eq(&row.sealed),
        ledger_subject::version.eq(row.version),
        ledger_subject::changed_at.eq(by.at),
    );
    diesel::insert_into(ledger_subject::table)
        .values((
            ledger_subject::id.eq(row.id),
            ledger_subject::number.eq(&row.number),
            ledger_subject::data_key.eq(&row.data_key),
            ledger_subject::filed_at.eq(row.filed_at),
            values,
        ))
        .on_conflict(ledger_subject::id)
        .do_update()
        .set(values)
        .execute(tx)
        .await?;
    version(tx, (&row.number, row.version, row.id, &row.sealed), by).await
}

/// Writes a service in place of what was there, its domains, and its new version.
pub(crate) async fn put_service(tx: &mut Tx, row: &ServiceRow, domains: &[String], by: By) -> Result<(), Failure> {
    let values = (
        ledger_service::subject.eq(row.subject),
        ledger_service::state.eq(&row.state),
        ledger_service::sealed.eq(&row.sealed),
        ledger_service::version.eq(row.version),
        ledger_service::changed_at.eq(by.at),
    );
    diesel::insert_into(ledger_service::table)
        .values((
            ledger_service::id.eq(row.id),
            ledger_service::number.eq(&row.number),
            ledger_service::kind.eq(&row.kind),
            ledger_service::filed_at.eq(row.filed_at),
            values,
        ))
        .on_conflict(ledger_service::id)
        .do_update()
        .set(values)
        .execute(tx)
        .await?;
    diesel::delete(ledger_domain::table.filter(ledger_domain::service.eq(row.id))).execute(tx).await?;
    let domains: Vec<_> =
        domains.iter().map(|domain| (ledger_domain::service.eq(row.id), ledger_domain::domain.eq(domain))).collect();
    diesel::insert_into(ledger_domain::table).values(domains).on_conflict_do_nothing().execute(tx).await?;
    version(tx, (&row.number, row.version, row.id, &row.sealed), by).await
}

async fn version(tx: &mut Tx, (number, version, row, sealed): (&str, i64, Uuid, &[u8]), by: By) -> Result<(), Failure> {
    diesel::insert_into(ledger_version::table)
        .values((
            ledger_version::number.eq(number),
            ledger_version::version.eq(version),
            ledger_version::change.eq(by.change.as_str()),
            ledger_version::order_id.eq(by.order.map(OrderId::uuid)),
            ledger_version::row_id.eq(row),
            ledger_version::sealed.eq(sealed),
            ledger_version::at.eq(by.at),
        ))
        .execute(tx)
        .await?;
    Ok(())
}

/// A version of a number.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = ledger_version)]
pub(crate) struct VersionRow {
    pub(crate) version: i64,
    pub(crate) change: String,
    pub(crate) order_id: Option<Uuid>,
    pub(crate) row_id: Uuid,
    pub(crate) sealed: Vec<u8>,
    pub(crate) at: DateTime<Utc>,
}

/// Every version of a number, oldest first.
pub(crate) async fn versions(tx: &mut Tx, number: &str) -> Result<Vec<VersionRow>, Failure> {
    Ok(ledger_version::table
        .filter(ledger_version::number.eq(number))
        .order(ledger_version::version)
        .select(VersionRow::as_select())
        .load(tx)
        .await?)
}

/// How many subjects an account holds besides the one with this certificate.
pub(crate) async fn other_subjects(tx: &mut Tx, account: AccountId, index: Option<&[u8]>) -> Result<i64, Failure> {
    let mut query =
        ledger_subject::table.filter(ledger_subject::account.eq(account.uuid()).and(on_file())).into_boxed();
    if let Some(index) = index {
        query = query.filter(ledger_subject::subject_index.ne(index));
    }
    Ok(query.count().get_result(tx).await?)
}

/// How many services of a subject are on file.
pub(crate) async fn filed_services(tx: &mut Tx, index: &[u8]) -> Result<i64, Failure> {
    Ok(ledger_service::table
        .inner_join(ledger_subject::table.on(ledger_subject::id.eq(ledger_service::subject)))
        .filter(ledger_subject::subject_index.eq(index).and(on_file()))
        .filter(ledger_service::state.eq("filed"))
        .select(diesel::dsl::count(ledger_service::id.nullable()))
        .get_result(tx)
        .await?)
}
