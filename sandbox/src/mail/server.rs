//! The SMTP side, on a thread of its own because its sessions cannot move between threads. It knows no letter's content.

use std::{
    cell::RefCell,
    io,
    net::{IpAddr, SocketAddr},
    rc::Rc,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::Context;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, oneshot},
    task::LocalSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

use super::{Mailbox, Mode};
use crate::behaviour::Behaviour;

const MOST_CONNECTIONS: usize = 64;
const LARGEST_LETTER: usize = 10 * 1024 * 1024;
const LONGEST_LINE: u64 = 64 * 1024;
/// RFC 5321 allows five minutes; nobody here is that slow.
const IDLE: Duration = Duration::from_secs(60);

/// The running server. Dropping it asks for its end without waiting.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    ended: oneshot::Receiver<()>,
}

impl Server {
    pub(super) fn start(mailbox: Mailbox, at: SocketAddr) -> anyhow::Result<Self> {
        let listener = std::net::TcpListener::bind(at).with_context(|| format!("SMTP cannot listen at {at}"))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stop = CancellationToken::new();
        let (end, ended) = oneshot::channel();
        let stopping = stop.clone();
        let work = move || {
            let outcome = LocalSet::new().block_on(&runtime, listen(mailbox, listener, stopping));
            if let Err(error) = outcome {
                tracing::error!(error = format!("{error:#}"), "the sandbox's mail server ended");
            }
            // Nobody may be waiting any more.
            let _nobody_waits = end.send(());
        };
        thread::Builder::new().name("sandbox-smtp".into()).spawn(work).context("no thread for SMTP")?;
        Ok(Self { address, stop, ended })
    }

    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        // An error means that the thread has ended already, which is what is wanted.
        let _ended = (&mut self.ended).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn listen(mailbox: Mailbox, listener: std::net::TcpListener, stop: CancellationToken) -> anyhow::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let places = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let place = Arc::clone(&places).acquire_owned().await?;
        let (stream, peer) = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                // The caller is gone already, or the machine is out of sockets for a moment.
                Err(error) => {
                    tracing::debug!(%error, "an SMTP connection was lost");
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    continue;
                }
            },
        };
        let mailbox = mailbox.clone();
        // Ends with the thread's runtime, which ends when this function does.
        drop(tokio::task::spawn_local(async move {
            if let Err(error) = talk(mailbox, stream, peer.ip()).await {
                tracing::debug!(%error, "an SMTP connection ended early");
            }
            drop(place);
        }));
    }
}

async fn talk(mailbox: Mailbox, stream: TcpStream, peer: IpAddr) -> io::Result<()> {
    let act = Rc::new(RefCell::new(Behaviour::default()));
    let taker = Taker { mailbox, act: Rc::clone(&act), from: String::new(), to: Vec::new(), raw: Vec::new() };
    let mut session = SessionBuilder::new("sandbox").build(peer, taker);
    let (reader, mut writer) = stream.into_split();
    let mut reader = BufReader::new(reader);
    write(&mut writer, &session.greeting()).await?;
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut reader).take(LONGEST_LINE);
        if timeout(IDLE, bounded.read_until(b'\n', &mut line)).await?? == 0 || !line.ends_with(b"\n") {
            return Ok(());
        }
        let ends = line == b".\r\n";
        let response = session.process(&line);
        match response.action {
            Action::NoReply => continue,
            Action::Reply | Action::Close | Action::UpgradeTls => {}
        }
        // 250 after the final dot is the moment at which a sender learns what became of its letter.
        if ends && response.code == 250 {
            let told = act.borrow().clone();
            told.wait().await;
            if told.mode == Mode::Cut {
                return Ok(());
            }
        }
        write(&mut writer, &response).await?;
        // After a refused letter the library would take the next command for more of it.
        if response.action == Action::Close || ends && response.is_error {
            return Ok(());
        }
    }
}

async fn write(to: &mut (impl AsyncWriteExt + Unpin), response: &Response) -> io::Result<()> {
    let mut bytes = Vec::new();
    response.write_to(&mut bytes)?;
    to.write_all(&bytes).await
}

/// Decides on one connection's letters.
struct Taker {
    mailbox: Mailbox,
    /// How the letter at hand is treated: taken once per letter.
    act: Rc<RefCell<Behaviour<Mode>>>,
    from: String,
    to: Vec<String>,
    raw: Vec<u8>,
}

impl Handler for Taker {
    fn mail(&mut self, _ip: IpAddr, _domain: &str, _from: &str) -> Response {
        *self.act.borrow_mut() = self.mailbox.0.script.take();
        response::OK
    }

    fn rcpt(&mut self, _to: &str) -> Response {
        match self.act.borrow().mode {
            Mode::Refuse => response::NO_MAILBOX,
            Mode::Defer => Response::custom(451, "Requested action aborted: scripted to defer".into()),
            Mode::Accept | Mode::Delay | Mode::Cut => response::OK,
        }
    }

    fn data_start(&mut self, _domain: &str, from: &str, _is8bit: bool, to: &[String]) -> Response {
        self.from = from.to_owned();
        self.to = to.to_vec();
        self.raw.clear();
        // Anything that is no error: the library answers 354 itself.
        response::OK
    }

    fn data(&mut self, line: &[u8]) -> io::Result<()> {
        if self.raw.len() <= LARGEST_LETTER {
            self.raw.extend_from_slice(line);
        }
        // Refused at the end: an error here would answer every single line.
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        if self.raw.len() > LARGEST_LETTER {
            return response::NO_STORAGE;
        }
        self.mailbox.keep(&self.from, std::mem::take(&mut self.to), &self.raw);
        self.raw = Vec::new();
        response::OK
    }
}
