//! A running svc-orders, and a filing in its customer's hands. The tests say what they expect; this says how it is asked.

use anyhow::Context;
use chassis::bus::Envelope;
use domain::{
    dossier::Draft,
    example,
    id::{OrderId, VerificationId},
    message::{
        AuthorityNews, AuthorityStep, MaterialNews, MaterialState, Message, PhotoNews, PhotoStep, ReviewNews,
        ReviewStep, VerificationNews, VerificationOutcome,
    },
    order::Reason,
};
use sandbox::kit::{Answer, Client, Outside};
use serde_json::{Value, json};
use svc_orders::Orders;

pub(crate) type Stage = sandbox::kit::Stage<Orders>;

/// The customer of most tests, and somebody who has nothing to do with the orders.
pub(crate) const CUSTOMER: &str = "customer-liaoning";
pub(crate) const OTHER: &str = "customer-other";

/// The service on a stage of its own.
pub(crate) async fn stage() -> anyhow::Result<Stage> {
    stage_with(&["--resource-cache-seconds", "0"]).await
}

/// The same with settings of its own.
pub(crate) async fn stage_with(more: &[&str]) -> anyhow::Result<Stage> {
    Stage::start(|outside| {
        [outside.seal(), resources(outside), more.iter().map(ToString::to_string).collect()].concat()
    })
    .await
}

/// Arguments that name the inventory of the sandbox, and svc-notify among the peers.
fn resources(outside: &Outside) -> Vec<String> {
    let (inventory, notify) = (outside.sandbox.inventory.url().to_string(), outside.peers.url.to_string());
    vec!["--resource-url".to_owned(), inventory, "--notify-url".to_owned(), notify]
}

/// The draft on a server of the person's own, where the examples run on somebody else's.
pub(crate) fn at_home(draft: &Draft, person: &str) -> Draft {
    let mut draft = draft.clone();
    if person == OTHER {
        for service in &mut draft.services {
            service.access.resource = Some("ins-example-zhou".to_owned());
            service.access.addresses = vec!["203.0.113.30".to_owned()];
        }
    }
    draft
}

/// A client of another of our services.
pub(crate) fn peer(stage: &Stage) -> anyhow::Result<Client> {
    with_role(stage, "service", &[])
}

/// A client of somebody with a role and without an account.
pub(crate) fn with_role(stage: &Stage, role: &str, provinces: &[&str]) -> anyhow::Result<Client> {
    let token = stage.outside.sandbox.identity.token_with(role, None, provinces)?;
    Ok(Client::new(stage.base.clone(), Some(token)))
}

/// A connection to the service's database past the service.
pub(crate) async fn database(stage: &Stage) -> anyhow::Result<tokio_postgres::Client> {
    let (client, connection) = tokio_postgres::connect(stage.database.url().as_str(), tokio_postgres::NoTls).await?;
    #[expect(clippy::disallowed_methods, reason = "it ends with the client")]
    drop(tokio::spawn(connection));
    Ok(client)
}

/// A section of a draft as clients send it.
pub(crate) fn section(draft: &Draft, name: &str) -> anyhow::Result<Value> {
    Ok(match name {
        "subject" => serde_json::to_value(&draft.subject)?,
        "services" => serde_json::to_value(&draft.services)?,
        _ => serde_json::to_value(&draft.consent)?,
    })
}

/// What opens an order for the enterprise of the examples, verified one way or the other.
pub(crate) fn liaoning(way: &str) -> Value {
    asked(&example::enterprise_in_liaoning(), way)
}

/// What opens an order for a draft: what the type check is asked about it.
pub(crate) fn asked(draft: &Draft, way: &str) -> Value {
    let services =
        draft.services.iter().map(|service| json!({ "kind": service.kind, "domain": service.domains.first() }));
    json!({
        "province": draft.province, "nature": draft.nature, "certificate": draft.subject.certificate.number,
        "services": services.collect::<Vec<_>>(), "way": way,
    })
}

/// A reason that is in the catalogue.
pub(crate) fn reason(pointer: &str) -> Reason {
    Reason { pointer: pointer.to_owned(), code: "domain_no_realname".to_owned(), note: None }
}

/// The order of a customer, with the version that its customer knows.
pub(crate) struct Filing<'a> {
    stage: &'a Stage,
    pub(crate) client: Client,
    pub(crate) id: OrderId,
    pub(crate) version: i64,
}

impl<'a> Filing<'a> {
    /// Opens an empty one.
    pub(crate) async fn open(stage: &'a Stage, person: &str, asked: &Value) -> anyhow::Result<Self> {
        let client = stage.client(person)?;
        let answer = client.post("/v1/orders").json(asked).expect(201).await?;
        let id = answer.text("/id")?.parse()?;
        Ok(Self { stage, client, id, version: answer.version()? })
    }

    /// Opens one for the enterprise of the examples, and makes it ready to be submitted.
    pub(crate) async fn ready(stage: &'a Stage, way: &str) -> anyhow::Result<Self> {
        Self::ready_of(stage, CUSTOMER, way, &example::enterprise_in_liaoning()).await
    }

    /// The same for another customer and another draft of an enterprise.
    pub(crate) async fn ready_of(stage: &'a Stage, person: &str, way: &str, draft: &Draft) -> anyhow::Result<Self> {
        let mut filing = Self::open(stage, person, &asked(draft, way)).await?;
        filing.write(&at_home(draft, person)).await?;
        filing.attach().await?;
        if way == "electronic" {
            filing.verify().await?;
        }
        filing.read().await?;
        Ok(filing)
    }

