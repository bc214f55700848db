//! Lists of orders and how they are narrowed: a customer's own. Those of operations are next door.

use actix_web::{
    get,
    web::{self, Query},
};
use chassis::{
    db::{
        Tx,
        cursor::{self, Page},
    },
    failure::Failure,
    http::{Customer, Reply},
};
use domain::{
    filing_number::{ServiceNumber, SubjectNumber},
    host::DomainName,
    member::{Reach, Right},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{extract::account, view::OrderView};
use crate::{
    App,
    store::{
        self,
        order::Stored,
        search::{After, Key, Wanted},
    },
};

/// How a list is narrowed.
#[derive(Debug, Default, Clone, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    /// Only orders in this state.
    state: Option<String>,
    /// Only orders of this kind.
    kind: Option<String>,
    /// Only orders in this province, six digits.
    province: Option<String>,
    /// Only orders with exactly this domain, in Chinese or in ASCII.
    domain: Option<String>,
    /// Only orders about this filing number, of the subject or of a service.
    number: Option<String>,
    /// 1 to 100, 20 when absent.
    #[serde(skip_serializing)]
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// What every list is narrowed by.
pub(super) struct Asked<'a> {
    pub(super) state: Option<&'a str>,
    pub(super) kind: Option<&'a str>,
    pub(super) province: Option<&'a str>,
    pub(super) domain: Option<&'a str>,
    pub(super) number: Option<&'a str>,
}

impl Asked<'_> {
    /// The same as the store takes it; 400 for what is no state, kind, province, domain or number.
    pub(super) fn wanted(&self) -> Result<Wanted, Failure> {
        let key = match (self.domain, self.number) {
            (None, None) => None,
            (Some(domain), None) => {
                let name = DomainName::try_from(domain).map_err(|error| unknown("domain name", error))?;
                Some(Key::Domain(name.ascii().to_owned()))
            }
            (None, Some(number)) => Some(Key::Number(filing_number(number)?)),
            (Some(_), Some(_)) => {
                return Err(Failure::unreadable("Ask for a domain or for a filing number, not for both."));
            }
        };
        Ok(Wanted {
            key,
            state: self.state.map(str::parse).transpose().map_err(|error| unknown("state", error))?,
            kind: self.kind.map(str::parse).transpose().map_err(|error| unknown("kind", error))?,
            province: self.province.map(str::parse).transpose().map_err(|error| unknown("province", error))?,
            ..Wanted::default()
        })
    }
}

/// A number as orders are found by it.
fn filing_number(text: &str) -> Result<String, Failure> {
    let of_subject = |_| text.parse::<SubjectNumber>().map(|number| number.to_string());
    let found = text.parse::<ServiceNumber>().map(|number| number.to_string()).or_else(of_subject);
    found.map_err(|error| unknown("filing number", error))
}

fn unknown(what: &str, error: impl std::fmt::Display) -> Failure {
    Failure::unreadable(format!("The query has an unknown {what}.")).because(error)
}

/// Which page of a list with certain filters.
pub(super) struct Pager<'a, F> {
    limit: usize,
    after: Option<After>,
    filters: &'a F,
}

impl<'a, F: Serialize> Pager<'a, F> {
    /// 400 for a limit out of range, and for a cursor of a list with other filters.
    pub(super) fn new(limit: Option<u32>, cursor: Option<&str>, filters: &'a F) -> Result<Self, Failure> {
        Ok(Self { limit: cursor::limit(limit)?, after: cursor::decode(cursor, filters)?, filters })
    }

    /// One row more than the page has: it tells whether there is a next one.
    pub(super) async fn rows(&self, tx: &mut Tx, wanted: &Wanted) -> Result<Vec<Stored>, Failure> {
        let page = store::search::Page { after: self.after, most: self.limit + 1 };
        store::search::list(tx, wanted, page).await
    }

    /// The page as it is answered.
    pub(super) fn reply(&self, rows: Vec<Stored>) -> Reply {
        Reply::ok(
            &Page::of(rows, self.limit, |order| (order.created_at, order.id), self.filters)
                .map(|order| OrderView::from(&order)),
        )
    }
}

/// The account's orders, newest first. A sub-account sees those of the subjects that it has rights for.
#[utoipa::path(tag = "orders", params(Narrowed), responses((status = 200, body = Object)))]
#[get("/v1/orders")]
pub(super) async fn list(app: web::Data<App>, me: Customer, query: Query<Narrowed>) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let Narrowed { state, kind, province, domain, number, limit, cursor } = &*query;
    let asked = Asked {
        state: state.as_deref(),
        kind: kind.as_deref(),
        province: province.as_deref(),
        domain: domain.as_deref(),
        number: number.as_deref(),
    };
    let wanted = Wanted { account: Some(account), ..asked.wanted()? };
    let filters = json!({ "account": account, "narrowed": &*query });
    let pager = Pager::new(*limit, cursor.as_deref(), &filters)?;
    let look = async |tx: &mut Tx| {
        let subjects = match app.reach(tx, &me, Right::Read).await? {
            Reach::Everything => None,
            Reach::Subjects(subjects) => Some(subjects),
        };
        pager.rows(tx, &Wanted { subjects, ..wanted.clone() }).await
    };
    Ok(pager.reply(app.db.read("order.list", look).await?))
}
