//! Every kind of order, one after the other: an enterprise files, adds, changes and cancels; others join with what they filed
//! elsewhere, take a site over, claim an old filing, and give everything to another account. It ends where all of it stands in
//! the ledger as it should.

#![expect(clippy::indexing_slicing, reason = "a story that cannot go on ends")]

use anyhow::{Context, ensure};
use reqwest::multipart::Form;
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use super::{Filing, SOON, customer::jpeg, electronic, principal, reviewer};
use crate::{
    example::Example,
    wait::eventually,
    world::{At, World},
};

/// What was done, in order: the kind of each order and the number that it was about.
pub type Done = Vec<(String, String)>;

/// The account of `customer-other`.
const OTHER: &str = "01990000-0000-7000-8000-000000000003";

/// What the sites are called.
const NAMES: [(&str, &str); 4] = [
    ("example-second.cn", "辽宁示例网络展示"),
    ("example-moving.cn", "辽宁示例网络产品"),
    ("example-joins.cn", "辽宁示例网络服务"),
    ("example-old.cn", "辽宁示例网络作品"),
];

/// Does all of it, and answers what was done.
pub async fn every_kind(world: &World) -> anyhow::Result<Done> {
    let first = electronic(world).await?;
    let order = first.read().await?;
    let (subject, site) = (order.text("/numbers/subject")?.to_owned(), order.text("/numbers/services/0")?.to_owned());
    let mut story = Story {
        world: world.clone(),
        customer: "customer-liaoning".to_owned(),
        example: Example::named("enterprise-liaoning"),
        done: Vec::new(),
    };
    story.done.push(("first".to_owned(), site.clone()));
    let second = story.adds("example-second.cn").await?;
    story.changes(&site, &subject).await?;
    story.cancels(&second).await?;
    story.joins_from_elsewhere().await?;
    story.migrates().await?;
    story.claims().await?;
    story.files_site_and_app().await?;
    story.gives_everything_away(&subject, &site).await?;
    Ok(story.done)
}

struct Story {
    world: World,
    customer: String,
    example: Example,
    done: Done,
}

impl Story {
    fn orders(&self) -> anyhow::Result<Client> {
        self.world.as_(&self.customer, At::Orders)
    }

    /// Orders something, and says which kind it became.
    async fn order(&self, body: &Value) -> anyhow::Result<(Filing, String)> {
        let opened = self.orders()?.post("/v1/orders").json(body).expect(201).await?;
        let filing = Filing::known(&self.world, &self.customer, opened.text("/id")?)?;
        Ok((filing, opened.text("/kind")?.to_owned()))
    }

    /// A site of the example under another domain.
    fn services(&self, domain: &str) -> anyhow::Result<Value> {
        let mut services = self.example.json("services")?;
        let site = services.get_mut(0).context("the example has no site")?;
        // No two sites of a subject have the same name.
        let name =
            NAMES.iter().find(|(known, _)| *known == domain).map_or("辽宁示例网络科技", |(_, name)| *name);
        site["name"] = json!(name);
        site["domains"] = json!([domain]);
        site["home_url"] = json!(format!("www.{domain}"));
        Ok(services)
    }

    fn asked(&self, domain: &str) -> anyhow::Result<Value> {
        let mut asked = self.example.json("order")?;
        asked["services"] = json!([{ "kind": "website", "domain": domain }]);
        Ok(asked)
    }

    async fn adds(&mut self, domain: &str) -> anyhow::Result<String> {
        let (mut filing, kind) = self.order(&self.asked(domain)?).await?;
        ensure!(kind == "add_here", "it became {kind}");
        filing.correct("services", &self.services(domain)?).await?;
        filing.correct("consent", &self.example.json("consent")?).await?;
        self.finish(&mut filing, &kind).await
    }

    /// The service's remark, where it runs, the subject's, and all of it.
    async fn changes(&mut self, site: &str, subject: &str) -> anyhow::Result<()> {
        for (kind, section) in [
            ("change_service", "services"),
            ("change_access", "services"),
            ("change_subject", "subject"),
            ("change_filing", "services"),
        ] {
            let about = if section == "services" && kind != "change_filing" { json!([site]) } else { json!([]) };
            let body = json!({ "kind": kind, "numbers": about, "subject": subject, "way": "electronic" });
            let (mut filing, _) = self.order(&body).await?;
            let draft = filing.draft().await?;
            let mut content = draft.body.get(section).cloned().unwrap_or_default();
            match kind {
                "change_access" => content[0]["access"] = json!({ "resource": "ins-second-ln" }),
                "change_subject" => content["principal"]["email"] = json!("lin.new@example.com"),
                _ => content[0]["remark"] = json!("本网站用于展示公司的产品、介绍公司并提供联系方式。"),
            }
            filing.correct(section, &content).await?;
            filing.correct("consent", &self.example.json("consent")?).await?;
            self.finish(&mut filing, kind).await?;
        }
        Ok(())
    }

