//! The pages and searches that are measured: each list at its beginning and in its middle, each search for many values.

use chassis::db::cursor;
use serde_json::{Map, Value, json};
use tokio_postgres::Client as Rows;
use url::form_urlencoded::Serializer;
use uuid::Uuid;

use crate::{
    Stage,
    rows::{KNOWN, known, middle, some},
};

/// The first of the large accounts.
pub(crate) const LARGE: Uuid = Uuid::from_u128(0x0000_0000_0000_7000_8000_0000_0000_0000);
/// The lists of operations: how they are narrowed.
const OPERATIONS: [&[(&str, &str)]; 9] = [
    &[],
    &[("state", "abandoned")],
    &[("state", "draft")],
    &[("kind", "cancel_service")],
    &[("province", "540000")],
    &[("state", "filed"), ("kind", "add_here")],
    &[("state", "expired"), ("province", "440000")],
    &[("kind", "change_filing"), ("province", "110000")],
    &[("state", "filed"), ("kind", "first"), ("province", "210000")],
];
/// The lists of a customer.
const CUSTOMER: [&[(&str, &str)]; 4] = [&[], &[("state", "filed")], &[("kind", "first")], &[("province", "440000")]];

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Who {
    Customer,
    Operations,
}

/// One request.
pub(crate) struct Request {
    pub(crate) who: Who,
    pub(crate) path: String,
    /// What is posted, for searches by what must not stand in an address.
    pub(crate) body: Option<Value>,
}

/// A page or a search, with the requests that are taken in turn.
pub(crate) struct Measure {
    pub(crate) name: String,
    pub(crate) requests: Vec<Request>,
    /// How many items each answer must have at least, or it measures nothing.
    pub(crate) items: usize,
}

/// Everything that is measured in one database.
pub(crate) async fn all(rows: &Rows) -> anyhow::Result<Vec<Measure>> {
    let mut found = Vec::new();
    for narrowed in CUSTOMER {
        list(&mut found, rows, (Who::Customer, "/v1/orders"), narrowed).await?;
    }
    for narrowed in OPERATIONS {
        list(&mut found, rows, (Who::Operations, "/v1/operations/orders"), narrowed).await?;
    }
    let large = LARGE.to_string();
    list(&mut found, rows, (Who::Operations, "/v1/operations/orders"), &[("account", &large)]).await?;
    let own = format!("JOIN filing_order o ON o.id = t.order_id WHERE o.account = '{LARGE}' ORDER BY 1 LIMIT 50");
    let any = "WHERE t.order_id > '01990000-0000-7000-8000-000000000000' ORDER BY t.order_id LIMIT 50";
    for (who, path, which) in
        [(Who::Customer, "/v1/orders", own.as_str()), (Who::Operations, "/v1/operations/orders", any)]
    {
        let domains = some(rows, &format!("SELECT domain FROM order_domain t {which}")).await?;
        search(&mut found, (who, path), "domain", &domains);
        let numbers = some(rows, &format!("SELECT number FROM order_number t {which}")).await?;
        search(&mut found, (who, path), "number", &numbers);
    }
    for key in ["certificate", "phone"] {
        let told = (0..KNOWN).step_by(4).map(known).map(|(certificate, phone)| {
            let body = json!({ key: if key == "phone" { phone } else { certificate } });
            Request { who: Who::Operations, path: "/v1/operations/orders/search".to_owned(), body: Some(body) }
        });
        found.push(Measure { name: format!("operations: {key}"), requests: told.collect(), items: 3 });
    }
    Ok(found)
}

/// The first page of a list and the one in its middle.
async fn list(
    found: &mut Vec<Measure>,
    rows: &Rows,
    (who, path): (Who, &str),
    narrowed: &[(&str, &str)],
) -> anyhow::Result<()> {
    let given = |name: &str| narrowed.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    let names = ["state", "kind", "province", "domain", "number"];
    let mut filters: Map<String, Value> = names.into_iter().map(|name| (name.to_owned(), json!(given(name)))).collect();
    let filters = match who {
        Who::Customer => json!({ "account": LARGE, "narrowed": filters }),
        Who::Operations => {
            filters.insert("account".to_owned(), json!(given("account")));
            json!({ "operations": filters })
        }
    };
    let mut conditions: Vec<String> = narrowed.iter().map(|(name, value)| format!("{name} = '{value}'")).collect();
    if who == Who::Customer {
        conditions.push(format!("account = '{LARGE}'"));
    }
    let condition = if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") };
    let deep = cursor::encode(&middle(rows, &condition).await?, &filters);
    let by = narrowed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" and ");
    let by = if by.is_empty() { "all" } else { by.as_str() };
    let value = narrowed.first().filter(|(name, _)| *name == "state").map(|(_, value)| format!(" ({value})"));
    for (place, cursor) in [("first", None), ("middle", Some(deep.as_str()))] {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(narrowed).extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        let request = Request { who, path: format!("{path}?{}", query.finish()), body: None };
        let name = format!("{}: {by}{}, {place} page", called(who), value.clone().unwrap_or_default());
        found.push(Measure { name, requests: vec![request], items: 20 });
    }
    Ok(())
}

fn search(found: &mut Vec<Measure>, (who, path): (Who, &str), key: &str, values: &[String]) {
    let request = |value: &String| {
        let query = Serializer::new(String::new()).append_pair(key, value).finish();
        Request { who, path: format!("{path}?{query}"), body: None }
    };
    let requests = values.iter().map(request).collect();
    found.push(Measure { name: format!("{}: {key}", called(who)), requests, items: 1 });
}

fn called(who: Who) -> &'static str {
    match who {
        Who::Customer => "customer",
        Who::Operations => "operations",
    }
}

/// The token of whoever asks.
pub(crate) fn token(stage: &Stage, who: Who) -> anyhow::Result<String> {
    let identity = &stage.outside.sandbox.identity;
    match who {
        Who::Customer => identity.token_with("customer", Some(LARGE), &[]),
        Who::Operations => identity.token_with("operations", None, &[]),
    }
}
