//! Failures that come from below: the database, its pool, and the domain's violations. Database texts that may quote a row's
//! values are never taken along.

use std::time::Duration;

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use diesel_async::pooled_connection::deadpool::PoolError;
use domain::rules::Explained;

use super::{AFTER_A_LOCK, Failure, FieldError};

/// What a client is told to wait while the database is away.
const AFTER_AN_OUTAGE: Duration = Duration::from_secs(2);

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is non-exhaustive; the rest is our own fault")]
        match error {
            Error::NotFound => Self::not_found("There is no such thing."),
            Error::DatabaseError(kind, about) => from_database(&kind, &*about),
            Error::BrokenTransactionManager => away("the connection broke within a transaction"),
            Error::QueryBuilderError(error) => Self::internal(format!("a query could not be built: {error}")),
            Error::SerializationError(error) => Self::internal(format!("a value could not be written: {error}")),
            // Its text may quote the value.
            Error::DeserializationError(_) => Self::internal("a value of a row could not be read"),
            other => Self::internal(other),
        }
    }
}

fn from_database(kind: &DatabaseErrorKind, about: &dyn DatabaseErrorInformation) -> Failure {
    let constraint = about.constraint_name().unwrap_or("a constraint");
    let message = about.message();
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is non-exhaustive; the rest is told by its text")]
    match kind {
        DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::ExclusionViolation => {
            Failure::conflict("There is one already.").because(format!("{constraint} is violated"))
        }
        DatabaseErrorKind::ForeignKeyViolation | DatabaseErrorKind::RestrictViolation => {
            Failure::conflict("This belongs to something that is not there, or is still needed.")
                .because(format!("{constraint} is violated"))
        }
        DatabaseErrorKind::CheckViolation | DatabaseErrorKind::NotNullViolation => {
            Failure::internal(format!("{constraint} is violated: {message}"))
        }
        DatabaseErrorKind::SerializationFailure => busy(message),
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => away(message),
        _ => from_text(message),
    }
}

/// diesel does not pass the SQLSTATE on, so that the server's text must tell; a server may be set to speak Chinese.
fn from_text(message: &str) -> Failure {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["lock timeout", "deadlock detected", "could not obtain lock", "锁超时", "死锁", "could not serialize"])
    {
        busy(message)
    } else if says(&["statement timeout", "语句执行超时"]) {
        Failure::unavailable("This took too long.", AFTER_AN_OUTAGE).because(message)
    } else if says(&["terminating connection", "the database system is", "too many clients", "中断联接", "数据库系统"])
    {
        away(message)
    } else {
        Failure::internal(message)
    }
}

fn busy(why: &str) -> Failure {
    Failure::conflict("Somebody else is changing this at the moment. Try again.").because(why).retry_after(AFTER_A_LOCK)
}

fn away(why: impl std::fmt::Display) -> Failure {
    Failure::unavailable("The database does not answer.", AFTER_AN_OUTAGE).because(why)
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        away(error.to_string().trim_end())
    }
}

impl From<Vec<Explained>> for Failure {
    fn from(violations: Vec<Explained>) -> Self {
        let errors = violations.into_iter().map(FieldError::from).collect();
        Self::rejected("This breaks the rules; see the errors.", errors)
    }
}

impl From<Explained> for FieldError {
    fn from(Explained { violation, basis }: Explained) -> Self {
        Self {
            pointer: violation.pointer,
            rule: violation.rule.to_string(),
            message: violation.zh,
            message_en: violation.en,
            fix: violation.fix_zh,
            fix_en: violation.fix_en,
            severity: Some(violation.severity),
            hit: violation.hit,
            basis,
        }
    }
}
