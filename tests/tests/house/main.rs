//! Tests of the house itself: what may depend on what, what the topics are bound to. They need no server.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

mod bindings;
mod graph;
mod manifests;
mod values;
