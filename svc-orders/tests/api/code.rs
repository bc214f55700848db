//! Authorization codes: made, granted, used by an order, used up, taken back and ended, with the sandbox's inventory and many
//! clients at once.

use std::sync::Arc;

use chassis::{auth::TokenSource, clock::Clock, config::SealArgs, seal::Keyring};
use chrono::TimeDelta;
use clap::Parser;
use domain::{id::AccountId, message::Message};
use futures::future::join_all;
use sandbox::{
    behaviour::Behaviour,
    inventory::Mode,
    kit::{Answer, Client, noon},
};
use serde_json::{Value, json};
use svc_orders::{App, ResourceArgs, Resources, end_codes};
use uuid::Uuid;

use crate::{
    resource::{account, file, numbers, services},
    world::{CUSTOMER, Filing, OTHER, Stage, database, stage, stage_with, violations},
};

const SERVER: &str = "ins-example-ln";
const OWNER: &str = CUSTOMER;
const THIRD: &str = "customer-guangdong";

#[derive(Parser)]
struct Given {
    #[command(flatten)]
    seal: SealArgs,
    #[command(flatten)]
    resources: ResourceArgs,
}

/// The settings of another replica of the service.
fn given(stage: &Stage) -> anyhow::Result<Given> {
    let (inventory, notify) = (stage.outside.sandbox.inventory.url().to_string(), stage.outside.peers.url.to_string());
    let own = ["--resource-url", &inventory, "--notify-url", &notify].map(str::to_owned).to_vec();
    Ok(Given::try_parse_from([vec!["replica".to_owned()], stage.outside.seal(), own].concat())?)
}

/// Its commands.
pub(crate) fn replica(stage: &Stage) -> anyhow::Result<App> {
    let (given, clock) = (given(stage)?, Arc::<chassis::clock::FixedClock>::clone(&stage.clock));
    let clock: Arc<dyn Clock> = clock;
    let tokens = TokenSource::new(&stage.outside.sandbox.identity.auth_args("svc-orders")?, Arc::clone(&clock))?;
    Ok(App {
        resources: Some(Resources::open(&given.resources, tokens, Arc::clone(&clock))?),
        keyring: Arc::new(Keyring::open(&given.seal)?),
        ..crate::time::replica(stage)?
    })
}

/// What svc-notify would say of a proof of this person, purpose and phone; answers the proof.
fn prove(stage: &Stage, person: &str, purpose: &str, mobile: &str) -> anyhow::Result<String> {
    let phone = hex::encode(Keyring::open(&given(stage)?.seal)?.blind_index("phone", mobile));
    let proof = format!("proof-{person}-{purpose}-{mobile}");
    let body = json!({ "principal": person, "purpose": purpose, "phone": phone });
    stage.outside.peers.answer(&format!("/v1/peer/phone-proofs/{proof}"), 200, body);
    Ok(proof)
}

fn path(code: &Value, rest: &str) -> String {
    format!("/v1/authorization-codes/{}{rest}", code["id"].as_str().unwrap())
}

/// One new code of the owner's server.
async fn make(owner: &Client) -> anyhow::Result<Value> {
    let made = owner.post(&format!("/v1/resources/{SERVER}/codes")).json(&json!({})).expect(201).await?;
    Ok(made.body["items"][0].clone())
}

/// The same, granted to somebody with a right proof; the code as its owner sees it, with its digits.
async fn granted(stage: &Stage, to: &str) -> anyhow::Result<Value> {
    let owner = stage.client(OWNER)?;
    let code = make(&owner).await?;
    let proof = prove(stage, OWNER, "account", "13800001001")?;
    let body = json!({ "account": account(stage, to), "proof": proof });
    owner.post(&path(&code, "/grant")).version(1).json(&body).expect(200).await?;
    Ok(owner.get(&path(&code, "")).expect(200).await?.body)
}

fn by_code(code: &Value) -> anyhow::Result<Value> {
    services(&json!({ "code": code["code"] }))
}

async fn state(stage: &Stage, code: &Value) -> anyhow::Result<String> {
    Ok(stage.client(OWNER)?.get(&path(code, "")).expect(200).await?.text("/state")?.to_owned())
}

