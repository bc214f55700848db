//! Import of many services: a file as JSON or as a table, a verdict on each row, and orders of those that can be filed.

mod cell;
mod table;

use actix_web::{
    HttpResponse, get,
    http::header::{self, HeaderValue},
    post,
    web::{self, Query},
};
use chassis::{
    failure::{Failure, FieldError},
    http::{Customer, Once, Raw, Reply, part},
    idempotency,
};
use domain::{order::Way, rules::kinds::OrderKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::extract::account;
use crate::{
    App,
    command::{ImportRow, Line, MOST_ROWS, Reading, Sheet, Sketch, Verdict},
    store::order::Stored,
};

/// How the rows of a file are to be filed.
#[derive(Debug, Default, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct How {
    /// How principals are verified; the provider's usual way when absent.
    #[param(value_type = Option<String>, example = "electronic")]
    way: Option<Way>,
}

/// The same for a file whose orders are opened.
#[derive(Debug, Default, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct HowCreated {
    /// How principals are verified; the provider's usual way when absent.
    #[param(value_type = Option<String>, example = "electronic")]
    way: Option<Way>,
    /// Opens orders of the other rows when some are refused; without it nothing is opened then.
    #[serde(default)]
    #[param(value_type = bool, required = false)]
    skip_refused: bool,
}

/// A file as JSON. Each row is read for itself, so that one that cannot be read does not hide the others.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    rows: Vec<Value>,
}

/// Says of every row of a file what would become of it, and which orders there would be. Nothing is created. Verdicts: `ready`
/// when nothing in the row blocks, `incomplete` when its draft can mend what does, `refused` when it cannot.
#[utoipa::path(
    tag = "imports", params(How),
    request_body(content(
        (Object = "application/json", example = json!({ "rows": [{
            "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F",
            "service": { "kind": "website", "name": "辽宁示例网络科技", "domains": ["example-liaoning.cn"],
                "home_url": "www.example-liaoning.cn", "contents": [8], "languages": [1], "preapprovals": [],
                "access": { "resource": "ins-example-ln" }, "principal": { "same_as_subject": true } },
        }] })),
        (String = "text/csv", example = "省份,主体性质,证件号码,服务名称,域名\n辽宁省,企业,91210000EXAMPLE03F,辽宁示例网络科技,example-liaoning.cn\n"),
    )),
    responses(
        (status = 200, body = Object, example = json!({
            "rows": [{ "row": 1, "verdict": "ready", "kind": "first", "order": 0, "violations": [] }],
            "orders": [{ "kind": "first", "kind_zh": "首次备案", "kind_en": "first filing", "province": "210000",
                "province_zh": "辽宁省", "rows": [1], "services": 1, "violations": [] }],
            "ready": 1, "incomplete": 0, "refused": 0,
        })),
        (status = 413, description = "The file is too large"),
        (status = 415, description = "Neither JSON nor CSV"),
        (status = 422, description = "Columns are unknown or missing, or there are too many rows"),
        (status = 503, description = "The authority does not answer"),
    )
)]
#[post("/v1/imports/check")]
pub(super) async fn check(app: web::Data<App>, me: Customer, how: Query<How>, file: Raw) -> Result<Reply, Failure> {
    let (account, rows) = (account(&me)?, rows(&file)?);
    let known = app.survey(&me, account, &rows).await?;
    let look = async |tx: &mut chassis::db::Tx| app.appraise(tx, account, (&rows, &known, how.way)).await;
    let sheet = app.db.read("import.check", look).await?;
    Ok(Reply::ok(&Verdicts::of(&sheet, &[])))
}

/// Opens the orders of a file, each with the services of its rows: all of them or none.
#[utoipa::path(
    tag = "imports", params(HowCreated),
    request_body(content(
        (Object = "application/json", example = json!({ "rows": [{
            "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F",
            "service": { "kind": "website", "name": "辽宁示例网络科技", "domains": ["example-liaoning.cn"] },
        }] })),
        (String = "text/csv", example = "省份,主体性质,证件号码,服务名称,域名\n辽宁省,企业,91210000EXAMPLE03F,辽宁示例网络科技,example-liaoning.cn\n"),
    )),
    responses(
        (status = 201, body = Object, example = json!({
            "rows": [{ "row": 1, "verdict": "incomplete", "kind": "first", "order": 0, "violations": [] }],
            "orders": [{ "id": "01990000-0000-7000-8000-000000000001", "version": 2, "kind": "first", "kind_zh": "首次备案",
                "kind_en": "first filing", "province": "210000", "province_zh": "辽宁省", "rows": [1], "services": 1,
                "violations": [] }],
            "ready": 0, "incomplete": 1, "refused": 0,
        })),
        (status = 422, description = "Rows are refused: everything that is wrong with them; nothing was created"),
        (status = 503, description = "The authority does not answer"),
    )
)]
#[post("/v1/imports")]
pub(super) async fn create(
    app: web::Data<App>,
    me: Customer,
    how: Query<HowCreated>,
    file: Once<Raw>,
) -> Result<Reply, Failure> {
    let (account, now) = (account(&me)?, app.clock.now());
    // A repetition is answered without asking the authority again.
    let known = app.db.read("import.known", async |tx| idempotency::known(tx, &file.key).await).await?;
    if let Some(reply) = known {
        return Ok(reply);
    }
    let rows = rows(&file.body)?;
    let known = app.survey(&me, account, &rows).await?;
    app.db
        .transact("import.create", async |tx| {
            idempotency::once(tx, &file.key, now, async |tx| {
                let sheet = app.appraise(tx, account, (&rows, &known, how.way)).await?;
                must_stand(&sheet, how.skip_refused)?;
                let made = app.import(tx, &me, account, (&rows, &known, &sheet, how.way)).await?;
                Ok(Reply::created("/v1/orders", &Verdicts::of(&sheet, &made)))
            })
            .await
        })
        .await
}

