//! The stage on which one service is tested: its own database, an inline bus, a clock that stands still, and the outside
//! world of this crate around it. It knows no service by name.

mod client;
mod database;
mod peers;
mod stage;

pub use client::{Answer, Ask, Client};
pub use database::{Database, admin_url};
pub use peers::Peers;
pub use stage::{Outside, Stage};

use chrono::{DateTime, Utc};

/// When all service tests take place: a Monday that is a working day, 12:00 in Shanghai.
#[must_use]
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_424_000, 0).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #[test]
    fn noon_is_noon_in_shanghai() {
        assert_eq!(super::noon().to_rfc3339(), "2026-03-02T04:00:00+00:00");
    }
}