/// An order of the other customer whose service runs on the owner's server.
async fn lent<'a>(stage: &'a Stage, code: &Value) -> anyhow::Result<Filing<'a>> {
    let mut filing = Filing::ready_of(stage, OTHER, "electronic", &domain::example::enterprise_in_liaoning()).await?;
    filing.save("services", &by_code(code)?).await?;
    Ok(filing)
}

fn events(answer: &Answer) -> Vec<&str> {
    answer.list("/items").unwrap().iter().map(|step| step["event"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_code_goes_from_its_owner_to_a_filed_service() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (owner, friend) = (stage.client(OWNER)?, stage.client(OTHER)?);
    let code = granted(&stage, OTHER).await?;
    let digits = code["code"].as_str().unwrap();
    assert!(digits.len() == 20 && digits.bytes().all(|byte| byte.is_ascii_digit()));
    let received = friend.get("/v1/authorization-codes?side=receiver").expect(200).await?;
    let seen = &received.body["items"][0];
    assert_eq!(
        (&seen["id"], &seen["side"], &seen["state"], &seen["state_zh"]),
        (&code["id"], &json!("receiver"), &json!("unused"), &json!("未使用"))
    );
    assert!(seen.get("code").is_none(), "lists show no digits");
    assert_eq!(friend.get(&path(&code, "")).expect(200).await?.text("/code")?, digits);
    stage.client(THIRD)?.get(&path(&code, "")).expect(404).await?;
    // An order files with it: what is filed runs on the owner's server.
    let mut filing = lent(&stage, &code).await?;
    assert_eq!(state(&stage, &code).await?, "in_use");
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    let access = &draft.body["services"][0]["access"];
    assert_eq!(
        (&access["resource"], &access["addresses"], &access["location"]),
        (&json!(SERVER), &json!(["203.0.113.10"]), &json!(19))
    );
    filing.verify().await?;
    filing.read().await?;
    filing.act("submit").await?;
    file(&filing, numbers(9)?).await?;
    let used = owner.get(&path(&code, "")).expect(200).await?;
    assert_eq!((used.text("/state")?, used.text("/filing")?), ("used", "辽ICP备2026000009号-1"));
    // Used up: for nobody else, and there for good. Its owner's own quota is untouched.
    let mut more = domain::example::enterprise_in_liaoning();
    more.services[0].domains = vec!["example-second.cn".to_owned()];
    let mut second = Filing::open(&stage, OTHER, &crate::world::asked(&more, "curtain")).await?;
    let saved = second.save("services", &by_code(&code)?).await?;
    assert!(
        violations(&saved).contains(&("/services/0/access/code".to_owned(), "code.used_up".to_owned())),
        "{}",
        saved.body
    );
    let refused = owner.delete(&path(&code, "")).version(used.version()?).expect(409).await?;
    assert_eq!(refused.errors()[0].1, "code.used_up");
    let list = owner.get("/v1/resources").expect(200).await?;
    let server = list.list("/items")?.iter().find(|one| one["id"] == SERVER).unwrap();
    assert_eq!((&server["quota"]["services"]["used"], &server["quota"]["codes"]["used"]), (&json!(0), &json!(1)));
    let history = owner.get(&path(&code, "/history")).expect(200).await?;
    assert_eq!(events(&history), ["created", "granted", "held", "completed"]);
    let news = owner.get("/v1/code-news").expect(200).await?;
    assert_eq!(events(&news), ["completed", "held"]);
    // Reviewers see where it runs, and no digits.
    let path_of_dossier = format!("/v1/peer/orders/{}/dossier?for=review", filing.id);
    let dossier = crate::world::peer(&stage)?.get(&path_of_dossier).expect(200).await?;
    assert!(dossier.body["draft"]["services"][0]["access"].get("code").is_none());
    assert_eq!(dossier.body["draft"]["services"][0]["access"]["resource"], SERVER);
    let told: Vec<_> =
        history.list("/items")?.iter().map(|step| (step["by"].as_str(), step["tells_owner"].as_bool())).collect();
    let expected = [("owner", false), ("owner", false), ("receiver", true), ("system", true)];
    assert_eq!(told, expected.map(|(by, tells)| (Some(by), Some(tells))));
    let theirs = friend.get(&path(&code, "/history")).expect(200).await?;
    assert_eq!(events(&theirs), ["granted", "held", "completed"]);
    assert!(theirs.body["items"][0].get("actor").is_none(), "who works for the owner is the owner's business");
    Ok(())
}

/// What accounts are told of codes, as (account, event), oldest first.
pub(crate) async fn told(stage: &Stage) -> anyhow::Result<Vec<(AccountId, &'static str)>> {
    let all = stage.outbox().await?;
    let mut told = Vec::new();
    for message in all {
        if let Message::Account(news) = message {
            told.push((news.account, news.event.name()));
        }
    }
    Ok(told)
}

#[tokio::test]
async fn a_used_code_serves_changes_of_its_filing_and_both_sides_hear_of_it() -> anyhow::Result<()> {
    let stage = stage().await?;
    let code = granted(&stage, OTHER).await?;
    let mut first = lent(&stage, &code).await?;
    first.verify().await?;
    first.read().await?;
    first.act("submit").await?;
    file(&first, numbers(9)?).await?;
    let (owner, friend) = (account(&stage, OWNER), account(&stage, OTHER));
    assert_eq!(told(&stage).await?, [(friend, "code_granted"), (owner, "code_used")]);

    let asked = json!({ "kind": "change_service", "numbers": ["辽ICP备2026000009号-1"], "way": "electronic" });
    let mut change = Filing::open(&stage, OTHER, &asked).await?;
    let mut services = change.client.get(&change.path("/draft")).expect(200).await?.body["services"].clone();
    assert_eq!(services[0]["access"]["code"], code["code"], "the ledger fills it in");
    services[0]["name"] = json!("改名后的网站");
    let saved = change.save("services", &services).await?;
    assert!(!violations(&saved).iter().any(|(_, rule)| rule.starts_with("code.")), "{}", saved.body);
    change.save("consent", &serde_json::to_value(&domain::example::enterprise_in_liaoning().consent)?).await?;
    change.attach().await?;
    change.verify().await?;
    change.read().await?;
    change.act("submit").await?;
    file(&change, numbers(9)?).await?;
    assert_eq!(state(&stage, &code).await?, "used");
    // Nothing happened to the code, and nobody is told that it did.
    assert_eq!(told(&stage).await?.len(), 2);

    // The server goes: who gave it and who uses it hear of it, each once.
    stage.outside.sandbox.inventory.remove(owner.uuid(), SERVER);
    stage.clock.advance(TimeDelta::minutes(5));
    assert_eq!(end_codes(&replica(&stage)?).await?, 1);
    assert_eq!(told(&stage).await?[2..], [(owner, "code_ended"), (friend, "code_ended")]);
    Ok(())
}

#[tokio::test]
async fn an_owner_is_told_what_trust_alone_approved() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (owner, to) = (stage.client(OWNER)?, account(&stage, OTHER));
    let proof = prove(&stage, OWNER, "account", "13800001001")?;
    owner.post("/v1/allowed-accounts").json(&json!({ "account": to, "proof": proof })).expect(201).await?;
    let wanted = json!({ "owner": account(&stage, OWNER), "resource": SERVER });
    let got = stage.client(OTHER)?.post("/v1/code-requests").json(&wanted).expect(201).await?;
    let mine = account(&stage, OWNER);
    assert_eq!(told(&stage).await?, [(to, "code_granted"), (mine, "code_approved")]);
    // Taken back before it was used: its receiver hears of it, its owner knows.
    owner.post(&path(&got.body, "/revoke")).version(2).expect(200).await?;
    assert_eq!(told(&stage).await?[2..], [(to, "code_ended")]);
    Ok(())
}

#[tokio::test]
async fn a_grant_needs_the_owners_phone_or_the_owners_trust() -> anyhow::Result<()> {
    let stage = stage().await?;
    let owner = stage.client(OWNER)?;
    let (code, to) = (make(&owner).await?, account(&stage, OTHER));
    let wrong = [
        None,
        Some("no such proof".to_owned()),
        Some("unknown".to_owned()),
        Some(prove(&stage, THIRD, "account", "13800001001")?),
        Some(prove(&stage, OWNER, "principal", "13800001001")?),
        Some(prove(&stage, OWNER, "account", "13800009999")?),
    ];
    for proof in wrong {
        let body = json!({ "account": to, "proof": proof });
        let refused = owner.post(&path(&code, "/grant")).version(1).json(&body).expect(422).await?;
        assert_eq!(refused.errors(), [("/proof".to_owned(), "code.proof".to_owned())], "{proof:?}");
        owner.post("/v1/allowed-accounts").json(&body).expect(422).await?;
    }
    let proof = prove(&stage, OWNER, "account", "13800001001")?;
    let grant = |account: Value| json!({ "account": account, "proof": proof });
    let nobody = grant(json!(Uuid::from_u128(5)));
    let refused = owner.post(&path(&code, "/grant")).version(1).json(&nobody).expect(422).await?;
    assert_eq!(refused.errors(), [("/account".to_owned(), "code.account".to_owned())]);
    let own = grant(json!(account(&stage, OWNER)));
    let refused = owner.post(&path(&code, "/grant")).version(1).json(&own).expect(409).await?;
    assert_eq!(refused.errors()[0].1, "code.own_account");
    // The code is its owner's alone: nobody else grants it.
    let theirs = stage.client(OTHER)?;
    theirs.post(&path(&code, "/grant")).version(1).json(&grant(json!(to))).expect(404).await?;
    owner.post(&path(&code, "/grant")).version(2).json(&grant(json!(to))).expect(412).await?;
    owner.post(&path(&code, "/grant")).json(&grant(json!(to))).expect(428).await?;
    // Trusted once, an account needs no phone, and the owner is told.
    owner.post("/v1/allowed-accounts").json(&grant(json!(to))).expect(201).await?;
    assert_eq!(owner.get("/v1/allowed-accounts").expect(200).await?.body["items"][0]["account"], json!(to));
    owner.post(&path(&code, "/grant")).version(1).json(&json!({ "account": to })).expect(200).await?;
    let history = owner.get(&path(&code, "/history")).expect(200).await?;
    let step = &history.body["items"][1];
    assert_eq!((&step["event"], &step["by"], &step["tells_owner"]), (&json!("granted"), &json!("owner"), &json!(true)));
    let again = owner.post(&path(&code, "/grant")).version(2).json(&json!({ "account": to })).expect(409).await?;
    assert_eq!(again.errors()[0].1, "code.granted");
    // It asks for one itself, too: approved by the trust alone, within the quota, and the owner hears of it.
    let wanted = json!({ "owner": account(&stage, OWNER), "resource": SERVER });
    stage.client(THIRD)?.post("/v1/code-requests").json(&wanted).expect(404).await?;
    let got = theirs.post("/v1/code-requests").json(&wanted).expect(201).await?;
    assert_eq!((got.text("/side")?, got.text("/receiver")?), ("receiver", to.to_string().as_str()));
    theirs.get(&path(&got.body, "")).expect(200).await?.text("/code")?;
    let news = owner.get("/v1/code-news?limit=1").expect(200).await?;
    let line = &news.body["items"][0];
    assert_eq!((&line["event"], &line["code"], &line["account"]), (&json!("granted"), &got.body["id"], &json!(to)));
    let more = format!("/v1/code-news?limit=1&cursor={}", news.text("/next")?);
    assert_eq!(owner.get(&more).expect(200).await?.body["items"][0]["code"], code["id"]);
    assert_eq!(theirs.get("/v1/code-news").expect(200).await?.body["items"], json!([]));
    owner.delete(&format!("/v1/allowed-accounts/{to}")).expect(204).await?;
    theirs.post("/v1/code-requests").json(&wanted).expect(404).await?;
    owner.delete(&format!("/v1/allowed-accounts/{to}")).expect(404).await?;
    let other = make(&owner).await?;
    owner.post(&path(&other, "/grant")).version(1).json(&json!({ "account": to })).expect(422).await?;
    Ok(())
}

#[tokio::test]
async fn of_many_who_make_codes_at_once_none_goes_over_the_quota() -> anyhow::Result<()> {
    let stage = stage_with(&["--resource-cache-seconds=60"]).await?;
    let owner = stage.client(OWNER)?;
    let create = format!("/v1/resources/{SERVER}/codes");
    let answers = join_all((0..16).map(|_| owner.post(&create).json(&json!({ "count": 1 })).send())).await;
    let answers = answers.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 5);
    for refused in answers.iter().filter(|answer| answer.status != 201) {
        assert_eq!((refused.status, refused.errors()[0].1.as_str()), (422, "resource.codes"));
    }
    let list = owner.get(&format!("/v1/authorization-codes?resource={SERVER}")).expect(200).await?;
    assert_eq!(list.list("/items")?.len(), 5);
    // One that is removed makes room for one, and not for two.
    owner.delete(&path(&list.body["items"][0], "")).version(1).expect(204).await?;
    owner.get(&path(&list.body["items"][0], "")).expect(404).await?;
    owner.post(&create).json(&json!({ "count": 2 })).expect(422).await?;
    owner.post(&create).json(&json!({ "count": 1 })).expect(201).await?;
    // What is not fit for codes, and what is not one's own.
    let unfit = owner.post("/v1/resources/light-example-ln/codes").json(&json!({})).expect(422).await?;
    assert_eq!(unfit.errors()[0].1, "resource.type");
    owner.post("/v1/resources/ins-example-zhou/codes").json(&json!({})).expect(404).await?;
    owner.post(&create).json(&json!({ "count": 0 })).expect(422).await?;
    Ok(())
}

