//! Tencent Cloud `faceid`: `ImageRecognitionV2` of 2018-03-01, signed by TC3-HMAC-SHA256. It knows the wire and no order.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use base64::{Engine, engine::general_purpose::STANDARD};
use chassis::{
    clock::Clock,
    failure::Failure,
    tc3::{self, Call},
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::{Position, Url};

use super::{Face, FaceVendor, Verdict};
use crate::config::FaceArgs;

const SERVICE: &str = "faceid";
const ACTION: &str = "ImageRecognitionV2";
const VERSION: &str = "2018-03-01";
const JSON: &str = "application/json; charset=utf-8";
/// What the vendor says of a person whom it recognised.
const SUCCESS: &str = "Success";
/// What a client is told to wait while the vendor is away.
const RETRY_AFTER: Duration = Duration::from_secs(30);

/// The vendor.
pub(crate) struct Tencent {
    url: Url,
    host: String,
    secret_id: String,
    secret_key: SecretString,
    region: String,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    id_card: &'a str,
    name: &'a str,
    image_base64: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    result: Option<String>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fault {
    code: String,
}

impl Tencent {
    /// The vendor that the settings name.
    pub(crate) fn new(args: &FaceArgs, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let url = args.url.clone().context("FACE_URL is required")?;
        let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_millis(args.timeout_ms))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            url,
            host,
            secret_id: args.secret_id.expose_secret().to_owned(),
            secret_key: args.secret_key.clone(),
            region: args.region.clone(),
            http,
            clock,
        })
    }

    fn request(&self, face: &Face<'_>) -> Result<reqwest::RequestBuilder, Failure> {
        let request = Request { id_card: face.number, name: face.name, image_base64: STANDARD.encode(face.jpeg) };
        let body = serde_json::to_vec(&request).map_err(Failure::internal)?;
        let timestamp = self.clock.now().timestamp();
        let headers = [("content-type", JSON), ("host", self.host.as_str()), ("x-tc-action", ACTION)];
        let call = Call { service: SERVICE, headers: &headers, body: &body, timestamp };
        let authorization = tc3::sign(&self.secret_id, &self.secret_key, &call).map_err(Failure::internal)?;
        Ok(self
            .http
            .post(self.url.clone())
            .header("content-type", JSON)
            .header("host", &self.host)
            .header("authorization", authorization)
            .header("x-tc-action", ACTION)
            .header("x-tc-version", VERSION)
            .header("x-tc-timestamp", timestamp)
            .header("x-tc-region", &self.region)
            .body(body))
    }
}

#[async_trait]
impl FaceVendor for Tencent {
    async fn compare(&self, face: Face<'_>) -> Result<Verdict, Failure> {
        let answer = self.request(&face)?.send().await.map_err(|error| away(error.without_url()))?;
        if !answer.status().is_success() {
            return Err(away(format!("the vendor answered {}", answer.status())));
        }
        let Answer { response } = answer.json().await.map_err(|error| away(error.without_url()))?;
        if let Some(fault) = response.error {
            return Err(away(format!("the vendor refused: {}", fault.code)));
        }
        let result = response.result.ok_or_else(|| away("the vendor's answer has no result"))?;
        // The picture's fault, not the person's: it must not count as somebody else's face.
        if result.contains("LifePhoto") && !result.contains("DetectFake") {
            return Err(Failure::rejected("The picture cannot be used.", Vec::new()).because(result).at(
                "/file",
                "verification.picture",
                "照片不清晰或无法识别人脸，请重新拍摄 / No face can be made out in the picture; take it again",
            ));
        }
        Ok(Verdict { recognised: result == SUCCESS, result })
    }
}

fn away(why: impl std::fmt::Display) -> Failure {
    Failure::unavailable("The face check cannot be made at the moment.", RETRY_AFTER).because(why)
}
