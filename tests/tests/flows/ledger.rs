//! What happens to a filing past our orders: the authority's records and cancellations reach the ledger that its customer sees,
//! in one process and in four.

use e2e::{
    story,
    wait::eventually,
    world::{At, World},
};
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use super::{SOON, house::house, processes::processes};

struct OnFile {
    orders: Client,
    authority: Client,
    subject: String,
    site: String,
}

impl OnFile {
    async fn synchronise(&self) {
        self.authority.post("authority/synchronise").expect(200).await.unwrap();
        self.heard().await;
    }

    /// The authority has no file left for us.
    async fn heard(&self) {
        let ask = || async { self.authority.get("authority/orders").expect(200).await };
        eventually("the authority's files", SOON, ask, |page: &Answer| page.body["files_waiting"] == 0).await.unwrap();
    }

    async fn cancel(&self, number: &str) {
        self.authority.post("authority/cancelled").json(&json!({ "number": number })).expect(200).await.unwrap();
        self.heard().await;
    }

    async fn read(&self, number: &str) -> Value {
        self.orders.get(&format!("/v1/filings/{number}")).expect(200).await.unwrap().body
    }

    /// What happened to a number, and whether by an order.
    async fn history(&self, number: &str) -> Vec<(String, bool)> {
        let history = self.orders.get(&format!("/v1/filings/{number}/history")).expect(200).await.unwrap();
        let items = history.list("/items").unwrap().iter();
        items.map(|one| (one["change"].as_str().unwrap().to_owned(), one["order"].is_string())).collect()
    }
}

async fn happens_past_our_orders(world: &World) {
    let filing = story::electronic(world).await.unwrap();
    let order = filing.read().await.unwrap();
    let filed = OnFile {
        orders: world.as_("customer-liaoning", At::Orders).unwrap(),
        authority: world.outside.clone(),
        subject: order.text("/numbers/subject").unwrap().to_owned(),
        site: order.text("/numbers/services/0").unwrap().to_owned(),
    };
    let (subject, site) = (filed.subject.as_str(), filed.site.as_str());
    let by_order = vec![("filed".to_owned(), true)];
    filed.heard().await;
    filed.synchronise().await;
    for number in [subject, site] {
        assert_eq!(filed.history(number).await, by_order, "the record says what the order wrote");
    }

    // The clerk gives it another name, and the site to another provider.
    let was = filed.read(subject).await["subject"].clone();
    let change = json!({
        "subject": {
            "number": subject, "name": "沈阳示例网络科技有限公司", "nature": 4, "province": "210000",
            "certificate": { "kind": 1, "number": was["certificate"]["number"] },
            "principal": {
                "name": was["principal"]["name"], "mobile": was["principal"]["mobile"],
                "number": was["principal"]["certificate"]["number"],
            },
        },
        "sites": [{ "number": site, "name": "沈阳示例", "domains": ["example-liaoning.cn"], "provider": 110_000_000_999_i64 }],
    });
    filed.authority.post("authority/filed").json(&change).expect(201).await.unwrap();
    filed.synchronise().await;
    let now = filed.read(subject).await;
    assert_eq!((&now["subject"]["name"], &now["state"]), (&json!("沈阳示例网络科技有限公司"), &json!("filed")));
    assert_eq!(now["subject"]["principal"], was["principal"]);
    let service = &now["services"][0];
    assert_eq!((&service["service"]["name"], &service["state"]), (&json!("沈阳示例"), &json!("access_cancelled")));

    filed.cancel(site).await;
    assert_eq!(filed.read(site).await["state"], "cancelled");
    filed.cancel(subject).await;
    assert_eq!(filed.read(subject).await["state"], "cancelled");
    let past = |times| [by_order.clone(), vec![("synchronised".to_owned(), false); times]].concat();
    assert_eq!((filed.history(subject).await, filed.history(site).await), (past(2), past(2)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_past_our_orders_reaches_the_ledger_in_one_process() {
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let world = World::open(endpoints).await.unwrap();
    happens_past_our_orders(&world).await;
    end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_past_our_orders_reaches_the_ledger_in_four_processes() {
    let dir = tempfile::tempdir().unwrap();
    let (all, world) = processes(dir.path()).await;
    happens_past_our_orders(&world).await;
    all.stop().await.unwrap();
}
