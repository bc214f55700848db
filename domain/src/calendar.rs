//! Working days of the mainland and the courier's hour. The time is always given; Shanghai is UTC+8, without summer time.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc, Weekday};
use serde::Deserialize;

const NATIONAL: &str = include_str!("../rules/holidays.toml");

#[expect(clippy::expect_used, reason = "the file is compiled in, and a test of this module parses the same text")]
static CALENDAR: LazyLock<Calendar> =
    LazyLock::new(|| Calendar::parse(NATIONAL).expect("rules/holidays.toml is well-formed"));

/// How far Shanghai is ahead of UTC.
const SHANGHAI: TimeDelta = TimeDelta::hours(8);

/// The courier takes curtains at 16:00 in Shanghai on working days (facts: limits `curtain_dispatch`).
const COURIER: TimeDelta = TimeDelta::hours(16);

/// The days that do not follow the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    off: BTreeSet<NaiveDate>,
    work: BTreeSet<NaiveDate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    days: Vec<Days>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "names, status and source are for people; reading them keeps the file complete")]
struct Days {
    zh: String,
    en: String,
    kind: DayKind,
    status: Status,
    source: String,
    dates: Vec<NaiveDate>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum DayKind {
    Off,
    Work,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Published,
    Provisional,
}

impl Calendar {
    /// The State Council's arrangement, `rules/holidays.toml`.
    #[must_use]
    pub fn national() -> &'static Self {
        &CALENDAR
    }

    /// Reads a calendar.
    ///
    /// # Errors
    /// What TOML says about the first wrong field or date.
    pub fn parse(text: &str) -> Result<Self, toml::de::Error> {
        let File { days } = toml::from_str(text)?;
        let mut calendar = Self { off: BTreeSet::new(), work: BTreeSet::new() };
        for group in days {
            match group.kind {
                DayKind::Off => calendar.off.extend(group.dates),
                DayKind::Work => calendar.work.extend(group.dates),
            }
        }
        Ok(calendar)
    }

    /// Whether people work on this day: a make-up day wins over a holiday, a holiday over the week.
    #[must_use]
    pub fn is_working_day(&self, day: NaiveDate) -> bool {
        self.work.contains(&day) || (!self.off.contains(&day) && !matches!(day.weekday(), Weekday::Sat | Weekday::Sun))
    }

    /// The first working day after this day.
    #[must_use]
    pub fn next_working_day(&self, day: NaiveDate) -> NaiveDate {
        day.iter_days().skip(1).find(|next| self.is_working_day(*next)).unwrap_or(day)
    }

    /// The day that many working days later; the day itself when 0.
    #[must_use]
    pub fn add_working_days(&self, day: NaiveDate, days: u32) -> NaiveDate {
        (0..days).fold(day, |day, _| self.next_working_day(day))
    }

    /// When the courier leaves next: today at 16:00 in Shanghai if that is a working day and still ahead, otherwise on the
    /// next working day. What is asked for at a weekend goes on Monday.
    #[must_use]
    pub fn next_courier(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let today = shanghai_date(now);
        let at = |day: NaiveDate| (day.and_time(NaiveTime::MIN) + COURIER - SHANGHAI).and_utc();
        if self.is_working_day(today) && now < at(today) { at(today) } else { at(self.next_working_day(today)) }
    }
}

/// The date in Shanghai: what "today" means in every rule.
#[must_use]
pub fn shanghai_date(now: DateTime<Utc>) -> NaiveDate {
    (now.naive_utc() + SHANGHAI).date()
}

/// Whether people work on this day, by the national calendar.
#[must_use]
pub fn is_working_day(day: NaiveDate) -> bool {
    Calendar::national().is_working_day(day)
}

/// The first working day after this day, by the national calendar.
#[must_use]
pub fn next_working_day(day: NaiveDate) -> NaiveDate {
    Calendar::national().next_working_day(day)
}

/// The day that many working days later, by the national calendar.
#[must_use]
pub fn add_working_days(day: NaiveDate, days: u32) -> NaiveDate {
    Calendar::national().add_working_days(day, days)
}

/// When the courier leaves next, by the national calendar.
#[must_use]
pub fn next_courier(now: DateTime<Utc>) -> DateTime<Utc> {
    Calendar::national().next_courier(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn time(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_national_calendar_can_be_read() {
        let calendar = Calendar::parse(NATIONAL).unwrap();
        assert!(calendar.off.is_disjoint(&calendar.work));
        assert!(Calendar::parse("days = [{ kind = \"off\" }]").is_err());
    }

    #[test]
    fn each_year_has_as_many_working_days_as_arranged() {
        let worked = |year: i32| {
            let first = NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
            first.iter_days().take_while(|day| day.year() == year).filter(|day| is_working_day(*day)).count()
        };
        assert_eq!((worked(2025), worked(2026)), (248, 248));
    }

    #[test]
    fn spring_festival_2026_is_nine_days_between_two_working_saturdays() {
        assert!(is_working_day(day("2026-02-14")) && is_working_day(day("2026-02-28")));
        assert!((15..=23).all(|d| !is_working_day(NaiveDate::from_ymd_opt(2026, 2, d).unwrap())));
        assert_eq!(next_working_day(day("2026-02-14")), day("2026-02-24"));
        assert_eq!(add_working_days(day("2026-02-13"), 2), day("2026-02-24"));
        assert_eq!(add_working_days(day("2026-02-15"), 0), day("2026-02-15"));
    }

    #[test]
    fn twenty_working_days_take_four_weeks_without_holidays() {
        assert_eq!(add_working_days(day("2026-03-02"), 20), day("2026-03-30"));
    }

    #[test]
    fn the_courier_leaves_at_four_in_the_afternoon() {
        assert_eq!(next_courier(time("2026-03-02T07:59:59Z")), time("2026-03-02T08:00:00Z"));
        assert_eq!(next_courier(time("2026-03-02T08:00:00Z")), time("2026-03-03T08:00:00Z"));
        // Friday evening, and a Saturday that is Sunday in Shanghai already.
        assert_eq!(next_courier(time("2026-03-06T12:00:00Z")), time("2026-03-09T08:00:00Z"));
        assert_eq!(next_courier(time("2026-03-07T17:00:00Z")), time("2026-03-09T08:00:00Z"));
    }

    #[test]
    fn the_day_begins_in_shanghai() {
        assert_eq!(shanghai_date(time("2026-03-01T15:59:59Z")), day("2026-03-01"));
        assert_eq!(shanghai_date(time("2026-03-01T16:00:00Z")), day("2026-03-02"));
    }
}
