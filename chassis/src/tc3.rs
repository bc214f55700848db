//! Tencent Cloud's request signature TC3-HMAC-SHA256, both ways. It knows no product, sends nothing and keeps no secret.
//!
//! Source: the signature method v3 of the vendor's API documentation; its worked example is a test below.

use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

const ALGORITHM: &str = "TC3-HMAC-SHA256";

/// How far the caller's clock may be off; the vendor answers `AuthFailure.SignatureExpire` beyond it.
pub const SKEW: TimeDelta = TimeDelta::minutes(5);

/// A call as it stands on the wire, without what names the caller. The path is always `/`, the method always POST.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Product, the first label of the vendor's host: `sms`, `faceid`.
    pub service: &'a str,
    /// Headers that are signed, with lower-case names in alphabetical order; `content-type` and `host` must be among them.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, byte for byte.
    pub body: &'a [u8],
    /// The value of `X-TC-Timestamp`, in seconds since 1970.
    pub timestamp: i64,
}

/// Why a signature does not stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Tc3Error {
    /// The header is not of the documented form.
    #[error("the Authorization header is not a TC3-HMAC-SHA256 credential")]
    Malformed,
    /// `content-type` or `host` is not signed, or a signed header was not sent.
    #[error("the signed headers are incomplete")]
    SignedHeaders,
    /// The credential's date is not the timestamp's, or its product is not the one called.
    #[error("the credential's scope does not fit the request")]
    Scope,
    /// The timestamp is more than [`SKEW`] away.
    #[error("the timestamp is too far from now")]
    Expired,
    /// Nobody has this secret id.
    #[error("the secret id is unknown")]
    UnknownId,
    /// The signature is not the one this body and these headers give.
    #[error("the signature does not fit")]
    Mismatch,
}

/// The `Authorization` value for a call. `Malformed` when the timestamp is no date.
pub fn sign(id: &str, key: &SecretString, call: &Call<'_>) -> Result<String, Tc3Error> {
    let date = date_of(call.timestamp)?;
    let names = call.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let signature = hex::encode(signer(key, call, &date).finalize().into_bytes());
    Ok(format!(
        "{ALGORITHM} Credential={id}/{date}/{}/tc3_request, SignedHeaders={names}, Signature={signature}",
        call.service
    ))
}

/// A call as a server received it.
#[derive(Clone, Copy)]
pub struct Received<'a> {
    /// The `Authorization` header.
    pub authorization: &'a str,
    /// The product that this server is.
    pub service: &'a str,
    /// The value of `X-TC-Timestamp`.
    pub timestamp: i64,
    /// The body, byte for byte.
    pub body: &'a [u8],
}

/// Checks a received call: form, signed headers, scope, clock, signature. `header` reads a header of the request by its
/// lower-case name, `key_of` the secret key of a secret id. Answers the secret id.
pub fn verify<'h>(
    received: &Received<'_>,
    header: impl Fn(&str) -> Option<&'h str>,
    key_of: impl Fn(&str) -> Option<SecretString>,
    now: DateTime<Utc>,
) -> Result<String, Tc3Error> {
    let credential = Credential::parse(received.authorization)?;
    let headers = credential
        .signed_headers
        .split(';')
        .map(|name| header(name).map(|value| (name, value)))
        .collect::<Option<Vec<_>>>()
        .ok_or(Tc3Error::SignedHeaders)?;
    if !["content-type", "host"].iter().all(|need| headers.iter().any(|(name, _)| name == need)) {
        return Err(Tc3Error::SignedHeaders);
    }
    let date = date_of(received.timestamp)?;
    if credential.date != date || credential.service != received.service {
        return Err(Tc3Error::Scope);
    }
    // Not `now - timestamp`: a hostile timestamp may be far enough away to overflow.
    if now.timestamp().abs_diff(received.timestamp) > SKEW.num_seconds().unsigned_abs() {
        return Err(Tc3Error::Expired);
    }
    let key = key_of(credential.id).ok_or(Tc3Error::UnknownId)?;
    let call =
        Call { service: received.service, headers: &headers, body: received.body, timestamp: received.timestamp };
    let given = hex::decode(credential.signature).map_err(|_not_hex| Tc3Error::Malformed)?;
    // `verify_slice` compares in constant time.
    signer(&key, &call, &date).verify_slice(&given).map_err(|_mismatch| Tc3Error::Mismatch)?;
    Ok(credential.id.to_owned())
}

struct Credential<'a> {
    id: &'a str,
    date: &'a str,
    service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

