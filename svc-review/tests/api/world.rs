//! The stage of these tests: the service, the authority, orders played by the test, and one filing at a time.

use std::{path::Path, sync::Arc, time::Duration};

use chassis::{
    auth::TokenSource,
    clock::{Clock, FixedClock},
    launch,
    peer::Peer,
};
use chrono::TimeDelta;
use domain::{
    id::{AccountId, OrderId},
    message::{AuthorityNews, AuthorityStep, Message, OrderNews, ReviewNews},
    order::{Event, Eyes, Plan, PrincipalRole, Principals, StateName, Target, Way},
    region::Province,
    rules::kinds::OrderKind,
};
use sandbox::kit::{Answer, Client, Stage};
use serde_json::{Value, json};
use svc_review::{Office, Review, authority::V3};

/// Where orders takes what the authority has on file.
pub(crate) const FILINGS: &str = "/v1/peer/filings";

/// The stage.
pub(crate) struct World {
    pub(crate) stage: Stage<Review>,
    pub(crate) office: Office,
    pub(crate) authority: Client,
    heard: usize,
}

/// An order, as the test plays it.
pub(crate) struct Filing {
    pub(crate) order: OrderId,
    account: AccountId,
    pub(crate) plan: Plan,
    pub(crate) principals: Principals,
    pub(crate) round: u32,
    version: i64,
}

pub(crate) fn both() -> Principals {
    [PrincipalRole::Subject, PrincipalRole::Service].into()
}

/// A part of the example that the demo files too.
fn example(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../examples/enterprise-liaoning/{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// The draft of the example.
pub(crate) fn draft() -> Value {
    json!({
        "province": "210000", "nature": 4,
        "subject": example("subject"), "services": example("services"), "consent": example("consent"),
    })
}

impl World {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let mut arguments = Vec::new();
        let stage = Stage::<Review>::start(|outside| {
            let own = [("ORDERS_URL", outside.peers.url.to_string())];
            for (name, value) in outside.sandbox.authority.settings().into_iter().chain(own) {
                arguments.push(format!("--{}={value}", name.to_ascii_lowercase().replace('_', "-")));
            }
            // The desk works when the test says so.
            arguments.retain(|argument| !argument.starts_with("--authority-poll-ms"));
            arguments.push("--authority-poll-ms=0".to_owned());
            arguments.clone()
        })
        .await?;
        let config = launch::configure::<Review>(&arguments)?;
        let clock: Arc<dyn Clock> = Arc::<FixedClock>::clone(&stage.clock);
        let tokens = TokenSource::new(&stage.outside.sandbox.identity.auth_args("svc-review")?, Arc::clone(&clock))?;
        let orders = Peer::new(stage.outside.peers.url.clone(), tokens)?;
        let adapter = Arc::new(V3::new(&config.authority)?);
        let office = Office::new(stage.db.clone(), adapter, orders, clock, Duration::from_secs(20));
        let authority = Client::new(stage.outside.sandbox.http.clone(), None);
        stage.outside.peers.answer(FILINGS, 200, json!({ "written": 0, "unchanged": 0, "left_out": 0 }));
        Ok(Self { stage, office, authority, heard: 0 })
    }

    pub(crate) fn reviewer(&self, person: &str) -> Client {
        self.stage.client(person).unwrap()
    }

    pub(crate) fn later(&self, by: TimeDelta) {
        self.stage.clock.advance(by);
    }

    /// A filing whose dossier orders gives out.
    pub(crate) fn filing(&self) -> Filing {
        let plan = Plan::first(Province::Liaoning, Way::Electronic, Eyes::Two);
        Filing { order: self.stage.id(), account: self.stage.id(), plan, principals: both(), round: 0, version: 1 }
    }

    /// A filing of another kind, about what is filed already.
    pub(crate) fn filing_of(&self, kind: OrderKind, target: Target) -> Filing {
        let mut filing = self.filing();
        filing.plan.kind = kind;
        filing.plan.target = target;
        filing
    }

    /// Orders gives out this filing's dossier from now on.
    pub(crate) fn show(&self, filing: &Filing) {
        self.show_draft(filing, &draft());
    }

    /// The same, with another draft.
    pub(crate) fn show_draft(&self, filing: &Filing, draft: &Value) {
        let body = json!({ "draft": draft, "plan": filing.plan, "round": filing.round, "version": filing.version });
        self.stage.outside.peers.answer(&format!("/v1/peer/orders/{}/dossier", filing.order), 200, body);
    }

    /// Something happens to the order, and the service hears of it.
    pub(crate) async fn tell(&self, filing: &mut Filing, state: StateName, event: Event) -> anyhow::Result<()> {
        let news = filing.news(self, state, event);
        self.stage.deliver(&news).await?;
        Ok(())
    }

    pub(crate) async fn submit(&self, filing: &mut Filing) -> anyhow::Result<()> {
        filing.round += 1;
        let event = filing.submitted();
        self.tell(filing, StateName::Reviewing, event).await
    }

    /// The filing's review, as the list shows it.
    pub(crate) async fn task(&self, filing: &Filing) -> anyhow::Result<Value> {
        let path = format!("/v1/review/tasks?order={}", filing.order);
        let list = self.reviewer("reviewer-chen").get(&path).expect(200).await?;
        Ok(list.list("/items")?.last().cloned().unwrap_or(Value::Null))
    }

    /// The id of the filing's review.
    pub(crate) async fn task_id(&self, filing: &Filing) -> anyhow::Result<String> {
        Ok(self.task(filing).await?["id"].as_str().unwrap().to_owned())
    }

    pub(crate) async fn act(&self, who: &str, task: &str, what: &str, body: Value) -> anyhow::Result<Answer> {
        let ask = self.reviewer(who).post(&format!("/v1/review/tasks/{task}/{what}"));
        if body.is_null() { ask.send().await } else { ask.json(&body).send().await }
    }

    /// Reviewed and passed: the filing waits for its turn at the authority.
    pub(crate) async fn passed(&self) -> anyhow::Result<Filing> {
        let filing = self.filing();
        self.pass(filing, &draft()).await
    }

    /// The same, with a filing and a draft of the test's.
    pub(crate) async fn pass(&self, mut filing: Filing, draft: &Value) -> anyhow::Result<Filing> {
        self.submit(&mut filing).await?;
        self.tell(&mut filing, StateName::ToAuthority, Event::Passed { by: Vec::new() }).await?;
        self.show_draft(&filing, draft);
        Ok(filing)
    }

    pub(crate) async fn reviews(&self) -> anyhow::Result<Vec<ReviewNews>> {
        let all = self.stage.outbox().await?.into_iter();
        Ok(all.filter_map(|message| if let Message::Review(news) = message { Some(news) } else { None }).collect())
    }

    pub(crate) async fn steps(&self) -> anyhow::Result<Vec<AuthorityNews>> {
        let all = self.stage.outbox().await?.into_iter();
        Ok(all.filter_map(|message| if let Message::Authority(news) = message { Some(news) } else { None }).collect())
    }

    /// Orders takes the steps that it has not heard yet, one after the other; their names.
    pub(crate) async fn orders_takes(&mut self, filing: &mut Filing) -> anyhow::Result<Vec<&'static str>> {
        let mut names = Vec::new();
        loop {
            let steps = self.steps().await?;
            let Some(news) = steps.get(self.heard) else { return Ok(names) };
            self.heard += 1;
            assert_eq!((news.order, news.round), (filing.order, filing.round));
            names.push(news.step.name());
            let (state, event) = taken(&news.step);
            self.tell(filing, state, event).await?;
        }
    }

    /// Sends what is due, fetches what is there, and lets orders take it.
    pub(crate) async fn round(&mut self, filing: &mut Filing) -> anyhow::Result<Vec<&'static str>> {
        let mut names = self.orders_takes(filing).await?;
        while self.office.send_next().await? {}
        self.office.collect().await?;
        names.extend(self.orders_takes(filing).await?);
        // What orders tells wakes the desk.
        self.office.collect().await?;
        names.extend(self.orders_takes(filing).await?);
        Ok(names)
    }

    /// The exchange as staff sees it.
    pub(crate) async fn exchange(&self, filing: &Filing) -> anyhow::Result<Value> {
        let path = format!("/v1/review/exchanges?order={}", filing.order);
        let list = self.reviewer("operations-wu").get(&path).expect(200).await?;
        Ok(list.list("/items")?[0].clone())
    }

    pub(crate) async fn behave(&self, behaviour: Value) -> anyhow::Result<()> {
        self.authority.put("authority/behaviour").json(&behaviour).expect(200).await?;
        Ok(())
    }

    /// The authority's cases.
    pub(crate) async fn cases(&self) -> anyhow::Result<Vec<Value>> {
        Ok(self.authority.get("authority/orders").expect(200).await?.list("/items")?.clone())
    }

    /// A principal types the newest code into the authority's page.
    pub(crate) async fn verify(&self, mobile: &str, last6: &str) -> anyhow::Result<String> {
        let inbox = self.authority.get(&format!("authority/sms?mobile={mobile}")).expect(200).await?;
        let code = inbox.list("/items")?.last().unwrap()["code"].clone();
        let typed = json!({ "mobile": mobile, "code": code, "last6": last6 });
        let answer = self.authority.post("authority/verify").json(&typed).expect(200).await?;
        Ok(answer.text("/outcome")?.to_owned())
    }

    pub(crate) async fn verify_both(&self) -> anyhow::Result<()> {
        assert_eq!(self.verify("13800001001", "010016").await?, "verified");
        assert_eq!(self.verify("13800001002", "020025").await?, "verified");
        Ok(())
    }
}

