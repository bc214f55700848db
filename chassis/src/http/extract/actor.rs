//! The person or program behind a request, by role. Asking for one is the check; what they may do is `domain::access`.

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use domain::access::{Actor, Role};
use futures::{FutureExt, future::LocalBoxFuture};

use super::gate;
use crate::failure::Failure;

/// An extractor that is an [`Actor`] of certain roles: 401 without a good token, 403 with another role.
macro_rules! actor_of {
    ($(#[$doc:meta])* $name:ident: $($role:ident)|+) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $name(pub Actor);

        impl FromRequest for $name {
            type Error = Failure;
            type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                let request = request.clone();
                async move { of_role(&request, &[$(Role::$role),+]).await.map(Self) }.boxed_local()
            }
        }

        impl Deref for $name {
            type Target = Actor;

            fn deref(&self) -> &Actor {
                &self.0
            }
        }
    };
}

actor_of! {
    /// Anybody with a good token.
    Signed: Customer | SubAccount | Reviewer | Lead | PhotoPoint | Operations | Service
}
actor_of! {
    /// A customer, or a sub-account of one. Always has an account.
    Customer: Customer | SubAccount
}
actor_of! {
    /// The owner of an account, and nobody else who works in it.
    Owner: Customer
}
actor_of! {
    /// A reviewer, or a lead.
    Reviewer: Reviewer | Lead
}
actor_of! {
    /// Operations staff.
    Operations: Operations
}
actor_of! {
    /// Another of our services.
    Peer: Service
}

async fn of_role(request: &HttpRequest, roles: &[Role]) -> Result<Actor, Failure> {
    let actor = gate(request)?.actor(request).await?;
    if !roles.contains(&actor.role) {
        let because = format!("the role {:?} is none of {roles:?}", actor.role);
        return Err(Failure::forbidden("Your role may not do this.").because(because));
    }
    Ok(actor)
}
