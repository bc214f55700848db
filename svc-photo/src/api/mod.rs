//! Speaks HTTP: extract, call a command, map, answer. It decides nothing and knows no table.

mod curtain;
mod material;
mod photo;
mod upload;
mod verification;
mod view;

use actix_web::{HttpResponse, http::header};
use bytes::Bytes;
use chassis::failure::Failure;
use domain::access::{Actor, Role};
use utoipa_actix_web::service_config::ServiceConfig;

pub(crate) use view::{CurtainView, MaterialView, PhotoView};

/// Registers every handler of this service.
pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(material::take).service(material::list).service(material::content).service(material::remove);
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

/// A sub-account lists what belongs to one order that it may see: which others it may see only their home knows.
async fn must_see(app: &App, me: &Actor, order: Option<OrderId>) -> Result<(), Failure> {
    match (me.role, order) {
        (Role::SubAccount, Some(order)) => app.filing(me, order, Action::Read).await.map(drop),
        (Role::SubAccount, None) => Err(Failure::forbidden("Name the order whose list you want.")),
        _ => Ok(()),
    }
}

/// Photo points and services have no lists here.
fn must_be_staff_or_customer(me: &Actor) -> Result<(), Failure> {
    if matches!(me.role, Role::PhotoPoint | Role::Service) {
        return Err(Failure::forbidden("Your role may not do this."));
    }
    Ok(())
}
