//! Whole filings over REST alone: every person does what a person would do, and the story fails where anything goes
//! otherwise. The outside world is played through its own pages.

mod curtain;
mod customer;
mod electronic;
mod kinds;
mod principal;
mod reviewer;

pub use curtain::curtain;
pub use customer::Filing;
pub use electronic::electronic;
pub use kinds::{Done, every_kind};

use std::time::Duration;

/// How long a step may take that happens behind the scenes (a message, a poll of the authority).
pub(crate) const SOON: Duration = Duration::from_secs(60);
