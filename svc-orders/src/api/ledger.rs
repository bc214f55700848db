//! What an account has on file: subjects and services with their numbers, what was filed when by which order or by the
//! authority, and a table of all of it.

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
    web,
};
use chassis::{db::Tx, failure::Failure, http::Reply};
use domain::{dossier::ServiceDraft, id::AccountId};
use serde_json::{Value, json};

use super::extract::{Looks, account};
use crate::{
    App,
    command::{opened, service_place, subject_place},
    store::{
        self,
        ledger::{ServiceRow, SubjectRow},
    },
};

/// Everything on file in the account: each subject with its services.
#[utoipa::path(tag = "filings", responses((status = 200, body = Object)))]
#[get("/v1/filings")]
pub(super) async fn list(app: web::Data<App>, me: Looks) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let items = app
        .db
        .read("ledger.list", async |tx| {
            let mut items = Vec::new();
            for subject in store::ledger::subjects_of(tx, account).await? {
                let services = services(&app, tx, &subject).await?;
                items.push(shown_subject(&app, &subject, &services)?);
            }
            Ok(items)
        })
        .await?;
    Ok(Reply::ok(&json!({ "items": items })))
}

/// One number: a subject with its services, or a service.
#[utoipa::path(tag = "filings", params(("number" = String, Path)), responses((status = 200, body = Object),
    (status = 404, description = "Not on file in this account")))]
#[get("/v1/filings/{number}")]
pub(super) async fn read(app: web::Data<App>, me: Looks, number: web::Path<String>) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let body = app
        .db
        .read("ledger.read", async |tx| match own(tx, account, &number).await? {
            (subject, None) => {
                let services = services(&app, tx, &subject).await?;
                shown_subject(&app, &subject, &services)
            }
            (subject, Some(row)) => {
                let draft = app.service_on_file(&subject, &row)?;
                Ok(shown_service(&row, &draft))
            }
        })
        .await?;
    Ok(Reply::ok(&body))
}

/// Every version of a number: what was filed, when, by which order; by none where the authority's record says so.
#[utoipa::path(tag = "filings", params(("number" = String, Path)), responses((status = 200, body = Object),
    (status = 404, description = "Not on file in this account")))]
#[get("/v1/filings/{number}/history")]
pub(super) async fn history(app: web::Data<App>, me: Looks, number: web::Path<String>) -> Result<Reply, Failure> {
    let account = account(&me)?;
    let items = app
        .db
        .read("ledger.history", async |tx| {
            let (subject, service) = own(tx, account, &number).await?;
            let key = app.keyring.unwrap(subject.id, &subject.data_key)?;
            let mut items = Vec::new();
            for row in store::ledger::versions(tx, &number).await? {
                let place = if service.is_some() { service_place(row.row_id) } else { subject_place(row.row_id) };
                let content: Value = opened(&key, place, &row.sealed)?;
                items.push(json!({
                    "version": row.version, "change": row.change, "order": row.order_id, "at": row.at,
                    "content": content,
                }));
            }
            Ok(items)
        })
        .await?;
    Ok(Reply::ok(&json!({ "items": items })))
}

/// Every service on file in the account as a table: UTF-8 with a byte order mark, so that spreadsheets read the Chinese.
#[utoipa::path(tag = "filings", responses((status = 200, content_type = "text/csv")))]
#[get("/v1/filings.csv")]
pub(super) async fn table(app: web::Data<App>, me: Looks) -> Result<HttpResponse, Failure> {
    let account = account(&me)?;
    let rows = app
        .db
        .read("ledger.table", async |tx| {
            let mut rows = Vec::new();
            for subject in store::ledger::subjects_of(tx, account).await? {
                let draft = app.subject_on_file(&subject)?;
                let name = draft.name.map(|name| name.reveal().clone()).unwrap_or_default();
                for (row, service) in services(&app, tx, &subject).await? {
                    rows.push(line(&subject, &name, (&row, &service)));
                }
            }
            Ok(rows)
        })
        .await?;
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    let head = ["主体备案号", "主体名称", "服务备案号", "类型", "服务名称", "域名", "状态", "备案时间", "更新时间"];
    writer.write_record(head).map_err(Failure::internal)?;
    for row in rows {
        writer.write_record(row).map_err(Failure::internal)?;
    }
    let body = writer.into_inner().map_err(Failure::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"filings.csv\"")))
        .insert_header((header::CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .body(body))
}

fn line(subject: &SubjectRow, name: &str, (row, service): (&ServiceRow, &ServiceDraft)) -> [String; 9] {
    [
        subject.number.clone(),
        plain(name),
        row.number.clone(),
        row.kind.clone(),
        plain(service.name.as_deref().unwrap_or_default()),
        service.domains.join(" "),
        row.state.clone(),
        row.filed_at.to_rfc3339(),
        row.changed_at.to_rfc3339(),
    ]
}

/// A name that a spreadsheet would take for a formula gets an apostrophe before it.
fn plain(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text.to_owned() }
}

/// A number of this account; 404 for what is not there and for what others hold.
async fn own(tx: &mut Tx, account: AccountId, number: &str) -> Result<(SubjectRow, Option<ServiceRow>), Failure> {
    let found = match store::ledger::service(tx, number).await? {
        Some((service, subject)) => Some((subject, Some(service))),
        None => store::ledger::subject(tx, number).await?.map(|subject| (subject, None)),
    };
    let own = found.filter(|(subject, _)| subject.account == account.uuid());
    own.ok_or_else(|| Failure::not_found("There is no such number on file."))
}

async fn services(app: &App, tx: &mut Tx, subject: &SubjectRow) -> Result<Vec<(ServiceRow, ServiceDraft)>, Failure> {
    let rows = store::ledger::services_of(tx, subject.id).await?;
    rows.into_iter()
        .map(|row| Ok((app.service_on_file(subject, &row)?, row)))
        .map(|pair| pair.map(|(d, r)| (r, d)))
        .collect()
}

fn shown_subject(app: &App, row: &SubjectRow, services: &[(ServiceRow, ServiceDraft)]) -> Result<Value, Failure> {
    let services: Vec<_> = services.iter().map(|(row, draft)| shown_service(row, draft)).collect();
    Ok(json!({
        "number": row.number, "province": row.province, "nature": row.nature, "state": row.state,
        "version": row.version, "filed_at": row.filed_at, "changed_at": row.changed_at,
        "subject": app.subject_on_file(row)?, "services": services,
    }))
}

fn shown_service(row: &ServiceRow, draft: &ServiceDraft) -> Value {
    json!({
        "number": row.number, "kind": row.kind, "state": row.state, "version": row.version,
        "filed_at": row.filed_at, "changed_at": row.changed_at, "service": draft,
    })
}
