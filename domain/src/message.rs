//! What the services tell one another: the only thing that crosses between them. Ids and codes, never personal data.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::StaffId;
use crate::authorization_code::Why;
use crate::id::{AccountId, CurtainId, MaterialId, OrderId, PhotoId, VerificationId};
use crate::order::{Call, Event, Lapse, Numbers, Plan, PrincipalRole, Principals, Reason, StateName};

/// A message, tagged by who tells what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", rename_all = "snake_case")]
pub enum Message {
    /// svc-orders: something happened to an order.
    Order(OrderNews),
    /// svc-review: what the reviewers did.
    Review(ReviewNews),
    /// svc-review: what the exchange with the authority brought.
    Authority(AuthorityNews),
    /// svc-photo: a material came or went.
    Material(MaterialNews),
    /// svc-photo: an identity verification ended.
    Verification(VerificationNews),
    /// svc-photo: curtains and curtain photos.
    Photo(PhotoNews),
    /// svc-orders: something that an account should hear and that is no order of its own.
    Account(AccountNews),
}

/// Something happened to an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderNews {
    /// Which order.
    pub order: OrderId,
    /// Whose.
    pub account: AccountId,
    /// What was settled at its opening.
    pub plan: Plan,
    /// Its round after the event.
    pub round: u32,
    /// Its state after the event.
    pub state: StateName,
    /// Its version after the event.
    pub version: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// What. Not flattened: the event of a submission has a round of its own.
    pub event: Event,
}

/// What the reviewers did with an order's round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewNews {
    /// Which order.
    pub order: OrderId,
    /// Which submission of it.
    pub round: u32,
    /// What.
    #[serde(flatten)]
    pub step: ReviewStep,
}

/// A step of the initial review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum ReviewStep {
    /// A principal was called.
    Called {
        /// The call.
        call: Call,
    },
    /// Passed.
    Passed {
        /// By whom.
        by: Vec<StaffId>,
    },
    /// Sent back.
    Returned {
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// What the exchange with the authority brought for an order's round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorityNews {
    /// Which order.
    pub order: OrderId,
    /// Which submission of it.
    pub round: u32,
    /// What.
    #[serde(flatten)]
    pub step: AuthorityStep,
}

/// A step of the exchange with the authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum AuthorityStep {
    /// It is this order's turn; orders answers with `handover_begun`, and only then it is sent.
    Ready,
    /// The authority took it.
    Received {
        /// Who must verify by SMS.
        sms: Principals,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A principal verified.
    SmsVerified {
        /// Who.
        principal: PrincipalRole,
    },
    /// The codes were sent again.
    SmsResent {
        /// The deadline now.
        until: DateTime<Utc>,
    },
    /// The verification lapsed.
    SmsLapsed {
        /// Why.
        why: Lapse,
    },
    /// Filed.
    Granted {
        /// The numbers.
        numbers: Numbers,
    },
    /// Refused.
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// A material came or went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaterialNews {
    /// Which order it belongs to.
    pub order: OrderId,
    /// Which material.
    pub material: MaterialId,
    /// Its kind, a key of the material table ("`subject_certificate`").
    pub kind: String,
    /// The service it belongs to, counted from 0; none for the subject.
    pub service: Option<u16>,
    /// Whether it is there.
    pub state: MaterialState,
}

/// Whether a material is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaterialState {
    /// Uploaded, decoded and kept.
    Accepted,
    /// Removed by the customer.
    Removed,
}

/// An identity verification ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationNews {
    /// Which order.
    pub order: OrderId,
    /// Which verification.
    pub verification: VerificationId,
    /// Fingerprint of the person verified (a blind index), so that another principal does not inherit it.
    pub person: String,
    /// Whether the vendor recognised the person.
    pub outcome: VerificationOutcome,
}

/// How an identity verification ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerificationOutcome {
    /// The living person is who the document says.
    Passed,
    /// Not the same person, or not alive.
    Failed,
}

/// Curtains and curtain photos of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoNews {
    /// Which order.
    pub order: OrderId,
    /// What.
    #[serde(flatten)]
    pub step: PhotoStep,
}

/// A step of the curtain way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum PhotoStep {
    /// The customer asked for a curtain.
    CurtainRequested {
        /// Which request.
        curtain: CurtainId,
        /// When the courier leaves.
        dispatch_at: DateTime<Utc>,
    },
    /// The curtain is on its way.
    CurtainDispatched {
        /// Which request.
        curtain: CurtainId,
    },
    /// A photo came.
    Uploaded {
        /// Which.
        photo: PhotoId,
    },
    /// It is good.
    Accepted {
        /// Which.
        photo: PhotoId,
    },
    /// It is not.
    Refused {
        /// Which.
        photo: PhotoId,
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// Something that an account should hear.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountNews {
    /// Whose.
    pub account: AccountId,
    /// When.
    pub at: DateTime<Utc>,
    /// What. Not flattened: its fields are its own.
    pub event: AccountEvent,
}

