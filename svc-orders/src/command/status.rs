//! What the authority has on file, asked of svc-review, which speaks to it. The answer is used at once and kept nowhere here.

use chassis::failure::Failure;
use domain::{
    certificate::Certificates,
    company::Nature,
    filing_number::{ServiceNumber, SubjectNumber},
};
use serde::Deserialize;
use serde_json::json;

use super::{App, NewOrder, kind::TypeAsked, ledger::ascii};

/// What the authority has on file of a subject and of some domains.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Status {
    pub(crate) subject: SubjectStatus,
    pub(crate) services: Vec<ServiceStatus>,
}

/// A subject at the authority.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SubjectStatus {
    pub(crate) filed: bool,
    pub(crate) number: Option<SubjectNumber>,
    pub(crate) shell: Option<bool>,
}

/// A domain at the authority.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct ServiceStatus {
    pub(crate) domain: String,
    pub(crate) filed: bool,
    pub(crate) number: Option<ServiceNumber>,
    pub(crate) subject_number: Option<SubjectNumber>,
}

/// How many domains svc-review takes in one question.
const DOMAINS: usize = 50;

impl App {
    /// What the authority must be asked before an order is opened: nothing for a kind that is about what is on file here.
    pub(crate) async fn status_for(&self, new: &NewOrder) -> Result<Status, Failure> {
        match new.kind {
            None => self.ask_authority(&new.asked()?).await,
            Some(_) => Ok(Status::default()),
        }
    }

    /// Asks the authority; without an address of svc-review only our own ledger is asked. Called before a transaction begins:
    /// an answer may take a while.
    pub(crate) async fn ask_authority(&self, asked: &TypeAsked) -> Result<Status, Failure> {
        let Some(review) = &self.review else { return Ok(Status::default()) };
        let Some(kind) = certificate_kind(asked.nature, asked.certificate_kind) else { return Ok(Status::default()) };
        let domains: Vec<String> =
            asked.services.iter().flat_map(|service| service.domain.iter().chain(&service.others)).cloned().collect();
        let domains = ascii(&domains);
        let number = super::draft::normal(&asked.certificate);
        let question =
            |domains: &[String]| json!({ "certificate": { "kind": kind, "number": number }, "domains": domains });
        let (first, rest) = domains.split_at(domains.len().min(DOMAINS));
        let mut status: Status = review.post("/v1/peer/status", &question(first)).await?;
        for more in rest.chunks(DOMAINS) {
            let more: Status = review.post("/v1/peer/status", &question(more)).await?;
            status.services.extend(more.services);
        }
        Ok(status)
    }
}

/// The certificate's kind that a question means: the usual one of the nature when it names none.
pub(super) fn certificate_kind(nature: u16, asked: Option<u16>) -> Option<u16> {
    let usual = || Certificates::national().of(Nature::try_from(nature).ok()?).next().map(|row| row.code);
    asked.or_else(usual)
}
