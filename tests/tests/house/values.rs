//! The values of the dev overlay and of compose: each is one that its service takes, and those of the outside world are the
//! sandbox's own.

#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on ends")]

use std::{collections::BTreeMap, path::Path, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use chassis::{
    clock::SystemClock,
    launch::{self, Spec},
};
use clap::{Arg, Args};
use sandbox::{Sandbox, SandboxArgs};
use serde_json::Value;
use standalone::{
    keys::Keys,
    settings::{Place, Settings},
};
use svc_notify::Notify;
use svc_orders::Orders;
use svc_photo::Photo;
use svc_review::Review;

use super::manifests::{container, name, of_kind, read, resources};

type Given = BTreeMap<String, String>;

/// What a pod of the dev overlay gets, references followed.
fn in_kubernetes(all: &[Value], service: &str) -> Given {
    let deployment = of_kind(all, "Deployment").into_iter().find(|one| name(one) == service).unwrap();
    let value = |setting: &Value| -> String {
        if let Some(plain) = setting["value"].as_str() {
            return plain.to_owned();
        }
        let from = &setting["valueFrom"];
        let (kind, wanted) = match from.get("secretKeyRef") {
            Some(wanted) => ("Secret", wanted),
            None => ("ConfigMap", &from["configMapKeyRef"]),
        };
        let holder = of_kind(all, kind).into_iter().find(|one| one["metadata"]["name"] == wanted["name"]).unwrap();
        let text = holder["data"][wanted["key"].as_str().unwrap()].as_str().unwrap();
        if kind == "Secret" {
            return String::from_utf8(BASE64_STANDARD.decode(text).unwrap()).unwrap();
        }
        text.to_owned()
    };
    let settings = container(deployment)["env"].as_array().unwrap();
    settings.iter().map(|setting| (setting["name"].as_str().unwrap().to_owned(), value(setting))).collect()
}

fn in_compose(compose: &Value, service: &str) -> Given {
    let settings = compose["services"][service]["environment"].as_object().unwrap();
    settings.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Reads the settings as the service does, and lists what it would refuse to start with.
fn must_be_taken<S: Spec>(given: &Given, place: &str) {
    let command = S::Config::augment_args(clap::Command::new(S::NAME));
    let arguments: Vec<String> = given
        .iter()
        .map(|(name, value)| {
            let known =
                command.get_arguments().find(|argument| argument.get_env().is_some_and(|env| env == name.as_str()));
            format!("--{}={value}", known.and_then(Arg::get_long).unwrap())
        })
        .collect();
    let config = launch::configure::<S>(&arguments).unwrap();
    launch::problems::<S>(&config).refuse().unwrap_or_else(|wrong| panic!("{place}: {} {wrong}", S::NAME));
}

/// Addresses differ from place to place; accounts at the outside world do not.
fn must_be_the_sandboxes(sandbox: &Sandbox, service: &'static str, given: &Given, place: &str) {
    let anywhere = Place {
        service,
        database: "postgres://localhost/".parse().unwrap(),
        bind: String::new(),
        orders: "http://localhost/".parse().unwrap(),
        review: "http://localhost/".parse().unwrap(),
        notify: "http://localhost/".parse().unwrap(),
        amqp: None,
        redis: None,
        objects: Path::new("/objects").to_owned(),
    };
    let dir = tempfile::tempdir().unwrap();
    let own = Settings::of(&anywhere, sandbox, &Keys::of(dir.path()).unwrap()).unwrap();
    let differs = |name: &str| {
        name.ends_with("_URL")
            || name.starts_with("SEAL_")
            || matches!(name, "AUTH_ISSUER" | "HTTP_BIND" | "AUTHORITY_POLL_MS")
    };
    for (name, value) in own.environment().filter(|(name, _)| !differs(name)) {
        assert_eq!(given.get(name).map(String::as_str), Some(value), "{place}: {service} {name}");
    }
}

#[tokio::test]
async fn every_value_is_one_that_its_service_takes() {
    let sandbox = Sandbox::start(SandboxArgs::default(), Arc::new(SystemClock)).await.unwrap();
    let dev = resources("k8s/overlays/dev");
    let compose: Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    for service in ["svc-orders", "svc-review", "svc-photo", "svc-notify"] {
        for (place, given) in [("dev", in_kubernetes(&dev, service)), ("compose", in_compose(&compose, service))] {
            match service {
                "svc-review" => must_be_taken::<Review>(&given, place),
                "svc-photo" => must_be_taken::<Photo>(&given, place),
                "svc-notify" => must_be_taken::<Notify>(&given, place),
                _ => must_be_taken::<Orders>(&given, place),
            }
            must_be_the_sandboxes(&sandbox, service, &given, place);
        }
    }
    sandbox.stop().await;
}
