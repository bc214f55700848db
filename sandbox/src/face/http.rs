//! The vendor's paths: its own one, and those to look inside. It decides nothing.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, web};

use super::{FaceVendor, Mode, recognise};
use crate::{
    behaviour,
    vendor::{self, Product, Refusal},
};

const PRODUCT: Product = Product { service: "faceid", version: "2018-03-01", action: "ImageRecognitionV2" };

impl FaceVendor {
    pub(crate) fn routes(&self, config: &mut web::ServiceConfig) {
        config
            .app_data(web::Data::new(self.clone()))
            .app_data(web::Data::from(Arc::clone(&self.0.script)))
            .route("/face", web::post().to(take))
            .route("/face/requests", web::get().to(list))
            .route("/face/requests", web::delete().to(clear))
            .route("/face/behaviour", web::get().to(behaviour::show::<Mode>))
            .route("/face/behaviour", web::put().to(behaviour::set::<Mode>));
    }
}

async fn take(vendor: web::Data<FaceVendor>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    if let Err(refusal) = vendor::check(&request, &body, PRODUCT, vendor.0.clock.now()) {
        return vendor::answer(Err(refusal));
    }
    let act = vendor.0.script.take();
    act.wait().await;
    if act.mode == Mode::Fail {
        return vendor::broken();
    }
    // Decoding a picture takes long enough to keep others waiting.
    let outcome = web::block(move || recognise::take(&vendor, &body, &act)).await;
    vendor::answer(outcome.unwrap_or_else(|error| Err(Refusal::new("InternalError", error.to_string()))))
}

async fn list(vendor: web::Data<FaceVendor>) -> HttpResponse {
    HttpResponse::Ok().json(vendor.checks())
}

async fn clear(vendor: web::Data<FaceVendor>) -> HttpResponse {
    vendor.clear();
    HttpResponse::NoContent().finish()
}
