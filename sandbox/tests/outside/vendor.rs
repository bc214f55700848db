//! A caller of the cloud vendor who signs as its description says, or not quite.

use chassis::tc3::{self, Call};
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use crate::world::{World, noon};

pub(crate) struct Caller<'a> {
    pub(crate) url: Url,
    pub(crate) service: &'a str,
    pub(crate) action: &'a str,
    pub(crate) version: &'a str,
    pub(crate) id: &'a str,
    pub(crate) key: &'a str,
    pub(crate) late_by: i64,
}

impl Caller<'_> {
    pub(crate) async fn send(&self, world: &World, body: &Value) -> reqwest::Result<reqwest::Response> {
        let timestamp = noon().timestamp() - self.late_by;
        let host = format!("{}:{}", self.url.host_str().unwrap(), self.url.port().unwrap());
        let action = self.action.to_lowercase();
        let headers = [("content-type", "application/json"), ("host", &host), ("x-tc-action", &action)];
        let body = serde_json::to_vec(body).unwrap();
        let call = Call { service: self.service, headers: &headers, body: &body, timestamp };
        let authorization = tc3::sign(self.id, &SecretString::from(self.key), &call).unwrap();
        let request = world.client.post(self.url.clone()).header("content-type", "application/json");
        let request = request.header("x-tc-action", self.action).header("x-tc-version", self.version);
        let request = request.header("x-tc-timestamp", timestamp).header("authorization", authorization);
        request.body(body).send().await
    }

    /// The content of the vendor's envelope.
    pub(crate) async fn ask(&self, world: &World, body: &Value) -> Value {
        let answer = self.send(world, body).await.unwrap();
        assert_eq!(answer.status(), 200, "this vendor refuses with 200 as well");
        let mut answer: Value = answer.json().await.unwrap();
        assert!(!answer["Response"]["RequestId"].as_str().unwrap().is_empty());
        answer["Response"].take()
    }

    /// The vendor's code of its refusal.
    pub(crate) async fn refused(&self, world: &World, body: &Value) -> String {
        let answer = self.ask(world, body).await;
        answer["Error"]["Code"].as_str().unwrap_or_else(|| panic!("not refused: {answer}")).to_owned()
    }
}
