//! The manifests for Kubernetes and Docker: rendered and validated without a cluster, and compared with the programs that they
//! start.
#![expect(clippy::panic, clippy::indexing_slicing, reason = "a test that cannot go on ends")]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

const SERVICES: [&str; 4] = ["svc-orders", "svc-review", "svc-photo", "svc-notify"];
const OVERLAYS: [&str; 2] = ["k8s/base", "k8s/overlays/dev"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

pub(crate) fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What the manifests of a directory come to, by the first program that is here to say it.
fn rendered(dir: &str) -> String {
    let own = root().join(".tools/bin/kubectl");
    let own = own.to_string_lossy();
    for (program, task) in [("kubectl", "kustomize"), (&own, "kustomize"), ("kustomize", "build")] {
        if let Ok(output) = Command::new(program).arg(task).arg(root().join(dir)).output() {
            assert!(output.status.success(), "{dir}: {}", String::from_utf8_lossy(&output.stderr));
            return String::from_utf8(output.stdout).unwrap();
        }
    }
    panic!("neither kubectl nor kustomize is here: run `make setup`");
}

pub(crate) fn resources(dir: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(&rendered(dir)).unwrap()
}

pub(crate) fn of_kind<'a>(all: &'a [Value], kind: &str) -> Vec<&'a Value> {
    all.iter().filter(|one| one["kind"] == kind).collect()
}

pub(crate) fn name(resource: &Value) -> &str {
    resource["metadata"]["name"].as_str().unwrap()
}

/// The one container of a Deployment or Job.
pub(crate) fn container(workload: &Value) -> &Value {
    let containers = workload["spec"]["template"]["spec"]["containers"].as_array().unwrap();
    assert_eq!(containers.len(), 1, "{}", name(workload));
    &containers[0]
}

pub(crate) fn names(list: &Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

/// Runs a program of this build.
fn run(program: &str, arguments: &[&str]) -> (bool, String) {
    let this = std::env::current_exe().unwrap();
    let path = this.parent().unwrap().parent().unwrap().join(program);
    let output = Command::new(&path).args(arguments).env_clear().env("RUST_BACKTRACE", "0").output();
    let output =
        output.unwrap_or_else(|error| panic!("{} (`cargo build --workspace --bins`): {error}", path.display()));
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Every setting that a program's help names.
fn known(program: &str) -> BTreeSet<String> {
    let (_, help) = run(program, &["--help"]);
    let after = |part: &str| Some(part.split(['=', ']']).next()?.to_owned());
    let known: BTreeSet<String> = help.split("[env: ").skip(1).filter_map(after).collect();
    assert!(known.contains("DATABASE_URL") || program == "sandbox", "{help}");
    known
}

/// Every setting without which a service does not start, as it says itself.
fn required(service: &str) -> BTreeSet<String> {
    let (started, said) = run(service, &[]);
    assert!(!started, "{service} started without a setting");
    let problems = said.lines().filter_map(|line| Some(line.strip_prefix("  - ")?.split_once(':')?.0.to_owned()));
    problems.chain(["AMQP_URL".to_owned()]).collect()
}

fn must_fit(service: &str, settings: &BTreeSet<String>, required: &BTreeSet<String>) {
    let unknown: Vec<_> = settings.difference(&known(service)).cloned().collect();
    assert!(unknown.is_empty(), "{service} has no {unknown:?}");
    let missing: Vec<_> = required.difference(settings).cloned().collect();
    assert!(missing.is_empty(), "{service} needs {missing:?}");
}

#[test]
fn kubernetes_accepts_every_manifest() {
    let validator = root().join(".tools/k8s/bin/kubernetes-validate");
    assert!(validator.is_file(), "{} is not there: run `make setup`", validator.display());
    for dir in OVERLAYS {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), rendered(dir)).unwrap();
        let checked = Command::new(&validator).args(["-k", "1.32", "--strict"]).arg(file.path()).output().unwrap();
        let said = String::from_utf8([checked.stdout, checked.stderr].concat()).unwrap();
        assert!(checked.status.success(), "{dir}: {said}");
        let passed = said.lines().filter(|line| line.contains(" passed ")).count();
        assert_eq!(passed, resources(dir).len(), "{dir}: something was not checked\n{said}");
    }
}

#[test]
fn every_setting_in_a_pod_is_one_of_its_program_and_none_is_missing() {
    for dir in OVERLAYS {
        let all = resources(dir);
        for service in SERVICES {
            let find = |kind, wanted: &str| of_kind(&all, kind).into_iter().find(|one| name(one) == wanted).unwrap();
            let serving = names(&container(find("Deployment", service))["env"]);
            must_fit(service, &serving, &required(service));
            let job = container(find("Job", &format!("{service}-migrate")));
            assert_eq!(job["args"], serde_json::json!(["migrate"]));
            must_fit(service, &names(&job["env"]), &["DATABASE_URL", "AMQP_URL"].map(str::to_owned).into());
        }
    }
    let dev = resources("k8s/overlays/dev");
    let sandbox = of_kind(&dev, "Deployment").into_iter().find(|one| name(one) == "sandbox").unwrap();
    must_fit("sandbox", &names(&container(sandbox)["env"]), &BTreeSet::new());
}

