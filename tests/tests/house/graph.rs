//! The dependency graph as cargo resolves it, not as the lock file lists it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};

const SERVICES: [&str; 4] = ["svc-orders", "svc-review", "svc-photo", "svc-notify"];

fn metadata() -> Metadata {
    MetadataCommand::new().other_options(vec!["--locked".into(), "--offline".into()]).exec().unwrap()
}

/// Everything that a package needs to be built and run, itself included; tests' dependencies are not followed.
fn needs(metadata: &Metadata, package: &str) -> BTreeSet<String> {
    let resolve = metadata.resolve.as_ref().unwrap();
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let names: BTreeMap<&PackageId, &str> =
        metadata.packages.iter().map(|package| (&package.id, package.name.as_str())).collect();
    let start = metadata.packages.iter().find(|found| found.name.as_str() == package).unwrap();
    let mut seen = BTreeSet::from([&start.id]);
    let mut queue = VecDeque::from([&start.id]);
    while let Some(id) = queue.pop_front() {
        for dependency in &nodes[id].deps {
            let normal = dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development);
            if normal && seen.insert(&dependency.pkg) {
                queue.push_back(&dependency.pkg);
            }
        }
    }
    seen.into_iter().map(|id| names[id].to_owned()).collect()
}

#[test]
fn the_domain_needs_no_runtime_no_io_and_no_randomness() {
    let needs = needs(&metadata(), "domain");
    for forbidden in ["tokio", "actix-web", "diesel", "lapin", "redis", "rand", "getrandom", "reqwest", "chassis"] {
        assert!(!needs.contains(forbidden), "domain needs {forbidden}");
    }
}

#[test]
fn no_service_needs_another_or_the_sandbox() {
    let metadata = metadata();
    for service in SERVICES {
        let needs = needs(&metadata, service);
        for other in SERVICES.into_iter().filter(|other| *other != service) {
            assert!(!needs.contains(other), "{service} needs {other}");
        }
        assert!(!needs.contains("sandbox"), "{service} needs the sandbox outside of its tests");
    }
}

#[test]
fn the_sandbox_knows_none_of_our_services() {
    let needs = needs(&metadata(), "sandbox");
    for service in SERVICES {
        assert!(!needs.contains(service), "sandbox needs {service}");
    }
}

#[test]
fn there_is_one_provider_of_cryptography_for_tls_and_no_c_client_of_a_database() {
    let metadata = metadata();
    for package in SERVICES.into_iter().chain(["standalone"]) {
        let needs = needs(&metadata, package);
        for forbidden in ["ring", "openssl-sys", "native-tls", "pq-sys", "rsa"] {
            assert!(!needs.contains(forbidden), "{package} needs {forbidden}");
        }
    }
}

#[test]
fn only_stores_speak_sql() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut offenders = Vec::new();
    for service in SERVICES {
        let mut folders = vec![root.join(service).join("src")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if !path.components().any(|part| part.as_os_str() == "store")
                    && path.file_name().is_none_or(|name| name != "store.rs")
                {
                    let text = std::fs::read_to_string(&path).unwrap();
                    if text.contains("use diesel::") || text.contains("use diesel_async::") {
                        offenders.push(path);
                    }
                }
            }
        }
    }
    assert!(offenders.is_empty(), "diesel outside of a store: {offenders:?}");
}
