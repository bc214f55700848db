//! The face-compare vendor: `ImageRecognitionV2` (faceid, 2018-03-01), in the form of its description; whom it sees in a picture
//! is scripted, because nobody here can tell faces apart. It keeps no picture.

mod http;
mod picture;
mod recognise;

use std::sync::Arc;

use chassis::clock::Clock;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use url::Url;
use uuid::Uuid;

pub use picture::{Format, Picture};

use crate::{
    behaviour::{Behaviour, Script},
    record::Record,
    vendor,
};

/// What the vendor sees.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The person of the identity number.
    #[default]
    Recognise,
    /// The same, after a while.
    Delay,
    /// Somebody else.
    OtherPerson,
    /// A picture of a picture.
    NotAlive,
    /// Nothing: it is out of order and answers 500.
    Fail,
}

/// A check that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FaceCheck {
    /// The vendor's number of it.
    pub id: Uuid,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// The name that was to be confirmed.
    pub name: String,
    /// The identity number.
    pub id_card: String,
    /// What the picture is, when it is one.
    pub picture: Option<Picture>,
    /// How alike the faces are, from 0 to 100.
    pub sim: f64,
    /// The vendor's word for the outcome.
    pub result: String,
}

/// What a caller must know of the vendor.
#[derive(Debug, Clone)]
pub struct Account {
    /// Where it listens.
    pub url: Url,
    /// The secret id.
    pub secret_id: &'static str,
    /// The secret key.
    pub secret_key: &'static str,
}

/// The vendor. Cheap to clone.
#[derive(Clone)]
pub struct FaceVendor(Arc<State>);

struct State {
    url: Url,
    clock: Arc<dyn Clock>,
    script: Arc<Script<Mode>>,
    checks: Record<FaceCheck>,
}

impl FaceVendor {
    pub(crate) fn new(base: &Url, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let (script, checks) = (Arc::default(), Record::default());
        Ok(Self(Arc::new(State { url: base.join("face")?, clock, script, checks })))
    }

    /// What a caller must know.
    #[must_use]
    pub fn account(&self) -> Account {
        Account { url: self.0.url.clone(), secret_id: vendor::SECRET_ID, secret_key: vendor::SECRET_KEY }
    }

    /// Scripts it.
    pub fn behave(&self, behaviour: Behaviour<Mode>) {
        self.0.script.set(behaviour);
    }

    /// What was asked for, oldest first.
    #[must_use]
    pub fn checks(&self) -> Vec<FaceCheck> {
        self.0.checks.all()
    }

    /// Forgets all checks.
    pub fn clear(&self) {
        self.0.checks.clear();
    }
}
