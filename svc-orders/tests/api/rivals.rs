//! One order in progress per account and per subject, whoever comes first.

use chrono::TimeDelta;
use domain::example;
use futures::future::join_all;

use sandbox::{behaviour::Behaviour, inventory::Mode};
use serde_json::Value;
use svc_orders::submit_waiting;

use crate::{
    resource::account,
    world::{CUSTOMER, Filing, OTHER, liaoning, stage},
};

#[tokio::test]
async fn of_many_submits_of_one_account_exactly_one_wins() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filings = Vec::new();
    for _ in 0..32 {
        filings.push(Filing::ready(&stage, "curtain").await?);
    }
    let submits =
        filings.iter().map(|filing| filing.client.post(&filing.path("/submit")).version(filing.version).send());
    let answers = join_all(submits).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let won = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(won, 1);
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        // Who looked before the winner was there hears it of the database, who looked later of the rules.
        let rules: Vec<_> = answer.errors().into_iter().map(|(_, rule)| rule).collect();
        let expected: &[&str] = match answer.status {
            409 => &["order.lane_of_account"],
            _ => &["national.limit.orders_of_account", "national.limit.orders_of_subject"],
        };
        assert_eq!(rules, expected);
    }
    let reviewing = filings[0].client.get("/v1/orders?state=reviewing").expect(200).await?;
    assert_eq!(reviewing.list("/items")?.len(), 1);
    let told = stage.outbox().await?;
    assert_eq!(told.iter().filter(|message| message.topic() == "order.submitted").count(), 1);
    Ok(())
}

#[tokio::test]
async fn one_subject_has_one_order_in_progress_in_whatever_account() -> anyhow::Result<()> {
    let stage = stage().await?;
    let draft = example::enterprise_in_liaoning();
    let mut mine = Filing::ready(&stage, "curtain").await?;
    let mut theirs = Filing::ready_of(&stage, OTHER, "curtain", &draft).await?;
    mine.act("submit").await?;
    let refused = theirs.refused("submit", 422).await?;
    assert_eq!(refused.errors(), [(String::new(), "national.limit.orders_of_subject".to_owned())]);
    assert_eq!(theirs.state().await?, "draft");
    // Who steps back makes room.
    mine.act("withdraw").await?;
    theirs.act("submit").await?;
    let refused = mine.refused("submit", 422).await?;
    assert_eq!(refused.errors(), [(String::new(), "national.limit.orders_of_subject".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn two_subjects_in_two_accounts_do_not_meet() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut another = example::enterprise_in_liaoning();
    another.subject.certificate.number = Some("91210000EXAMPLE11A".into());
    let mut mine = Filing::ready_of(&stage, CUSTOMER, "curtain", &example::enterprise_in_liaoning()).await?;
    let mut theirs = Filing::ready_of(&stage, OTHER, "curtain", &another).await?;
    mine.act("submit").await?;
    theirs.act("submit").await?;
    // The same customer with another subject meets the other promise.
    let second = Filing::ready_of(&stage, CUSTOMER, "curtain", &another).await?;
    let refused = second.refused("submit", 422).await?;
    // Its own account is busy, and so is that subject, in another one.
    let rules: Vec<_> = refused.errors().into_iter().map(|(_, rule)| rule).collect();
    assert_eq!(rules, ["national.limit.orders_of_account", "national.limit.orders_of_subject"]);
    Ok(())
}

#[tokio::test]
async fn the_next_order_waits_in_line_and_is_submitted_by_itself() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = crate::code::replica(&stage)?;
    let mut first = Filing::ready(&stage, "curtain").await?;
    let mut next = Filing::ready(&stage, "curtain").await?;
    let early = next.refused("line", 409).await?;
    assert_eq!(early.errors()[0].1, "order.nothing_before");
    first.act("submit").await?;
    // Only what could be submitted may wait.
    let empty = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    assert!(empty.refused("line", 422).await?.errors().len() > 5);
    let waiting = next.act("line").await?;
    assert!(waiting.body["in_line_since"].is_string());
    assert_eq!(submit_waiting(&app).await?, 0);
    assert_eq!(next.state().await?, "draft");
    first.act("withdraw").await?;
    assert_eq!(submit_waiting(&app).await?, 1);
    let order = next.read().await?;
    assert_eq!((order.text("/state")?, &order.body["in_line_since"]), ("reviewing", &Value::Null));
    // What was withdrawn may wait in its turn, and leave again.
    first.read().await?;
    first.act("line").await?;
    first.client.delete(&first.path("/line")).version(first.version).expect(200).await?;
    next.act("withdraw").await?;
    assert_eq!(submit_waiting(&app).await?, 0);
    Ok(())
}

#[tokio::test]
async fn a_draft_whose_resource_went_meanwhile_leaves_the_line_and_its_customer_hears_of_it() -> anyhow::Result<()> {
    let stage = stage().await?;
    let app = crate::code::replica(&stage)?;
    let mut first = Filing::ready(&stage, "curtain").await?;
    let mut next = Filing::ready(&stage, "curtain").await?;
    first.act("submit").await?;
    next.act("line").await?;
    // While the inventory is away nothing is submitted unseen, and nothing is lost.
    first.act("withdraw").await?;
    stage.clock.advance(TimeDelta::minutes(5));
    stage.outside.sandbox.inventory.behave(Behaviour::once(Mode::Fail));
    assert_eq!(submit_waiting(&app).await?, 0);
    assert!(next.read().await?.body["in_line_since"].is_string());
    let resource = example::enterprise_in_liaoning().services[0].access.resource.clone().unwrap();
    assert!(stage.outside.sandbox.inventory.remove(account(&stage, CUSTOMER).uuid(), &resource));
    assert_eq!(submit_waiting(&app).await?, 0);
    let order = next.read().await?;
    assert_eq!((order.text("/state")?, order.body.get("in_line_since")), ("draft", None));
    assert_eq!(next.story().await?.last().map(String::as_str), Some("reminded"));
    let list = next.client.get(&next.path("/checklist")).expect(200).await?;
    assert!(list.list("/violations")?.iter().any(|one| one["rule"] == "resource.foreign"), "{}", list.body);
    Ok(())
}
