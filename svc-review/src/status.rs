//! Whether something is filed, asked of the authority. Answers are kept for a short time, so that a type check that is repeated
//! while somebody types does not ask again. A question about a certificate is kept as a keyed hash: its number has few
//! possible values. It knows no HTTP.

use std::{sync::Arc, time::Duration};

use chassis::{cache::Cache, failure::Failure, telemetry::metric};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};
use tokio::time::timeout;

use crate::authority::{Authority, Question, Status, Trouble};

/// Counter, label `result`: questions that were asked of the authority, and those that need not be.
const QUESTIONS: &str = "authority_status_questions";
/// How long an answer is good.
const GOOD_FOR: Duration = Duration::from_secs(120);
/// How long the authority may take: the one who asks waits at a form.
const PATIENCE: Duration = Duration::from_millis(2_500);
/// When to ask again after a code that says "later", after maintenance, and after anything else.
const LATER: Duration = Duration::from_secs(60);
const MAINTAINED: Duration = Duration::from_secs(300);
const AWAY: Duration = Duration::from_secs(10);

/// Asks the authority, and remembers the answer for a while.
pub struct Enquiry {
    authority: Arc<dyn Authority>,
    cache: Arc<dyn Cache>,
    key: [u8; 32],
}

impl Enquiry {
    /// Asks this authority. The secret is one that all processes of this service share and nobody else has.
    #[must_use]
    pub fn new(authority: Arc<dyn Authority>, cache: Arc<dyn Cache>, secret: &SecretString) -> Self {
        let key = Sha256::new().chain_update("status").chain_update(secret.expose_secret()).finalize().into();
        Self { authority, cache, key }
    }

    /// What is filed; None when nothing is, or where the interface has no query for it. 503 while the authority is away.
    pub async fn ask(&self, question: &Question) -> Result<Option<Status>, Failure> {
        let place = self.place(question);
        // A cache that does not answer is a miss.
        let known = self.cache.get(&place).await.ok().flatten();
        if let Some(status) = known.and_then(|text| serde_json::from_str(&text).ok()) {
            metric::count(QUESTIONS, 1, &[("result", "cached")]);
            return Ok(status);
        }
        let asked = timeout(PATIENCE, self.authority.status(question)).await;
        let answer = asked.unwrap_or_else(|_| Err(Trouble::Away("it takes too long".to_owned())));
        let result = answer.as_ref().map_or_else(Trouble::name, |_| "done".to_owned());
        metric::count(QUESTIONS, 1, &[("result", &result)]);
        match answer {
            Ok(status) => {
                if let Ok(text) = serde_json::to_string(&status) {
                    let _kept = self.cache.put(&place, &text, GOOD_FOR).await;
                }
                Ok(status)
            }
            Err(Trouble::Unfit(_)) => Ok(None),
            Err(trouble) => {
                tracing::warn!(%trouble, "the authority does not say what is filed");
                Err(Failure::unavailable("The authority does not answer.", wait(&trouble)).because(trouble))
            }
        }
    }

    fn place(&self, question: &Question) -> String {
        let hash = Sha256::new().chain_update(self.key);
        let hash = match question {
            Question::Domain(name) => hash.chain_update("domain").chain_update(name),
            Question::Certificate { kind, number } => {
                hash.chain_update("certificate").chain_update(kind.to_be_bytes()).chain_update(number.reveal())
            }
        };
        format!("review:status:{}", hex::encode(hash.finalize()))
    }
}

fn wait(trouble: &Trouble) -> Duration {
    match trouble {
        Trouble::NotTaken { code: 901 | 902 } => MAINTAINED,
        Trouble::NotTaken { .. } => LATER,
        Trouble::Away(_)
        | Trouble::Unknown(_)
        | Trouble::Unfit(_)
        | Trouble::UnknownId { .. }
        | Trouble::Unreadable(_) => AWAY,
    }
}