#[tokio::test]
async fn a_request_for_codes_that_is_sent_twice_makes_them_once_and_keeps_no_digits() -> anyhow::Result<()> {
    let stage = stage().await?;
    let owner = stage.client(OWNER)?;
    let create =
        || owner.post(&format!("/v1/resources/{SERVER}/codes")).json(&json!({ "count": 3 })).key("codes").expect(201);
    let (first, again) = (create().await?, create().await?);
    assert_eq!(first.body, again.body);
    let rows = database(&stage).await?;
    let mut all = String::new();
    for table in ["authorization_code", "code_event", "idempotency_key", "audit", "outbox"] {
        for row in rows.query(&format!("SELECT t::text FROM {table} t"), &[]).await? {
            all.push_str(row.get(0));
        }
    }
    for code in first.list("/items")? {
        let digits = owner.get(&path(code, "")).expect(200).await?.text("/code")?.to_owned();
        assert!(!all.contains(&digits) && !all.contains(&hex::encode(&digits)));
    }
    Ok(())
}

#[tokio::test]
async fn of_two_orders_that_take_one_code_one_gets_it() -> anyhow::Result<()> {
    let stage = stage().await?;
    let code = granted(&stage, OTHER).await?;
    let mut orders = Vec::new();
    for _ in 0..8 {
        orders.push(Filing::open(&stage, OTHER, &crate::world::liaoning("curtain")).await?);
    }
    let body = by_code(&code)?;
    let saves = orders
        .iter()
        .map(|order| order.client.put(&order.path("/draft/services")).version(order.version).json(&body).send());
    let answers = join_all(saves).await.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
    let taken = ("/services/0/access/code".to_owned(), "code.taken".to_owned());
    let lost = answers.iter().filter(|answer| violations(answer).contains(&taken)).count();
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(lost, 7);
    // The one that has it gives it up, and another one takes it.
    let won = answers.iter().position(|answer| !violations(answer).contains(&taken)).unwrap();
    let mut winner = orders.swap_remove(won);
    winner.read().await?;
    winner.act("abandon").await?;
    assert_eq!(state(&stage, &code).await?, "unused");
    let loser = orders.first_mut().unwrap();
    loser.read().await?;
    let saved = loser.save("services", &body).await?;
    assert!(!violations(&saved).contains(&taken));
    // A draft that names something else sets it free as well.
    loser.save("services", &services(&json!({ "resource": "ins-example-zhou" }))?).await?;
    assert_eq!(state(&stage, &code).await?, "unused");
    Ok(())
}

