//! What this service does by the clock.

mod contact;
mod send;

pub(crate) use send::{Office, SENDS, Sender};
