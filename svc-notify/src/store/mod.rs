//! What this service remembers. The only place with SQL; it decides nothing.

pub(crate) mod attempt;
pub(crate) mod filing;
pub(crate) mod notice;
pub(crate) mod schema;

use chassis::failure::Failure;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use domain::{
    notice::{Channel, NoticeKind},
    order::PrincipalRole,
};

/// The tables of this service.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The name of a principal in tables, paths and answers.
pub(crate) fn principal_name(principal: PrincipalRole) -> &'static str {
    match principal {
        PrincipalRole::Subject => "subject",
        PrincipalRole::Service => "service",
    }
}

fn principal(name: &str) -> Result<PrincipalRole, Failure> {
    match name {
        "subject" => Ok(PrincipalRole::Subject),
        "service" => Ok(PrincipalRole::Service),
        other => Err(Failure::internal(format!("a stored notice is for {other}"))),
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
