//! svc-orders from the outside: HTTP in; HTTP, rows and messages out.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod again;
mod code;
mod draft;
mod form;
mod golden;
mod import;
mod index;
mod kinds;
mod ledger_sync;
mod life;
mod list;
mod member;
mod once;
mod own;
mod peer;
mod plan;
mod resource;
mod rivals;
mod rules;
mod schema;
mod sealed;
mod search;
mod stream;
mod time;
mod world;
