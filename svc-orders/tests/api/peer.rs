//! What our other services are told, and that every time is noted.

use chassis::audit;
use domain::{
    example,
    order::{Eyes, Plan, Target, Way},
    region::Province,
};
use serde_json::json;

use crate::world::{CUSTOMER, Filing, database, liaoning, peer, section, stage};

#[tokio::test]
async fn a_peer_is_told_what_it_asks_for_and_the_audit_says_for_whom() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    let (service, order) = (peer(&stage)?, filing.read().await?);
    let path = |rest: &str| format!("/v1/peer/orders/{}/{rest}", filing.id);
    let brief = service.get(&path("brief")).expect(200).await?;
    let plan = Plan::first(Province::Liaoning, Way::Electronic, Eyes::Two);
    let domains = vec![vec!["example-liaoning.cn".to_owned()]];
    let plan = serde_json::to_value(Plan { target: Target { domains, ..Target::default() }, ..plan })?;
    assert_eq!(brief.body["plan"], plan);
    assert_eq!((brief.text("/state")?, &brief.body["version"]), ("reviewing", &order.body["version"]));
    let dossier = service.get(&path("dossier?for=review&by=reviewer-chen")).expect(200).await?;
    assert_eq!((dossier.version()?, &dossier.body["round"]), (filing.version, &json!(1)));
    assert_eq!(dossier.body["draft"]["subject"], section(&example::enterprise_in_liaoning(), "subject")?);
    // The reviewer sees the same list as the customer does.
    let list = filing.client.get(&filing.path("/checklist")).expect(200).await?;
    assert_eq!(
        (&dossier.body["materials"], &dossier.body["violations"]),
        (&list.body["materials"], &list.body["violations"])
    );
    assert!(dossier.list("/materials")?.iter().all(|need| need["attached"] == json!(true)));
    let contact = service.get(&path("contacts/service")).expect(200).await?;
    let chen = json!({ "name": "陈样本", "mobile": "13800001002", "email": "chen@example.com" });
    assert_eq!(contact.body, chen);
    let contact = service.get(&path("contacts/subject")).expect(200).await?;
    assert_eq!(contact.text("/mobile")?, "13800001001");
    service.get(&path("contacts/neighbour")).expect(404).await?;
    service.get(&path("dossier?for=curiosity")).expect(400).await?;
    let person = service.get(&path("person")).expect(200).await?;
    assert_eq!((person.text("/name")?, person.text("/number")?), ("陈样本", "210103190402020025"));
    assert_eq!((person.text("/person")?.len(), &person.body["consent"]), (64, &json!(true)));

    let rows = database(&stage).await?;
    let told = rows.query("SELECT action, detail FROM audit WHERE action LIKE 'told.%' ORDER BY seq", &[]).await?;
    let told: Vec<(String, String)> = told.iter().map(|row| (row.get(0), row.get(1))).collect();
    let dossier = ("told.dossier".to_owned(), r#"{"by":"reviewer-chen","for":"review"}"#.to_owned());
    assert!(told.contains(&dossier), "{told:?}");
    // The one more is the fingerprint that the face check of this filing asked for.
    assert_eq!(told.len(), 5, "{told:?}");
    Ok(())
}

#[tokio::test]
async fn a_draft_that_names_nobody_has_nobody_to_verify() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let path = format!("/v1/peer/orders/{}/person", filing.id);
    let refused = peer(&stage)?.get(&path).expect(409).await?;
    assert_eq!(refused.errors()[0].1, "order.person_missing");
    Ok(())
}

#[tokio::test]
async fn the_audit_is_one_unbroken_chain_for_each_order_and_shows_where_it_is_broken() -> anyhow::Result<()> {
    let stage = stage().await?;
    Filing::reviewing(&stage, "electronic").await?;
    let second = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let verify = async || stage.db.read("test.audit", async |tx| audit::verify(tx).await).await;
    let found = verify().await?;
    assert_eq!((found.chains, found.broken.len()), (2, 0));
    let rows = database(&stage).await?;
    let count: i64 = rows.query_one("SELECT count(*) FROM audit", &[]).await?.get(0);
    assert_eq!(i64::try_from(found.rows)?, count);
    let actions =
        rows.query("SELECT action, actor FROM audit WHERE aggregate::text = $1", &[&second.id.to_string()]).await?;
    let actions: Vec<(String, String)> = actions.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert_eq!(actions, [("open".to_owned(), CUSTOMER.to_owned())]);

    rows.execute("UPDATE audit SET actor = 'nobody'", &[])
        .await
        .err()
        .map(drop)
        .ok_or_else(|| anyhow::anyhow!("the audit can be changed"))?;
    rows.batch_execute("ALTER TABLE audit DISABLE TRIGGER ALL").await?;
    rows.execute("UPDATE audit SET actor = 'nobody' WHERE aggregate::text = $1", &[&second.id.to_string()]).await?;
    let found = verify().await?;
    assert_eq!(found.broken, [format!("open row 1 of {}", second.id)]);
    Ok(())
}
