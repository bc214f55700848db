//! Every statement that the service sends has an index, and PostgreSQL uses it: it is asked for the plan of each, over tables
//! that are full and known to its statistics, and with its own settings.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

use chrono::TimeDelta;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use domain::{
    access::StaffId,
    filing_number::{NumberKind, SubjectNumber},
    id::OrderId,
    message::{AuthorityStep, MaterialNews, MaterialState, Message, ReviewStep},
    order::{Numbers, Principals},
    region::Province,
};
use sandbox::kit::noon;
use serde_json::json;
use tokio_postgres::Client;

use crate::world::{CUSTOMER, Filing, Stage, database, liaoning, peer, stage, with_role};

/// The tables that grow. The outbox does not: its relay is meant to read all of it.
const TABLES: [&str; 18] = [
    "filing_order",
    "order_event",
    "draft_section",
    "material",
    "ledger_subject",
    "ledger_service",
    "ledger_domain",
    "ledger_version",
    "audit",
    "inbox",
    "idempotency_key",
    "authorization_code",
    "code_event",
    "service_access",
    "member",
    "order_domain",
    "order_phone",
    "order_number",
];

/// The rows of a busy year, of a thousand other accounts.
const FULL: &str = "
    CREATE TEMP TABLE made AS SELECT i, gen_random_uuid() AS id, now() - i * interval '1 minute' AS at,
        ('00000000-0000-7000-8000-' || lpad((i % 1000)::text, 12, '0'))::uuid AS account, sha256(i::text::bytea) AS hash
        FROM generate_series(1, 20000) i;
    INSERT INTO filing_order SELECT id, account, 'first', '210000', 4, 'curtain',
        (ARRAY['filed', 'filed', 'awaiting_consent', 'abandoned', 'expired', 'draft'])[1 + i % 6], '{}', 1, hash, NULL, '',
        at, at, i / 1000, 0, account, CASE WHEN i % 60 = 5 THEN at END FROM made;
    INSERT INTO order_event SELECT id, 1, 'opened', '{}', 'draft', 'x', 'customer', at FROM made;
    INSERT INTO draft_section SELECT id, 'subject', '' FROM made;
    INSERT INTO material SELECT gen_random_uuid(), id, 'x', NULL FROM made;
    INSERT INTO ledger_subject SELECT id, 'n' || i, id, hash, '210000', 4, 'filed', '', '', 1, at, at FROM made;
    INSERT INTO ledger_service SELECT id, 'n' || i || '-1', id, 'website', 'filed', '', 1, at, at FROM made;
    INSERT INTO ledger_domain SELECT id, 'example-' || i || '.cn' FROM made;
    INSERT INTO ledger_version SELECT 'n' || i, 1, 'filed', id, id, '', at FROM made;
    INSERT INTO authorization_code SELECT id, account, 'r' || i, 0, hash, '', '',
        ('00000000-0000-7000-8001-' || lpad((i % 1000)::text, 12, '0'))::uuid, CASE i % 2 WHEN 0 THEN 'unused' ELSE 'in_use' END,
        CASE i % 2 WHEN 0 THEN NULL ELSE id END, CASE i % 2 WHEN 0 THEN NULL ELSE 0 END, NULL, NULL, NULL, 1, at FROM made;
    INSERT INTO code_event SELECT id, 1, gen_random_uuid(), 'held', '{}', 'unused', account, account, 'x', 'customer', at FROM made;
    INSERT INTO service_access SELECT id, 0, account, 'r' || i, NULL, '[]', 16, 19, '[]', 'n' || i, NULL, at FROM made;
    INSERT INTO member SELECT id, account, 'x' || i, '[]', NULL, NULL, at, NULL, 1, at FROM made;
    INSERT INTO order_domain SELECT id, 'example-' || i || '.cn', account FROM made;
    INSERT INTO order_phone SELECT id, hash FROM made;
    INSERT INTO order_number SELECT id, 'n' || i FROM made;
    INSERT INTO audit SELECT id, 1, at, 'x', 'customer', 'open', '{}', hash FROM made;
    INSERT INTO inbox SELECT 'orders', id, at FROM made;
    INSERT INTO idempotency_key SELECT 'x', i::text, hash, '{}', at FROM made;
    ANALYZE";

