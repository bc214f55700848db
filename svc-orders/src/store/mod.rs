//! What this service remembers. The only place with SQL; it decides nothing.

pub(crate) mod access;
pub(crate) mod code;
pub(crate) mod draft;
pub(crate) mod ledger;
pub(crate) mod material;
pub(crate) mod member;
pub(crate) mod order;
mod schema;
pub(crate) mod search;

use chassis::failure::Failure;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

fn to_json(value: &impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(value).map_err(Failure::internal)
}

fn from_json<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    // What is stored holds ids and codes; the error names a field, not a value of a person.
    serde_json::from_value(value).map_err(|error| Failure::internal(format!("a stored value cannot be read: {error}")))
}