#[tokio::test]
async fn one_code_carries_one_service_and_is_for_whom_it_was_granted_to() -> anyhow::Result<()> {
    let stage = stage().await?;
    let code = granted(&stage, OTHER).await?;
    let one = by_code(&code)?;
    let mut mine = Filing::open(&stage, OTHER, &crate::world::liaoning("curtain")).await?;
    let saved = mine.save("services", &json!([one[0], one[0]])).await?;
    assert!(
        violations(&saved).contains(&("/services/1/access/code".to_owned(), "code.twice".to_owned())),
        "{}",
        saved.body
    );
    // Moved to another place of the draft it is still the same hold.
    let home = services(&json!({ "resource": "ins-example-zhou" }))?;
    let saved = mine.save("services", &json!([home[0], one[0]])).await?;
    assert!(!violations(&saved).iter().any(|(_, rule)| rule.starts_with("code.")), "{}", saved.body);
    let seen = stage.client(OWNER)?.get(&path(&code, "")).expect(200).await?;
    assert_eq!(seen.body["hold"], json!({ "order": mine.id, "service": 1 }));
    for person in [OWNER, THIRD] {
        let mut theirs = Filing::open(&stage, person, &crate::world::liaoning("curtain")).await?;
        let saved = theirs.save("services", &one).await?;
        let refused = ("/services/0/access/code".to_owned(), "code.not_granted".to_owned());
        assert!(violations(&saved).contains(&refused), "{}", saved.body);
        let unknown = theirs.save("services", &services(&json!({ "code": "01234567890123456789" }))?).await?;
        assert!(violations(&unknown).contains(&refused), "nobody learns which codes there are: {}", unknown.body);
    }
    Ok(())
}

