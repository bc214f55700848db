//! Every stand-in, asked over its real protocol as a service would ask it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on ends")]

mod authority;
mod face;
mod identity;
mod inventory;
mod mail;
mod page;
mod sms;
mod vendor;
mod world;