    /// The access first, which comes back as an access filing; then the service.
    async fn cancels(&mut self, number: &str) -> anyhow::Result<()> {
        for kind in ["cancel_access", "cancel_service"] {
            let (mut filing, _) = self.order(&json!({ "kind": kind, "numbers": [number], "reason": 1 })).await?;
            self.finish(&mut filing, kind).await?;
            if kind == "cancel_access" {
                self.on_file(number, "access_cancelled").await?;
                let (mut back, became) = self.order(&self.asked("example-second.cn")?).await?;
                ensure!(became == "access", "it became {became}");
                back.correct("services", &self.services("example-second.cn")?).await?;
                back.correct("consent", &self.example.json("consent")?).await?;
                self.finish(&mut back, &became).await?;
            }
        }
        self.on_file(number, "cancelled").await
    }

    /// Somebody with a filing at another provider adds a service here.
    async fn joins_from_elsewhere(&mut self) -> anyhow::Result<()> {
        let joining = self.somebody_else("joins", 101).await?;
        joining.filed_elsewhere("example-elsewhere.cn", None).await?;
        let (mut filing, kind) = joining.order(&joining.asked("example-joins.cn")?).await?;
        ensure!(kind == "add_elsewhere", "it became {kind}");
        filing.correct("subject", &joining.example.json("subject")?).await?;
        filing.correct("services", &joining.services("example-joins.cn")?).await?;
        filing.correct("consent", &joining.example.json("consent")?).await?;
        let mut joining = joining;
        joining.finish(&mut filing, &kind).await?;
        self.done.append(&mut joining.done);
        Ok(())
    }

    /// A site goes to another subject: its holder consents, and a lead hands it in.
    async fn migrates(&mut self) -> anyhow::Result<()> {
        let moving = self.adds("example-moving.cn").await?;
        let mut taking = self.somebody_else("takes", 102).await?;
        let mut body = taking.asked("example-moving.cn")?;
        body["kind"] = json!("migrate");
        body["numbers"] = json!([moving]);
        body["services"] = json!([]);
        let (mut filing, kind) = taking.order(&body).await?;
        filing.correct("subject", &taking.example.json("subject")?).await?;
        filing.correct("services", &taking.services("example-moving.cn")?).await?;
        filing.correct("consent", &taking.example.json("consent")?).await?;
        let numbers = json!({ "subject": "辽ICP备2026900001号", "services": ["辽ICP备2026900001号-1"] });
        taking.finish_by_hand(&mut filing, &kind, Some(numbers)).await?;
        self.done.append(&mut taking.done);
        taking.on_file("辽ICP备2026900001号-1", "filed").await?;
        self.on_file(&moving, "migrated").await
    }

    /// A website and an APP in one order: the file has no place for an APP, so that a lead hands it in.
    async fn files_site_and_app(&mut self) -> anyhow::Result<()> {
        let mut both = self.somebody_else("both", 104).await?;
        let domain = "example-both.cn";
        let mut asked = both.asked(domain)?;
        asked["services"] = json!([{ "kind": "website", "domain": domain }, { "kind": "app" }]);
        let (mut filing, kind) = both.order(&asked).await?;
        ensure!(kind == "first", "it became {kind}");
        filing.correct("subject", &both.example.json("subject")?).await?;
        filing.correct("services", &with_app(both.services(domain)?)?).await?;
        filing.correct("consent", &both.example.json("consent")?).await?;
        let subject = "辽ICP备2026700001号";
        let (site, app) = (format!("{subject}-1"), format!("{subject}-2A"));
        let numbers = json!({ "subject": subject, "services": [site, app] });
        both.finish_by_hand(&mut filing, &kind, Some(numbers)).await?;
        both.on_file(&site, "filed").await?;
        both.on_file(&app, "filed").await?;
        self.done.append(&mut both.done);
        Ok(())
    }

