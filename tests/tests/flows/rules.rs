//! Operations corrects a rule while customers work: what it would hit, the change without a dropped request, and back.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{
    example::Example,
    story::Filing,
    wait::eventually,
    world::{At, World},
};
use sandbox::{
    SandboxArgs,
    infra::{Home, Wants},
    kit::Client,
};
use serde_json::{Value, json};
use standalone::processes::{Processes, ProcessesArgs};

/// A rule that the example breaks.
const OWN: &str = r#"revision = "2026-11-25"

[[rule]]
id = "own.subject.name"
at = "/subject/name"
check = { kind = "no_words", words = ["示例网络"] }
severity = "blocks"
from = "2026-01-01"
source = ["T"]
confidence = "low"
zh = "主体名称不能包含示例网络"
en = "The subject's name must not hold these words"
pass = [{ set = { "/subject/name" = "某某有限公司" } }]
fail = [{ set = { "/subject/name" = "示例网络有限公司" } }]
"#;

/// How long a service may take to read its rules again.
const SOON: Duration = Duration::from_secs(20);

async fn processes(dir: &Path) -> (Processes, World) {
    let rules = dir.join("rules");
    fs::create_dir(&rules).unwrap();
    let all = Processes::start(ProcessesArgs {
        dir: dir.to_owned(),
        home: Home::Temporary,
        wants: Wants { private: true, ..Wants::all() },
        more: vec![("RULES_DIR", rules.display().to_string()), ("HTTP_RATE_BURST", "100000".to_owned())],
        sandbox: SandboxArgs { dir: Some(dir.join("sandbox")), ..SandboxArgs::default() },
    })
    .await
    .unwrap();
    let world = World::open(all.endpoints.clone()).await.unwrap();
    (all, world)
}

async fn revision(orders: &Client) -> String {
    orders.get("/version").expect(200).await.unwrap().text("/rules").unwrap().to_owned()
}

/// Checks a draft over and over until it is told to stop; answers how often it was answered, by which revisions.
async fn hammer(orders: Client, stop: Arc<AtomicBool>) -> (usize, Vec<String>) {
    let asked = json!({ "draft": { "province": "210000", "nature": 4 } });
    let (mut answers, mut revisions) = (0, Vec::<String>::new());
    while !stop.load(Ordering::Relaxed) {
        let report = orders.post("/v1/checks").json(&asked).expect(200).await.unwrap();
        let by = report.text("/revision").unwrap();
        if revisions.last().is_none_or(|last| last != by) {
            revisions.push(by.to_owned());
        }
        answers += 1;
    }
    (answers, revisions)
}

/// What a save answers of the own rule.
fn own(saved: &Value) -> Option<&Value> {
    saved["violations"].as_array().unwrap().iter().find(|found| found["rule"] == "own.subject.name")
}

/// Before it is in force: which orders the rule would hit.
async fn what_it_would_hit(all: &Processes, dir: &Path, customer: &Filing) {
    let draft_dir = dir.join("next");
    fs::create_dir(&draft_dir).unwrap();
    fs::write(draft_dir.join("own.toml"), OWN).unwrap();
    let next = draft_dir.display().to_string();
    let told = all.once("svc-orders", &["rules", "impact", &next], &[]).await.unwrap();
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines,
        [
            format!("{}  draft  own.subject.name", customer.order()).as_str(),
            "1 of 1 orders under way would newly break a rule",
        ]
    );
    let checked = all.once("svc-orders", &["rules", "check", &next], &[]).await.unwrap();
    assert!(checked.ends_with("every example behaves\n"), "{checked}");
}

/// Puts the rule into force while drafts are checked without a pause; every one is answered.
async fn into_force_under_load(all: &Processes, world: &World, (dir, before): (&Path, &str)) {
    let orders = world.as_("customer-liaoning", At::Orders).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    #[expect(clippy::disallowed_methods, reason = "it is waited for below")]
    let hammers: Vec<_> = (0..4).map(|_| tokio::spawn(hammer(orders.clone(), Arc::clone(&stop)))).collect();
    let file = dir.join("rules/own.toml");
    fs::write(&file, OWN).unwrap();
    for service in ["svc-orders", "svc-photo"] {
        all.signal(service, "HUP").await.unwrap();
    }
    let after =
        eventually("the new rules", SOON, async || Ok(revision(&orders).await), |now| now != before).await.unwrap();
    let photo = world.as_("customer-liaoning", At::Photo).unwrap();
    eventually("svc-photo's rules", SOON, async || Ok(revision(&photo).await), |now| *now == after).await.unwrap();
    for _ in 0..20 {
        all.signal("svc-orders", "HUP").await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // A file that is none changes nothing.
    fs::write(dir.join("rules/wrong.toml"), "[[rule]]").unwrap();
    all.signal("svc-orders", "HUP").await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(revision(&orders).await, after);
    stop.store(true, Ordering::Relaxed);
    let mut answered = 0;
    for hammer in hammers {
        let (answers, revisions) = hammer.await.unwrap();
        assert_eq!(revisions, [before.to_owned(), after.clone()], "each was judged by one pack or the other");
        answered += answers;
    }
    assert!(answered > 20, "{answered} requests are no load");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_is_corrected_while_customers_work() {
    let dir = tempfile::tempdir().unwrap();
    let (all, world) = processes(dir.path()).await;
    let mut example = Example::named("enterprise-liaoning");
    let mut customer = Filing::open(&world, "customer-liaoning", &mut example).await.unwrap();
    customer.write(&example).await.unwrap();
    let orders = world.as_("customer-liaoning", At::Orders).unwrap();

    what_it_would_hit(&all, dir.path(), &customer).await;
    let before = revision(&orders).await;
    into_force_under_load(&all, &world, (dir.path(), &before)).await;

    // The customer sees it with its source, and submit says the same.
    let section = example.json("subject").unwrap();
    let version = customer.read().await.unwrap().version().unwrap();
    let saved = orders.put(&customer.path("/draft/subject")).version(version).json(&section).expect(200).await.unwrap();
    let found = own(&saved.body).unwrap();
    assert_eq!(
        (&found["severity"], &found["since"], &found["hit"]),
        (&json!("blocks"), &json!("2026-01-01"), &json!("示例网络"))
    );
    assert_eq!(found["source"][0]["tag"], "T");
    let refused = orders.post(&customer.path("/submit")).version(version + 1).expect(422).await.unwrap();
    assert_eq!(refused.body["errors"], saved.body["violations"]);

    // And back.
    fs::remove_file(dir.path().join("rules/wrong.toml")).unwrap();
    fs::remove_file(dir.path().join("rules/own.toml")).unwrap();
    all.signal("svc-orders", "HUP").await.unwrap();
    eventually("the old rules", SOON, async || Ok(revision(&orders).await), |now| *now == before).await.unwrap();
    customer.correct("subject", &section).await.unwrap();
    let log = fs::read_to_string(all.log("svc-orders")).unwrap();
    assert!(log.contains("the rules stay as they were") && log.contains("wrong.toml"));
    all.stop().await.unwrap();
}
