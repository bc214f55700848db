//! The README's filing, typed in as it stands there: what each block prints is what the README shows.

use std::{path::Path, process::Stdio};

use tokio::process::Command;

use super::house::house;

const FENCE: &str = "```";

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Each block of commands, with what the text shows as its output.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut parts = text.split(FENCE);
    parts.next();
    // Every other part is inside of a fence.
    while let Some(inside) = parts.next() {
        let (kind, body) = inside.split_once('\n').unwrap();
        match (kind, blocks.last_mut()) {
            ("sh", _) => blocks.push((body.to_owned(), String::new())),
            ("json" | "text", Some((_, shown))) => body.clone_into(shown),
            _ => {}
        }
        parts.next();
    }
    blocks
}

/// Whether a line is as shown; `…` stands for anything.
fn is_as_shown(line: &str, shown: &str) -> bool {
    match shown.split_once('…') {
        Some((before, after)) => line.starts_with(before) && line.ends_with(after),
        None => line == shown,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_readme_shows_is_what_happens() {
    let blocks = blocks(&read("README.md"));
    assert!(blocks.len() > 5, "the README has lost its filing");
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let mut script = String::from("set -euo pipefail\n");
    for (commands, _) in &blocks {
        script.push_str(&format!("{commands}\necho '{FENCE}'\n"));
    }
    let own = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    let script = script
        .replace("http://127.0.0.1:8080", &own(&endpoints.orders))
        .replace("http://127.0.0.1:8090", &own(&endpoints.sandbox));
    // The README waits for what happens behind the scenes: for ever, if it does not.
    let output = Command::new("timeout")
        .args(["60", "bash", "-c", &script])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}: {}\n{said}", output.status, String::from_utf8_lossy(&output.stderr));
    for ((commands, shown), printed) in blocks.iter().zip(said.split(&format!("{FENCE}\n"))) {
        let (printed, shown): (Vec<_>, Vec<_>) = (printed.lines().collect(), shown.lines().collect());
        let same =
            printed.len() == shown.len() && printed.iter().zip(&shown).all(|(line, shown)| is_as_shown(line, shown));
        assert!(same, "{commands}\nprinted {printed:#?}\nthe README shows {shown:#?}");
    }
    end().await;
}

#[test]
fn both_languages_show_the_same_filing() {
    assert_eq!(blocks(&read("README.md")), blocks(&read("README.zh-CN.md")));
}
