//! The inventory's paths: those of the contract, and those to script it. It decides nothing.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::header, web};
use domain::resource::Resource;
use serde_json::json;
use uuid::Uuid;

use super::{Inventory, Mode, Question};
use crate::behaviour;

impl Inventory {
    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .app_data(web::Data::from(Arc::clone(&self.0.script)))
            .route("/inventory/accounts/{account}", web::get().to(account))
            .route("/inventory/accounts/{account}/resources", web::get().to(resources))
            .route("/inventory/accounts/{account}/resources/{id}", web::put().to(put))
            .route("/inventory/accounts/{account}/resources/{id}", web::delete().to(remove))
            .route("/inventory/requests", web::get().to(requests))
            .route("/inventory/behaviour", web::get().to(behaviour::show::<Mode>))
            .route("/inventory/behaviour", web::put().to(behaviour::set::<Mode>));
    }

    /// Notes who asks, and does as it is told; the answer that it gives instead of the true one, if one.
    async fn asked(&self, request: &HttpRequest) -> Option<HttpResponse> {
        self.0.questions.add(Question { path: request.path().to_owned(), at: self.0.clock.now() });
        let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        if !bearer.is_some_and(|value| value.starts_with("Bearer ")) {
            return Some(HttpResponse::Unauthorized().finish());
        }
        let act = self.0.script.take();
        act.wait().await;
        match act.mode {
            Mode::Fail => Some(HttpResponse::InternalServerError().content_type("text/plain").body("scripted to fail")),
            Mode::Answer | Mode::Delay => None,
        }
    }
}

async fn account(inventory: web::Data<Inventory>, request: HttpRequest, account: web::Path<Uuid>) -> HttpResponse {
    if let Some(instead) = inventory.asked(&request).await {
        return instead;
    }
    match inventory.mobile(*account) {
        Some(mobile) => {
            let email = inventory.email(*account);
            HttpResponse::Ok().json(json!({ "account": *account, "mobile": mobile, "email": email }))
        }
        None => HttpResponse::NotFound().finish(),
    }
}

async fn resources(inventory: web::Data<Inventory>, request: HttpRequest, account: web::Path<Uuid>) -> HttpResponse {
    if let Some(instead) = inventory.asked(&request).await {
        return instead;
    }
    HttpResponse::Ok().json(json!({ "resources": inventory.resources(*account) }))
}

async fn put(
    inventory: web::Data<Inventory>,
    path: web::Path<(Uuid, String)>,
    resource: web::Json<Resource>,
) -> HttpResponse {
    let (account, id) = path.into_inner();
    inventory.put(account, Resource { id, ..resource.into_inner() });
    HttpResponse::Ok().json(json!({ "resources": inventory.resources(account) }))
}

async fn remove(inventory: web::Data<Inventory>, path: web::Path<(Uuid, String)>) -> HttpResponse {
    let (account, id) = path.into_inner();
    if inventory.remove(account, &id) { HttpResponse::NoContent().finish() } else { HttpResponse::NotFound().finish() }
}

async fn requests(inventory: web::Data<Inventory>) -> HttpResponse {
    HttpResponse::Ok().json(inventory.questions())
}
