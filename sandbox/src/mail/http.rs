//! The paths to look into the mailbox. It decides nothing.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use serde::Deserialize;
use uuid::Uuid;

use super::{Mailbox, Mode};
use crate::behaviour;

impl Mailbox {
    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .app_data(web::Data::from(Arc::clone(&self.0.script)))
            .route("/mail/messages", web::get().to(list))
            .route("/mail/messages", web::delete().to(clear))
            .route("/mail/messages/{id}/html", web::get().to(html))
            .route("/mail/behaviour", web::get().to(behaviour::show::<Mode>))
            .route("/mail/behaviour", web::put().to(behaviour::set::<Mode>));
    }
}

#[derive(Deserialize)]
struct Filter {
    to: Option<String>,
}

async fn list(mailbox: web::Data<Mailbox>, filter: web::Query<Filter>) -> HttpResponse {
    HttpResponse::Ok().json(mailbox.letters(filter.to.as_deref()))
}

async fn clear(mailbox: web::Data<Mailbox>) -> HttpResponse {
    mailbox.clear();
    HttpResponse::NoContent().finish()
}

/// The formatted form as it would look in a mail program: without scripts and without anything from elsewhere.
async fn html(mailbox: web::Data<Mailbox>, id: web::Path<Uuid>) -> HttpResponse {
    let letter = mailbox.letters(None).into_iter().find(|letter| letter.id == *id);
    match letter.and_then(|letter| letter.html) {
        Some(html) => HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .insert_header((
                "content-security-policy",
                "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:",
            ))
            .body(html),
        None => HttpResponse::NotFound().finish(),
    }
}