/// Every statement that was sent.
static SENT: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

struct Listening;

impl Instrumentation for Listening {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text.split("-- binds").next().unwrap_or_default().trim().to_owned();
            SENT.lock().unwrap_or_else(PoisonError::into_inner).insert(sql);
        }
    }
}

fn listening() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(Listening))
}

/// Asks the service for everything that it can do.
async fn everything(stage: &Stage) -> anyhow::Result<()> {
    let mut filing = Filing::ready(stage, "electronic").await?;
    let asked =
        json!({ "province": "210000", "nature": 4, "certificate": "x", "services": [{ "domain": "example.cn" }] });
    filing.client.post("/v1/type-checks").json(&asked).expect(200).await?;
    let page = filing.client.get("/v1/orders?limit=1").expect(200).await?;
    assert_eq!(page.list("/items")?.len(), 1);
    Filing::open(stage, CUSTOMER, &liaoning("curtain")).await?;
    for query in ["limit=1", "limit=1&state=draft"] {
        let page = filing.client.get(&format!("/v1/orders?{query}")).expect(200).await?;
        let next = format!("/v1/orders?{query}&cursor={}", page.text("/next")?);
        filing.client.get(&next).expect(200).await?;
    }
    filing.story().await?;
    filing.client.get("/v1/resources").expect(200).await?;
    let made =
        filing.client.post("/v1/resources/ins-example-ln/codes").json(&json!({ "count": 1 })).expect(201).await?;
    let code = format!("/v1/authorization-codes/{}", made.text("/items/0/id")?);
    for rest in ["", "/history", "/effects"] {
        filing.client.get(&format!("{code}{rest}")).expect(200).await?;
    }
    for query in ["limit=1", "side=receiver"] {
        filing.client.get(&format!("/v1/authorization-codes?{query}")).expect(200).await?;
    }
    filing.client.get("/v1/code-news").expect(200).await?;
    filing.client.delete(&code).version(1).expect(204).await?;
    let (material, kind) = (stage.id(), "x".to_owned());
    let gone = MaterialNews { order: filing.id, material, kind, service: None, state: MaterialState::Removed };
    stage.deliver(&Message::Material(gone)).await?;
    filing.act("submit").await?;
    peer(stage)?.get(&format!("/v1/peer/orders/{}/dossier?for=review", filing.id)).expect(200).await?;
    filing.review(1, ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }).await?;
    filing.authority(1, AuthorityStep::Ready).await?;
    let until = noon() + TimeDelta::hours(24);
    filing.authority(1, AuthorityStep::Received { sms: Principals::new(), until }).await?;
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 1)?;
    let services = vec![subject.service(1, NumberKind::Website)?];
    filing.authority(1, AuthorityStep::Granted { numbers: Numbers { subject, services } }).await?;
    assert_eq!(filing.state().await?, "filed");
    ledger(stage, &filing).await?;
    people(stage, filing.id).await
}

/// Looks into the ledger, and orders what is on file there.
async fn ledger(stage: &Stage, filing: &Filing<'_>) -> anyhow::Result<()> {
    let number = "辽ICP备2026000001号-1";
    let (filings, history) = (format!("/v1/filings/{number}"), format!("/v1/filings/{number}/history"));
    for path in ["/v1/filings", "/v1/filings.csv", "/v1/consents", &filings, &history] {
        filing.client.get(path).send().await?;
    }
    handed_over(stage, number).await?;
    for (kind, reason) in [("change_service", None), ("cancel_access", Some(1))] {
        let asked = json!({ "kind": kind, "numbers": [number], "reason": reason });
        filing.client.post("/v1/orders").json(&asked).expect(201).await?;
    }
    Ok(())
}

