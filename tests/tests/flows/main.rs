//! Whole filings through the whole house, in one process and in four: the same stories as `make demo`, with what may go
//! wrong on the way. Every house here has servers of its own.

#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod house;
mod kinds;
mod ledger;
mod processes;
mod readme;
mod rules;

use std::{collections::BTreeMap, time::Duration};

use e2e::{
    story::{self, Filing},
    wait::eventually,
    world::World,
};
use serde_json::Value;

/// How long notices take once svc-notify is there.
const SOON: Duration = Duration::from_secs(60);

/// Every notice of the electronic story, with how often it is sent.
const ELECTRONIC: [(&str, usize); 7] = [
    ("submitted mail", 1),
    ("passed mail", 1),
    ("sms_awaited mail", 2),
    ("sms_awaited sms", 2),
    ("at_authority mail", 1),
    ("filed mail", 1),
    ("filed sms", 1),
];

/// Every notice of the curtain story.
const CURTAIN: [(&str, usize); 15] = [
    ("submitted mail", 2),
    ("returned mail", 1),
    ("returned sms", 1),
    ("photo_wanted mail", 1),
    ("photo_wanted sms", 1),
    ("curtain_dispatched mail", 1),
    ("curtain_dispatched sms", 1),
    ("photo_refused mail", 1),
    ("photo_refused sms", 1),
    ("passed mail", 1),
    ("sms_awaited mail", 1),
    ("sms_awaited sms", 1),
    ("at_authority mail", 1),
    ("filed mail", 1),
    ("filed sms", 1),
];

fn told_of(notices: &[(&str, usize)]) -> BTreeMap<String, usize> {
    notices.iter().map(|(kind, count)| ((*kind).to_owned(), *count)).collect()
}

/// Both stories, one after the other.
async fn both(world: &World) -> [Filing; 2] {
    [story::electronic(world).await.unwrap(), story::curtain(world).await.unwrap()]
}

/// The number of its only service.
async fn number(filing: &Filing) -> String {
    filing.read().await.unwrap().text("/numbers/services/0").unwrap().to_owned()
}

/// The kinds of the notices that a filing brings, with how often each is sent, by mail and by SMS together.
async fn notices(filing: &Filing) -> BTreeMap<String, usize> {
    let text = |notice: &Value, name: &str| notice[name].as_str().unwrap_or_default().to_owned();
    let all_sent = |all: &Vec<Value>| {
        all.iter().any(|notice| text(notice, "kind") == "filed") && all.iter().all(|n| text(n, "state") == "sent")
    };
    let all = eventually("every notice", SOON, || filing.notices(), all_sent).await.unwrap();
    let mut kinds = BTreeMap::new();
    for notice in all {
        *kinds.entry(format!("{} {}", text(&notice, "kind"), text(&notice, "channel"))).or_default() += 1;
    }
    kinds
}
