//! Phone codes: whoever reads the six digits has the phone. They live in the cache alone, hashed, for five minutes.
//!
//! Nothing of them reaches the database, not even a fingerprint: eleven digits are few enough to be tried out. For the same
//! reason requests take no Idempotency-Key; that a repetition within a minute is refused serves the purpose.

mod book;

use std::{sync::Arc, time::Duration};

use chassis::{cache::Quota, failure::Failure, limiter::Limiter, seal::Keyring, telemetry::metric};
use domain::{access::Actor, contact::Mobile};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    job::SENDS,
    outcome::Outcome,
    sms::{Sms, SmsGateway},
};
use book::{Book, Tried};

pub(crate) use book::Proven;

/// How long a code is valid.
pub(crate) const VALID: Duration = Duration::from_secs(300);
/// How soon the next one may be asked for.
pub(crate) const NEXT: Duration = Duration::from_secs(60);
/// How long a proof is valid.
pub(crate) const PROVEN: Duration = Duration::from_secs(600);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);
/// Codes to one phone within an hour.
const PER_HOUR: u64 = 5;
/// Codes that one principal may ask for within a day.
const PER_DAY: u64 = 20;
/// What a client is told to wait when the gateway does not take a code.
const GATEWAY_PAUSE: Duration = Duration::from_secs(10);

/// What a phone is to be proven for; a code for one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Purpose {
    /// The mobile number of a principal.
    Principal,
    /// The emergency number of a principal.
    Emergency,
    /// The number that the account is reached by.
    Account,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "principal",
            Self::Emergency => "emergency",
            Self::Account => "account",
        }
    }
}

/// Sends and checks codes.
pub(crate) struct PhoneCodes {
    pub(crate) keyring: Keyring,
    pub(crate) limiter: Limiter,
    pub(crate) cache: Arc<dyn chassis::cache::Cache>,
    pub(crate) gateway: Arc<dyn SmsGateway>,
    pub(crate) template: String,
}

/// Whose phone, for what: to these a code is bound.
#[derive(Clone, Copy)]
pub(crate) struct Claim<'a> {
    pub(crate) actor: &'a Actor,
    pub(crate) mobile: &'a Mobile,
    pub(crate) purpose: Purpose,
}

impl PhoneCodes {
    /// Sends a new code; the one before it is void.
    pub(crate) async fn issue(&self, claim: Claim<'_>) -> Result<(), Failure> {
        let book = self.book();
        let phone = book.phone(claim.mobile);
        let (bucket, quota) = (format!("notify:code:minute:{phone}"), Quota::every(NEXT, 1));
        self.limiter.take_strictly(&bucket, quota).await?;
        book.count(&format!("hour:{phone}"), PER_HOUR, HOUR).await?;
        book.count(&format!("day:{}", book.principal(claim.actor)), PER_DAY, DAY).await?;
        let (code, reference) = book.write(claim).await?;
        let minutes = (VALID.as_secs() / 60).to_string();
        let (template, params) = (self.template.as_str(), [code, minutes]);
        let outcome =
            self.gateway.send(Sms { to: claim.mobile, template, params: &params, reference: &reference }).await;
        metric::count(SENDS, 1, &[("channel", "phone_code"), ("outcome", outcome.as_str())]);
        tracing::info!(outcome = outcome.as_str(), code = outcome.code(), "a phone code was tried");
        match outcome {
            // Of unknown fate: it may well arrive, and the customer can ask for another one.
            Outcome::Sent { .. } | Outcome::Unknown { .. } => Ok(()),
            Outcome::Deferred { .. } | Outcome::Refused { .. } | Outcome::NoContact => {
                self.limiter.give_back(&bucket, quota).await;
                Err(Failure::unavailable("The code could not be sent. Try again in a moment.", GATEWAY_PAUSE))
            }
        }
    }

    /// Takes a code for a proof, once.
    pub(crate) async fn verify(&self, claim: Claim<'_>, code: &str) -> Result<String, Failure> {
        let book = self.book();
        match book.try_code(claim, code).await? {
            Tried::Right => book.prove(claim).await,
            Tried::Wrong { left } => Err(wrong(
                "code_wrong",
                &format!("验证码不正确，还可以再试 {left} 次 / The code is wrong; tries left: {left}"),
            )),
            Tried::Void => {
                Err(wrong("code_void", "没有有效的验证码，请重新获取 / There is no valid code. Ask for a new one."))
            }
        }
    }

    /// What a proof proves; none when it is none, or over.
    pub(crate) async fn proven(&self, proof: &str) -> Result<Option<Proven>, Failure> {
        self.book().proven(proof).await
    }

    fn book(&self) -> Book<'_> {
        Book { keyring: &self.keyring, cache: &*self.cache }
    }
}

fn wrong(rule: &str, message: &str) -> Failure {
    Failure::rejected("The code does not stand.", Vec::new()).at("/code", rule, message)
}