/// What the authority has on file: other data, and what was cancelled and is back.
async fn handed_over(stage: &Stage, number: &str) -> anyhow::Result<()> {
    let name = json!({ "kind": "website", "name": "沈阳示例" });
    let record = json!({
        "number": "辽ICP备2026000001号", "subject": { "name": "沈阳示例", "certificate": { "number": "91210000EXAMPLE03F" } },
        "services": [{ "number": number, "here": true, "service": name }],
    });
    for body in [json!({ "cancelled": [number] }), json!({ "records": [record] })] {
        peer(stage)?.post("/v1/peer/filings").json(&body).expect(200).await?;
    }
    Ok(())
}

/// Gives rights, changes and uses them, takes them back; and searches as operations do.
async fn people(stage: &Stage, order: OrderId) -> anyhow::Result<()> {
    let (owner, colleague) = (stage.client(CUSTOMER)?, stage.client("colleague-liaoning")?);
    let given = json!({ "person": "colleague-liaoning", "rights": ["edit"], "subject_of": order });
    let member = owner.post("/v1/members").json(&given).expect(201).await?;
    let path = format!("/v1/members/{}", member.text("/id")?);
    colleague.get(&format!("/v1/orders/{order}")).expect(200).await?;
    colleague.get("/v1/orders").expect(200).await?;
    let member = owner.put(&path).version(1).json(&json!({ "rights": ["read"] })).expect(200).await?;
    owner.get("/v1/members").expect(200).await?;
    owner.delete(&path).version(member.version()?).expect(204).await?;
    let operations = with_role(stage, "operations", &[])?;
    let list = "/v1/operations/orders?state=draft&kind=first&province=210000";
    operations.get(list).expect(200).await?;
    operations.get("/v1/operations/orders?domain=example.cn").expect(200).await?;
    operations.get("/v1/operations/orders?number=辽ICP备2026000001号").expect(200).await?;
    let search = "/v1/operations/orders/search";
    operations.post(search).json(&json!({ "certificate": "x" })).expect(200).await?;
    operations.post(search).json(&json!({ "phone": "13900000001" })).expect(200).await?;
    owner.get("/v1/orders?domain=example.cn&state=draft").expect(200).await?;
    Ok(())
}

async fn plan(rows: &Client, sql: &str) -> anyhow::Result<String> {
    let most = (1..60).rev().find(|n| sql.contains(&format!("${n}"))).unwrap_or(0);
    let nulls = vec!["NULL"; most].join(", ");
    let values = if most == 0 { String::new() } else { format!("({nulls})") };
    rows.batch_execute(&format!("PREPARE asked AS {sql}")).await?;
    let lines = rows.query(&format!("EXPLAIN EXECUTE asked{values}"), &[]).await?;
    rows.batch_execute("DEALLOCATE asked").await?;
    Ok(lines.iter().map(|line| line.get::<_, String>(0)).collect::<Vec<_>>().join("\n"))
}

#[tokio::test]
async fn no_request_message_or_job_reads_a_whole_table() -> anyhow::Result<()> {
    set_default_instrumentation(listening)?;
    let stage = stage().await?;
    everything(&stage).await?;
    let rows = database(&stage).await?;
    rows.batch_execute(FULL).await?;
    // The plan that a pooled connection settles on: one for all values.
    rows.batch_execute("SET plan_cache_mode = force_generic_plan").await?;
    let sent = SENT.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let verbs = ["SELECT", "INSERT", "UPDATE", "DELETE"];
    let about = |sql: &str| TABLES.iter().any(|table| sql.contains(&format!("\"{table}\"")));
    let asked: Vec<_> =
        sent.iter().filter(|sql| verbs.iter().any(|verb| sql.starts_with(verb)) && about(sql)).collect();
    assert!(asked.len() > 20, "{asked:#?}");
    for expected in ["ORDER BY \"filing_order\".\"id\" DESC", "FOR UPDATE", "\"idle_since\" <= $"] {
        assert!(asked.iter().any(|sql| sql.contains(expected)), "{expected} was not asked: {asked:#?}");
    }
    for sql in asked {
        let plan = plan(&rows, sql).await?;
        let whole = TABLES.iter().any(|table| plan.contains(&format!("Seq Scan on {table}")));
        assert!(!whole && !plan.contains("Sort"), "{sql}\n{plan}");
    }
    Ok(())
}
