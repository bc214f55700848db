//! Everything in one process, as `make run` starts it.

use std::path::Path;

use e2e::world::World;
use prometheus::Registry;
use sandbox::{
    SandboxArgs,
    infra::{Home, Wants},
};
use standalone::{
    endpoints::Endpoints,
    house::{House, HouseArgs},
};
use tokio::sync::oneshot;

use super::{CURTAIN, ELECTRONIC, both, notices, number, told_of};

/// A house with its data in `dir`, until it is told to stop.
pub(crate) async fn house(dir: &Path) -> (Endpoints, impl AsyncFnOnce()) {
    let house = House::start(HouseArgs {
        dir: dir.to_owned(),
        home: Home::Kept(dir.to_owned()),
        wants: Wants { private: true, ..Wants::postgres() },
        port: 0,
        sandbox: SandboxArgs { dir: Some(dir.join("sandbox")), ..SandboxArgs::default() },
        registry: Registry::new(),
    })
    .await
    .unwrap();
    let endpoints = house.endpoints.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    #[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
    let running = tokio::spawn(house.run(async { drop(stopped.await) }));
    let end = async move || {
        stop.send(()).unwrap();
        running.await.unwrap().unwrap();
    };
    (endpoints, end)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_filings_reach_their_numbers_and_the_data_outlives_the_house() {
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let world = World::open(endpoints).await.unwrap();
    let [first, second] = both(&world).await;
    assert!(number(&first).await.starts_with("辽ICP备"), "{}", number(&first).await);
    assert!(number(&second).await.starts_with("粤ICP备"), "{}", number(&second).await);
    assert!(number(&first).await.ends_with("-1"));
    let told = [notices(&first).await, notices(&second).await];
    assert_eq!(told, [told_of(&ELECTRONIC), told_of(&CURTAIN)]);
    let orders = [first.order().to_owned(), second.order().to_owned()];
    end().await;

    let (endpoints, end) = house(dir.path()).await;
    let world = World::open(endpoints).await.unwrap();
    for (customer, order, told) in
        [("customer-liaoning", &orders[0], &told[0]), ("customer-guangdong", &orders[1], &told[1])]
    {
        let filing = e2e::story::Filing::known(&world, customer, order).unwrap();
        assert_eq!(filing.read().await.unwrap().text("/state").unwrap(), "filed");
        assert_eq!(&notices(&filing).await, told);
    }
    let [first, second] = both(&world).await;
    assert_ne!(first.order(), orders[0]);
    assert!(number(&second).await.starts_with("粤ICP备"));
    end().await;
}
