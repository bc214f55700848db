//! Phone codes over HTTP: send one, take one, and show another service what a proof proves.

use actix_web::{get, post, web};
use chassis::{
    failure::Failure,
    http::{Body, Customer, Peer, Reply},
};
use domain::contact::Mobile;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Desk;
use crate::code::{Claim, NEXT, PROVEN, Purpose, VALID};

/// Which phone, and for what.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPhoneCode {
    /// Eleven digits
    mobile: String,
    /// What it is to be proven for
    purpose: Purpose,
}

/// A code is on its way.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhoneCodeSent {
    /// Seconds for which it is valid
    expires_in: u64,
    /// Seconds after which the next one may be asked for
    next_in: u64,
}

/// Sends a code of six digits. The one before it is void.
#[utoipa::path(tag = "phone code", request_body = NewPhoneCode, responses((status = 202, body = PhoneCodeSent),
    (status = 429, description = "One a minute and five an hour to one phone, twenty a day by one person")))]
#[post("/v1/phone-codes")]
pub(super) async fn send(desk: web::Data<Desk>, me: Customer, body: Body<NewPhoneCode>) -> Result<Reply, Failure> {
    let mobile = mobile(&body.mobile)?;
    desk.codes.issue(Claim { actor: &me, mobile: &mobile, purpose: body.purpose }).await?;
    let sent = PhoneCodeSent { expires_in: VALID.as_secs(), next_in: NEXT.as_secs() };
    Ok(Reply { status: 202, ..Reply::ok(&sent) })
}

/// A code that was read from a phone.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhoneCodeTry {
    /// As it was asked for
    mobile: String,
    /// As it was asked for
    purpose: Purpose,
    /// Six digits
    code: String,
}

/// The phone is proven.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhoneCodeVerified {
    /// Always true
    verified: bool,
    /// To be shown where the proof is needed
    proof: String,
    /// Seconds for which the proof is valid
    expires_in: u64,
}

/// Takes a code, once. Five tries.
#[utoipa::path(tag = "phone code", request_body = PhoneCodeTry, responses((status = 200, body = PhoneCodeVerified),
    (status = 422, description = "The code is wrong, or there is no valid one")))]
#[post("/v1/phone-codes/verify")]
pub(super) async fn verify(desk: web::Data<Desk>, me: Customer, body: Body<PhoneCodeTry>) -> Result<Reply, Failure> {
    let mobile = mobile(&body.mobile)?;
    let code = body.code.trim();
    let claim = Claim { actor: &me, mobile: &mobile, purpose: body.purpose };
    let proof = desk.codes.verify(claim, code).await?;
    Ok(Reply::ok(&PhoneCodeVerified { verified: true, proof, expires_in: PROVEN.as_secs() }))
}

/// What a proof proves.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PhoneProof {
    /// The token's subject of who proved it
    principal: String,
    /// For what
    purpose: Purpose,
    /// Blind index of the number (kind `phone`), in hexadecimal digits
    phone: String,
}

/// What a proof proves, for our other services.
#[utoipa::path(tag = "peer", params(("proof" = String, Path)), responses((status = 200, body = PhoneProof)))]
#[get("/v1/peer/phone-proofs/{proof}")]
pub(super) async fn show_proof(desk: web::Data<Desk>, _me: Peer, proof: web::Path<String>) -> Result<Reply, Failure> {
    let proven = desk.codes.proven(&proof).await?.ok_or_else(|| Failure::not_found("There is no such proof."))?;
    Ok(Reply::ok(&PhoneProof { principal: proven.principal, purpose: proven.purpose, phone: proven.phone }))
}

fn mobile(raw: &str) -> Result<Mobile, Failure> {
    Mobile::try_from(raw).map_err(|error| {
        Failure::rejected("The mobile number cannot be used.", Vec::new())
            .at("/mobile", "mobile", "请填写 11 位中国大陆手机号码 / Give an eleven-digit mainland mobile number.")
            .because(error)
    })
}