/// What an account can hear of. Ids of resources are the provider's and name nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum AccountEvent {
    /// An authorization code was granted to it.
    CodeGranted {
        /// The resource.
        resource: String,
    },
    /// An account that it trusts got a code of its resource, without being asked again.
    CodeApproved {
        /// The resource.
        resource: String,
    },
    /// A service was filed by a code of its resource.
    CodeUsed {
        /// The resource.
        resource: String,
    },
    /// A code that it gave or got serves nothing any more.
    CodeEnded {
        /// The resource.
        resource: String,
        /// Why.
        why: Why,
    },
    /// The authority has not on file any more what nobody here asked to cancel.
    FilingCancelled {
        /// The numbers.
        numbers: Vec<String>,
    },
    /// The authority does not have us as the provider of services any more.
    AccessLost {
        /// The numbers.
        numbers: Vec<String>,
    },
    /// The authority has other data on file, or more, and the ledger follows.
    FilingChanged {
        /// The numbers.
        numbers: Vec<String>,
    },
}

impl AccountEvent {
    /// Its name in topics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CodeGranted { .. } => "code_granted",
            Self::CodeApproved { .. } => "code_approved",
            Self::CodeUsed { .. } => "code_used",
            Self::CodeEnded { .. } => "code_ended",
            Self::FilingCancelled { .. } => "filing_cancelled",
            Self::AccessLost { .. } => "access_lost",
            Self::FilingChanged { .. } => "filing_changed",
        }
    }
}

impl Message {
    /// Every topic there is, so that a test can prove that each reaches somebody.
    pub const TOPICS: [&str; 52] = [
        "account.code_granted",
        "account.code_approved",
        "account.code_used",
        "account.code_ended",
        "account.filing_cancelled",
        "account.access_lost",
        "account.filing_changed",
        "draft.opened",
        "draft.saved",
        "draft.verified",
        "draft.verification_dropped",
        "order.submitted",
        "order.consented",
        "order.declined",
        "order.withdrawn",
        "order.abandoned",
        "order.expired",
        "order.reminded",
        "order.purged",
        "order.call_recorded",
        "order.assisted",
        "order.passed",
        "order.returned",
        "order.photo_recorded",
        "order.photo_accepted",
        "order.photo_refused",
        "order.handover_begun",
        "order.received",
        "order.sms_verified",
        "order.sms_resent",
        "order.sms_lapsed",
        "order.granted",
        "order.refused",
        "review.called",
        "review.passed",
        "review.returned",
        "authority.ready",
        "authority.received",
        "authority.sms_verified",
        "authority.sms_resent",
        "authority.sms_lapsed",
        "authority.granted",
        "authority.refused",
        "material.accepted",
        "material.removed",
        "verification.passed",
        "verification.failed",
        "photo.curtain_requested",
        "photo.curtain_dispatched",
        "photo.uploaded",
        "photo.accepted",
        "photo.refused",
    ];

    /// The routing key: `draft.<event>` for what concerns its customer alone, `order.<event>` for the rest, `review.<step>`, `authority.<step>`, `material.<state>`, `account.<event>`, …
    #[must_use]
    pub fn topic(&self) -> String {
        match self {
            Self::Order(news) if news.event.is_drafting() => format!("draft.{}", news.event.name()),
            Self::Order(news) => format!("order.{}", news.event.name()),
            Self::Review(news) => format!("review.{}", news.step.name()),
            Self::Authority(news) => format!("authority.{}", news.step.name()),
            Self::Material(news) => match news.state {
                MaterialState::Accepted => "material.accepted".to_owned(),
                MaterialState::Removed => "material.removed".to_owned(),
            },
            Self::Verification(news) => match news.outcome {
                VerificationOutcome::Passed => "verification.passed".to_owned(),
                VerificationOutcome::Failed => "verification.failed".to_owned(),
            },
            Self::Photo(news) => format!("photo.{}", news.step.name()),
            Self::Account(news) => format!("account.{}", news.event.name()),
        }
    }

    /// The id of what it is about: the order's, or the account's.
    #[must_use]
    pub fn about(&self) -> Uuid {
        match self {
            Self::Order(OrderNews { order, .. })
            | Self::Review(ReviewNews { order, .. })
            | Self::Authority(AuthorityNews { order, .. })
            | Self::Material(MaterialNews { order, .. })
            | Self::Verification(VerificationNews { order, .. })
            | Self::Photo(PhotoNews { order, .. }) => order.uuid(),
            Self::Account(news) => news.account.uuid(),
        }
    }
}

impl ReviewStep {
    /// The step's name in topics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Called { .. } => "called",
            Self::Passed { .. } => "passed",
            Self::Returned { .. } => "returned",
        }
    }
}

impl AuthorityStep {
    /// The step's name in topics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Received { .. } => "received",
            Self::SmsVerified { .. } => "sms_verified",
            Self::SmsResent { .. } => "sms_resent",
            Self::SmsLapsed { .. } => "sms_lapsed",
            Self::Granted { .. } => "granted",
            Self::Refused { .. } => "refused",
        }
    }
}

impl PhotoStep {
    /// The step's name in topics.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::CurtainRequested { .. } => "curtain_requested",
            Self::CurtainDispatched { .. } => "curtain_dispatched",
            Self::Uploaded { .. } => "uploaded",
            Self::Accepted { .. } => "accepted",
            Self::Refused { .. } => "refused",
        }
    }
}
