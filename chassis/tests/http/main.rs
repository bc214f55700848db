//! The HTTP side of the chassis against real servers: tokens, requests, answers.

mod auth;
mod issuer;
mod requests;
mod world;
