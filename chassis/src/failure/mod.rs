//! What went wrong, told twice: to the client in fixed words, and to us with the reason. It is rendered as a problem of RFC 9457.

mod kind;
mod render;
mod source;

use std::{fmt, time::Duration};

use domain::{rules::Basis, violation::Severity};
use serde::{Deserialize, Serialize};

pub use kind::Kind;

/// What the client should wait before it repeats a request that met a lock.
const AFTER_A_LOCK: Duration = Duration::from_secs(1);

/// A failed request or message. `Display` shows what the client may read, `Debug` also the reason that only the log may hold.
pub struct Failure(Box<Details>);

struct Details {
    kind: Kind,
    text: String,
    errors: Vec<FieldError>,
    because: Option<String>,
    retry_after: Option<Duration>,
    current: Option<i64>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// JSON pointer (RFC 6901) into the document that was sent; empty for the whole of it.
    pub pointer: String,
    /// The rule that it breaks, stable across versions.
    pub rule: String,
    /// What is wrong, in Chinese.
    pub message: String,
    /// What is wrong, in English.
    pub message_en: String,
    /// What to do about it, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What to do about it, in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix_en: Option<String>,
    /// How much the rule weighs; what is refused for its form has no weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// The word of the rule's list that was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hit: Option<String>,
    /// Where the rule is from, and since when it holds.
    #[serde(flatten)]
    pub basis: Option<Basis>,
}

impl FieldError {
    /// What is wrong with a field, in Chinese and in English, without advice and without a source.
    #[must_use]
    pub fn new(pointer: impl Into<String>, rule: impl Into<String>, [zh, en]: [&str; 2]) -> Self {
        let (pointer, rule, message, message_en) = (pointer.into(), rule.into(), zh.to_owned(), en.to_owned());
        let (fix, fix_en, severity, hit, basis) = (None, None, None, None, None);
        Self { pointer, rule, message, message_en, fix, fix_en, severity, hit, basis }
    }
}

/// Each constructor takes the text for the client: English, and without anything that the client does not know already.
impl Failure {
    fn of(kind: Kind, text: impl Into<String>) -> Self {
        let (errors, because, retry_after, current) = (Vec::new(), None, None, None);
        Self(Box::new(Details { kind, text: text.into(), errors, because, retry_after, current }))
    }

    /// 400: the request cannot be read at all. A message that fails so is kept as a dead letter.
    pub fn unreadable(text: impl Into<String>) -> Self {
        Self::of(Kind::Unreadable, text)
    }

    /// 401: nobody knows who asks.
    pub fn unauthenticated(text: impl Into<String>) -> Self {
        Self::of(Kind::Unauthenticated, text)
    }

    /// 403: the thing may be known to exist, and this may not be done with it.
    pub fn forbidden(text: impl Into<String>) -> Self {
        Self::of(Kind::Forbidden, text)
    }

    /// 404: there is no such thing, or it must not be known to exist.
    pub fn not_found(text: impl Into<String>) -> Self {
        Self::of(Kind::NotFound, text)
    }

    /// 409: not in the state that it is in.
    pub fn conflict(text: impl Into<String>) -> Self {
        Self::of(Kind::Conflict, text)
    }

    /// 412: meant for another version than the current one, which goes into the `ETag`.
    #[must_use]
    pub fn stale(current: i64) -> Self {
        let mut failure = Self::of(Kind::Stale, "This was changed meanwhile. Read it again and repeat your change.");
        failure.0.current = Some(current);
        failure
    }

    /// 413: larger than allowed.
    pub fn too_large(text: impl Into<String>) -> Self {
        Self::of(Kind::TooLarge, text)
    }

    /// 415: of a type that is not taken here.
    pub fn unsupported(text: impl Into<String>) -> Self {
        Self::of(Kind::Unsupported, text)
    }

    /// 422: readable, and against the rules.
    pub fn rejected(text: impl Into<String>, errors: Vec<FieldError>) -> Self {
        let mut failure = Self::of(Kind::Rejected, text);
        failure.0.errors = errors;
        failure
    }

    /// 422: the idempotency key was used for another request.
    #[must_use]
    pub fn key_reused() -> Self {
        Self::of(Kind::KeyReused, "This Idempotency-Key was used for another request. Use a new key.")
    }

    /// 428: a change without the version it is meant for, or an action without an idempotency key.
    #[must_use]
    pub fn precondition_required() -> Self {
        Self::of(Kind::PreconditionRequired, "Send If-Match with a change, and Idempotency-Key with an action.")
    }

    /// 429: too often.
    #[must_use]
    pub fn too_many(retry_after: Duration) -> Self {
        Self::of(Kind::TooMany, "There were too many requests. Come back later.").retry_after(retry_after)
    }

    /// 500: our own fault; the client gets a fixed text, the log the reason.
    pub fn internal(because: impl fmt::Display) -> Self {
        Self::of(Kind::Internal, "Something went wrong on our side.").because(because)
    }

    /// 503: something that is needed is away for the moment.
    pub fn unavailable(text: impl Into<String>, retry_after: Duration) -> Self {
        Self::of(Kind::Unavailable, text).retry_after(retry_after)
    }

    /// Adds what is wrong with a field. `message` is Chinese and English divided by ` / `; without a divider it stands for both.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, rule: impl Into<String>, message: &str) -> Self {
        let (zh, en) = message.split_once(" / ").unwrap_or((message, message));
        self.0.errors.push(FieldError::new(pointer, rule, [zh, en]));
        self
    }

    /// Adds what is wrong with several fields.
    #[must_use]
    pub fn with(mut self, errors: Vec<FieldError>) -> Self {
        self.0.errors.extend(errors);
        self
    }

    /// Adds the reason, for the log alone: ids and codes, never personal data.
    #[must_use]
    pub fn because(mut self, reason: impl fmt::Display) -> Self {
        self.0.because = Some(reason.to_string());
        self
    }

    /// Tells the client when to try again, which also says that trying again can help.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.kind().status()
    }

    /// The kind of failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What is wrong with which field.
    #[must_use]
    pub fn errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    /// Whether repeating cannot help: a 4xx that does not say when to try again (429 and lost locks do).
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        (400..500).contains(&self.status()) && self.0.retry_after.is_none()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { kind, text, errors, because, .. } = &*self.0;
        write!(f, "{} {}: {text}", kind.status(), kind.code())?;
        for error in errors {
            write!(f, "; at {:?} {}", error.pointer, error.rule)?;
        }
        if let Some(because) = because {
            write!(f, "; because: {because}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}

#[cfg(test)]
mod tests;
