//! Times as people in China read them: Beijing time, which has no summer time.

use chrono::{DateTime, FixedOffset, Utc};
use serde::Serialize;

/// East of Greenwich, in seconds.
const EAST: i32 = 8 * 3600;

/// A time in both languages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Moment {
    zh: String,
    en: String,
}

impl From<DateTime<Utc>> for Moment {
    fn from(at: DateTime<Utc>) -> Self {
        let local = FixedOffset::east_opt(EAST).map_or_else(|| at.fixed_offset(), |zone| at.with_timezone(&zone));
        Self {
            zh: local.format("%Y年%-m月%-d日 %H:%M（北京时间）").to_string(),
            en: local.format("%-d %B %Y, %H:%M (Beijing time)").to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_beijing_time() {
        let at: DateTime<Utc> = "2026-03-01T17:05:00Z".parse().unwrap();
        let moment = Moment::from(at);
        assert_eq!(moment.zh, "2026年3月2日 01:05（北京时间）");
        assert_eq!(moment.en, "2 March 2026, 01:05 (Beijing time)");
    }
}