#[tokio::test]
async fn a_code_ends_with_its_server() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (app, inventory) = (replica(&stage)?, &stage.outside.sandbox.inventory);
    let me = Uuid::from(account(&stage, OWNER));
    let owner = stage.client(OWNER)?;
    let (free, held) = (make(&owner).await?, granted(&stage, OTHER).await?);
    let filing = lent(&stage, &held).await?;
    inventory.change(me, SERVER, |it| it.expires_at = Some(noon() + TimeDelta::days(30)));
    assert_eq!(end_codes(&app).await?, 0);
    stage.clock.advance(TimeDelta::seconds(1));
    inventory.behave(Behaviour::once(Mode::Fail));
    assert_eq!(end_codes(&app).await?, 0, "in doubt nothing ends");
    assert_eq!(end_codes(&app).await?, 2);
    assert_eq!(end_codes(&app).await?, 0);
    let ended = owner.get(&path(&free, "")).expect(200).await?;
    assert_eq!(
        (ended.text("/state")?, ended.text("/why")?, ended.text("/why_zh")?),
        ("invalid", "server_ends", "剩余时长不足")
    );
    // Whoever files with it hears of it at once.
    let checklist = filing.client.get(&filing.path("/checklist")).expect(200).await?;
    assert!(
        violations(&checklist).contains(&("/services/0/access/code".to_owned(), "code.invalid".to_owned())),
        "{}",
        checklist.body
    );
    let history = owner.get(&path(&held, "/history")).expect(200).await?;
    assert_eq!(
        (history.body["items"][3]["by"].as_str(), history.body["items"][3]["tells_owner"].as_bool()),
        (Some("system"), Some(true))
    );
    owner.delete(&path(&free, "")).version(ended.version()?).expect(204).await?;
    Ok(())
}

