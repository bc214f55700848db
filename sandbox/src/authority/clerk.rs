//! How the authority behaves until it is told otherwise. It knows no filing.

use serde::{Deserialize, Serialize};

/// How the clerk decides.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Grants.
    #[default]
    Grant,
    /// Refuses.
    Refuse,
    /// Leaves it lying.
    Hold,
}

/// Why the clerk refuses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objection {
    /// Result code of the interface; 1002 when absent.
    #[serde(default = "refused")]
    pub code: i64,
    /// The clerk's words.
    #[serde(default)]
    pub opinion: Option<String>,
}

/// "Refused": the why is in the opinion.
pub(super) fn refused() -> i64 {
    1002
}

/// How the authority behaves until it is told otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// What the clerk does.
    pub mode: Mode,
    /// Why, where the clerk refuses.
    pub reasons: Vec<Objection>,
    /// How long the clerk thinks, in milliseconds.
    pub delay_ms: u32,
    /// How often the clerk does so before granting again; for ever when absent.
    pub times: Option<u32>,
    /// Uploads answer 901; downloads and status queries 902.
    pub maintenance: bool,
    /// So many of the next answers get lost: the call is done, and the caller sees a 500.
    pub lose_answers: u32,
    /// Whether principals verify by SMS. The interface V3.0 alone does not speak of it.
    pub sms: bool,
    /// So many of the next status queries are too many (22).
    pub refuse_queries: u32,
    /// Whether a site must keep its last access (1025), as in 2013. Today it becomes an empty one.
    pub keep_last_access: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            mode: Mode::Grant,
            reasons: Vec::new(),
            delay_ms: 0,
            times: None,
            maintenance: false,
            lose_answers: 0,
            sms: true,
            refuse_queries: 0,
            keep_last_access: false,
        }
    }
}
