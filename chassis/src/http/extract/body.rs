//! Bodies: read within a limit, and as JSON refused with the place and the rule when they do not fit.

use std::ops::Deref;

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::header,
    web::{Bytes, BytesMut},
};
use futures::{FutureExt, StreamExt, future::LocalBoxFuture};
use serde::de::DeserializeOwned;
use serde_json::{Value, error::Category};
use serde_path_to_error::{Path, Segment};

use super::gate;
use crate::failure::{Failure, FieldError};

/// A JSON object as the body. 400 when it is no JSON (with line and column), 413 when it is too large, 415 when it says to
/// be something else, 422 with a JSON pointer when a field is unknown, missing or of the wrong type.
#[derive(Debug, Clone)]
pub struct Body<T>(pub T);

impl<T> Deref for Body<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Body<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        async move { object(&json(&request, payload).await?).map(Self) }.boxed_local()
    }
}

/// A JSON array as the body, with the same refusals.
#[derive(Debug, Clone)]
pub struct Items<T>(pub Vec<T>);

impl<T: DeserializeOwned> FromRequest for Items<T> {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        async move { parse(&json(&request, payload).await?).map(Self) }.boxed_local()
    }
}

/// A body of whatever type, not read yet: for handlers that take more than JSON.
#[derive(Debug, Clone)]
pub struct Raw {
    /// The type it says to be of, in lower case and without parameters.
    pub kind: String,
    /// What was sent.
    pub bytes: Bytes,
}

impl Raw {
    /// Reads it as a JSON object, with the refusals of [`Body`].
    pub fn object<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        object(&self.bytes)
    }
}

impl FromRequest for Raw {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        async move { Self::read(&request, read(&request, payload).await?) }.boxed_local()
    }
}

/// What a body can be read as.
pub trait Content: Sized {
    /// Reads the whole body of a request.
    fn read(request: &HttpRequest, bytes: Bytes) -> Result<Self, Failure>;
}

impl<T: DeserializeOwned> Content for T {
    fn read(request: &HttpRequest, bytes: Bytes) -> Result<Self, Failure> {
        if bytes.is_empty() {
            // Nothing at all is `null`, which is what `()` reads; any other type says what it misses.
            return object(b"null");
        }
        must_be_json(request)?;
        object(&bytes)
    }
}

impl Content for Raw {
    fn read(request: &HttpRequest, bytes: Bytes) -> Result<Self, Failure> {
        must_be_plain(request)?;
        Ok(Self { kind: kind(request), bytes })
    }
}

/// The whole body of a request that says to send JSON.
async fn json(request: &HttpRequest, payload: Payload) -> Result<Bytes, Failure> {
    let bytes = read(request, payload).await?;
    must_be_json(request)?;
    Ok(bytes)
}

/// The whole body, at most as long as the gate's limit.
pub(super) async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Failure> {
    let limit = gate(request)?.body_limit;
    let too_large = || Failure::too_large(format!("The body may have at most {limit} bytes."));
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large());
    }
    let mut bytes = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error| Failure::unreadable("The body broke off.").because(error))?;
        if bytes.len() + chunk.len() > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

/// 415 unless the body says to be JSON, and to be so without compression.
fn must_be_json(request: &HttpRequest) -> Result<(), Failure> {
    let kind = kind(request);
    if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
        return Err(Failure::unsupported("Send the body as application/json."));
    }
    must_be_plain(request)
}

fn kind(request: &HttpRequest) -> String {
    request.content_type().trim().to_ascii_lowercase()
}

fn must_be_plain(request: &HttpRequest) -> Result<(), Failure> {
    // A compressed body would pass the limit small and unfold large.
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Failure::unsupported("Send the body without compression."));
    }
    Ok(())
}

/// Reads a JSON object as a `T`. serde would take an array for a structure as well, field by field, and an empty one for a
/// structure that is all default.
fn object<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let value = parse(bytes)?;
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(misfit("", "invalid type: sequence, expected an object"));
    }
    Ok(value)
}

/// Reads JSON text as a `T`.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer_to(error.path());
        match error.inner().classify() {
            Category::Data => misfit(&pointer, &error.inner().to_string()),
            Category::Syntax | Category::Eof | Category::Io => unreadable(error.inner()),
        }
    })?;
    json.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

/// Reads a part of a body that was taken as it is, with the same refusals; `at` is where it stands.
pub fn part<T: DeserializeOwned>(value: Value, at: &str) -> Result<T, Failure> {
    if !value.is_object() {
        return Err(misfit(at, "invalid type: another one, expected an object"));
    }
    serde_path_to_error::deserialize(value)
        .map_err(|error| misfit(&format!("{at}{}", pointer_to(error.path())), &error.inner().to_string()))
}

