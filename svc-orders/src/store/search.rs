//! Lists of orders, page by page, and what orders are found by: domains, filing numbers, fingerprints. Every query has an
//! index of its own, which is named beside it; who may ask for what is decided elsewhere.

use std::collections::BTreeSet;

use chassis::{db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};
use diesel_async::RunQueryDsl;
use domain::{
    id::{AccountId, OrderId},
    order::StateName,
    region::Province,
    rules::kinds::OrderKind,
};
use uuid::Uuid;

use super::{
    order::{Row, Stored},
    schema::{filing_order, order_domain, order_number, order_phone},
};

/// What an order is found by exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Key {
    /// A domain in its ASCII form.
    Domain(String),
    /// The filing number of a subject or of a service.
    Number(String),
    /// The fingerprint of the subject's certificate number.
    Certificate(Vec<u8>),
    /// The fingerprint of a principal's phone.
    Phone(Vec<u8>),
}

/// Which orders are wanted.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wanted {
    pub(crate) key: Option<Key>,
    pub(crate) account: Option<AccountId>,
    /// Only of these subjects, by fingerprint.
    pub(crate) subjects: Option<BTreeSet<Vec<u8>>>,
    pub(crate) state: Option<StateName>,
    pub(crate) kind: Option<OrderKind>,
    pub(crate) province: Option<Province>,
}

impl Wanted {
    fn is_narrowed(&self) -> bool {
        self.state.is_some() || self.kind.is_some() || self.province.is_some()
    }
}

/// Which page of them: those behind an order, at most so many.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    pub(crate) after: Option<After>,
    pub(crate) most: usize,
}

/// An order's place in every list: when it was opened, and its id, which sorts alike.
pub(crate) type After = (DateTime<Utc>, OrderId);

/// What is left of an ordered query, at most as many as the page has.
macro_rules! narrowed {
    ($tx:ident, $query:ident, $wanted:ident, $page:ident) => {{
        let mut query = $query.limit(i64::try_from($page.most).map_err(Failure::internal)?);
        if let Some(account) = $wanted.account {
            query = query.filter(filing_order::account.eq(account.uuid()));
        }
        if let Some(state) = $wanted.state {
            query = query.filter(filing_order::state.eq(state.as_str()));
        }
        if let Some(kind) = $wanted.kind {
            query = query.filter(filing_order::kind.eq(kind.as_str()));
        }
        if let Some(province) = $wanted.province {
            query = query.filter(filing_order::province.eq(province.code()));
        }
        if let Some(subjects) = &$wanted.subjects {
            query = query.filter(filing_order::subject_index.eq_any(subjects.iter().collect::<Vec<_>>()));
        }
        let rows: Vec<Row> = query.load($tx).await?;
        rows.into_iter().map(Row::stored).collect::<Result<Vec<Stored>, Failure>>()
    }};
}

/// A page of what a query finds, newest first by the column of the id, narrowed as wanted.
macro_rules! page {
    ($tx:ident, $query:expr, $id:expr, $wanted:ident, $page:ident) => {{
        let mut query = $query.order($id.desc()).select(Row::as_select()).into_boxed();
        if let Some((_, after)) = $page.after {
            query = query.filter($id.lt(after.uuid()));
        }
        narrowed!($tx, query, $wanted, $page)
    }};
}

/// The orders that are wanted, newest first.
pub(crate) async fn list(tx: &mut Tx, wanted: &Wanted, page: Page) -> Result<Vec<Stored>, Failure> {
    match (&wanted.key, wanted.account) {
        (None, _) => match &wanted.subjects {
            None if wanted.account.is_none() && wanted.is_narrowed() => all_narrowed(tx, wanted, page).await,
            None => all(tx, wanted, page).await,
            Some(subjects) => of_subjects(tx, wanted, subjects, page).await,
        },
        (Some(Key::Domain(domain)), Some(account)) => own_domain(tx, wanted, (account, domain), page).await,
        (Some(Key::Domain(domain)), None) => domain_anywhere(tx, wanted, domain, page).await,
        (Some(Key::Number(number)), _) => numbered(tx, wanted, number, page).await,
        (Some(Key::Certificate(index)), _) => of_subject(tx, wanted, index, page).await,
        (Some(Key::Phone(index)), _) => called(tx, wanted, index, page).await,
    }
}

/// Indexes: `filing_order_account` and `…_state`, `…_kind`, `…_province` of it within an account; otherwise the primary key.
async fn all(tx: &mut Tx, wanted: &Wanted, page: Page) -> Result<Vec<Stored>, Failure> {
    page!(tx, filing_order::table, filing_order::id, wanted, page)
}

/// Indexes: the one that is called like the filters, `filing_order_state_kind_province` and its parts.
async fn all_narrowed(tx: &mut Tx, wanted: &Wanted, page: Page) -> Result<Vec<Stored>, Failure> {
    let order = (filing_order::created_at.desc(), filing_order::id.desc());
    let mut query = filing_order::table.order(order).select(Row::as_select()).into_boxed();
    if let Some((at, after)) = page.after {
        // The first condition is where an index can begin, the second leaves out what was opened in the same moment.
        let behind = filing_order::created_at.lt(at).or(filing_order::id.lt(after.uuid()));
        query = query.filter(filing_order::created_at.le(at)).filter(behind);
    }
    narrowed!(tx, query, wanted, page)
}

/// Index: `filing_order_subject`.
async fn of_subject(tx: &mut Tx, wanted: &Wanted, index: &[u8], page: Page) -> Result<Vec<Stored>, Failure> {
    page!(tx, filing_order::table.filter(filing_order::subject_index.eq(index)), filing_order::id, wanted, page)
}

