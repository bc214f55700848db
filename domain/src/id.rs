//! Typed ids: a UUID that cannot be taken for the id of something else. They are minted elsewhere (`chassis::clock::mint`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is no UUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a UUID")]
pub struct NotAnId;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID inside.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = NotAnId;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(raw).map(Self).or(Err(NotAnId))
            }
        }
    )+};
}

id! {
    /// A customer's account; one account files for one subject.
    AccountId,
    /// A filing order (备案订单).
    OrderId,
    /// A task of the reviewers' queue.
    TaskId,
    /// A curtain photo.
    PhotoId,
    /// An uploaded material.
    MaterialId,
    /// A request for a curtain (幕布).
    CurtainId,
    /// One face check.
    VerificationId,
    /// A message between the services.
    MessageId,
    /// A notice to a customer.
    NoticeId,
    /// A filed service: a website or an APP.
    ServiceId,
    /// A filed subject (主体).
    SubjectId,
    /// One exchange with the authority (a file sent or fetched).
    ExchangeId,
    /// One request for a phone code.
    PhoneCodeId,
    /// An authorization code (备案授权码): its row, not its digits.
    AuthorizationCodeId,
    /// Rights that an owner gave to somebody.
    MemberId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_what_it_writes() {
        let id = OrderId::from(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0001));
        assert_eq!(id.to_string(), "01990000-0000-7000-8000-000000000001");
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"01990000-0000-7000-8000-000000000001\"");
        assert_eq!(serde_json::from_str::<OrderId>(&json).unwrap(), id);
    }

    #[test]
    fn other_text_is_no_id() {
        for wrong in ["", "1", "01990000-0000-7000-8000-00000000000g"] {
            assert_eq!(wrong.parse::<OrderId>(), Err(NotAnId));
        }
    }
}
