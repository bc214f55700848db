//! What changed between two days: the rows that began to hold, and those that ceased to.

use chrono::NaiveDate;
use serde::Serialize;

use super::{Row, RulePack};
use crate::region::Province;
use crate::violation::RuleId;

/// Whether a row began to hold or ceased to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// It holds from that day.
    Began,
    /// From that day it holds no more.
    Ceased,
}

/// A row that changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// The day.
    pub on: NaiveDate,
    /// What happened.
    pub turn: Turn,
    /// The row.
    pub rule: RuleId,
    /// What it says, in Chinese.
    pub zh: String,
    /// The same in English.
    pub en: String,
}

/// What changed for a province after the first day and up to the second, oldest first; without a province, what changed for
/// all of them alike.
#[must_use]
pub fn diff(pack: &RulePack, from: NaiveDate, to: NaiveDate, province: Option<Province>) -> Vec<Change> {
    let turned = |row: &dyn Row| {
        let ((began, ceased), (zh, en)) = (row.term(), row.texts());
        let turns = [Some((Turn::Began, began)), ceased.map(|day| (Turn::Ceased, day))];
        let within = turns.into_iter().flatten().filter(|(_, day)| from < *day && *day <= to);
        let change = |(turn, on)| Change { on, turn, rule: row.id().clone(), zh: zh.to_owned(), en: en.to_owned() };
        within.map(change).collect::<Vec<_>>()
    };
    let mut changes: Vec<Change> = pack.rows().filter(|row| row.when().is_in(province)).flat_map(turned).collect();
    changes.sort();
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spring_of_2019_brought_one_domain_a_site() {
        let changes = diff(
            RulePack::national(),
            "2019-04-21".parse().unwrap(),
            "2019-04-22".parse().unwrap(),
            Some(Province::Liaoning),
        );
        let told: Vec<_> = changes.iter().map(|change| (change.turn, change.rule.as_str())).collect();
        let expected =
            [(Turn::Began, "national.service.domains.count"), (Turn::Ceased, "national.service.domains.count.2018")];
        assert_eq!(told, expected);
    }
}
