//! svc-notify from the outside: messages and HTTP in; mails, SMS, rows and HTTP out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on ends")]

mod crash;
mod golden;
mod log;
mod notice;
mod phone_code;
mod privacy;
mod retry;
mod token;
mod world;
