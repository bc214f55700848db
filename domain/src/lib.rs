//! The filing business as values and pure functions: no I/O, no clock, no randomness.
#![warn(missing_docs)]

pub mod calendar;
pub mod company;
pub mod contact;
pub mod filing_number;
pub mod host;
pub mod id;
pub mod person;
pub mod region;
pub mod rules;
pub mod text;
pub mod violation;
