//! Speaks HTTP: extract, call a command, map, answer. It decides nothing and knows no table.

mod curtain;
mod material;
mod photo;
mod upload;
mod verification;
mod view;

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use chassis::{failure::Failure, http::Reply};
use domain::{
    access::{Action, Actor, Role},
    id::OrderId,
};
use serde_json::json;
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use view::{CurtainView, MaterialView, PhotoView};

use crate::App;

/// Registers every handler of this service.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(material::take).service(material::list).service(material::content).service(material::remove);
    config.service(material::library).service(material::copy);
    config.service(curtain::ask).service(curtain::list).service(curtain::hand_over);
    config.service(photo::take).service(photo::list).service(photo::content);
    config.service(photo::accept).service(photo::refuse);
    config.service(verification::take).service(verification::list);
}

/// A picture for whoever may see it: never shown within a page of ours, never guessed to be something else.
fn jpeg(bytes: Bytes, name: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/jpeg")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.jpg\"")))
        .body(bytes)
}

/// The state that a list is narrowed to, when it is one.
fn one_of(state: Option<&str>, names: &[&str]) -> Result<Option<String>, Failure> {
    match state {
        Some(unknown) if !names.contains(&unknown) => Err(Failure::unreadable("The query has an unknown state.")),
        known => Ok(known.map(str::to_owned)),
    }
}

/// Whether somebody sees only what belongs to the own account.
fn is_customer(me: &Actor) -> bool {
    matches!(me.role, Role::Customer | Role::SubAccount)
}

/// Whether a list may be looked at. A sub-account names the order, because which ones it may see only their home knows; what it
/// may not see has an empty list, as for strangers.
async fn sees_list(app: &App, me: &Actor, order: Option<OrderId>) -> Result<bool, Failure> {
    if me.role != Role::SubAccount {
        return Ok(true);
    }
    let order = order.ok_or_else(|| Failure::forbidden("Name the order whose list you want."))?;
    match app.filing(me, order, Action::Read).await {
        Ok(_) => Ok(true),
        Err(failure) if failure.status() == 404 => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// A list without anything in it.
fn nothing() -> Reply {
    Reply::ok(&json!({ "items": [] }))
}

/// Photo points and services have no lists here.
fn must_be_staff_or_customer(me: &Actor) -> Result<(), Failure> {
    if matches!(me.role, Role::PhotoPoint | Role::Service) {
        return Err(Failure::forbidden("Your role may not do this."));
    }
    Ok(())
}
