//! Orders as permissions: asking for one is the check. What is not yours does not exist.

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use chassis::{
    db::Tx,
    failure::Failure,
    http::{Customer, Peer, Reviewer, Signed},
};
use domain::{
    access::{Action, Actor},
    id::{AccountId, OrderId},
    member::Right,
    member::{Target, Verdict, judge},
};
use futures::{FutureExt, future::LocalBoxFuture};

use crate::{
    App, command,
    store::{self, order::Stored},
};

/// The account of a customer or sub-account.
pub(super) fn account(me: &Actor) -> Result<AccountId, Failure> {
    me.account.ok_or_else(|| Failure::forbidden("Your token names no account."))
}

/// Somebody's order, and who asks for it. Made only for those who may do `action` with it.
pub(super) struct Allowed {
    pub(super) me: Actor,
    pub(super) order: Stored,
}

/// The order, if `me` may do this with it: 404 for what may not be seen, as if it were not there, and 403 for what may be seen
/// and not done.
pub(super) async fn allowed(app: &App, me: Actor, id: OrderId, action: Action) -> Result<Allowed, Failure> {
    let look = async |tx: &mut Tx| Ok((store::order::read(tx, id).await?, app.grants(tx, &me).await?));
    let (order, grants) = app.db.read("order.read", look).await?;
    let (account, province) = (order.account, order.order.plan.province);
    let target = Target { account, province, subject: order.subject_index.as_deref() };
    match judge(&me, action, target, (&grants, app.clock.now())) {
        Verdict::Granted => Ok(Allowed { me, order }),
        Verdict::Forbidden => Err(command::member::not_granted(&me, &format!("{action:?} order {id}"))),
        Verdict::Absent => Err(store::order::absent().because(format!("{} may not {action:?} order {id}", me.id))),
    }
}

fn id(request: &HttpRequest) -> Result<OrderId, Failure> {
    let raw = request.match_info().get("id").unwrap_or_default();
    raw.parse().map_err(|error| store::order::absent().because(error))
}

fn app(request: &HttpRequest) -> Result<web::Data<App>, Failure> {
    request.app_data::<web::Data<App>>().cloned().ok_or_else(|| Failure::internal("the server has no web::Data<App>"))
}

/// An extractor of the order in the path for a kind of person and an action.
macro_rules! order_for {
    ($(#[$doc:meta])* $name:ident: $person:ident, $action:ident) => {
        $(#[$doc])*
        pub(super) struct $name(Allowed);

        impl Deref for $name {
            type Target = Allowed;

            fn deref(&self) -> &Allowed {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = Failure;
            type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (request, person) = (request.clone(), $person::from_request(request, payload));
                async move {
                    let $person(me) = person.await?;
                    allowed(&*app(&request)?, me, id(&request)?, Action::$action).await.map(Self)
                }
                .boxed_local()
            }
        }
    };
}

order_for! {
    /// An order that the asker may see.
    Seen: Signed, Read
}
order_for! {
    /// The customer's own order, for reading its draft.
    Opened: Customer, Read
}
order_for! {
    /// The customer's own order, for writing its draft.
    Mine: Customer, Edit
}
order_for! {
    /// The customer's own order, for handing it in or taking it back.
    Acted: Customer, Submit
}
order_for! {
    /// An order that a reviewer may correct.
    Assisted: Reviewer, Assist
}
order_for! {
    /// An order that another service asks for.
    Served: Peer, Serve
}

/// An extractor of who works in an account, owner or sub-account with a right that is limited to no subject.
macro_rules! with_right {
    ($(#[$doc:meta])* $name:ident: $right:ident) => {
        $(#[$doc])*
        pub(super) struct $name(Actor);

        impl Deref for $name {
            type Target = Actor;

            fn deref(&self) -> &Actor {
                &self.0
            }
        }

        impl FromRequest for $name {
            type Error = Failure;
            type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

            fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
                let (request, person) = (request.clone(), Customer::from_request(request, payload));
                async move {
                    let (Customer(me), app) = (person.await?, app(&request)?);
                    app.db
                        .read("member.rights", async |tx| app.must_have(tx, &me, (Right::$right, None)).await)
                        .await?;
                    Ok(Self(me))
                }
                .boxed_local()
            }
        }
    };
}

with_right! {
    /// Who may see what an account has: its ledger and its resources.
    Looks: Read
}
with_right! {
    /// Who may act for an account as a whole: say yes or no to an order of another one.
    Answers: Submit
}
with_right! {
    /// Who may make, lend and use authorization codes.
    Keeps: Codes
}