impl<'a> Credential<'a> {
    fn parse(authorization: &'a str) -> Result<Self, Tc3Error> {
        let fields = authorization.strip_prefix(ALGORITHM).ok_or(Tc3Error::Malformed)?;
        let field = |name: &str| {
            fields
                .split(',')
                .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
                .ok_or(Tc3Error::Malformed)
        };
        let scope: Vec<_> = field("Credential")?.split('/').collect();
        let [id, date, service, "tc3_request"] = scope.as_slice() else { return Err(Tc3Error::Malformed) };
        Ok(Self { id, date, service, signed_headers: field("SignedHeaders")?, signature: field("Signature")? })
    }
}

/// The keyed hash over the string to sign, ready to be read or compared.
fn signer(key: &SecretString, call: &Call<'_>, date: &str) -> Hmac<Sha256> {
    let names = call.headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let headers: String = call.headers.iter().map(|(name, value)| canonical_header(name, value)).collect();
    let body = hex::encode(Sha256::digest(call.body));
    let request = format!("POST\n/\n\n{headers}\n{names}\n{body}");
    let scope = format!("{date}/{}/tc3_request", call.service);
    let hashed = hex::encode(Sha256::digest(request.as_bytes()));
    let text = format!("{ALGORITHM}\n{}\n{scope}\n{hashed}", call.timestamp);

    let of_date = keyed(format!("TC3{}", key.expose_secret()).as_bytes(), date.as_bytes()).finalize();
    let of_service = keyed(&of_date.into_bytes(), call.service.as_bytes()).finalize();
    let of_request = keyed(&of_service.into_bytes(), b"tc3_request").finalize();
    keyed(&of_request.into_bytes(), text.as_bytes())
}

fn canonical_header(name: &str, value: &str) -> String {
    format!("{}:{}\n", name.to_lowercase(), value.trim().to_lowercase())
}

fn keyed(key: &[u8], message: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac
}

fn date_of(timestamp: i64) -> Result<String, Tc3Error> {
    let at = DateTime::from_timestamp(timestamp, 0).ok_or(Tc3Error::Malformed)?;
    Ok(at.format("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The worked example of the vendor's documentation.
    const ID: &str = "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE";
    const KEY: &str = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE";
    const BODY: &str = r#"{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}"#;
    const HEADERS: [(&str, &str); 2] =
        [("content-type", "application/json; charset=utf-8"), ("host", "cvm.tencentcloudapi.com")];
    const AT: i64 = 1_551_113_065;

    fn example() -> String {
        let call = Call { service: "cvm", headers: &HEADERS, body: BODY.as_bytes(), timestamp: AT };
        sign(ID, &KEY.into(), &call).unwrap()
    }

    fn check(authorization: &str, body: &str, now: i64) -> Result<String, Tc3Error> {
        let received = Received { authorization, service: "cvm", timestamp: AT, body: body.as_bytes() };
        let header = |name: &str| HEADERS.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let key_of = |id: &str| (id == ID).then(|| SecretString::from(KEY));
        verify(&received, header, key_of, DateTime::from_timestamp(now, 0).unwrap())
    }

    #[test]
    fn the_documented_example_gives_the_documented_signature() {
        assert_eq!(
            example(),
            "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, \
             SignedHeaders=content-type;host, \
             Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
        );
    }

    #[test]
    fn what_was_signed_verifies() {
        assert_eq!(check(&example(), BODY, AT + 299), Ok(ID.to_owned()));
    }

    #[test]
    fn a_changed_body_clock_or_scope_does_not_verify() {
        let good = example();
        assert_eq!(check(&good, "{}", AT), Err(Tc3Error::Mismatch));
        assert_eq!(check(&good, BODY, AT + 301), Err(Tc3Error::Expired));
        assert_eq!(check(&good, BODY, AT - 301), Err(Tc3Error::Expired));
        assert_eq!(check(&good.replace("2019-02-25", "2019-02-26"), BODY, AT), Err(Tc3Error::Scope));
        assert_eq!(check(&good.replace("/cvm/", "/sms/"), BODY, AT), Err(Tc3Error::Scope));
        assert_eq!(check(&good.replace(ID, "AKIDnobody"), BODY, AT), Err(Tc3Error::UnknownId));
        assert_eq!(check(&good.replace("content-type;host", "host"), BODY, AT), Err(Tc3Error::SignedHeaders));
        assert_eq!(check(&good.replace(";host", ";host;x-absent"), BODY, AT), Err(Tc3Error::SignedHeaders));
        assert_eq!(check("Bearer x", BODY, AT), Err(Tc3Error::Malformed));
        assert_eq!(check("TC3-HMAC-SHA256 Credential=a", BODY, AT), Err(Tc3Error::Malformed));
    }
}
