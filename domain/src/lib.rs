//! The filing business as values and pure functions: no I/O, no clock, no randomness.
#![warn(missing_docs)]

pub mod access;
pub mod authorization_code;
pub mod calendar;
pub mod certificate;
pub mod checksum;
pub mod company;
pub mod contact;
pub mod dossier;
pub mod example;
pub mod filing_number;
pub mod host;
pub mod id;
pub mod member;
pub mod message;
pub mod notice;
pub mod order;
pub mod person;
pub mod photo;
pub mod reason;
pub mod region;
pub mod resource;
pub mod review;
pub mod rules;
pub mod service;
pub mod subject;
pub mod table;
pub mod text;
pub mod violation;