/// A page of each of a few subjects, merged: one query over all of them could not read them in the order of the page.
async fn of_subjects(
    tx: &mut Tx,
    wanted: &Wanted,
    subjects: &BTreeSet<Vec<u8>>,
    page: Page,
) -> Result<Vec<Stored>, Failure> {
    let one = Wanted { subjects: None, ..wanted.clone() };
    let mut found = Vec::new();
    for subject in subjects {
        found.extend(of_subject(tx, &one, subject, page).await?);
    }
    found.sort_by_key(|order| std::cmp::Reverse(order.id));
    found.truncate(page.most);
    Ok(found)
}

/// Index: `order_domain_account`.
async fn own_domain(
    tx: &mut Tx,
    wanted: &Wanted,
    (account, domain): (AccountId, &str),
    page: Page,
) -> Result<Vec<Stored>, Failure> {
    // Said once: said of the order as well, it would look to the planner as if few rows were left, and it would sort them.
    let wanted = &Wanted { account: None, ..wanted.clone() };
    let named = order_domain::domain.eq(domain).and(order_domain::account.eq(account.uuid()));
    let query = order_domain::table.inner_join(filing_order::table).filter(named);
    page!(tx, query, order_domain::order_id, wanted, page)
}

/// Index: `order_domain_name`.
async fn domain_anywhere(tx: &mut Tx, wanted: &Wanted, domain: &str, page: Page) -> Result<Vec<Stored>, Failure> {
    let query = order_domain::table.inner_join(filing_order::table).filter(order_domain::domain.eq(domain));
    page!(tx, query, order_domain::order_id, wanted, page)
}

/// Index: `order_number_index`.
async fn numbered(tx: &mut Tx, wanted: &Wanted, number: &str, page: Page) -> Result<Vec<Stored>, Failure> {
    let query = order_number::table.inner_join(filing_order::table).filter(order_number::number.eq(number));
    page!(tx, query, order_number::order_id, wanted, page)
}

/// Index: `order_phone_index`.
async fn called(tx: &mut Tx, wanted: &Wanted, index: &[u8], page: Page) -> Result<Vec<Stored>, Failure> {
    let query = order_phone::table.inner_join(filing_order::table).filter(order_phone::phone.eq(index));
    page!(tx, query, order_phone::order_id, wanted, page)
}

/// Makes an order found by exactly these domains. Most saves change none, and then nothing is written.
pub(crate) async fn put_domains(
    tx: &mut Tx,
    (order, account): (OrderId, AccountId),
    domains: &BTreeSet<String>,
) -> Result<(), Failure> {
    let own = order_domain::table.filter(order_domain::order_id.eq(order.uuid()));
    let known: Vec<String> = own.select(order_domain::domain).load(tx).await?;
    let gone: Vec<&String> = known.iter().filter(|domain| !domains.contains(*domain)).collect();
    if !gone.is_empty() {
        diesel::delete(own.filter(order_domain::domain.eq_any(gone))).execute(tx).await?;
    }
    let row = |domain: &String| {
        (
            order_domain::order_id.eq(order.uuid()),
            order_domain::domain.eq(domain.clone()),
            order_domain::account.eq(account.uuid()),
        )
    };
    let new: Vec<_> = domains.iter().filter(|domain| !known.contains(domain)).map(row).collect();
    if !new.is_empty() {
        diesel::insert_into(order_domain::table).values(new).execute(tx).await?;
    }
    Ok(())
}

/// Makes an order found by exactly these phones, given as fingerprints.
pub(crate) async fn put_phones(tx: &mut Tx, order: OrderId, phones: &BTreeSet<[u8; 32]>) -> Result<(), Failure> {
    let own = order_phone::table.filter(order_phone::order_id.eq(order.uuid()));
    let known: Vec<Vec<u8>> = own.select(order_phone::phone).load(tx).await?;
    let wanted = |index: &Vec<u8>| phones.iter().any(|phone| phone.as_slice() == index.as_slice());
    let gone: Vec<&Vec<u8>> = known.iter().filter(|index| !wanted(index)).collect();
    if !gone.is_empty() {
        diesel::delete(own.filter(order_phone::phone.eq_any(gone))).execute(tx).await?;
    }
    let is_new = |phone: &&[u8; 32]| !known.iter().any(|index| index.as_slice() == phone.as_slice());
    let row = |phone: &[u8; 32]| (order_phone::order_id.eq(order.uuid()), order_phone::phone.eq(phone.to_vec()));
    let new: Vec<_> = phones.iter().filter(is_new).map(row).collect();
    if !new.is_empty() {
        diesel::insert_into(order_phone::table).values(new).execute(tx).await?;
    }
    Ok(())
}

/// Makes an order found by these filing numbers too.
pub(crate) async fn add_numbers(tx: &mut Tx, order: OrderId, numbers: &[String]) -> Result<(), Failure> {
    let row = |number: &String| (order_number::order_id.eq(Uuid::from(order)), order_number::number.eq(number.clone()));
    let rows: Vec<_> = numbers.iter().map(row).collect();
    diesel::insert_into(order_number::table).values(rows).on_conflict_do_nothing().execute(tx).await?;
    Ok(())
}

/// Makes an order found by no domain and no phone any more.
pub(crate) async fn forget(tx: &mut Tx, order: OrderId) -> Result<(), Failure> {
    diesel::delete(order_domain::table.filter(order_domain::order_id.eq(order.uuid()))).execute(tx).await?;
    diesel::delete(order_phone::table.filter(order_phone::order_id.eq(order.uuid()))).execute(tx).await?;
    Ok(())
}
