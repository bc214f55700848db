//! Four processes on RabbitMQ, Redis and four databases, as `make services` starts them.

use std::path::Path;

use e2e::{example::Example, world::World};
use sandbox::{
    SandboxArgs,
    infra::{Home, Wants},
};
use serde_json::Value;
use standalone::{
    SERVICES,
    processes::{Processes, ProcessesArgs},
};

use super::{CURTAIN, ELECTRONIC, both, notices, number, told_of};

pub(crate) async fn processes(dir: &Path) -> (Processes, World) {
    let all = Processes::start(ProcessesArgs {
        dir: dir.to_owned(),
        home: Home::Temporary,
        wants: Wants { private: true, ..Wants::all() },
        more: vec![("LOG_FILTER", "trace".to_owned())],
        sandbox: SandboxArgs { dir: Some(dir.join("sandbox")), ..SandboxArgs::default() },
    })
    .await
    .unwrap();
    let world = World::open(all.endpoints.clone()).await.unwrap();
    (all, world)
}

/// What nobody may find in a log: every name, number, address, mobile and mail address of an example.
fn personal(example: &str) -> Vec<String> {
    let mut found = Vec::new();
    let example = Example::named(example);
    for section in ["subject", "services"] {
        collect(&example.json(section).unwrap(), "", &mut found);
    }
    found
}

fn collect(value: &Value, name: &str, found: &mut Vec<String>) {
    match value {
        Value::String(text) if matches!(name, "name" | "number" | "address" | "mobile" | "email" | "emergency") => {
            found.push(text.clone());
        }
        Value::Array(all) => all.iter().for_each(|one| collect(one, name, found)),
        Value::Object(all) => all.iter().for_each(|(name, one)| collect(one, name, found)),
        Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_filings_pass_while_svc_notify_is_dead_and_every_notice_is_sent_once_it_lives() {
    let dir = tempfile::tempdir().unwrap();
    let (mut all, world) = processes(dir.path()).await;
    all.kill("svc-notify").await.unwrap();
    let [first, second] = both(&world).await;
    assert!(number(&first).await.starts_with("辽ICP备"));
    assert!(number(&second).await.starts_with("粤ICP备"));
    assert_eq!(all.ended(), [], "no other service may have ended");

    all.start_again("svc-notify").await.unwrap();
    let told = [notices(&first).await, notices(&second).await];
    assert_eq!(told, [told_of(&ELECTRONIC), told_of(&CURTAIN)]);
    let sent: usize = told.iter().flat_map(|told| told.values()).sum();
    let arrived = all.sandbox.mail.letters(None).len() + all.sandbox.sms.messages(None).len();
    assert_eq!(arrived, sent, "what arrived outside is what the delivery log says, once each");

    let logs = SERVICES.map(|service| (service, all.log(service)));
    all.stop().await.unwrap();
    for (service, log) in logs {
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("TRACE"), "{service} was to log everything");
        for secret in [personal("enterprise-liaoning"), personal("person-guangdong")].concat() {
            let line = text.lines().find(|line| line.contains(&secret));
            assert_eq!(line, None, "{service} logs {secret}");
        }
    }
}