#[tokio::test]
async fn a_filed_service_outlasts_the_last_month_of_its_server_and_not_the_server() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (app, inventory) = (replica(&stage)?, &stage.outside.sandbox.inventory);
    let me = Uuid::from(account(&stage, OWNER));
    let code = granted(&stage, OTHER).await?;
    let mut filing = lent(&stage, &code).await?;
    filing.verify().await?;
    filing.read().await?;
    filing.act("submit").await?;
    file(&filing, numbers(11)?).await?;
    inventory.change(me, SERVER, |it| it.expires_at = Some(noon() + TimeDelta::days(1)));
    assert_eq!(end_codes(&app).await?, 0);
    inventory.remove(me, SERVER);
    assert_eq!(end_codes(&app).await?, 1);
    let ended = stage.client(OWNER)?.get(&path(&code, "")).expect(200).await?;
    assert_eq!((ended.text("/why")?, ended.text("/filing")?), ("server_gone", "辽ICP备2026000011号-1"));
    Ok(())
}

#[tokio::test]
async fn taking_back_says_first_what_it_affects() -> anyhow::Result<()> {
    let stage = stage().await?;
    let owner = stage.client(OWNER)?;
    let free = make(&owner).await?;
    let preview = owner.get(&path(&free, "/effects")).expect(200).await?;
    assert_eq!((&preview.body["revocable"], &preview.body["rule"]), (&json!(false), &json!("code.nothing_to_revoke")));
    let code = granted(&stage, OTHER).await?;
    let preview = owner.get(&path(&code, "/effects")).expect(200).await?;
    assert_eq!((&preview.body["becomes"], &preview.body["order"]), (&json!("unused"), &Value::Null));
    let mut filing = lent(&stage, &code).await?;
    let preview = owner.get(&path(&code, "/effects")).expect(200).await?;
    assert_eq!((&preview.body["revocable"], &preview.body["becomes"]), (&json!(true), &json!("invalid")));
    assert_eq!(preview.body["account"], json!(account(&stage, OTHER)));
    let order = json!({
        "id": filing.id, "account": account(&stage, OTHER), "state": "draft", "state_zh": "填写中", "service": 0
    });
    assert_eq!(preview.body["order"], order);
    stage.client(OTHER)?.get(&path(&code, "/effects")).expect(404).await?;
    stage.client(OTHER)?.post(&path(&code, "/revoke")).version(3).expect(404).await?;
    let version = preview.version()?;
    owner.post(&path(&code, "/revoke")).version(version).expect(200).await?;
    assert_eq!(state(&stage, &code).await?, "invalid");
    filing.verify().await?;
    filing.read().await?;
    let refused = filing.refused("submit", 422).await?;
    assert!(
        refused.errors().contains(&("/services/0/access/code".to_owned(), "code.invalid".to_owned())),
        "{}",
        refused.body
    );
    let audited = database(&stage).await?;
    let actions = audited
        .query("SELECT action FROM audit WHERE aggregate::text = $1 ORDER BY seq", &[&code["id"].as_str().unwrap()])
        .await?;
    let actions: Vec<String> = actions.iter().map(|row| row.get(0)).collect();
    assert_eq!(actions, ["code.create", "code.granted", "code.held", "code.invalidated"]);
    Ok(())
}