fn unreadable(error: &serde_json::Error) -> Failure {
    let (line, column) = (error.line(), error.column());
    Failure::unreadable(format!("The body is not JSON: look at line {line}, column {column}."))
}

/// The refusal of one field. serde's own text may repeat what was sent, which may be personal data, so that only names of
/// fields and what was expected are taken from it.
fn misfit(parent: &str, text: &str) -> Failure {
    let (pointer, rule, zh, en) = if let Some(name) = named(text, "unknown field `") {
        // The path ends with the field already, unless serde buffered it (flattened and untagged types).
        let own = format!("/{}", escape(name));
        let pointer = if parent.ends_with(&own) { parent.to_owned() } else { format!("{parent}{own}") };
        (pointer, "unknown_field", "没有这个字段".to_owned(), "There is no such field.".to_owned())
    } else if let Some(name) = named(text, "missing field `") {
        let pointer = format!("{parent}/{}", escape(name));
        (pointer, "missing_field", "缺少这个字段".to_owned(), "This field is missing.".to_owned())
    } else {
        let (zh, en) = match expected(text) {
            Some(what) => (format!("内容不符合要求，应为：{what}"), format!("This does not fit; expected: {what}.")),
            None => ("内容不符合要求".to_owned(), "This does not fit.".to_owned()),
        };
        (parent.to_owned(), "wrong_type", zh, en)
    };
    let field = FieldError::new(pointer, rule, [&zh, &en]);
    Failure::rejected("The body does not have the expected fields.", vec![field])
}

/// The name that serde puts between back quotes.
fn named<'a>(text: &'a str, before: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(before)?;
    // A name may hold a back quote itself; what follows the last one is serde's own.
    let end = rest.rfind("`, expected").or_else(|| rest.rfind("`, there are no fields")).or_else(|| rest.rfind('`'))?;
    rest.get(..end)
}

/// What serde says it expected, which describes our type and nothing that was sent.
fn expected(text: &str) -> Option<&str> {
    let standard = ["invalid type:", "invalid value:", "invalid length", "unknown variant"];
    if !standard.iter().any(|start| text.starts_with(start)) {
        return None;
    }
    let (_, what) = text.rsplit_once(", expected ")?;
    Some(what.rsplit_once(" at line ").map_or(what, |(what, _)| what))
}

fn pointer_to(path: &Path) -> String {
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Map { key } => Some(format!("/{}", escape(key))),
            Segment::Enum { variant } => Some(format!("/{}", escape(variant))),
            Segment::Unknown => None,
        })
        .collect()
}

/// RFC 6901: `~` is `~0`, `/` is `~1`.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the shape matters")]
    struct Outer {
        services: Vec<Inner>,
    }

    #[derive(Deserialize, Debug)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only the shape matters")]
    struct Inner {
        kind: u8,
    }

    fn refusal(json: &str) -> (u16, String) {
        let failure = parse::<Outer>(json.as_bytes()).unwrap_err();
        (failure.status(), format!("{failure:?}"))
    }

    #[test]
    fn each_misfit_is_pointed_at() {
        let cases = [
            (r#"{"services":[{"kind":1,"a/b~":2}]}"#, "/services/0/a~1b~0", "unknown_field"),
            (r#"{"services":[{"kind":1},{}]}"#, "/services/1/kind", "missing_field"),
            (r#"{"services":[{"kind":"张三"}]}"#, "/services/0/kind", "wrong_type"),
            (r#"{"services":{}}"#, "/services", "wrong_type"),
            (r#"{"odd` name":1}"#, "/odd` name", "unknown_field"),
        ];
        for (json, pointer, rule) in cases {
            let (status, text) = refusal(json);
            assert_eq!(status, 422, "{json}");
            assert!(text.contains(&format!("{pointer:?}")) && text.contains(rule), "{json}: {text}");
            assert!(!text.contains("张三"), "what was sent must not be repeated: {text}");
        }
    }

    #[test]
    fn a_part_is_refused_where_it_stands() {
        for (value, pointer) in
            [(serde_json::json!({ "kind": "张三" }), "/rows/3/kind"), (serde_json::json!([1]), "/rows/3")]
        {
            let failure = part::<Inner>(value, "/rows/3").unwrap_err();
            assert_eq!((failure.status(), failure.errors()[0].pointer.as_str()), (422, pointer));
            assert!(!format!("{failure:?}").contains("张三"));
        }
    }

    #[test]
    fn what_is_no_json_is_pointed_at_by_line_and_column() {
        for (json, place) in
            [("{\n  \"services\": [,]}", "line 2, column 16"), ("", "line 1"), ("{\"services\":[]} x", "column 17")]
        {
            let (status, text) = refusal(json);
            assert_eq!(status, 400, "{json}");
            assert!(text.contains(place), "{json}: {text}");
        }
    }
}
