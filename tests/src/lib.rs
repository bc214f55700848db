//! The stories of whole filings, told over REST alone: for the demo, the flow tests and the benchmark.
#![warn(missing_docs)]

pub mod bench;
pub mod example;
pub mod story;
pub mod timeline;
pub mod wait;
pub mod world;
