//! The SMS gateway: the vendor's `SendSms` (2021-01-11), with templates that were approved beforehand, and the messages that
//! arrived. It knows no notice.

mod http;
mod send;
mod template;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

use crate::{
    behaviour::{Behaviour, Script},
    record::Record,
    vendor,
};
use template::Template;

/// The application that the gateway's customer registered.
const APP_ID: &str = "1400000000";
/// The signature that opens every message of it.
const SIGN: &str = "示例云备案";

/// How the gateway behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Delivers.
    #[default]
    Accept,
    /// Delivers after a while.
    Delay,
    /// Refuses each number, by default with `LimitExceeded.PhoneNumberDailyLimit`.
    Refuse,
    /// Answers 500 and delivers nothing.
    Fail,
    /// Delivers, and cuts the connection instead of saying so.
    Cut,
}

/// A message that arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// The gateway's number of it.
    pub serial: String,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// The mobile number, in the form +8613800001001.
    pub to: String,
    /// The approved template.
    pub template: String,
    /// What was put into it.
    pub params: Vec<String>,
    /// What the receiver reads.
    pub text: String,
    /// What the sender wanted back.
    pub session: String,
}

/// What a sender must know of the gateway.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where it listens.
    pub url: Url,
    /// The secret id.
    pub secret_id: &'static str,
    /// The secret key.
    pub secret_key: &'static str,
    /// `SmsSdkAppId`.
    pub app_id: &'static str,
    /// `SignName`.
    pub sign: &'static str,
}

/// The gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway(Arc<State>);

struct State {
    url: Url,
    clock: Arc<dyn Clock>,
    script: Arc<Script<Mode>>,
    messages: Record<Sms>,
    templates: Mutex<BTreeMap<String, Template>>,
}

impl Gateway {
    pub(crate) fn new(base: &Url, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        Ok(Self(Arc::new(State {
            url: base.join("sms")?,
            clock,
            script: Arc::default(),
            messages: Record::default(),
            templates: Mutex::new(template::approved()?),
        })))
    }

    /// What a sender must know.
    #[must_use]
    pub fn account(&self) -> Account {
        Account {
            url: self.0.url.clone(),
            secret_id: vendor::SECRET_ID,
            secret_key: vendor::SECRET_KEY,
            app_id: APP_ID,
            sign: SIGN,
        }
    }

    /// Scripts it.
    pub fn behave(&self, behaviour: Behaviour<Mode>) {
        self.0.script.set(behaviour);
    }

    /// The messages to a number, with or without +86, or all; oldest first.
    #[must_use]
    pub fn messages(&self, to: Option<&str>) -> Vec<Sms> {
        self.0.messages.list(|sms| to.is_none_or(|to| national(&sms.to) == national(to)))
    }

    /// Forgets all messages.
    pub fn clear(&self) {
        self.0.messages.clear();
    }

    fn template(&self, id: &str) -> Option<Template> {
        self.0.templates.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn approve(&self, id: String, template: Template) {
        self.0.templates.lock().unwrap_or_else(PoisonError::into_inner).insert(id, template);
    }

    /// Puts a message into the receiver's hand and answers its serial number.
    fn deliver(&self, to: &str, template: &str, text: String, request: &send::Request) -> String {
        let serial = format!("sandbox:{}", chassis::clock::mint::<Uuid>());
        self.0.messages.add(Sms {
            serial: serial.clone(),
            at: self.0.clock.now(),
            to: to.to_owned(),
            template: template.to_owned(),
            params: request.template_param_set.clone(),
            text,
            session: request.session_context.clone(),
        });
        serial
    }
}

/// The number without its country. `to=+86…` in a query arrives with a space, as a form would have it.
fn national(number: &str) -> &str {
    let number = number.trim();
    number.strip_prefix("+86").or_else(|| number.strip_prefix("86").filter(|rest| rest.len() == 11)).unwrap_or(number)
}
