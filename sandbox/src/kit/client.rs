//! An HTTP client of one person that says what it expects and shows what came instead. It knows no route.

use anyhow::{Context, ensure};
use reqwest::{
    Method, RequestBuilder,
    header::{ETAG, HeaderMap, IF_MATCH},
    multipart::Form,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;
use uuid::Uuid;

const KEY: &str = "idempotency-key";

/// Asks one base address in the name of one person.
#[derive(Clone)]
pub struct Client {
    base: Url,
    token: Option<String>,
    http: reqwest::Client,
}

impl Client {
    /// A client with this person's token, or of nobody.
    #[must_use]
    pub fn new(base: Url, token: Option<String>) -> Self {
        Self { base, token, http: reqwest::Client::new() }
    }

    /// Reads.
    pub fn get(&self, path: &str) -> Ask {
        self.ask(Method::GET, path)
    }

    /// Replaces.
    pub fn put(&self, path: &str) -> Ask {
        self.ask(Method::PUT, path)
    }

    /// Removes.
    pub fn delete(&self, path: &str) -> Ask {
        self.ask(Method::DELETE, path)
    }

    /// Acts, under a key of its own unless [`Ask::key`] gives another.
    pub fn post(&self, path: &str) -> Ask {
        self.ask(Method::POST, path).key(&Uuid::new_v4().to_string())
    }

    /// Any method, without an idempotency key.
    pub fn ask(&self, method: Method, path: &str) -> Ask {
        let what = format!("{method} {path}");
        let Ok(url) = self.base.join(path) else {
            return Ask { what, request: self.http.request(method, self.base.clone()), key: None };
        };
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        Ask { what, request, key: None }
    }
}

/// A request in the making.
#[must_use = "a request is sent by `expect`"]
pub struct Ask {
    what: String,
    request: RequestBuilder,
    key: Option<String>,
}

impl Ask {
    fn with(mut self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        self.request = change(self.request);
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &(impl Serialize + ?Sized)) -> Self {
        self.with(|request| request.json(body))
    }

    /// With a body of another kind.
    pub fn body(self, kind: &str, body: impl Into<reqwest::Body>) -> Self {
        self.with(|request| request.header("content-type", kind).body(body))
    }

    /// With a multipart form.
    pub fn form(self, form: Form) -> Self {
        self.with(|request| request.multipart(form))
    }

    /// With a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.with(|request| request.header(name, value))
    }

    /// Meant for this version.
    pub fn version(self, version: i64) -> Self {
        self.with(|request| request.header(IF_MATCH, format!("\"v{version}\"")))
    }

    /// Under this idempotency key.
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some(key.to_owned());
        self
    }

    /// Sends it; an error that shows the answer when its status is another one.
    pub async fn expect(self, status: u16) -> anyhow::Result<Answer> {
        let what = self.what.clone();
        let answer = self.send().await?;
        ensure!(answer.status == status, "{what}: expected {status}, got {}: {}", answer.status, answer.body);
        Ok(answer)
    }

    /// Sends it, and takes whatever comes.
    pub async fn send(self) -> anyhow::Result<Answer> {
        let Self { what, mut request, key } = self;
        if let Some(key) = key {
            request = request.header(KEY, key);
        }
        let response = request.send().await.with_context(|| what.clone())?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.with_context(|| what.clone())?.to_vec();
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { what, status, headers, body, bytes })
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    what: String,
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as JSON; `null` when it is none.
    pub body: Value,
    /// The body, byte for byte.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The version in the `ETag`.
    pub fn version(&self) -> anyhow::Result<i64> {
        let tag = self.headers.get(ETAG).with_context(|| format!("{}: no ETag", self.what))?.to_str()?;
        let digits = tag.trim_start_matches("W/").trim_matches('"').trim_start_matches('v');
        digits.parse().with_context(|| format!("{}: the ETag {tag}", self.what))
    }

    /// The text at a JSON pointer.
    pub fn text(&self, pointer: &str) -> anyhow::Result<&str> {
        let found = self.body.pointer(pointer).and_then(Value::as_str);
        found.with_context(|| format!("{}: no text at {pointer} in {}", self.what, self.body))
    }

    /// The list at a JSON pointer.
    pub fn list(&self, pointer: &str) -> anyhow::Result<&Vec<Value>> {
        let found = self.body.pointer(pointer).and_then(Value::as_array);
        found.with_context(|| format!("{}: no list at {pointer} in {}", self.what, self.body))
    }

    /// The body as a type.
    pub fn read<T: DeserializeOwned>(&self) -> anyhow::Result<T> {
        serde_json::from_value(self.body.clone()).with_context(|| format!("{}: {}", self.what, self.body))
    }

    /// Pointer and rule of each error of a problem, in its order.
    #[must_use]
    pub fn errors(&self) -> Vec<(String, String)> {
        let errors = self.body.get("errors").and_then(Value::as_array).cloned().unwrap_or_default();
        let text = |error: &Value, name: &str| error.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        errors.iter().map(|error| (text(error, "pointer"), text(error, "rule"))).collect()
    }
}
