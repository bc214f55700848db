//! Timed work: the exchange with the authority, and how long the queue waits. A step is a function that tests call themselves.

mod handover;
mod office;

pub use office::{Dossier, Office};
