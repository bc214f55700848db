//! What happened to an order, as stored and as told to the other services. No personal data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Call, Lapse, Numbers, PrincipalRole, Principals, Reason, Reminder, Section};
use crate::access::StaffId;
use crate::id::{PhotoId, VerificationId};

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// The order was opened.
    Opened,
    /// A section was saved.
    Saved {
        /// Which.
        section: Section,
    },
    /// The electronic verification was accepted.
    Verified {
        /// Which.
        verification: VerificationId,
    },
    /// The verified person is no longer the principal.
    VerificationDropped,
    /// It was handed in.
    Submitted {
        /// The round that begins.
        round: u32,
        /// The rule pack it was checked by.
        revision: String,
        /// How many services.
        services: usize,
        /// The different people to call: one entry when one person holds both offices.
        principals: Principals,
        /// Whether reviewers may correct it.
        assist: bool,
    },
    /// The other account consented.
    Consented {
        /// The different people to call, as the submission told them.
        principals: Principals,
    },
    /// The other account did not.
    Declined {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The customer took it back.
    Withdrawn,
    /// The customer gave up.
    Abandoned,
    /// Nobody touched it for too long.
    Expired,
    /// The customer was reminded.
    Reminded {
        /// Of what.
        of: Reminder,
        /// When it happens if nothing is done.
        until: DateTime<Utc>,
    },
    /// What an ended order held was deleted.
    Purged,
    /// A principal was called.
    CallRecorded {
        /// The call.
        call: Call,
    },
    /// A reviewer corrected a section.
    Assisted {
        /// Which.
        section: Section,
        /// Who.
        by: StaffId,
    },
    /// The initial review passed it.
    Passed {
        /// Who.
        by: Vec<StaffId>,
    },
    /// The initial review sent it back.
    Returned {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A curtain photo came.
    PhotoRecorded {
        /// Which.
        photo: PhotoId,
    },
    /// It is good.
    PhotoAccepted {
        /// Which.
        photo: PhotoId,
    },
    /// It is not.
    PhotoRefused {
        /// Which.
        photo: PhotoId,
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The sending to the authority began.
    HandoverBegun,
    /// The authority took it.
    Received {
        /// Who must verify by SMS.
        sms: Principals,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A principal verified by SMS.
    SmsVerified {
        /// Who.
        principal: PrincipalRole,
    },
    /// The codes were sent again.
    SmsResent {
        /// The deadline now.
        until: DateTime<Utc>,
    },
    /// The SMS verification lapsed.
    SmsLapsed {
        /// Why.
        why: Lapse,
    },
    /// The authority filed it.
    Granted {
        /// The numbers.
        numbers: Numbers,
    },
    /// The authority refused it.
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
}

impl Event {
    /// Whether it concerns the draft in its customer's hands, and no reviewer yet.
    #[must_use]
    pub fn is_drafting(&self) -> bool {
        matches!(self, Self::Opened | Self::Saved { .. } | Self::Verified { .. } | Self::VerificationDropped)
    }

    /// The event's name in tables and message topics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Saved { .. } => "saved",
            Self::Verified { .. } => "verified",
            Self::VerificationDropped => "verification_dropped",
            Self::Submitted { .. } => "submitted",
            Self::Consented { .. } => "consented",
            Self::Declined { .. } => "declined",
            Self::Withdrawn => "withdrawn",
            Self::Abandoned => "abandoned",
            Self::Expired => "expired",
            Self::Reminded { .. } => "reminded",
            Self::Purged => "purged",
            Self::CallRecorded { .. } => "call_recorded",
            Self::Assisted { .. } => "assisted",
            Self::Passed { .. } => "passed",
            Self::Returned { .. } => "returned",
            Self::PhotoRecorded { .. } => "photo_recorded",
            Self::PhotoAccepted { .. } => "photo_accepted",
            Self::PhotoRefused { .. } => "photo_refused",
            Self::HandoverBegun => "handover_begun",
            Self::Received { .. } => "received",
            Self::SmsVerified { .. } => "sms_verified",
            Self::SmsResent { .. } => "sms_resent",
            Self::SmsLapsed { .. } => "sms_lapsed",
            Self::Granted { .. } => "granted",
            Self::Refused { .. } => "refused",
        }
    }
}
