//! A filing's story as a table for people: when, what happened, who did it, what was sent. It asks and prints nothing.

use std::fmt::Write;

use chrono::{DateTime, FixedOffset, Utc};
use serde_json::Value;

const SHANGHAI_SECONDS: i32 = 8 * 3600;

/// A line of the story.
struct Line {
    at: DateTime<Utc>,
    what: String,
    who: String,
}

/// The table of one order's history and notices.
pub fn table(history: &[Value], notices: &[Value]) -> anyhow::Result<String> {
    let mut lines: Vec<Line> = history.iter().filter_map(step).chain(notices.iter().filter_map(notice)).collect();
    lines.sort_by_key(|line| line.at);
    let Some(zone) = FixedOffset::east_opt(SHANGHAI_SECONDS) else { anyhow::bail!("no such offset") };
    let mut text = String::new();
    for Line { at, what, who } in lines {
        let at = at.with_timezone(&zone).format("%m-%d %H:%M:%S%.3f");
        writeln!(text, "  {at}  {}  {who}", padded(&what, 44))?;
    }
    Ok(text)
}

fn step(event: &Value) -> Option<Line> {
    let text = |name: &str| event.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = text("at").parse().ok()?;
    let what = format!("{} {} ({})", text("state_zh"), text("event"), text("state"));
    Some(Line { at, what, who: text("actor").to_owned() })
}

fn notice(notice: &Value) -> Option<Line> {
    let text = |name: &str| notice.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = text("sent_at").parse().ok().or_else(|| text("queued_at").parse().ok())?;
    let what = format!("  → {} {} [{}]", text("title"), text("channel"), text("state"));
    Some(Line { at, what, who: text("to").to_owned() })
}

/// Filled up with blanks to a width on the terminal, where a Chinese character takes two places.
fn padded(text: &str, width: usize) -> String {
    let taken: usize = text.chars().map(|c| if u32::from(c) >= 0x2e80 { 2 } else { 1 }).sum();
    format!("{text}{}", " ".repeat(width.saturating_sub(taken)))
}
