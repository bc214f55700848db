//! The stage with svc-notify on it, an order of a customer, and the contact of its principals.

use std::time::Duration;

use chrono::{DateTime, Utc};
use domain::{
    id::{AccountId, CurtainId, OrderId},
    message::{Message, OrderNews, PhotoNews, PhotoStep},
    order::{Event, Eyes, Plan, Reason, StateName, Way},
    region::Province,
};
use sandbox::kit::{Client, Outside, Stage};
use serde_json::{Value, json};
use svc_notify::Notify;

/// Fictional: numbers of this form are not given out, and the host is reserved.
pub(crate) const NAME: &str = "石测试";
pub(crate) const MOBILE: &str = "13900000001";
pub(crate) const MAIL: &str = "shi@example.com";

/// How long the sender may take to do what is due, in real time.
const SOON: Duration = Duration::from_secs(20);

pub(crate) struct World {
    pub(crate) stage: Stage<Notify>,
    pub(crate) order: OrderId,
    pub(crate) account: AccountId,
}

/// The arguments that this service needs beyond the common ones.
pub(crate) fn arguments(outside: &Outside) -> Vec<String> {
    let sms = outside.sandbox.sms.account();
    let mut all = outside.seal();
    let pairs = [
        ("--orders-url", outside.peers.url.to_string()),
        ("--console-url", "https://console.example.com/".to_owned()),
        ("--smtp-url", format!("smtp://{}", outside.sandbox.smtp)),
        ("--mail-from", "备案中心 <icp@example.cn>".to_owned()),
        ("--mail-timeout-ms", "2000".to_owned()),
        ("--sms-url", sms.url.to_string()),
        ("--sms-secret-id", sms.secret_id.to_owned()),
        ("--sms-secret-key", sms.secret_key.to_owned()),
        ("--sms-app-id", sms.app_id.to_owned()),
        ("--sms-sign-name", sms.sign.to_owned()),
        ("--sms-timeout-ms", "1000".to_owned()),
        ("--notify-retry-seconds", "60,300,1800".to_owned()),
        ("--notify-unknown-wait-seconds", "1200".to_owned()),
        ("--notify-senders", "2".to_owned()),
        ("--notify-poll-ms", "20".to_owned()),
    ];
    all.extend(pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
    all
}

impl World {
    pub(crate) async fn start() -> Self {
        let stage = Stage::<Notify>::start(arguments).await.unwrap();
        let people = stage.outside.sandbox.identity.people();
        let account =
            people.iter().find(|person| person.person == "customer-liaoning").and_then(|p| p.account).unwrap();
        let world = Self { order: stage.id(), account: AccountId::from(account), stage };
        world.contact(Some(MAIL), Some(MOBILE));
        world
    }

    /// What orders answers from now on when it is asked for the contact.
    pub(crate) fn contact(&self, email: Option<&str>, mobile: Option<&str>) {
        for principal in ["subject", "service"] {
            let path = format!("/v1/peer/orders/{}/contacts/{principal}", self.order);
            let body = json!({ "name": NAME, "mobile": mobile, "email": email });
            self.stage.outside.peers.answer(&path, 200, body);
        }
    }

    pub(crate) fn customer(&self) -> Client {
        self.stage.client("customer-liaoning").unwrap()
    }

    pub(crate) fn news(&self, version: i64, state: StateName, event: Event) -> Message {
        let plan = Plan::first(Province::Liaoning, Way::Electronic, Eyes::Two);
        Message::Order(OrderNews {
            order: self.order,
            account: self.account,
            plan,
            round: 1,
            state,
            version,
            at: self.now(),
            event,
        })
    }

    /// An event that is told by mail alone.
    pub(crate) fn withdrawn(&self) -> Message {
        self.news(3, StateName::Draft, Event::Withdrawn)
    }

    /// An event that is told by mail and SMS.
    pub(crate) fn returned(&self) -> Message {
        let reasons = vec![Reason {
            pointer: "/services/0/domains/0".into(),
            code: "domain_no_realname".into(),
            note: Some("请尽快处理".try_into().unwrap()),
        }];
        self.news(4, StateName::Returned, Event::Returned { reasons })
    }

    pub(crate) fn dispatched(&self) -> Message {
        let curtain: CurtainId = self.stage.id();
        Message::Photo(PhotoNews { order: self.order, step: PhotoStep::CurtainDispatched { curtain } })
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        use chassis::clock::Clock;
        self.stage.clock.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.stage.clock.advance(chrono::TimeDelta::seconds(seconds));
    }

    /// The notices of the order as operations see them, newest first.
    pub(crate) async fn notices(&self) -> Vec<Value> {
        let path = format!("/v1/notices?order={}&limit=100", self.order);
        let answer = self.stage.client("operations-wu").unwrap().get(&path).expect(200).await.unwrap();
        answer.list("/items").unwrap().clone()
    }

    /// The attempts of a notice.
    pub(crate) async fn tries(&self, notice: &Value) -> Vec<Value> {
        let path = format!("/v1/notices/{}", notice["id"].as_str().unwrap());
        let answer = self.stage.client("operations-wu").unwrap().get(&path).expect(200).await.unwrap();
        answer.list("/tries").unwrap().clone()
    }

    /// Waits until the notices are as wanted, and answers them.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let deadline = tokio::time::Instant::now() + SOON;
        loop {
            let notices = self.notices().await;
            if wanted(&notices) {
                return notices;
            }
            assert!(tokio::time::Instant::now() < deadline, "{what} did not come: {notices:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Waits until every notice is in this state.
    pub(crate) async fn all(&self, state: &str) -> Vec<Value> {
        self.until(state, |notices| !notices.is_empty() && notices.iter().all(|notice| notice["state"] == state)).await
    }

    /// Waits until the only notice was tried so often and waits for something else.
    pub(crate) async fn tried(&self, times: i64) -> Value {
        let done = |notices: &[Value]| {
            notices.iter().all(|notice| notice["attempts"] == times && notice["state"] != "sending")
        };
        self.until(&format!("try {times}"), done).await.first().cloned().unwrap()
    }

    pub(crate) fn letters(&self) -> Vec<sandbox::mail::Letter> {
        self.stage.outside.sandbox.mail.letters(Some(MAIL))
    }

    pub(crate) fn messages(&self) -> Vec<sandbox::sms::Sms> {
        self.stage.outside.sandbox.sms.messages(Some(MOBILE))
    }
}

/// The notices of one channel.
pub(crate) fn by<'a>(notices: &'a [Value], channel: &str) -> Vec<&'a Value> {
    notices.iter().filter(|notice| notice["channel"] == channel).collect()
}
