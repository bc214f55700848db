//! What this service remembers. The only place with SQL; it decides nothing.

pub(crate) mod attempt;
pub(crate) mod filing;
pub(crate) mod notice;
pub(crate) mod schema;

use chassis::failure::Failure;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use domain::{
    notice::{Channel, NoticeKind, Receiver},
    order::PrincipalRole,
};
use uuid::Uuid;

/// The tables of this service.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The name of a principal in paths.
pub(crate) fn principal_name(principal: PrincipalRole) -> &'static str {
    match principal {
        PrincipalRole::Subject => "subject",
        PrincipalRole::Service => "service",
    }
}

/// The name of a receiver in tables and answers.
pub(crate) fn receiver_name(receiver: Receiver) -> &'static str {
    match receiver {
        Receiver::Principal(principal) => principal_name(principal),
        Receiver::Owner(_) => "owner",
    }
}

fn receiver(name: &str, account: Option<Uuid>) -> Result<Receiver, Failure> {
    match (name, account) {
        ("subject", None) => Ok(Receiver::Principal(PrincipalRole::Subject)),
        ("service", None) => Ok(Receiver::Principal(PrincipalRole::Service)),
        ("owner", Some(account)) => Ok(Receiver::Owner(account.into())),
        (other, _) => Err(Failure::internal(format!("a stored notice is for {other}"))),
    }
}

fn channel(name: &str) -> Result<Channel, Failure> {
    [Channel::Mail, Channel::Sms]
        .into_iter()
        .find(|channel| channel.as_str() == name)
        .ok_or_else(|| Failure::internal(format!("a stored notice goes by {name}")))
}

fn kind(name: &str) -> Result<NoticeKind, Failure> {
    NoticeKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == name)
        .ok_or_else(|| Failure::internal(format!("a stored notice is of the kind {name}")))
}