    async fn claims(&mut self) -> anyhow::Result<()> {
        let mut claiming = self.somebody_else("claims", 103).await?;
        let number = "辽ICP备2026800001号";
        claiming.filed_elsewhere("example-old.cn", Some(number)).await?;
        let mut body = claiming.asked("example-old.cn")?;
        body["kind"] = json!("claim");
        body["subject"] = json!(number);
        body["numbers"] = json!([format!("{number}-1")]);
        let (mut filing, kind) = claiming.order(&body).await?;
        filing.correct("subject", &claiming.example.json("subject")?).await?;
        filing.correct("services", &claiming.services("example-old.cn")?).await?;
        filing.correct("consent", &claiming.example.json("consent")?).await?;
        claiming.finish(&mut filing, &kind).await?;
        self.done.append(&mut claiming.done);
        Ok(())
    }

    /// To another account, which consents and then cancels all of it.
    async fn gives_everything_away(&mut self, subject: &str, site: &str) -> anyhow::Result<()> {
        let (mut filing, kind) = self.order(&json!({ "kind": "transfer_account", "to": OTHER })).await?;
        self.finish(&mut filing, &kind).await?;
        self.customer = "customer-other".to_owned();
        self.on_file(site, "filed").await?;
        let (mut filing, kind) =
            self.order(&json!({ "kind": "cancel_subject", "subject": subject, "reason": 1 })).await?;
        self.finish(&mut filing, &kind).await?;
        self.on_file(subject, "cancelled").await?;
        self.customer = "customer-liaoning".to_owned();
        Ok(())
    }

    /// Somebody else with the same example about other people.
    async fn somebody_else(&self, name: &str, edition: u32) -> anyhow::Result<Self> {
        let customer = format!("customer-{name}");
        let world = self.world.signed_up(&customer).await?;
        Ok(Self { world, customer, example: self.example.edition(edition), done: Vec::new() })
    }

    /// Puts the example's subject on file at the authority with a site, as another provider would have.
    async fn filed_elsewhere(&self, domain: &str, number: Option<&str>) -> anyhow::Result<()> {
        let subject = self.example.json("subject")?;
        let principal = &subject["principal"];
        let filed = json!({
            "subject": {
                "name": subject["name"], "nature": 4, "province": "210000", "number": number,
                "certificate": { "kind": 1, "number": subject["certificate"]["number"] },
                "principal": {
                    "name": principal["name"], "mobile": principal["mobile"], "number": principal["certificate"]["number"],
                },
            },
            "sites": [{ "name": "辽宁示例旧站", "domains": [domain] }],
        });
        self.world.outside.post("authority/filed").json(&filed).expect(201).await?;
        Ok(())
    }

    async fn on_file(&self, number: &str, state: &str) -> anyhow::Result<()> {
        let filed = self.orders()?.get(&format!("/v1/filings/{number}")).expect(200).await?;
        ensure!(filed.text("/state")? == state, "{number} is {} and not {state}", filed.text("/state")?);
        Ok(())
    }

    /// Hands an order in and takes it through every step of its kind; answers the number that it ended with.
    async fn finish(&mut self, filing: &mut Filing, kind: &str) -> anyhow::Result<String> {
        self.finish_by_hand(filing, kind, None).await
    }

    /// The same, with the numbers that a lead records where no file goes to the authority.
    async fn finish_by_hand(
        &mut self,
        filing: &mut Filing,
        kind: &str,
        numbers: Option<Value>,
    ) -> anyhow::Result<String> {
        let order = filing.read().await?;
        hand_in_materials(&self.world, &self.customer, filing, &self.example).await?;
        if order.body["can"].as_array().is_some_and(|can| can.contains(&json!("verify"))) {
            filing.check_face(&self.example).await?;
        }
        let version = filing.read().await?.version()?;
        let submitted = self.orders()?.post(&filing.path("/submit")).version(version).expect(200).await?;
        let mut state = submitted.text("/state")?.to_owned();
        if state == "awaiting_consent" {
            let holder = if kind == "migrate" { "customer-liaoning" } else { "customer-other" };
            state = consent(&self.world, holder, filing).await?;
        }
        if state == "reviewing" {
            let task = reviewer::claim(&self.world, "reviewer-chen", filing.order()).await?;
            for role in task.to_call().await? {
                task.reach(&role).await?;
            }
            task.pass().await?;
        }
        if let Some(numbers) = numbers {
            by_hand(&self.world, filing, &numbers).await?;
        }
        let on_its_way = |order: &Answer| {
            order.text("/state").is_ok_and(|state| ["awaiting_sms", "filed", "returned"].contains(&state))
        };
        let order = eventually("the authority's answer", SOON, || filing.read(), on_its_way).await?;
        if order.text("/state")? == "awaiting_sms" {
            principal::verify_pending(&self.world, filing, &order).await?;
        }
        let order = eventually(
            "the end of the order",
            SOON,
            || filing.read(),
            |order: &Answer| order.text("/state").is_ok_and(|state| ["filed", "returned"].contains(&state)),
        )
        .await?;
        ensure!(order.text("/state")? == "filed", "{kind} came back: {}", order.body);
        let number = order.text("/numbers/services/0").or_else(|_| order.text("/numbers/subject"))?.to_owned();
        self.done.push((kind.to_owned(), number.clone()));
        Ok(number)
    }
}

