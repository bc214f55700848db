//! Sends one mail by SMTP. It knows no notice.

use std::time::{Duration, SystemTime};

use anyhow::Context;
use chrono::{DateTime, Utc};
use domain::{contact::Email, id::NoticeId};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, MultiPart},
    transport::smtp,
};
use secrecy::ExposeSecret;
use tokio::time::timeout;

use crate::{config::MailArgs, outcome::Outcome, render::Letter};

/// The mail server.
pub(crate) struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    deadline: Duration,
}

impl Mailer {
    /// The server that the settings name. Connects at the first mail.
    pub(crate) fn new(args: &MailArgs) -> anyhow::Result<Self> {
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(args.url.expose_secret())
            // The error might repeat the password.
            .map_err(|_error| anyhow::anyhow!("SMTP_URL: is no address of a mail server"))?
            .timeout(Some(args.timeout()))
            .build();
        let from = args.from.parse().context("MAIL_FROM: is no mailbox")?;
        Ok(Self { transport, from, deadline: args.timeout() })
    }

    /// Hands over one mail. Its `Message-ID` stays the same however often it is sent, so that a mailbox can drop a repetition.
    pub(crate) async fn send(&self, to: &Email, letter: Letter, (id, now): (NoticeId, DateTime<Utc>)) -> Outcome {
        let message_id = format!("<{id}@{}>", self.from.email.domain());
        let message = match self.message(to, letter, (&message_id, now)) {
            Ok(message) => message,
            Err(_might_repeat_the_address) => return Outcome::refused("unreadable_address"),
        };
        // A failure to connect says for certain that nothing was sent; a failure to send may say anything.
        match timeout(self.deadline, self.transport.test_connection()).await {
            Ok(Ok(true)) => {}
            Ok(Ok(false) | Err(_)) | Err(_) => return Outcome::deferred("unreachable"),
        }
        // The transport's own timeout does not bound a send that stalls after its data.
        match timeout(self.deadline, self.transport.send(message)).await {
            Ok(Ok(_)) => Outcome::Sent { vendor_id: message_id },
            Ok(Err(error)) => judge(&error),
            Err(_elapsed) => Outcome::unknown("timeout"),
        }
    }

    fn message(&self, to: &Email, letter: Letter, (id, now): (&str, DateTime<Utc>)) -> anyhow::Result<Message> {
        let to = Mailbox::new(None, to.as_str().parse()?);
        Ok(Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(letter.subject)
            .message_id(Some(id.to_owned()))
            .date(SystemTime::from(now))
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))?)
    }
}

/// Only the code of an answer is kept: its text often repeats the address.
fn judge(error: &smtp::Error) -> Outcome {
    let code = error.status().map_or_else(|| "no_code".to_owned(), |code| code.to_string());
    if error.is_permanent() {
        Outcome::refused(code)
    } else if error.is_transient() {
        Outcome::deferred(code)
    } else if error.is_client() {
        Outcome::refused("unsendable")
    } else if error.is_timeout() {
        Outcome::unknown("timeout")
    } else {
        Outcome::unknown("connection_lost")
    }
}
