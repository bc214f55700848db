//! `GET /`: what is in the sandbox, for a person with a browser. It shows and changes nothing.

mod html;
mod parts;

use std::net::SocketAddr;

use actix_web::{HttpResponse, web};

use crate::{face::FaceVendor, identity::Identity, mail::Mailbox, sms::Gateway};

/// What the page shows that no stand-in knows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Site {
    pub(crate) smtp: SocketAddr,
}

/// Nothing is loaded from anywhere, and the only script is the page's own one, which copies a token.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; \
                      frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/", web::get().to(page));
}

async fn page(
    site: web::Data<Site>,
    identity: web::Data<Identity>,
    mailbox: web::Data<Mailbox>,
    gateway: web::Data<Gateway>,
    vendor: web::Data<FaceVendor>,
) -> HttpResponse {
    let people = match parts::people(&identity) {
        Ok(people) => people,
        Err(error) => return HttpResponse::InternalServerError().body(format!("{error:#}")),
    };
    let sections =
        [people, parts::mail(&mailbox, site.smtp), parts::sms(&gateway), parts::face(&vendor), parts::behaviour()];
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", POLICY))
        .insert_header(("cache-control", "no-store"))
        .body(html::document(&sections.concat()))
}
