//! Every list and search uses the index that is named for it: PostgreSQL is asked for its plan of what was really sent, with the
//! values, over tables that are full and known to its statistics.

use std::sync::{Mutex, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use sandbox::kit::Client;
use serde_json::json;
use tokio_postgres::Client as Rows;

use crate::{
    search::SEARCH,
    world::{CUSTOMER, Filing, database, liaoning, stage, with_role},
};

/// The rows of some years, of every state, province and kind.
const FULL: &str = "
    CREATE TEMP TABLE made AS SELECT i, now() + i * interval '1 minute' AS at,
        ('0199' || lpad(to_hex(i), 8, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid AS id,
        ('00000000-0000-7000-8000-' || lpad((i % 60)::text, 12, '0'))::uuid AS account, sha256(i::text::bytea) AS hash
        FROM generate_series(1, 60000) i;
    INSERT INTO filing_order SELECT id, account,
        CASE WHEN i % 10 < 5 THEN 'first' WHEN i % 10 < 8 THEN 'add_here' WHEN i % 10 < 9 THEN 'change_filing' ELSE 'migrate' END,
        (210000 + 10000 * (i % 23 % 14))::text, 4, 'curtain',
        (ARRAY['filed', 'filed', 'filed', 'filed', 'filed', 'abandoned', 'expired', 'draft', 'draft'])[1 + i % 9],
        (SELECT body FROM filing_order LIMIT 1), 1, hash, NULL, '', at, at FROM made;
    INSERT INTO order_domain SELECT id, 'example-' || i || '.cn', account FROM made;
    INSERT INTO order_domain SELECT id, 'example-everybodys.cn', account FROM made WHERE i % 3 = 0;
    INSERT INTO order_phone SELECT id, hash FROM made;
    INSERT INTO order_number SELECT id, '辽ICP备' || 2020000000 + i / 4 || '号' FROM made;
    ANALYZE";

/// Every query for orders that was sent, with its values.
static SENT: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Listening;

impl Instrumentation for Listening {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            if text.contains("\"data_key\"") && text.contains("LIMIT") {
                SENT.lock().unwrap_or_else(PoisonError::into_inner).push(text);
            }
        }
    }
}

fn listening() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(Listening))
}

/// A query with its values, as PostgreSQL takes it: `… -- binds: ["draft", 0199…, [1, 2], 21]`.
fn filled(sent: &str) -> anyhow::Result<(String, String)> {
    let (sql, binds) = sent.split_once("-- binds: ").ok_or_else(|| anyhow::anyhow!("no values in {sent}"))?;
    let mut values = Vec::new();
    let list = binds.trim().strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or_default();
    let mut rest = list.to_owned();
    while !rest.is_empty() {
        let (value, after) = if let Some(bytes) = rest.strip_prefix('[') {
            let (bytes, after) = bytes.split_once(']').unwrap_or((bytes, ""));
            let bytes = bytes.split(", ").map(|byte| Ok(format!("{:02x}", byte.parse::<u8>()?)));
            (format!("'\\x{}'", bytes.collect::<anyhow::Result<String>>()?), after)
        } else {
            let (value, after) = rest.split_once(", ").map_or((rest.as_str(), ""), |(value, after)| (value, after));
            (format!("'{}'", value.trim_matches('"')), after)
        };
        rest = after.trim_start_matches(", ").to_owned();
        values.push(value);
    }
    Ok((sql.trim().to_owned(), values.join(", ")))
}

