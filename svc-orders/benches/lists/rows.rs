//! Orders as a busy provider has them, made by SQL: 20,000 accounts, four of them large, every state, province and kind. What is
//! under way is young; what is over is old.

use anyhow::Context;
use chassis::{config::SealArgs, seal::Keyring};
use clap::Parser;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use crate::Stage;

/// How many subjects and phones are searched for; each has three orders at every size.
pub(crate) const KNOWN: u32 = 200;

/// Accounts and times follow from the number of a row. The large accounts have 500 orders each at every size, spread over all of
/// the time, so that their pages hold the same at every size.
const MADE: &str = "
    CREATE UNLOGGED TABLE made AS
    SELECT i, CASE WHEN i % STEP = 0 THEN (i / STEP) % 4 ELSE 10 + (i::bigint * 7919) % 20000 END AS a,
        CASE WHEN i % STEP = 0 THEN (i / STEP) / 4 ELSE i / 20000 END AS lane,
        CASE WHEN i % GAP = 0 THEN i / GAP END AS known,
        ('0199' || lpad(to_hex(i), 8, '0') || '70008000' || lpad(to_hex(i), 12, '0'))::uuid AS id,
        '2024-01-01Z'::timestamptz + i * (interval '730 days' / SIZE) AS at, hashint4(i) & 1023 AS r, hashint4(-i) & 1023 AS s
    FROM generate_series(1, SIZE) i;
    ALTER TABLE made ADD PRIMARY KEY (i);
    INSERT INTO filing_order
    SELECT id, ('00000000-0000-7000-8000-' || lpad(a::text, 12, '0'))::uuid,
        CASE WHEN r % 32 < 19 THEN 'first' WHEN r % 32 < 24 THEN 'add_here' WHEN r % 32 < 27 THEN 'change_filing'
            WHEN r % 32 < 29 THEN 'access' WHEN r % 32 < 31 THEN 'change_subject' ELSE 'cancel_service' END,
        (ARRAY['440000', '440000', '440000', '110000', '110000', '310000', '330000', '320000', '370000', '510000', '210000',
            '420000', '350000', '410000', '610000', '540000'])[1 + s % 16], 4, 'electronic',
        CASE WHEN i > SIZE * 0.8 AND r / 32 < 16 THEN (ARRAY['draft', 'draft', 'draft', 'reviewing', 'reviewing', 'returned',
                'at_authority', 'awaiting_sms'])[1 + r / 32 % 8]
            WHEN r / 32 < 26 THEN 'filed' WHEN r / 32 < 29 THEN 'expired' ELSE 'abandoned' END,
        (SELECT body FROM example), 1, coalesce(k.certificate, sha256(i::text::bytea)), NULL, '\\x', at, at,
        lane, CASE WHEN k.nth IS NULL THEN 0 ELSE made.known / KNOWN END
    FROM made LEFT JOIN known k ON k.nth = made.known % KNOWN;
    INSERT INTO order_domain SELECT o.id, 'example-' || i / 3 || '.cn', account FROM made JOIN filing_order o USING (id);
    INSERT INTO order_domain SELECT o.id, 'example-' || i || '.com', account FROM made JOIN filing_order o USING (id) WHERE i % 3 = 0;
    INSERT INTO order_phone SELECT id, coalesce(k.phone, sha256(('phone' || i / 2)::bytea))
        FROM made LEFT JOIN known k ON k.nth = made.known % KNOWN;
    INSERT INTO order_number SELECT o.id, '粤ICP备' || 2020000000 + i / 2 || '号'
        FROM made JOIN filing_order o USING (id) WHERE state = 'filed';
    INSERT INTO order_number SELECT o.id, '粤ICP备' || 2020000000 + i / 2 || '号-' || 1 + i % 2
        FROM made JOIN filing_order o USING (id) WHERE state = 'filed';
    DROP TABLE made";