/// The columns of a file with one line as an example: UTF-8 with a byte order mark, so that spreadsheets read the Chinese.
#[utoipa::path(tag = "imports", responses((status = 200, content_type = "text/csv")))]
#[get("/v1/imports/template.csv")]
pub(super) async fn template(_me: Customer) -> Result<HttpResponse, Failure> {
    let name = HeaderValue::from_static("attachment; filename=\"import.csv\"");
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .body(table::template()?))
}

/// The rows of a file, whatever its format.
fn rows(file: &Raw) -> Result<Vec<Reading>, Failure> {
    let rows = match file.kind.as_str() {
        "text/csv" => table::rows(&file.bytes)?,
        "application/json" => {
            let File { rows } = file.object()?;
            within(rows.len())?;
            rows.into_iter().enumerate().map(|(place, row)| read(row, place)).collect()
        }
        _ => return Err(Failure::unsupported("Send the file as application/json or as text/csv.")),
    };
    Ok(rows)
}

/// 422 unless a file has rows, and not too many.
fn within(rows: usize) -> Result<(), Failure> {
    let wrong = |message: &str| {
        Failure::rejected("This file cannot be imported.", Vec::new()).at("/rows", "import.rows", message)
    };
    match rows {
        0 => Err(wrong("文件中没有数据行 / The file has no rows")),
        rows if rows > MOST_ROWS => Err(wrong(&format!(
            "一个文件最多{MOST_ROWS}行，该文件有{rows}行，请分成多个文件 / A file has at most {MOST_ROWS} rows, and this one has {rows}: split it"
        ))),
        _ => Ok(()),
    }
}

/// Reads a row that stands at this place of its file.
fn read(row: Value, place: usize) -> Reading {
    let at = format!("/rows/{place}");
    let wrong = |failure: Failure, at: &str| -> Vec<FieldError> {
        let moved = |error: &FieldError| FieldError { pointer: format!("{at}{}", error.pointer), ..error.clone() };
        failure.errors().iter().map(moved).collect()
    };
    let row: ImportRow = part(row, &at).map_err(|failure| wrong(failure, ""))?;
    row.checked().map_err(|failure| wrong(failure, &at))
}

/// 422 with everything that is wrong with refused rows, unless the others are to be imported without them.
fn must_stand(sheet: &Sheet, skip_refused: bool) -> Result<(), Failure> {
    let refused = sheet.refusals();
    if refused.is_empty() || (skip_refused && !sheet.orders.is_empty()) {
        return Ok(());
    }
    Err(Failure::rejected("Some rows are refused; nothing was created.", refused))
}

/// The verdicts of a file, and its orders: opened, or as they would be.
#[derive(Serialize)]
struct Verdicts<'a> {
    rows: Vec<RowView<'a>>,
    orders: Vec<SketchView<'a>>,
    ready: usize,
    incomplete: usize,
    refused: usize,
}

#[derive(Serialize)]
struct RowView<'a> {
    /// Counted from 1, as people count.
    row: usize,
    verdict: Verdict,
    kind: Option<OrderKind>,
    /// The place of its order in the list, counted from 0.
    order: Option<usize>,
    violations: &'a [FieldError],
}

#[derive(Serialize)]
struct SketchView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<domain::id::OrderId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    kind: OrderKind,
    kind_zh: &'static str,
    kind_en: &'static str,
    province: domain::region::Province,
    province_zh: &'static str,
    rows: Vec<usize>,
    services: usize,
    violations: &'a [FieldError],
}

impl<'a> Verdicts<'a> {
    fn of(sheet: &'a Sheet, made: &[Stored]) -> Self {
        let rows: Vec<_> = sheet.lines.iter().zip(1..).map(|(line, row)| RowView::of(line, row)).collect();
        let count = |verdict| rows.iter().filter(|row| row.verdict == verdict).count();
        let (ready, incomplete, refused) = (count(Verdict::Ready), count(Verdict::Incomplete), count(Verdict::Refused));
        let orders = sheet.orders.iter().enumerate();
        let orders = orders.map(|(place, sketch)| SketchView::of(sketch, made.get(place))).collect();
        Self { rows, orders, ready, incomplete, refused }
    }
}

impl<'a> RowView<'a> {
    fn of(line: &'a Line, row: usize) -> Self {
        Self { row, verdict: line.verdict(), kind: line.kind, order: line.order, violations: &line.violations }
    }
}

impl<'a> SketchView<'a> {
    fn of(Sketch { batch, violations }: &'a Sketch, made: Option<&Stored>) -> Self {
        Self {
            id: made.map(|made| made.id),
            version: made.map(|made| made.version),
            kind: batch.kind,
            kind_zh: batch.kind.zh(),
            kind_en: batch.kind.en(),
            province: batch.province,
            province_zh: batch.province.zh(),
            rows: batch.rows.iter().map(|row| row.saturating_add(1)).collect(),
            services: batch.rows.len(),
            violations,
        }
    }
}