#[test]
fn every_value_that_a_pod_refers_to_exists() {
    let all = resources("k8s/overlays/dev");
    let mut given: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for (kind, field) in [("ConfigMap", "data"), ("Secret", "data")] {
        for one in of_kind(&all, kind) {
            let keys = one[field].as_object().unwrap().keys().map(String::as_str).collect();
            given.insert((kind, name(one)), keys);
        }
    }
    for workload in of_kind(&all, "Deployment").into_iter().chain(of_kind(&all, "Job")) {
        for setting in container(workload)["env"].as_array().into_iter().flatten() {
            for (kind, field) in [("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef")] {
                let Some(wanted) = setting["valueFrom"].get(field) else { continue };
                let (from, key) = (wanted["name"].as_str().unwrap(), wanted["key"].as_str().unwrap());
                let keys = given.get(&(kind, from));
                assert!(keys.is_some_and(|keys| keys.contains(key)), "{}: {kind} {from} has no {key}", name(workload));
            }
        }
    }
}

#[test]
fn every_pod_of_ours_is_watched_limited_and_without_rights() {
    for dir in OVERLAYS {
        let all = resources(dir);
        let ours = |one: &&Value| one["metadata"]["labels"]["icp-filing/service"].is_string();
        let deployments: Vec<_> = of_kind(&all, "Deployment").into_iter().filter(ours).collect();
        let jobs: Vec<_> = of_kind(&all, "Job").into_iter().filter(ours).collect();
        assert_eq!((deployments.len(), jobs.len()), (SERVICES.len(), SERVICES.len()), "{dir}");
        for workload in deployments.iter().chain(&jobs) {
            let (pod, container) = (&workload["spec"]["template"]["spec"], container(workload));
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true);
            assert_eq!(pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
            assert_eq!(pod["automountServiceAccountToken"], false);
            assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true);
            assert_eq!(container["securityContext"]["allowPrivilegeEscalation"], false);
            assert_eq!(container["securityContext"]["capabilities"]["drop"], serde_json::json!(["ALL"]));
            assert!(
                container["resources"]["limits"]["memory"].is_string()
                    && container["resources"]["requests"]["cpu"].is_string()
            );
        }
        for deployment in deployments {
            let container = container(deployment);
            for (probe, path) in
                [("startupProbe", "/livez"), ("livenessProbe", "/livez"), ("readinessProbe", "/readyz")]
            {
                assert_eq!(container[probe]["httpGet"]["path"], path, "{}", name(deployment));
            }
            let grace = deployment["spec"]["template"]["spec"]["terminationGracePeriodSeconds"].as_u64().unwrap();
            assert!(grace >= 45, "a service needs up to 40 s to stop in order");
        }
        let closed = of_kind(&all, "NetworkPolicy").into_iter().any(|one| {
            one["spec"]["podSelector"] == serde_json::json!({})
                && one["spec"].get("ingress").is_none()
                && one["spec"].get("egress").is_none()
        });
        assert!(closed, "{dir}: what is not allowed must be forbidden");
    }
}

#[test]
fn services_and_budgets_choose_servers_and_no_migrations() {
    let all = resources("k8s/base");
    let labels =
        |kind| of_kind(&all, kind).into_iter().map(|one| one["spec"]["template"]["metadata"]["labels"].clone());
    let chosen = |selector: &Value, labels: &Value| {
        selector.as_object().unwrap().iter().all(|(key, value)| labels.get(key) == Some(value))
    };
    let selectors = of_kind(&all, "Service").into_iter().map(|one| &one["spec"]["selector"]);
    let budgets = of_kind(&all, "PodDisruptionBudget").into_iter().map(|one| &one["spec"]["selector"]["matchLabels"]);
    for selector in selectors.chain(budgets) {
        assert_eq!(labels("Deployment").filter(|labels| chosen(selector, labels)).count(), 1, "{selector}");
        assert_eq!(labels("Job").filter(|labels| chosen(selector, labels)).count(), 0, "{selector}");
    }
}

#[test]
fn compose_starts_the_same_programs_with_settings_that_they_know() {
    let compose: Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    let settings = |service: &str| -> BTreeSet<String> {
        compose["services"][service]["environment"].as_object().unwrap().keys().cloned().collect()
    };
    for service in SERVICES {
        must_fit(service, &settings(service), &required(service));
        let migrate = format!("{service}-migrate");
        assert_eq!(compose["services"][&migrate]["command"], serde_json::json!(["migrate"]));
        must_fit(service, &settings(&migrate), &["DATABASE_URL", "AMQP_URL"].map(str::to_owned).into());
        for other in SERVICES {
            // A queue that does not exist yet would miss what is sent.
            let after = &compose["services"][service]["depends_on"][format!("{other}-migrate")]["condition"];
            assert_eq!(after, "service_completed_successfully", "{service} after {other}-migrate");
        }
    }
    must_fit("sandbox", &settings("sandbox"), &BTreeSet::new());
}

#[test]
fn every_image_has_its_target_in_the_dockerfile() {
    let dockerfile = read("Dockerfile");
    let targets: BTreeSet<&str> = dockerfile
        .lines()
        .filter_map(|line| line.strip_prefix("FROM ")?.split_once(" AS ").map(|(_, name)| name))
        .collect();
    for service in SERVICES.into_iter().chain(["sandbox"]) {
        assert!(targets.contains(service), "no target {service}");
        assert!(dockerfile.contains(&format!("ENTRYPOINT [\"/{service}\"]")));
        assert!(dockerfile.contains(&format!("--bin {service}")));
    }
    let compose: Value = serde_saphyr::from_str(&read("compose.yaml")).unwrap();
    for (name, service) in compose["services"].as_object().unwrap() {
        if let Some(target) = service["build"]["target"].as_str() {
            assert!(targets.contains(target), "{name} is built from {target}");
        }
    }
}
