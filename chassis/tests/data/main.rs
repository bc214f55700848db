//! The data side of the chassis against a real PostgreSQL: transactions, messages that leave and arrive once, the audit trail.
//!
//! Crash points belong to the whole process: run with nextest, which gives each test its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on ends"
)]

mod audit;
mod idempotency;
mod inbox;
mod migrate;
mod relay;
mod schema;
mod transact;
mod world;
