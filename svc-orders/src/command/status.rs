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
        let nature = Nature::try_from(asked.nature).ok();
        let usual = nature.and_then(|nature| Certificates::national().of(nature).next().map(|row| row.code));
        let Some(kind) = asked.certificate_kind.or(usual) else { return Ok(Status::default()) };
        let domains: Vec<String> = asked.services.iter().filter_map(|service| service.domain.clone()).collect();
        let body = json!({
            "certificate": { "kind": kind, "number": super::draft::normal(&asked.certificate) },
            "domains": ascii(&domains),
        });
        review.post("/v1/peer/status", &body).await
    }
}