/// The plan of the query that the last request sent.
async fn plan(rows: &Rows) -> anyhow::Result<String> {
    let sent = std::mem::take(&mut *SENT.lock().unwrap_or_else(PoisonError::into_inner));
    // What a type check before it looked up in the ledger is not asked here.
    let sent: Vec<String> = sent.into_iter().filter(|sql| !sql.contains("\"ledger_")).collect();
    assert_eq!(sent.len(), 1, "{sent:#?}");
    let (sql, values) = filled(&sent[0])?;
    rows.batch_execute(&format!("PREPARE asked AS {sql}")).await?;
    let lines = rows.query(&format!("EXPLAIN EXECUTE asked ({values})"), &[]).await?;
    rows.batch_execute("DEALLOCATE asked").await?;
    Ok(lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn every_list_and_search_uses_the_index_that_is_named_for_it() -> anyhow::Result<()> {
    set_default_instrumentation(listening)?;
    let stage = stage().await?;
    Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let rows = database(&stage).await?;
    rows.batch_execute(FULL).await?;
    let account = uuid::Uuid::from_u128(0x7000_8000_0000_0000_0005);
    let token = stage.outside.sandbox.identity.token_as("x", "customer", account)?;
    let customer = Client::new(stage.base.clone(), Some(token));
    let operations = with_role(&stage, "operations", &[])?;
    let of_account = format!("/v1/operations/orders?account={account}");
    let number = "辽ICP备2020000700号";
    let lists: Vec<(&Client, String, &str)> = vec![
        (&customer, "/v1/orders".to_owned(), "filing_order_account"),
        (&customer, "/v1/orders?state=draft".to_owned(), "filing_order_account_state"),
        (&customer, "/v1/orders?kind=migrate".to_owned(), "filing_order_account_kind"),
        (&customer, "/v1/orders?province=310000".to_owned(), "filing_order_account_province"),
        (&customer, "/v1/orders?domain=example-everybodys.cn".to_owned(), "order_domain_account"),
        (&customer, format!("/v1/orders?number={number}"), "order_number_index"),
        (&operations, "/v1/operations/orders".to_owned(), "filing_order_pkey"),
        (&operations, "/v1/operations/orders?state=draft".to_owned(), "filing_order_state"),
        (&operations, "/v1/operations/orders?kind=migrate".to_owned(), "filing_order_kind"),
        (&operations, "/v1/operations/orders?province=310000".to_owned(), "filing_order_province"),
        (&operations, "/v1/operations/orders?state=draft&kind=first".to_owned(), "filing_order_state_kind"),
        (&operations, "/v1/operations/orders?state=filed&province=230000".to_owned(), "filing_order_state_province"),
        (&operations, "/v1/operations/orders?kind=first&province=230000".to_owned(), "filing_order_kind_province"),
        (
            &operations,
            "/v1/operations/orders?state=draft&kind=first&province=230000".to_owned(),
            "filing_order_state_kind_province",
        ),
        (&operations, of_account, "filing_order_account"),
        (&operations, "/v1/operations/orders?domain=example-77.cn".to_owned(), "order_domain_name"),
        (&operations, "/v1/operations/orders?domain=example-everybodys.cn".to_owned(), "order_domain_name"),
        (&operations, format!("/v1/operations/orders?number={number}"), "order_number_index"),
    ];
    for (client, path, index) in lists {
        let page = client.get(&path).expect(200).await?;
        must_use(&rows, &path, index).await?;
        // The page behind it, where there is one.
        if let Ok(next) = page.text("/next") {
            let joint = if path.contains('?') { '&' } else { '?' };
            client.get(&format!("{path}{joint}cursor={next}")).expect(200).await?;
            must_use(&rows, &format!("{path}, the next page"), index).await?;
        }
    }
    for (key, index) in [
        (json!({ "certificate": "91210000MA0EXAMPLE" }), "filing_order_subject"),
        (json!({ "phone": "13900000001" }), "order_phone_index"),
    ] {
        operations.post(SEARCH).json(&key).expect(200).await?;
        must_use(&rows, index, index).await?;
    }
    Ok(())
}

async fn must_use(rows: &Rows, what: &str, index: &str) -> anyhow::Result<()> {
    let plan = plan(rows).await?;
    let named =
        plan.contains(&format!("Scan using {index} on")) || plan.contains(&format!("Scan Backward using {index} on"));
    assert!(named && !plan.contains("Seq Scan") && !plan.contains("Sort"), "{what} does not use {index}:\n{plan}");
    Ok(())
}
