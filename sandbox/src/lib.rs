//! The outside world in a box, over the real protocols. It knows nothing of our services.
#![warn(missing_docs)]

pub mod authority;
pub mod infra;
