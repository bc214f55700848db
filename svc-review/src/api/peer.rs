//! What our other services ask about what is filed. The certificate's number is personal data: it is in the body, goes to the
//! authority, and stays nowhere.

use actix_web::{post, web};
use chassis::{
    clock::mint,
    failure::Failure,
    http::{Body, Peer, Reply},
};
use domain::{
    filing_number::{ServiceNumber, SubjectNumber},
    host::DomainName,
    text::Pii,
};
use futures::future::{try_join, try_join_all};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Bench;
use crate::{
    authority::{Question, Status},
    command::By,
};

/// More than an order has.
const MOST_DOMAINS: usize = 50;

/// What is asked about.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusBody {
    /// The subject's certificate
    certificate: CertificateBody,
    /// Domains, at most 50
    #[serde(default)]
    domains: Vec<String>,
}

/// A certificate.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CertificateBody {
    /// MIIT certificate code
    kind: u16,
    /// Its number
    #[schema(value_type = String)]
    number: Pii<String>,
}

/// What is filed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StatusView {
    /// The subject of the certificate
    subject: SubjectView,
    /// The services, in the order of the question
    services: Vec<ServiceView>,
}

/// A subject.
#[derive(Debug, Serialize, ToSchema)]
struct SubjectView {
    /// Whether it is filed; false as well where the authority has no query for the kind of certificate
    filed: bool,
    /// Its number
    #[schema(value_type = Option<String>)]
    number: Option<SubjectNumber>,
    /// Whether it has no service left; absent when it is not filed
    shell: Option<bool>,
}

/// A service.
#[derive(Debug, Serialize, ToSchema)]
struct ServiceView {
    /// The domain as it was asked about
    domain: String,
    /// Whether it is filed
    filed: bool,
    /// Its number
    #[schema(value_type = Option<String>)]
    number: Option<ServiceNumber>,
    /// The number of the subject that has it
    #[schema(value_type = Option<String>)]
    subject_number: Option<SubjectNumber>,
}

/// Whether a subject and domains are filed, at whichever provider. 503 with `Retry-After` while the authority is away.
#[utoipa::path(tag = "peer", request_body = StatusBody, responses((status = 200, body = StatusView)))]
#[post("/v1/peer/status")]
pub(super) async fn look_up(
    me: Peer,
    Body(asked): Body<StatusBody>,
    bench: web::Data<Bench>,
) -> Result<Reply, Failure> {
    let domains = names(&asked.domains)?;
    let now = bench.clock.now();
    let detail = json!({ "certificate_kind": asked.certificate.kind, "domains": domains.len() });
    // The order does not exist yet: the line stands for itself.
    let noted = async |tx: &mut chassis::db::Tx| {
        By::person(&me).noted(tx, now, (mint(), "authority.status"), detail.clone()).await
    };
    bench.db.transact("status.asked", noted).await?;
    let CertificateBody { kind, number } = asked.certificate;
    let certificate = Question::Certificate { kind, number: Pii::new(number.reveal().trim().to_uppercase()) };
    let questions: Vec<Question> = domains.into_iter().map(Question::Domain).collect();
    let services = try_join_all(questions.iter().map(|question| bench.enquiry.ask(question)));
    let (subject, services) = try_join(bench.enquiry.ask(&certificate), services).await?;
    let services = asked.domains.into_iter().zip(services).map(|(domain, status)| service(domain, status));
    let view = StatusView { subject: holder(subject), services: services.collect() };
    Ok(Reply::ok(&view))
}

/// The domains in their ASCII form; every misfit is named.
fn names(domains: &[String]) -> Result<Vec<String>, Failure> {
    let mut failure = Failure::rejected("The question does not fit; see the errors.", Vec::new());
    if domains.len() > MOST_DOMAINS {
        failure = failure.at("/domains", "status.domains", "最多 50 个域名 / At most 50 domains.");
    }
    let mut names = Vec::new();
    for (index, domain) in domains.iter().enumerate() {
        match DomainName::try_from(domain.as_str()) {
            Ok(name) => names.push(name.ascii().to_ascii_lowercase()),
            Err(_) => {
                let message = "不是域名 / This is no domain.";
                failure = failure.at(format!("/domains/{index}"), "status.domain", message);
            }
        }
    }
    if failure.errors().is_empty() { Ok(names) } else { Err(failure) }
}

fn holder(status: Option<Status>) -> SubjectView {
    match status {
        Some(status) => SubjectView { filed: true, shell: Some(status.services.is_empty()), number: status.subject },
        None => SubjectView { filed: false, number: None, shell: None },
    }
}

fn service(domain: String, status: Option<Status>) -> ServiceView {
    let filed = status.is_some();
    let Status { subject, services } = status.unwrap_or_default();
    let number = services.into_keys().next();
    let subject_number = number.as_ref().map(|number| number.subject().clone()).or(subject);
    ServiceView { domain, filed, number, subject_number }
}
