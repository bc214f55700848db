//! Every kind of order through the whole house, in one process and in four.

use std::collections::BTreeSet;

use domain::rules::kinds::OrderKind;
use e2e::{
    story::{Done, every_kind},
    world::{At, World},
};

use super::{house::house, processes::processes};

/// Each of the fourteen kinds came to its end at least once.
fn all_kinds(done: &Done) {
    let met: BTreeSet<&str> = done.iter().map(|(kind, _)| kind.as_str()).collect();
    let all: BTreeSet<&str> = OrderKind::ALL.into_iter().map(OrderKind::as_str).collect();
    assert_eq!(met, all, "{done:#?}");
}

/// The authority's records said what orders had written, and nothing else: `customer-other` has got all of it.
async fn by_orders_alone(world: &World) {
    let orders = world.as_("customer-other", At::Orders).unwrap();
    let filings = orders.get("/v1/filings").expect(200).await.unwrap();
    let filings = filings.list("/items").unwrap().clone();
    let services = filings.iter().flat_map(|subject| subject["services"].as_array().unwrap().clone());
    let numbers: Vec<String> =
        filings.iter().cloned().chain(services).map(|one| one["number"].as_str().unwrap().to_owned()).collect();
    assert!(numbers.len() > 3, "{numbers:?}");
    for number in numbers {
        let history = orders.get(&format!("/v1/filings/{number}/history")).expect(200).await.unwrap();
        let past: Vec<_> =
            history.list("/items").unwrap().iter().filter(|one| one["order"].is_null()).cloned().collect();
        assert!(past.is_empty(), "{number}: {past:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_order_comes_to_its_end_in_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let world = World::open(endpoints).await.unwrap();
    all_kinds(&every_kind(&world).await.unwrap());
    by_orders_alone(&world).await;
    end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_order_comes_to_its_end_in_four_processes() {
    let dir = tempfile::tempdir().unwrap();
    let (all, world) = processes(dir.path()).await;
    all_kinds(&every_kind(&world).await.unwrap());
    by_orders_alone(&world).await;
    all.stop().await.unwrap();
}