/// The site, and an APP for it.
fn with_app(mut services: Value) -> anyhow::Result<Value> {
    let mut app = services.get(0).cloned().context("the example has no site")?;
    app["kind"] = json!("app");
    app["name"] = json!("辽宁示例网络助手");
    app["domains"] = json!([]);
    app["platforms"] = json!([{ "platform": "android", "package": "cn.example.liaoning",
        "public_key": "c3".repeat(256), "fingerprint": "5f".repeat(16) }]);
    if let Some(app) = app.as_object_mut() {
        app.remove("home_url");
        app.remove("registrations");
    }
    services.as_array_mut().context("no list of services")?.push(app);
    Ok(services)
}

/// The other account says yes.
async fn consent(world: &World, holder: &str, filing: &Filing) -> anyhow::Result<String> {
    let theirs = world.as_(holder, At::Orders)?;
    let asked = theirs.get("/v1/consents").expect(200).await?;
    ensure!(asked.text("/items/0/id")? == filing.order(), "{holder} is asked about {}", asked.body);
    let version = filing.read().await?.version()?;
    let path = format!("/v1/consents/{}/accept", filing.order());
    Ok(theirs.post(&path).version(version).expect(200).await?.text("/state")?.to_owned())
}

/// What the enterprise interface has no form for: a lead hands it in, and records what the authority said.
async fn by_hand(world: &World, filing: &Filing, numbers: &Value) -> anyhow::Result<()> {
    let lead = world.as_("lead-zhao", At::Review)?;
    let path = format!("/v1/review/exchanges?by_hand=true&order={}", filing.order());
    let begun = |page: &Answer| page.text("/items/0/state").is_ok_and(|state| state == "begun");
    let found = eventually("the exchange", SOON, || async { lead.get(&path).expect(200).await }, begun).await?;
    let exchange = format!("/v1/review/exchanges/{}", found.text("/items/0/id")?);
    let received = json!({ "sms": [], "until": "2027-01-01T00:00:00Z" });
    lead.post(&format!("{exchange}/received")).json(&received).expect(200).await?;
    lead.post(&format!("{exchange}/granted")).json(&json!({ "numbers": numbers })).expect(200).await?;
    Ok(())
}

/// Uploads every material that the checklist asks for; a letter that the example has no picture of is played by another paper.
async fn hand_in_materials(world: &World, customer: &str, filing: &Filing, example: &Example) -> anyhow::Result<()> {
    let (orders, photo) = (world.as_(customer, At::Orders)?, world.as_(customer, At::Photo)?);
    let list = || async { orders.get(&filing.path("/checklist")).expect(200).await };
    for need in list().await?.list("/materials")? {
        let kind = need["kind"].as_str().context("a material without a kind")?.to_owned();
        let whose = if need["service"].is_u64() { "service-" } else { "" };
        let picture = example.picture(&format!("{whose}{}", kind.replace('_', "-")));
        let picture = picture.or_else(|_| example.picture("subject-certificate"))?;
        let mut form = Form::new().text("order", filing.order().to_owned()).text("kind", kind);
        if let Some(service) = need["service"].as_u64() {
            form = form.text("service", service.to_string());
        }
        photo.post("/v1/materials").form(form.part("file", jpeg(picture)?)).expect(201).await?;
    }
    eventually("the materials", SOON, list, |list: &Answer| {
        list.list("/materials").is_ok_and(|all| all.iter().all(|need| need["attached"] == json!(true)))
    })
    .await?;
    Ok(())
}
