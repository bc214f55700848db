//! A letter as its receiver sees it: headers and bodies decoded. It knows no protocol.

use chrono::{DateTime, Utc};
use mail_parser::{Message, MessageParser};
use serde::Serialize;
use uuid::Uuid;

/// A letter that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// The mailbox's number of it.
    pub id: Uuid,
    /// When it arrived.
    pub at: DateTime<Utc>,
    /// The sender of the envelope.
    pub from: String,
    /// The receivers of the envelope.
    pub to: Vec<String>,
    /// What its sender called it; the same for the same letter sent again.
    pub message_id: Option<String>,
    /// The subject.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The same for those who like it formatted, when there is one.
    pub html: Option<String>,
    /// Names of the files that came with it.
    pub attachments: Vec<String>,
    /// Its size on the wire.
    pub size_bytes: usize,
}

impl Letter {
    /// Decodes what came over the wire. A letter without a readable form is kept with what can be read.
    pub(super) fn read(at: DateTime<Utc>, from: &str, to: Vec<String>, raw: &[u8]) -> Self {
        // Not a default message: the library's accessors look for a first part, which that one does not have.
        let message = MessageParser::default().parse(raw);
        let message = message.as_ref();
        Self {
            id: chassis::clock::mint(),
            at,
            from: from.to_owned(),
            to,
            message_id: message.and_then(Message::message_id).map(str::to_owned),
            subject: message.and_then(Message::subject).unwrap_or_default().to_owned(),
            text: message
                .and_then(|message| message.body_text(0))
                .map(|text| text.replace("\r\n", "\n"))
                .unwrap_or_default(),
            html: message.and_then(html),
            attachments: message.map(attachments).unwrap_or_default(),
            size_bytes: raw.len(),
        }
    }
}

/// Only what the sender wrote: the parser would also make HTML of plain text.
fn html(message: &Message<'_>) -> Option<String> {
    message.parts.iter().find(|part| part.is_text_html())?.text_contents().map(str::to_owned)
}

fn attachments(message: &Message<'_>) -> Vec<String> {
    use mail_parser::MimeHeaders;
    message.attachments().map(|part| part.attachment_name().unwrap_or("unnamed").to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RAW: &str = "From: =?utf-8?B?5aSH5qGI?= <icp@example.com>\r\nTo: lin@example.com\r\n\
        Message-ID: <n-1@example.com>\r\nSubject: =?utf-8?B?5aSH5qGI5oiQ5Yqf?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\
        Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n5oKo5aW9\r\n--b\r\n\
        Content-Type: text/html; charset=gb18030\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
        <p>=C4=FA=BA=C3</p>\r\n--b--\r\n";

    #[test]
    fn subject_and_bodies_are_decoded() {
        let letter = Letter::read(DateTime::UNIX_EPOCH, "a@b", vec!["lin@example.com".into()], RAW.as_bytes());
        assert_eq!((letter.subject.as_str(), letter.text.trim()), ("备案成功", "您好"));
        assert_eq!(letter.html.as_deref().map(str::trim), Some("<p>您好</p>"));
        assert_eq!(letter.message_id.as_deref(), Some("n-1@example.com"));
    }

    #[test]
    fn a_plain_letter_has_no_html() {
        let letter = Letter::read(DateTime::UNIX_EPOCH, "a@b", Vec::new(), b"Subject: x\r\n\r\nhello\r\n");
        assert_eq!((letter.text.trim(), letter.html), ("hello", None));
    }

    #[test]
    fn rubbish_is_kept_as_an_empty_letter() {
        assert_eq!(Letter::read(DateTime::UNIX_EPOCH, "", Vec::new(), b"").subject, "");
    }
}
