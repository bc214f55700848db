//! The tables behind forms, for everybody. It judges nothing.

use actix_web::{get, web};
use chassis::{failure::Failure, http::Reply};
use domain::{
    certificate::Certificates,
    company::Nature,
    reason::Catalogue,
    region::Province,
    rules::{RulePack, kinds::OrderKind},
    table,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::rules::{published, unknown};
use crate::App;

/// Which divisions.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Under {
    under: Option<String>,
}

/// The tables behind forms: natures, certificates, provinces, divisions, contents, languages, preapprovals and others.
#[utoipa::path(tag = "rules", params(("table" = String, Path), ("under" = Option<String>, Query)),
    responses((status = 200, body = Object), (status = 404, description = "No such table")))]
#[get("/v1/reference/{table}")]
pub(super) async fn reference(
    app: web::Data<App>,
    table: web::Path<String>,
    under: web::Query<Under>,
) -> Result<Reply, Failure> {
    let pack = app.rules.now();
    let rows = rows_of(&pack, &table, under.under.as_deref()).ok_or_else(|| unknown("table"))?;
    Ok(published(&pack, app.today(), &json!({ "table": *table, "rows": rows })))
}

fn rows_of(pack: &RulePack, name: &str, under: Option<&str>) -> Option<Value> {
    let codes = |table: &str| -> Value {
        let rows = table::codes().iter().filter(|row| row.table == table);
        // What has no code yet cannot be filed, and so is not offered.
        let coded = rows.filter_map(|row| row.code.parse::<u16>().ok().map(|code| (code, row)));
        coded.map(|(code, row)| json!({ "code": code, "zh": row.zh, "en": row.en })).collect()
    };
    Some(match name {
        "natures" => {
            Nature::ALL.iter().map(|row| json!({ "code": row.code(), "zh": row.zh(), "en": row.en() })).collect()
        }
        "certificates" => serde_json::to_value(Certificates::national().all()).ok()?,
        "provinces" => Province::ALL
            .iter()
            .map(|row| {
                json!({
                    "code": row.code(), "name": row.slug(), "zh": row.zh(), "en": row.en(), "short": row.short(),
                    "prefix": row.prefix(), "administration": pack.administration(*row),
                })
            })
            .collect(),
        "divisions" => serde_json::to_value(table::divisions().under(under.unwrap_or("")).collect::<Vec<_>>()).ok()?,
        "contents" => codes("Fwnr"),
        "languages" => codes("Yylb"),
        "preapprovals" => codes("Nrlx"),
        "access_modes" => codes("Jrfs"),
        "suffixes" => serde_json::to_value(table::suffixes().all()).ok()?,
        "mobile_prefixes" => serde_json::to_value(table::prefixes()).ok()?,
        "materials" => serde_json::to_value(pack.materials()).ok()?,
        "reasons" => serde_json::to_value(Catalogue::national().all()).ok()?,
        "orders" => OrderKind::ALL.iter().map(|row| json!({ "code": row, "zh": row.zh(), "en": row.en() })).collect(),
        "sources" => serde_json::to_value(pack.sources()).ok()?,
        _ => return None,
    })
}
