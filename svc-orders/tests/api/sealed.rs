//! Personal data lies sealed, each value in its own place, and nothing else of the database shows it.

use domain::{example, message::ReviewStep};
use serde_json::{Value, json};

use crate::world::{CUSTOMER, Filing, OTHER, Stage, database, liaoning, reason, stage};

/// Every row of every table, as text; bytes show as hexadecimal digits.
pub(crate) async fn dump(stage: &Stage) -> anyhow::Result<String> {
    let rows = database(stage).await?;
    let tables = rows.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", &[]).await?;
    let mut all = String::new();
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        for row in rows.query(&format!("SELECT t::text FROM \"{table}\" t"), &[]).await? {
            all.push_str(row.get(0));
            all.push('\n');
        }
    }
    Ok(all)
}

/// Every text in a section of a draft that is about a person.
fn secrets(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(all) => all.iter().for_each(|one| secrets(one, found)),
        Value::Object(fields) => fields.values().for_each(|one| secrets(one, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test]
async fn no_table_shows_what_the_customer_wrote() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::reviewing(&stage, "electronic").await?;
    filing.review(1, ReviewStep::Returned { reasons: vec![reason("/subject/name")] }).await?;
    Filing::ready_of(&stage, OTHER, "curtain", &example::enterprise_in_liaoning()).await?;
    let draft = example::enterprise_in_liaoning();
    let mut written = Vec::new();
    secrets(&serde_json::to_value(&draft.subject)?, &mut written);
    secrets(&serde_json::to_value(&draft.services[0].principal)?, &mut written);
    written.retain(|text| text != "210102");
    assert!(written.len() >= 18 && written.iter().any(|text| text == "林示范"), "{}", written.len());
    let dump = dump(&stage).await?;
    assert!(dump.contains(&filing.id.to_string()) && dump.contains("order.returned"), "the dump holds the rows");
    for text in written {
        let bytes = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert!(!dump.contains(&text) && !dump.contains(&bytes), "{text} is in a table");
    }
    Ok(())
}

#[tokio::test]
async fn a_value_that_is_moved_to_another_order_or_place_does_not_open() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut mine = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let mut theirs = Filing::open(&stage, OTHER, &liaoning("curtain")).await?;
    for filing in [&mut mine, &mut theirs] {
        filing.save("subject", &json!({ "name": "某公司" })).await?;
        filing.save("consent", &json!({ "privacy": true })).await?;
    }
    let rows = database(&stage).await?;
    rows.execute(
        "UPDATE draft_section a SET sealed = b.sealed FROM draft_section b
         WHERE a.order_id::text = $1 AND a.section = 'subject' AND b.order_id::text = $2 AND b.section = 'subject'",
        &[&theirs.id.to_string(), &mine.id.to_string()],
    )
    .await?;
    let failed = theirs.client.get(&theirs.path("/draft")).expect(500).await?;
    assert!(!failed.body.to_string().contains("某公司"));
    mine.client.get(&mine.path("/draft")).expect(200).await?;
    rows.execute(
        "UPDATE draft_section a SET sealed = b.sealed FROM draft_section b
         WHERE a.order_id::text = $1 AND a.section = 'consent' AND b.order_id::text = $1 AND b.section = 'subject'",
        &[&mine.id.to_string()],
    )
    .await?;
    mine.client.get(&mine.path("/draft")).expect(500).await?;
    Ok(())
}
