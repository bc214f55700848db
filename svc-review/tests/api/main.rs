//! svc-review from the outside: HTTP in; HTTP, rows and messages out, with the sandbox's authority on the other side.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets nothing where something must be has failed"
)]

mod decision;
mod desk;
mod exchange;
mod faults;
mod golden;
mod kinds;
mod ledger;
mod privacy;
mod queue;
mod status;
mod world;
