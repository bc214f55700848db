//! The HTTP side of the chassis against real servers: tokens, requests, answers.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on ends")]

mod auth;
mod issuer;
mod requests;
mod world;
