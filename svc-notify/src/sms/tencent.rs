//! Tencent Cloud SMS: `SendSms` of 2021-01-11, signed by TC3-HMAC-SHA256. It knows the wire and no notice.
//!
//! The interface has no idempotency key. What was sent and not answered is therefore of unknown fate, and it is the caller's
//! ledger that decides whether to send again.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use async_trait::async_trait;
use chassis::{
    clock::Clock,
    tc3::{self, Call},
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::{Position, Url};

use super::{Sms, SmsGateway};
use crate::{config::SmsArgs, outcome::Outcome};

const SERVICE: &str = "sms";
const ACTION: &str = "SendSms";
const VERSION: &str = "2021-01-11";
const JSON: &str = "application/json; charset=utf-8";
/// What the gateway says of a number that it took.
const OK: &str = "Ok";

/// The gateway.
pub(crate) struct Tencent {
    url: Url,
    host: String,
    secret_id: String,
    secret_key: SecretString,
    app_id: String,
    sign_name: String,
    region: String,
    http: reqwest::Client,
    clock: Arc<dyn Clock>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Request<'a> {
    phone_number_set: [String; 1],
    sms_sdk_app_id: &'a str,
    template_id: &'a str,
    sign_name: &'a str,
    template_param_set: &'a [String],
    session_context: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Response {
    #[serde(default)]
    send_status_set: Vec<Status>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Status {
    #[serde(default)]
    serial_no: String,
    code: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fault {
    code: String,
}

impl Tencent {
    /// The gateway that the settings name.
    pub(crate) fn new(args: &SmsArgs, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let url = args.url.clone().context("SMS_URL is required")?;
        let host = url[Position::BeforeHost..Position::AfterPort].to_owned();
        let http = reqwest::Client::builder()
            .timeout(args.timeout())
            .connect_timeout(args.timeout().min(Duration::from_secs(3)))
            .redirect(reqwest::redirect::Policy::none())
            // A kept connection that the gateway has just closed would make the fate of a message unknown for nothing.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self {
            url,
            host,
            secret_id: args.secret_id.expose_secret().to_owned(),
            secret_key: args.secret_key.clone(),
            app_id: args.app_id.clone(),
            sign_name: args.sign_name.clone(),
            region: args.region.clone(),
            http,
            clock,
        })
    }

    fn request(&self, sms: Sms<'_>) -> anyhow::Result<reqwest::RequestBuilder> {
        let body = serde_json::to_vec(&Request {
            phone_number_set: [format!("+86{}", sms.to.as_str())],
            sms_sdk_app_id: &self.app_id,
            template_id: sms.template,
            sign_name: &self.sign_name,
            template_param_set: sms.params,
            session_context: sms.reference,
        })?;
        let timestamp = self.clock.now().timestamp();
        let headers = [("content-type", JSON), ("host", self.host.as_str()), ("x-tc-action", ACTION)];
        let call = Call { service: SERVICE, headers: &headers, body: &body, timestamp };
        let authorization = tc3::sign(&self.secret_id, &self.secret_key, &call)?;
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
impl SmsGateway for Tencent {
    async fn send(&self, sms: Sms<'_>) -> Outcome {
        let request = match self.request(sms) {
            Ok(request) => request,
            Err(error) => {
                tracing::error!(%error, "a message to the SMS gateway could not be made");
                return Outcome::refused("unsigned");
            }
        };
        let response = match request.send().await {
            Ok(response) => response,
            // Nothing has left yet.
            Err(error) if error.is_connect() || error.is_builder() => return Outcome::deferred("unreachable"),
            Err(error) if error.is_timeout() => return Outcome::unknown("timeout"),
            Err(_broken) => return Outcome::unknown("connection_lost"),
        };
        let status = response.status();
        match response.bytes().await {
            // An answer of the gateway's frontend: the message did not come as far as a queue.
            Ok(_) if status.is_server_error() => Outcome::deferred(format!("http_{}", status.as_u16())),
            Ok(bytes) if status == StatusCode::OK => judge(&bytes),
            Ok(_) => Outcome::refused(format!("http_{}", status.as_u16())),
            Err(_broken) => Outcome::unknown("answer_lost"),
        }
    }
}

fn judge(bytes: &[u8]) -> Outcome {
    let Ok(Answer { response }) = serde_json::from_slice(bytes) else { return Outcome::unknown("answer_unreadable") };
    if let Some(fault) = response.error {
        return by_code(&fault.code);
    }
    match response.send_status_set.into_iter().next() {
        Some(status) if status.code == OK => Outcome::Sent { vendor_id: status.serial_no },
        Some(status) => by_code(&status.code),
        None => Outcome::unknown("no_status"),
    }
}

/// Limits and the vendor's own troubles pass; everything else must be changed by somebody.
fn by_code(code: &str) -> Outcome {
    let passing =
        ["LimitExceeded", "RequestLimitExceeded", "InternalError", "ResourceUnavailable", "ResourceInsufficient"];
    let lost = ["InternalError.Timeout", "InternalError.SendAndRecvFail", "FailedOperation.Timeout"];
    if lost.iter().any(|prefix| code.starts_with(prefix)) {
        Outcome::unknown(code)
    } else if passing.iter().any(|prefix| code.starts_with(prefix)) {
        Outcome::deferred(code)
    } else {
        Outcome::refused(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> Outcome {
        judge(json.as_bytes())
    }

    #[test]
    fn each_number_has_its_own_code() {
        let sent = r#"{"Response":{"SendStatusSet":[{"SerialNo":"7:1","PhoneNumber":"+8613800001234","Fee":1,"SessionContext":"","Code":"Ok","Message":"send success","IsoCode":"CN"}],"RequestId":"x"}}"#;
        assert_eq!(of(sent), Outcome::Sent { vendor_id: "7:1".into() });
        let limited = sent.replace("\"Ok\"", "\"LimitExceeded.PhoneNumberThirtySecondLimit\"");
        assert_eq!(of(&limited), Outcome::deferred("LimitExceeded.PhoneNumberThirtySecondLimit"));
        let wrong = sent.replace("\"Ok\"", "\"InvalidParameterValue.IncorrectPhoneNumber\"");
        assert_eq!(of(&wrong), Outcome::refused("InvalidParameterValue.IncorrectPhoneNumber"));
    }

    #[test]
    fn an_error_of_the_request_counts_for_its_number() {
        let refused =
            r#"{"Response":{"Error":{"Code":"AuthFailure.SignatureFailure","Message":"no"},"RequestId":"x"}}"#;
        assert_eq!(of(refused), Outcome::refused("AuthFailure.SignatureFailure"));
        let lost = refused.replace("AuthFailure.SignatureFailure", "InternalError.Timeout");
        assert_eq!(of(&lost), Outcome::unknown("InternalError.Timeout"));
    }

    #[test]
    fn an_answer_that_says_nothing_leaves_the_fate_unknown() {
        for nothing in ["", "{}", "[]", r#"{"Response":{"RequestId":"x"}}"#, r#"{"Response":{"SendStatusSet":[]}}"#] {
            assert!(matches!(of(nothing), Outcome::Unknown { .. }), "{nothing}");
        }
    }
}