impl Filing {
    pub(crate) fn submitted(&self) -> Event {
        Event::Submitted {
            round: self.round,
            revision: "test".to_owned(),
            services: 1,
            principals: self.principals.clone(),
            assist: true,
        }
    }

    pub(crate) fn news(&mut self, world: &World, state: StateName, event: Event) -> Message {
        self.version += 1;
        Message::Order(OrderNews {
            order: self.order,
            account: self.account,
            plan: self.plan.clone(),
            round: self.round,
            state,
            version: self.version,
            at: world.stage.clock.now(),
            event,
        })
    }
}

/// What orders answers to a step.
fn taken(step: &AuthorityStep) -> (StateName, Event) {
    match step.clone() {
        AuthorityStep::Ready => (StateName::ToAuthority, Event::HandoverBegun),
        AuthorityStep::Received { sms, until } => (StateName::AwaitingSms, Event::Received { sms, until }),
        AuthorityStep::SmsVerified { principal } => (StateName::AwaitingSms, Event::SmsVerified { principal }),
        AuthorityStep::SmsResent { until } => (StateName::AwaitingSms, Event::SmsResent { until }),
        AuthorityStep::SmsLapsed { why } => (StateName::Returned, Event::SmsLapsed { why }),
        AuthorityStep::Granted { numbers } => (StateName::Filed, Event::Granted { numbers }),
        AuthorityStep::Refused { reasons } => (StateName::Returned, Event::Refused { reasons }),
    }
}