/// Taken away while the rows are written: an index that is made at once costs a fraction of one that grows.
const INDEXES: &str = "SELECT indexname, indexdef FROM pg_indexes WHERE indexname NOT LIKE '%\\_pkey'
    AND tablename IN ('filing_order', 'order_domain', 'order_phone', 'order_number')";

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    seal: SealArgs,
}

/// A certificate number and a phone of nobody.
pub(crate) fn known(nth: u32) -> (String, String) {
    (format!("91440000MA{nth:08}"), format!("139{nth:08}"))
}

/// A connection to the database of a stage.
pub(crate) async fn connect(stage: &Stage) -> anyhow::Result<Client> {
    let (client, connection) = tokio_postgres::connect(stage.database.url().as_str(), NoTls).await?;
    #[expect(clippy::disallowed_methods, reason = "it ends with the client")]
    drop(tokio::spawn(connection));
    Ok(client)
}

/// Fills the database of a stage with so many orders. One was opened before, for the others to be like.
pub(crate) async fn fill(stage: &Stage, rows: &Client, size: u32) -> anyhow::Result<()> {
    let arguments = [vec!["bench".to_owned()], stage.outside.seal()].concat();
    let keyring = Keyring::open(&Given::try_parse_from(arguments)?.seal)?;
    rows.batch_execute(
        "SET maintenance_work_mem = '512MB'; SET synchronous_commit = off;
         CREATE TABLE example AS SELECT body FROM filing_order LIMIT 1; TRUNCATE filing_order CASCADE;
         CREATE TABLE known (nth integer PRIMARY KEY, certificate bytea NOT NULL, phone bytea NOT NULL)",
    )
    .await?;
    for nth in 0..KNOWN {
        let (certificate, phone) = known(nth);
        let certificate = keyring.blind_index("subject", &certificate).to_vec();
        let phone = keyring.blind_index("phone", &phone).to_vec();
        let nth = i32::try_from(nth)?;
        rows.execute("INSERT INTO known VALUES ($1, $2, $3)", &[&nth, &certificate, &phone]).await?;
    }
    let indexes = rows.query(INDEXES, &[]).await?;
    for index in &indexes {
        rows.batch_execute(&format!("DROP INDEX {}", index.get::<_, String>(0))).await?;
    }
    let step = (size / 2000).to_string();
    let gap = (size / (3 * KNOWN)).to_string();
    let sql = MADE.replace("STEP", &step).replace("GAP", &gap).replace("SIZE", &size.to_string());
    rows.batch_execute(&sql.replace("KNOWN", &KNOWN.to_string())).await.context("the rows")?;
    for index in &indexes {
        rows.batch_execute(index.get(1)).await?;
    }
    rows.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

/// The place in the middle of a list: when the order was opened, and its id.
pub(crate) async fn middle(rows: &Client, filter: &str) -> anyhow::Result<(chrono::DateTime<chrono::Utc>, Uuid)> {
    let sql = format!(
        "WITH listed AS (SELECT created_at, id FROM filing_order WHERE {filter})
         SELECT extract(epoch FROM created_at)::float8 * 1000000, id::text FROM listed ORDER BY created_at DESC, id DESC
         OFFSET (SELECT count(*) / 2 FROM listed) LIMIT 1"
    );
    let row = rows.query_one(&sql, &[]).await.with_context(|| format!("no order has {filter}"))?;
    let micros: f64 = row.get(0);
    let micros: i64 = format!("{micros:.0}").parse()?;
    let at = chrono::DateTime::from_timestamp_micros(micros).context("a time out of range")?;
    Ok((at, row.get::<_, String>(1).parse()?))
}

/// Some values that a column of a table has, the same ones each time.
pub(crate) async fn some(rows: &Client, sql: &str) -> anyhow::Result<Vec<String>> {
    Ok(rows.query(sql, &[]).await?.iter().map(|row| row.get(0)).collect())
}
