//! What clients see of pictures and curtains.

use chrono::{DateTime, Utc};
use domain::{
    id::{CurtainId, MaterialId, OrderId, PhotoId},
    order::Reason,
    photo::{CurtainState, PhotoState},
};
use serde::Serialize;

use crate::{
    picture::Quality,
    store::{curtain::Curtain, material::Material, photo::Photo},
};

/// A material.
#[derive(Serialize)]
pub(crate) struct MaterialView {
    id: MaterialId,
    order: OrderId,
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<u16>,
    quality: Quality,
    created_at: DateTime<Utc>,
    content: String,
}

impl From<&Material> for MaterialView {
    fn from(material: &Material) -> Self {
        Self {
            id: material.id,
            order: material.order,
            kind: material.kind.clone(),
            service: material.service,
            quality: material.quality.clone(),
            created_at: material.created_at,
            content: format!("/v1/materials/{}/content", material.id),
        }
    }
}

/// A curtain photo.
#[derive(Serialize)]
pub(crate) struct PhotoView {
    id: PhotoId,
    order: OrderId,
    state: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<Reason>,
    quality: Quality,
    created_at: DateTime<Utc>,
    content: String,
}

impl From<&Photo> for PhotoView {
    fn from(photo: &Photo) -> Self {
        let reasons = match &photo.state {
            PhotoState::Refused { reasons } => reasons.clone(),
            PhotoState::Waiting | PhotoState::Accepted => Vec::new(),
        };
        Self {
            id: photo.id,
            order: photo.order,
            state: photo.state.name(),
            reasons,
            quality: photo.quality.clone(),
            created_at: photo.created_at,
            content: format!("/v1/photos/{}/content", photo.id),
        }
    }
}

/// A request for a curtain.
#[derive(Serialize)]
pub(crate) struct CurtainView {
    id: CurtainId,
    order: OrderId,
    state: &'static str,
    dispatch_at: DateTime<Utc>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dispatched_at: Option<DateTime<Utc>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    courier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waybill: Option<String>,
    created_at: DateTime<Utc>,
}

impl From<&Curtain> for CurtainView {
    fn from(curtain: &Curtain) -> Self {
        let dispatched_at = match curtain.state {
            CurtainState::Dispatched { at } => Some(at),
            CurtainState::Requested { .. } => None,
        };
        Self {
            id: curtain.id,
            order: curtain.order,
            state: curtain.state.name(),
            dispatch_at: curtain.dispatch_at,
            dispatched_at,
            courier: curtain.courier.clone(),
            waybill: curtain.waybill.clone(),
            created_at: curtain.created_at,
        }
    }
}
