//! The commands of the README and of the pages about rules and imports, typed in as they stand there: what each block prints is what the
//! page shows.

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
    let mut parts = shown.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at.saturating_add(part.len())..).unwrap_or_default();
    }
    rest.is_empty() || shown.ends_with('…')
}

/// Types the commands of a page into one shell, in the root of the repository, beside a running house.
async fn what_it_shows_happens(page: &str, least: usize) {
    let blocks = blocks(&read(page));
    assert!(blocks.len() >= least, "{page} has lost its commands");
    let dir = tempfile::tempdir().unwrap();
    let (endpoints, end) = house(dir.path()).await;
    let programs = std::env::current_exe().unwrap().parent().and_then(Path::parent).unwrap().to_owned();
    let mut script = format!("set -euo pipefail\nexport PATH={}:$PATH\n", programs.display());
    for (commands, _) in &blocks {
        script.push_str(&format!("{commands}\necho '{FENCE}'\n"));
    }
    let own = |url: &url::Url| url.as_str().trim_end_matches('/').to_owned();
    let script = script
        .replace("http://127.0.0.1:8080", &own(&endpoints.orders))
        .replace("http://127.0.0.1:8090", &own(&endpoints.sandbox))
        .replace("/tmp/my-", dir.path().join("my-").to_str().unwrap());
    // The README waits for what happens behind the scenes: for ever, if it does not.
    let output = Command::new("timeout")
        .args(["60", "bash", "-c", &script])
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.replace(dir.path().join("my-").to_str().unwrap(), "/tmp/my-");
    assert!(output.status.success(), "{}: {}\n{said}", output.status, String::from_utf8_lossy(&output.stderr));
    for ((commands, shown), printed) in blocks.iter().zip(said.split(&format!("{FENCE}\n"))) {
        let (printed, shown): (Vec<_>, Vec<_>) = (printed.lines().collect(), shown.lines().collect());
        let same =
            printed.len() == shown.len() && printed.iter().zip(&shown).all(|(line, shown)| is_as_shown(line, shown));
        assert!(same, "{commands}\nprinted {printed:#?}\n{page} shows {shown:#?}");
    }
    end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_readme_shows_is_what_happens() {
    what_it_shows_happens("README.md", 6).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_page_about_rules_shows_is_what_happens() {
    what_it_shows_happens("docs/rules.md", 7).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_page_about_imports_shows_is_what_happens() {
    what_it_shows_happens("docs/import.md", 2).await;
}

#[test]
fn both_languages_show_the_same_filing() {
    assert_eq!(blocks(&read("README.md")), blocks(&read("README.zh-CN.md")));
}
