//! Lists page by page: nothing twice, nothing left out, whatever happens meanwhile.

use std::collections::BTreeSet;

use futures::future::join_all;

use crate::world::{CUSTOMER, Filing, OTHER, liaoning, stage};

#[tokio::test]
async fn two_hundred_and_fifty_orders_are_paged_without_a_gap() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    let mut opened = BTreeSet::new();
    for _ in 0..25 {
        let ten = (0..10).map(|_| mine.post("/v1/orders").json(&liaoning("curtain")).expect(201));
        for answer in join_all(ten).await {
            opened.insert(answer?.text("/id")?.to_owned());
        }
    }
    let mut path = "/v1/orders?limit=20".to_owned();
    let (mut seen, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = mine.get(&path).expect(200).await?;
        let ids = page.list("/items")?.iter().filter_map(|order| order["id"].as_str().map(str::to_owned));
        seen.extend(ids);
        pages.push(page.list("/items")?.len());
        let Ok(next) = page.text("/next") else { break };
        path = format!("/v1/orders?limit=20&cursor={next}");
        // What is opened meanwhile is newer than every page to come.
        mine.post("/v1/orders").json(&liaoning("curtain")).expect(201).await?;
    }
    assert_eq!(pages, [[20; 12].as_slice(), &[10]].concat());
    assert!(seen.is_sorted_by(|newer, older| newer > older), "the newest come first, none twice");
    assert_eq!(seen.into_iter().collect::<BTreeSet<_>>(), opened);
    Ok(())
}

#[tokio::test]
async fn a_list_is_narrowed_by_state_and_holds_ones_own_orders_only() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut submitted = Filing::reviewing(&stage, "curtain").await?;
    let empty = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    Filing::open(&stage, OTHER, &liaoning("curtain")).await?;
    let ids = async |query: &str| -> anyhow::Result<Vec<String>> {
        let page = empty.client.get(&format!("/v1/orders{query}")).expect(200).await?;
        Ok(page.list("/items")?.iter().filter_map(|order| order["id"].as_str().map(str::to_owned)).collect())
    };
    let (one, two) = (submitted.id.to_string(), empty.id.to_string());
    assert_eq!(ids("").await?, [two.clone(), one.clone()]);
    assert_eq!(ids("?state=reviewing").await?, [one]);
    assert_eq!(ids("?state=draft").await?, [two]);
    assert!(ids("?state=filed").await?.is_empty());
    submitted.act("withdraw").await?;
    assert_eq!(ids("?state=draft").await?.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_list_refuses_what_it_does_not_know() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    for _ in 0..2 {
        mine.post("/v1/orders").json(&liaoning("curtain")).expect(201).await?;
    }
    let page = mine.get("/v1/orders?limit=1").expect(200).await?;
    let cursor = page.text("/next")?;
    for query in ["limit=0", "limit=101", "limit=x", "state=odd", "cursor=nonsense", "sort=name"] {
        mine.get(&format!("/v1/orders?{query}")).expect(400).await?;
    }
    mine.get(&format!("/v1/orders?state=draft&cursor={cursor}")).expect(400).await?;
    stage.client(OTHER)?.get(&format!("/v1/orders?cursor={cursor}")).expect(400).await?;
    mine.get(&format!("/v1/orders?cursor={cursor}")).expect(200).await?;
    Ok(())
}
