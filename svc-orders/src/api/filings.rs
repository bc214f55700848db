//! What svc-review hands over of the authority's files: records of what is filed, and numbers that were cancelled. Nothing of
//! it is logged.

use actix_web::{post, web};
use chassis::{
    failure::Failure,
    http::{Body, Peer, Reply},
};
use domain::{
    dossier::{ServiceDraft, SubjectDraft},
    filing_number::{ServiceNumber, SubjectNumber},
};
use serde::Deserialize;
use serde_json::json;

use crate::{
    App,
    command::{Outcome, Record, ServiceRecord},
};

/// What a file says of filings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FilingsBody {
    /// Subjects on file.
    #[serde(default)]
    records: Vec<RecordBody>,
    /// Numbers of subjects and of services that are not on file any more.
    #[serde(default)]
    cancelled: Vec<String>,
}

/// A subject on file, with services of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordBody {
    number: SubjectNumber,
    /// MIIT nature code.
    #[serde(default)]
    nature: Option<u16>,
    /// What the record says of it.
    subject: SubjectDraft,
    #[serde(default)]
    services: Vec<ServiceBody>,
}

/// A service on file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ServiceBody {
    number: ServiceNumber,
    /// Whether we give it access; absent where the record does not say who does.
    #[serde(default)]
    here: Option<bool>,
    /// What the record says of it.
    service: ServiceDraft,
}

/// Takes in what the authority has on file, so that the ledger follows. The same again changes nothing.
#[utoipa::path(
    tag = "peer",
    request_body(content = Object, example = json!({
        "records": [{ "number": "辽ICP备2026000001号", "nature": 4, "subject": { "name": "辽宁示例网络科技有限公司" },
            "services": [{ "number": "辽ICP备2026000001号-1", "here": true,
                "service": { "kind": "website", "name": "辽宁示例" } }] }],
        "cancelled": ["辽ICP备2026000002号-1"]
    })),
    responses((status = 200, body = Object, description = "How many numbers were written, unchanged and left out"),
        (status = 422, description = "A service's number is not one of its subject's"))
)]
#[post("/v1/peer/filings")]
pub(super) async fn synchronise(app: web::Data<App>, _me: Peer, body: Body<FilingsBody>) -> Result<Reply, Failure> {
    let Body(FilingsBody { records, cancelled }) = body;
    let records: Vec<Record> = records.into_iter().map(Record::from).collect();
    fit(&records, &cancelled)?;
    let mut told = [0_usize; 3];
    // A transaction each: what is one subject's waits for no other.
    for record in &records {
        count(&mut told, &app.db.transact("ledger.synchronise", async |tx| app.synchronise(tx, record).await).await?);
    }
    for number in &cancelled {
        count(&mut told, &app.db.transact("ledger.cancelled", async |tx| app.cancelled(tx, number).await).await?);
    }
    let [written, unchanged, left_out] = told;
    Ok(Reply::ok(&json!({ "written": written, "unchanged": unchanged, "left_out": left_out })))
}

fn count([written, unchanged, left_out]: &mut [usize; 3], outcome: &Outcome) {
    *written += outcome.written.len();
    *unchanged += outcome.unchanged;
    *left_out += outcome.left_out;
}

/// Everything is looked at before anything is written.
fn fit(records: &[Record], cancelled: &[String]) -> Result<(), Failure> {
    let mut failure = Failure::rejected("This does not fit; see the errors.", Vec::new());
    for (place, record) in records.iter().enumerate() {
        for (index, service) in record.services.iter().enumerate() {
            if *service.number.subject() != record.number {
                let message = "服务备案号不属于该主体 / The service's number is not one of its subject's";
                failure = failure.at(format!("/records/{place}/services/{index}/number"), "filings.number", message);
            }
        }
    }
    for (place, number) in cancelled.iter().enumerate() {
        if number.parse::<SubjectNumber>().is_err() && number.parse::<ServiceNumber>().is_err() {
            let message = "不是备案号 / This is no filing number";
            failure = failure.at(format!("/cancelled/{place}"), "filings.number", message);
        }
    }
    if failure.errors().is_empty() { Ok(()) } else { Err(failure) }
}

impl From<RecordBody> for Record {
    fn from(body: RecordBody) -> Self {
        let services = body.services.into_iter();
        let services = services.map(|ServiceBody { number, here, service }| ServiceRecord { number, here, service });
        Self { number: body.number, nature: body.nature, subject: body.subject, services: services.collect() }
    }
}