    /// One that our reviewers have.
    pub(crate) async fn reviewing(stage: &'a Stage, way: &str) -> anyhow::Result<Self> {
        let mut filing = Self::ready(stage, way).await?;
        filing.act("submit").await?;
        Ok(filing)
    }

    pub(crate) fn path(&self, rest: &str) -> String {
        format!("/v1/orders/{}{rest}", self.id)
    }

    /// The order as its owner sees it; its version is the one that the next change is meant for.
    pub(crate) async fn read(&mut self) -> anyhow::Result<Answer> {
        let answer = self.client.get(&self.path("")).expect(200).await?;
        self.version = answer.version()?;
        Ok(answer)
    }

    /// The name of its state.
    pub(crate) async fn state(&mut self) -> anyhow::Result<String> {
        Ok(self.read().await?.text("/state")?.to_owned())
    }

    /// Saves one section.
    pub(crate) async fn save(&mut self, name: &str, value: &Value) -> anyhow::Result<Answer> {
        let path = self.path(&format!("/draft/{name}"));
        let answer = self.client.put(&path).version(self.version).json(value).expect(200).await?;
        self.version = answer.version()?;
        Ok(answer)
    }

    /// Saves all sections.
    pub(crate) async fn write(&mut self, draft: &Draft) -> anyhow::Result<()> {
        for name in ["subject", "services", "consent"] {
            self.save(name, &section(draft, name)?).await?;
        }
        Ok(())
    }

    /// Tells that every material of the checklist was uploaded.
    pub(crate) async fn attach(&self) -> anyhow::Result<()> {
        let checklist = self.client.get(&self.path("/checklist")).expect(200).await?;
        for need in checklist.list("/materials")? {
            let kind = need["kind"].as_str().context("a material without a kind")?.to_owned();
            let service = need["service"].as_u64().map(u16::try_from).transpose()?;
            let (material, state) = (self.stage.id(), MaterialState::Accepted);
            let news = MaterialNews { order: self.id, material, kind, service, state };
            self.stage.deliver(&Message::Material(news)).await?;
        }
        Ok(())
    }

    /// The fingerprint of the person who must be recognised, as svc-photo gets it.
    pub(crate) async fn person(&self) -> anyhow::Result<String> {
        let path = format!("/v1/peer/orders/{}/person", self.id);
        Ok(peer(self.stage)?.get(&path).expect(200).await?.text("/person")?.to_owned())
    }

    /// Tells that the vendor recognised the person of the draft.
    pub(crate) async fn verify(&self) -> anyhow::Result<VerificationId> {
        let person = self.person().await?;
        self.verification(&person, VerificationOutcome::Passed).await
    }

    /// Tells how a verification ended.
    pub(crate) async fn verification(
        &self,
        person: &str,
        outcome: VerificationOutcome,
    ) -> anyhow::Result<VerificationId> {
        let verification = self.stage.id();
        let news = VerificationNews { order: self.id, verification, person: person.to_owned(), outcome };
        self.stage.deliver(&Message::Verification(news)).await?;
        Ok(verification)
    }

    /// Submits, withdraws or abandons.
    pub(crate) async fn act(&mut self, what: &str) -> anyhow::Result<Answer> {
        let answer = self.client.post(&self.path(&format!("/{what}"))).version(self.version).expect(200).await?;
        self.version = answer.version()?;
        Ok(answer)
    }

    /// The same, refused with this status.
    pub(crate) async fn refused(&self, what: &str, status: u16) -> anyhow::Result<Answer> {
        self.client.post(&self.path(&format!("/{what}"))).version(self.version).expect(status).await
    }

    /// What the reviewers tell of a round.
    pub(crate) async fn review(&self, round: u32, step: ReviewStep) -> anyhow::Result<Envelope> {
        self.stage.deliver(&Message::Review(ReviewNews { order: self.id, round, step })).await
    }

    /// What the exchange with the authority tells of a round.
    pub(crate) async fn authority(&self, round: u32, step: AuthorityStep) -> anyhow::Result<Envelope> {
        self.stage.deliver(&Message::Authority(AuthorityNews { order: self.id, round, step })).await
    }

    /// What svc-photo tells.
    pub(crate) async fn photo(&self, step: PhotoStep) -> anyhow::Result<Envelope> {
        self.stage.deliver(&Message::Photo(PhotoNews { order: self.id, step })).await
    }

    /// The names of all events, oldest first.
    pub(crate) async fn story(&self) -> anyhow::Result<Vec<String>> {
        let answer = self.client.get(&self.path("/history")).expect(200).await?;
        let names = answer.list("/items")?.iter().map(|step| step["event"].as_str().unwrap_or_default().to_owned());
        Ok(names.collect())
    }
}

/// Pointer and rule of each violation in an answer.
pub(crate) fn violations(answer: &Answer) -> Vec<(String, String)> {
    let all = answer.body["violations"].as_array().cloned().unwrap_or_default();
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    all.iter().map(|one| (text(one, "pointer"), text(one, "rule"))).collect()
}

/// Whether one of these points there.
pub(crate) fn points_to(errors: &[(String, String)], pointer: &str) -> bool {
    errors.iter().any(|(known, _)| known == pointer)
}
