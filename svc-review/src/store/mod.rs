//! What the review remembers, and the only place that speaks SQL. It knows no HTTP and no authority.

pub mod exchange;
pub mod filed;
pub mod filing;
pub mod mark;
mod schema;
pub mod step;
pub mod task;
pub mod upload;

use chassis::failure::Failure;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use serde::{Serialize, de::DeserializeOwned};

/// This service's migrations.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// A value as a JSON column holds it.
fn json(value: &impl Serialize) -> Result<serde_json::Value, Failure> {
    serde_json::to_value(value).map_err(|error| Failure::internal(format!("a column could not be written: {error}")))
}

/// The value in a JSON column.
fn read<T: DeserializeOwned>(value: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| Failure::internal(format!("a column could not be read: {error}")))
}

/// A round as its column holds it.
fn round(round: u32) -> Result<i32, Failure> {
    i32::try_from(round).or(Err(Failure::internal("a round beyond two thousand million")))
}
