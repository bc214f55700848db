//! Tests of the house itself: what may depend on what, what the topics are bound to. They need no server.

mod bindings;
mod graph;
