//! A mail server that delivers nothing further: what it accepts can be read here, decoded. It knows no notice.

mod http;
mod letter;
mod server;

use std::{net::SocketAddr, sync::Arc};

use chassis::clock::Clock;
use serde::{Deserialize, Serialize};

pub use letter::Letter;
pub(crate) use server::Server;

use crate::{
    behaviour::{Behaviour, Script},
    record::Record,
};

/// How the mail server behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Accepts.
    #[default]
    Accept,
    /// Accepts after a while.
    Delay,
    /// Knows none of the receivers (550).
    Refuse,
    /// Asks to come back later (451).
    Defer,
    /// Takes the letter, and cuts the connection instead of saying so.
    Cut,
}

/// The mailbox of everybody. Cheap to clone.
#[derive(Clone)]
pub struct Mailbox(Arc<State>);

struct State {
    clock: Arc<dyn Clock>,
    script: Arc<Script<Mode>>,
    letters: Record<Letter>,
}

impl Mailbox {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self(Arc::new(State { clock, script: Arc::default(), letters: Record::default() }))
    }

    /// Listens for SMTP until the server is stopped or dropped.
    pub(crate) fn serve(&self, at: SocketAddr) -> anyhow::Result<Server> {
        Server::start(self.clone(), at)
    }

    /// Scripts it.
    pub fn behave(&self, behaviour: Behaviour<Mode>) {
        self.0.script.set(behaviour);
    }

    /// The letters to an address, or all; oldest first.
    #[must_use]
    pub fn letters(&self, to: Option<&str>) -> Vec<Letter> {
        let is_for = |letter: &Letter, to: &str| letter.to.iter().any(|known| known.eq_ignore_ascii_case(to.trim()));
        self.0.letters.list(|letter| to.is_none_or(|to| is_for(letter, to)))
    }

    /// Forgets all letters.
    pub fn clear(&self) {
        self.0.letters.clear();
    }

    fn keep(&self, from: &str, to: Vec<String>, raw: &[u8]) {
        self.0.letters.add(Letter::read(self.0.clock.now(), from, to, raw));
    }
}
