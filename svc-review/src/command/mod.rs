//! What changes here, each within the caller's transaction: decide, write, tell. It knows no HTTP and no wire format.

pub mod answer;
pub mod desk;
pub mod exchange;
pub mod task;

use chassis::{audit, db::Tx, failure::Failure};
use chrono::{DateTime, Utc};
use domain::{
    access::{Actor, Role},
    id::OrderId,
};
use serde_json::Value;

/// How this service signs what nobody asked for.
pub const SELF: &str = "svc-review";

/// Who does something, for the audit trail.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// The token's subject, or this service.
    pub actor: &'a str,
    /// What they are.
    pub role: &'a str,
}

impl<'a> By<'a> {
    /// The service itself.
    pub const SERVICE: By<'static> = By { actor: SELF, role: "service" };

    /// A person.
    #[must_use]
    pub fn person(actor: &'a Actor) -> Self {
        Self { actor: &actor.id, role: role(actor.role) }
    }

    /// Notes an action in the audit trail of an order.
    pub async fn noted(
        self,
        tx: &mut Tx,
        now: DateTime<Utc>,
        (order, action): (OrderId, &str),
        detail: Value,
    ) -> Result<(), Failure> {
        let entry = audit::Entry { aggregate: order.uuid(), actor: self.actor, role: self.role, action, detail };
        audit::record(tx, now, &entry).await
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Customer => "customer",
        Role::SubAccount => "sub-account",
        Role::Reviewer => "reviewer",
        Role::Lead => "lead",
        Role::PhotoPoint => "photo-point",
        Role::Operations => "operations",
        Role::Service => "service",
    }
}
