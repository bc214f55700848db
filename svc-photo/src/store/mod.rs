//! What this service remembers beside the pictures. The only place with SQL; it decides nothing.

pub(crate) mod curtain;
pub(crate) mod filing;
pub(crate) mod material;
pub(crate) mod photo;
mod schema;
pub(crate) mod verification;

use chassis::failure::Failure;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn to_json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(Failure::internal)
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    serde_json::from_value(value).map_err(|error| Failure::internal(format!("a stored value cannot be read: {error}")))
}

fn rows(most: usize) -> Result<i64, Failure> {
    i64::try_from(most).map_err(Failure::internal)
}
