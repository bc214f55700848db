//! All four services and the outside world on one command: in one process, or as four.
#![warn(missing_docs)]

pub mod banner;
pub mod databases;
pub mod endpoints;
pub mod house;
pub mod keys;
pub mod page;
pub mod processes;
pub mod settings;

/// The services by the names of their processes, in the order in which they start.
pub const SERVICES: [&str; 4] = ["svc-orders", "svc-review", "svc-photo", "svc-notify"];
