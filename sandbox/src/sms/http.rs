//! The gateway's paths: the vendor's one, and those to look inside. It decides nothing.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Deserialize;

use super::{Gateway, Mode, send, template::Template};
use crate::{
    behaviour,
    vendor::{self, Product},
};

const PRODUCT: Product = Product { service: "sms", version: "2021-01-11", action: "SendSms" };

impl Gateway {
    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .app_data(web::Data::from(Arc::clone(&self.0.script)))
            .route("/sms", web::post().to(take))
            .route("/sms/messages", web::get().to(list))
            .route("/sms/messages", web::delete().to(clear))
            .route("/sms/templates/{id}", web::put().to(approve))
            .route("/sms/behaviour", web::get().to(behaviour::show::<Mode>))
            .route("/sms/behaviour", web::put().to(behaviour::set::<Mode>));
    }
}

async fn take(gateway: web::Data<Gateway>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if let Err(refusal) = vendor::check(&request, &body, PRODUCT, gateway.0.clock.now()) {
        return vendor::answer(Err(refusal));
    }
    let act = gateway.0.script.take();
    act.wait().await;
    match act.mode {
        Mode::Fail => vendor::broken(),
        Mode::Cut => {
            // Delivered, but the sender is not told.
            drop(send::take(&gateway, &body, &act));
            vendor::cut()
        }
        Mode::Accept | Mode::Delay | Mode::Refuse => vendor::answer(send::take(&gateway, &body, &act)),
    }
}

#[derive(Deserialize)]
struct Filter {
    to: Option<String>,
}

async fn list(gateway: web::Data<Gateway>, filter: web::Query<Filter>) -> HttpResponse {
    HttpResponse::Ok().json(gateway.messages(filter.to.as_deref()))
}

async fn clear(gateway: web::Data<Gateway>) -> HttpResponse {
    gateway.clear();
    HttpResponse::NoContent().finish()
}

/// The carrier's approval, which takes days in reality.
async fn approve(gateway: web::Data<Gateway>, id: web::Path<String>, template: web::Json<Template>) -> HttpResponse {
    gateway.approve(id.into_inner(), template.into_inner());
    HttpResponse::NoContent().finish()
}
