//! What can be asked of an order. Whoever builds a command has checked the actor; the order checks the moment.

use chrono::{DateTime, Utc};

use super::{Call, Lapse, Numbers, PrincipalRole, Principals, Reason, Reminder, Section};
use crate::access::StaffId;
use crate::id::{PhotoId, VerificationId};

/// Proof that a draft was complete: `dossier::complete` alone makes one, and `Submit` asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    revision: String,
    services: usize,
    principals: Principals,
    assist: bool,
}

impl Readiness {
    pub(crate) fn new(revision: String, services: usize, principals: Principals, assist: bool) -> Self {
        Self { revision, services, principals, assist }
    }

    /// The different people behind the order: the subject's principal, and the service's where it is another person.
    #[must_use]
    pub fn principals(&self) -> &Principals {
        &self.principals
    }

    /// Revision of the rule pack that the draft was checked by.
    #[must_use]
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// How many services are filed.
    #[must_use]
    pub fn services(&self) -> usize {
        self.services
    }

    /// Whether reviewers may correct the order (协助更改).
    #[must_use]
    pub fn assist(&self) -> bool {
        self.assist
    }
}

/// One thing asked of an order. Those that come by message name the round they answer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// The customer saves a section.
    Save {
        /// Which section.
        section: Section,
        /// Whether the person to be verified is another one now.
        principal_changed: bool,
    },
    /// The face check of the present principal was accepted.
    RecordVerification {
        /// Which check.
        verification: VerificationId,
    },
    /// The customer hands in the complete order.
    Submit(Readiness),
    /// The other account consents.
    Consent,
    /// The other account does not.
    Decline,
    /// The customer takes it back.
    Withdraw,
    /// The customer gives up.
    Abandon,
    /// Nobody touched it for too long.
    Expire,
    /// The customer is told what happens if nothing is done.
    Remind {
        /// Of what.
        of: Reminder,
        /// When it happens.
        until: DateTime<Utc>,
    },
    /// What an ended order holds is deleted.
    Purge,
    /// A reviewer called a principal.
    RecordCall {
        /// The round the call belongs to.
        round: u32,
        /// The call.
        call: Call,
    },
    /// A reviewer corrects a section for a customer who consented.
    AssistEdit {
        /// Which section.
        section: Section,
        /// Who does it.
        by: StaffId,
    },
    /// The initial review passed it.
    Pass {
        /// The round reviewed.
        round: u32,
        /// Everybody who passed it.
        by: Vec<StaffId>,
    },
    /// The initial review sends it back.
    Return {
        /// The round reviewed.
        round: u32,
        /// What is wrong.
        reasons: Vec<Reason>,
    },
    /// The customer uploaded a curtain photo.
    RecordPhoto {
        /// Which photo.
        photo: PhotoId,
    },
    /// The photo is good.
    AcceptPhoto {
        /// Which photo.
        photo: PhotoId,
    },
    /// The photo is not.
    RefusePhoto {
        /// Which photo.
        photo: PhotoId,
        /// What is wrong with it.
        reasons: Vec<Reason>,
    },
    /// The exchange with the authority is about to send it.
    BeginHandover {
        /// The round to be sent.
        round: u32,
    },
    /// The authority took it.
    RecordReceipt {
        /// The round sent.
        round: u32,
        /// Who must verify by SMS; nobody for some kinds.
        sms: Principals,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// A principal verified.
    RecordSms {
        /// The round meant.
        round: u32,
        /// Who.
        principal: PrincipalRole,
    },
    /// The authority sent the codes again, perhaps with a new deadline.
    ResendSms {
        /// The round meant.
        round: u32,
        /// The deadline now.
        until: DateTime<Utc>,
    },
    /// The authority says that the verification lapsed.
    LapseSms {
        /// The round meant.
        round: u32,
        /// Why.
        why: Lapse,
    },
    /// The authority filed it.
    Grant {
        /// The round decided.
        round: u32,
        /// The numbers given.
        numbers: Numbers,
    },
    /// The authority refused it.
    Refuse {
        /// The round decided.
        round: u32,
        /// The authority's reasons.
        reasons: Vec<Reason>,
    },
}

impl Command {
    /// The command's name in logs, spans and refusals.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Save { .. } => "save",
            Self::RecordVerification { .. } => "record_verification",
            Self::Submit(_) => "submit",
            Self::Consent => "consent",
            Self::Decline => "decline",
            Self::Withdraw => "withdraw",
            Self::Abandon => "abandon",
            Self::Expire => "expire",
            Self::Remind { of: Reminder::Idle, .. } => "remind_idle",
            Self::Remind { of: Reminder::Purge, .. } => "remind_purge",
            Self::Remind { of: Reminder::Line, .. } => "remind_line",
            Self::Purge => "purge",
            Self::RecordCall { .. } => "record_call",
            Self::AssistEdit { .. } => "assist_edit",
            Self::Pass { .. } => "pass",
            Self::Return { .. } => "return",
            Self::RecordPhoto { .. } => "record_photo",
            Self::AcceptPhoto { .. } => "accept_photo",
            Self::RefusePhoto { .. } => "refuse_photo",
            Self::BeginHandover { .. } => "begin_handover",
            Self::RecordReceipt { .. } => "record_receipt",
            Self::RecordSms { .. } => "record_sms",
            Self::ResendSms { .. } => "resend_sms",
            Self::LapseSms { .. } => "lapse_sms",
            Self::Grant { .. } => "grant",
            Self::Refuse { .. } => "refuse",
        }
    }

    /// The round that a message answers to, where it names one.
    #[must_use]
    pub fn round(&self) -> Option<u32> {
        match self {
            Self::RecordCall { round, .. }
            | Self::Pass { round, .. }
            | Self::Return { round, .. }
            | Self::BeginHandover { round }
            | Self::RecordReceipt { round, .. }
            | Self::RecordSms { round, .. }
            | Self::ResendSms { round, .. }
            | Self::LapseSms { round, .. }
            | Self::Grant { round, .. }
            | Self::Refuse { round, .. } => Some(*round),
            Self::Save { .. }
            | Self::RecordVerification { .. }
            | Self::Submit(_)
            | Self::Consent
            | Self::Decline
            | Self::Withdraw
            | Self::Abandon
            | Self::Expire
            | Self::Remind { .. }
            | Self::Purge
            | Self::AssistEdit { .. }
            | Self::RecordPhoto { .. }
            | Self::AcceptPhoto { .. }
            | Self::RefusePhoto { .. } => None,
        }
    }
}
