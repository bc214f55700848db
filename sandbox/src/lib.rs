//! The outside world in a box, over the real protocols. It knows nothing of our services.
#![warn(missing_docs)]

pub mod authority;
pub mod behaviour;
pub mod face;
pub mod identity;
pub mod infra;
pub mod inventory;
pub mod kit;
pub mod mail;
mod page;
pub mod record;
mod server;
pub mod sms;
mod vendor;

pub use server::{Sandbox, SandboxArgs};
