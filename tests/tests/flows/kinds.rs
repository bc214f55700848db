//! Every kind of order through the whole house, in one process and in four.

use std::collections::BTreeSet;

use domain::rules::kinds::OrderKind;
use e2e::{
    story::{Done, every_kind},
    world::World,
};

use super::{house::house, processes::processes};

/// Each of the fourteen kinds came to its end at least once.
fn all_kinds(done: &Done) {
    let met: BTreeSet<&str> = done.iter().map(|(kind, _)| kind.as_str()).collect();
    let all: BTreeSet<&str> = OrderKind::ALL.into_iter().map(OrderKind::as_str).collect();
    assert_eq!(met, all, "{done:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_order_comes_to_its_end_in_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let world = World::open(endpoints).await.unwrap();
    all_kinds(&every_kind(&world).await.unwrap());
    end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_kind_of_order_comes_to_its_end_in_four_processes() {
    let dir = tempfile::tempdir().unwrap();
    let (all, world) = processes(dir.path()).await;
    all_kinds(&every_kind(&world).await.unwrap());
    all.stop().await.unwrap();
}