#[tokio::test]
async fn a_draft_that_expires_sets_its_code_free() -> anyhow::Result<()> {
    let stage = stage().await?;
    let code = granted(&stage, OTHER).await?;
    let _filing = lent(&stage, &code).await?;
    stage.clock.advance(TimeDelta::days(45));
    assert_eq!(svc_orders::expire(&crate::time::replica(&stage)?).await?, 1);
    assert_eq!(state(&stage, &code).await?, "unused");
    Ok(())
}

#[tokio::test]
async fn the_database_keeps_the_promises_of_codes() -> anyhow::Result<()> {
    let stage = stage().await?;
    let (free, held) = (make(&stage.client(OWNER)?).await?, granted(&stage, OTHER).await?);
    let filing = lent(&stage, &held).await?;
    let rows = database(&stage).await?;
    let (free, order) = (free["id"].as_str().unwrap().to_owned(), filing.id.to_string());
    for broken in [
        "UPDATE authorization_code SET digits_index = (SELECT digits_index FROM authorization_code WHERE id::text <> $1), resource = resource || left($2, 0)",
        "UPDATE authorization_code SET slot = 1 - slot + length(left($2, 0)) WHERE id::text = $1",
        "UPDATE authorization_code SET state = 'in_use', receiver = account, order_id = filing_order.id, service = 0 FROM filing_order WHERE authorization_code.id::text = $1 AND filing_order.id::text = $2",
        "UPDATE authorization_code SET state = 'in_use' || left($2, 0) WHERE id::text = $1",
        "UPDATE authorization_code SET state = 'used' || left($2, 0) WHERE id::text = $1",
        "UPDATE authorization_code SET state = 'invalid' || left($2, 0) WHERE id::text = $1",
        "UPDATE authorization_code SET receiver = owner, resource = resource || left($2, 0) WHERE id::text = $1",
        "UPDATE authorization_code SET service = 0 + length(left($2, 0)) WHERE id::text = $1",
        "UPDATE authorization_code SET why = 'revoked' || left($2, 0) WHERE id::text = $1",
    ] {
        let outcome = rows.execute(broken, &[&free, &order]).await;
        let code = outcome.as_ref().err().and_then(|error| error.code()).map(|code| code.code().to_owned());
        assert!(matches!(code.as_deref(), Some("23505" | "23514")), "{broken}: {outcome:?}");
    }
    Ok(())
}
