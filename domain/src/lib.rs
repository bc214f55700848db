//! The filing business as values and pure functions: no I/O, no clock, no randomness.
#![warn(missing_docs)]

pub mod access;
pub mod filing_number;
pub mod id;
pub mod message;
pub mod notice;
pub mod order;
pub mod photo;
pub mod reason;
pub mod region;
pub mod review;
pub mod rules;
pub mod text;
pub mod violation;
