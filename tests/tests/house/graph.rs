//! The dependency graph as cargo resolves it, not as the lock file lists it.

use std::{collections::BTreeSet, process::Command};

const SERVICES: [&str; 4] = ["svc-orders", "svc-review", "svc-photo", "svc-notify"];

/// Everything that a package by itself needs to be built and run, itself included: neither what its tests need, nor what
/// a neighbour in the workspace switches on.
fn needs(package: &str) -> BTreeSet<String> {
    let tree = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--locked",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p}",
            "--package",
            package,
        ])
        .output()
        .unwrap();
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let lines = String::from_utf8(tree.stdout).unwrap();
    let needs: BTreeSet<String> = lines.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    assert!(needs.contains(package), "{lines}");
    needs
}

#[test]
fn the_domain_needs_no_runtime_no_io_and_no_randomness() {
    let needs = needs("domain");
    for forbidden in ["tokio", "actix-web", "diesel", "lapin", "redis", "rand", "getrandom", "reqwest", "chassis"] {
        assert!(!needs.contains(forbidden), "domain needs {forbidden}");
    }
}

#[test]
fn no_service_needs_another_or_the_sandbox() {
    for service in SERVICES {
        let needs = needs(service);
        for other in SERVICES.into_iter().filter(|other| *other != service) {
            assert!(!needs.contains(other), "{service} needs {other}");
        }
        assert!(!needs.contains("sandbox"), "{service} needs the sandbox outside of its tests");
    }
}

#[test]
fn the_sandbox_knows_none_of_our_services() {
    let needs = needs("sandbox");
    for service in SERVICES {
        assert!(!needs.contains(service), "sandbox needs {service}");
    }
}

#[test]
fn there_is_one_provider_of_cryptography_for_tls_and_no_c_client_of_a_database() {
    for package in SERVICES.into_iter().chain(["standalone"]) {
        let needs = needs(package);
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
