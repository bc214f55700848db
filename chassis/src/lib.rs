//! What every service stands on: configuration, HTTP, database, bus, cache, sealing, telemetry. It knows no order.
#![warn(missing_docs)]

pub mod audit;
pub mod auth;
pub mod bus;
pub mod cache;
pub mod clock;
pub mod config;
pub mod db;
pub mod dead;
pub mod failure;
pub mod fault;
pub mod http;
pub mod idempotency;
pub mod inbox;
pub mod launch;
pub mod limiter;
pub mod outbox;
pub mod peer;
pub mod rulebook;
pub mod seal;
pub mod store;
pub mod supervise;
pub mod sweep;
pub mod tc3;
pub mod telemetry;
