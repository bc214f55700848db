//! svc-photo from the outside: HTTP and messages in; HTTP, rows, objects and messages out.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on ends")]

mod access;
mod bad;
mod curtain;
mod golden;
mod library;
mod lists;
mod material;
mod photo;
mod token;
mod verification;
mod world;
