//! How a sending ended, whichever way it went. It knows no server.

/// How a sending ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The other side took it; `vendor_id` is its number of it.
    Sent {
        /// What the other side calls it.
        vendor_id: String,
    },
    /// Certainly not sent, and later may go better.
    Deferred {
        /// Why.
        code: String,
    },
    /// Certainly not sent, and only a change will help: of the address, the template, the account.
    Refused {
        /// Why.
        code: String,
    },
    /// Nobody knows: the request left, and no answer came.
    Unknown {
        /// What happened instead.
        code: String,
    },
    /// There is no address to send to.
    NoContact,
}

impl Outcome {
    /// Certainly not sent, and later may go better.
    pub(crate) fn deferred(code: impl Into<String>) -> Self {
        Self::Deferred { code: clipped(code.into()) }
    }

    /// Certainly not sent, and only a change will help.
    pub(crate) fn refused(code: impl Into<String>) -> Self {
        Self::Refused { code: clipped(code.into()) }
    }

    /// Nobody knows.
    pub(crate) fn unknown(code: impl Into<String>) -> Self {
        Self::Unknown { code: clipped(code.into()) }
    }

    /// The name in API, database and metrics.
    #[must_use]
    pub(crate) fn as_str(&self) -> &'static str {
        match self {
            Self::Sent { .. } => "sent",
            Self::Deferred { .. } => "deferred",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
            Self::NoContact => "no_contact",
        }
    }

    /// The other side's code, where there is one.
    #[must_use]
    pub(crate) fn code(&self) -> Option<&str> {
        match self {
            Self::Deferred { code } | Self::Refused { code } | Self::Unknown { code } => Some(code),
            Self::Sent { .. } | Self::NoContact => None,
        }
    }

    /// What the other side calls it, when it took it.
    #[must_use]
    pub(crate) fn vendor_id(&self) -> Option<&str> {
        match self {
            Self::Sent { vendor_id } => Some(vendor_id),
            Self::Deferred { .. } | Self::Refused { .. } | Self::Unknown { .. } | Self::NoContact => None,
        }
    }
}

/// A code is short and made of plain characters; whatever else a server says may repeat the address.
fn clipped(code: String) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if code.len() <= 100 && code.chars().all(plain) { code } else { "unreadable".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_never_repeats_an_address() {
        let outcome = Outcome::refused("550 <lin@example.com> unknown");
        assert_eq!(outcome.code(), Some("unreadable"));
        assert_eq!(
            Outcome::deferred("LimitExceeded.PhoneNumberDailyLimit").code(),
            Some("LimitExceeded.PhoneNumberDailyLimit")
        );
    }
}
