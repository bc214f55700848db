//! Where a principal or the owner of an account is reached, asked of svc-orders at the moment of sending, so that a corrected address is used at once.

use std::fmt;

use chassis::{
    failure::{Failure, Kind},
    peer::Peer,
};
use domain::{
    contact::{Email, Mobile},
    notice::Receiver,
};
use serde::Deserialize;

use crate::store::{notice::Due, principal_name};

/// Personal data: it lives as long as one sending.
#[derive(Default, Deserialize)]
pub(super) struct Contact {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    mobile: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

impl fmt::Debug for Contact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Contact(***)")
    }
}

impl Contact {
    /// How the person is called; empty when nobody wrote it yet.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(super) fn mobile(&self) -> Option<Mobile> {
        Mobile::try_from(self.mobile.as_deref()?).ok()
    }

    pub(super) fn email(&self) -> Option<Email> {
        Email::try_from(self.email.as_deref()?).ok()
    }
}

/// The contact; an empty one when the order or the account is gone.
pub(super) async fn ask(orders: &Peer, due: &Due) -> Result<Contact, Failure> {
    let path = match (due.to, due.order) {
        (Receiver::Owner(account), _) => format!("/v1/peer/accounts/{account}/contact"),
        (Receiver::Principal(who), Some(order)) => format!("/v1/peer/orders/{order}/contacts/{}", principal_name(who)),
        (Receiver::Principal(_), None) => return Err(Failure::internal("a notice to the principal of no order")),
    };
    match orders.get(&path).await {
        Ok(contact) => Ok(contact),
        Err(failure) if failure.kind() == Kind::NotFound => Ok(Contact::default()),
        Err(failure) => Err(failure),
    }
}
