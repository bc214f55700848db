//! What handlers take from a request: a body, an idempotency key, a version, a person. It answers what is wrong with the form
//! of a request and knows nothing of its meaning.

mod actor;
mod body;
mod conditional;

pub use actor::{Customer, Operations, Owner, Peer, Reviewer, Signed};
pub use body::{Body, Content, Items, Raw, part};
pub use conditional::{IfMatch, Once, idempotency_key};

use actix_web::{HttpRequest, web};

use super::Gate;
use crate::failure::Failure;

/// The gate of the server; a server without one is wired wrongly.
fn gate(request: &HttpRequest) -> Result<web::Data<Gate>, Failure> {
    request.app_data::<web::Data<Gate>>().cloned().ok_or_else(|| Failure::internal("the server has no web::Data<Gate>"))
}
