//! Calls of the interface: a SOAP envelope there, an XML text within an envelope back. It knows the common parameters and no
//! file.

use std::time::Duration;

use anyhow::Context;
use chassis::fault;
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    codec::password_hash,
    xml::{Element, XmlError},
};
use crate::authority::{AuthorityArgs, Trouble};

/// Length of the random value; the interface refuses shorter ones.
const RANDOM: usize = 20;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/// Larger than a file of 50 MB in base64, with its envelope.
const LARGEST: u64 = 80 * 1024 * 1024;

/// Which of the interface's services a call goes to.
#[derive(Debug, Clone, Copy)]
pub(super) enum Door {
    /// Files, both ways.
    UpDownLoad,
    /// Whether something is filed.
    Status,
}

impl Door {
    fn path(self) -> &'static str {
        match self {
            Self::UpDownLoad => "ISPWebService/upDownLoad",
            Self::Status => "BeianStatusWebService/queryBeianStatus",
        }
    }
}

/// The services' address and who we are there.
pub(super) struct Soap {
    base: Url,
    isp: i64,
    user: String,
    password: SecretString,
    http: reqwest::Client,
}

/// What a call answered: the code and the rest of `<return>`.
pub(super) struct Returned {
    pub(super) code: i32,
    pub(super) body: Element,
}

impl Soap {
    pub(super) fn new(args: &AuthorityArgs) -> anyhow::Result<Self> {
        let base = args.url.clone().context("AUTHORITY_URL is required")?;
        let http = reqwest::Client::builder()
            .timeout(Duration::from_millis(args.timeout_ms))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { base, isp: args.isp_id, user: args.user.clone(), password: args.password.clone(), http })
    }

    /// Calls a method with parameters of its own.
    pub(super) async fn call(&self, door: Door, method: &str, own: Vec<Element>) -> Result<Returned, Trouble> {
        let mut url = self.base.clone();
        url.set_path(&format!("{}/{}", self.base.path().trim_end_matches('/'), door.path()));
        let envelope = envelope(method, self.credentials()?.into_iter().chain(own));
        let request = self.http.post(url).header(CONTENT_TYPE, "text/xml; charset=utf-8");
        let request = request.header("SOAPAction", "\"\"").body(envelope);
        let response = request.send().await.map_err(unsent)?;
        // Tests lose the answer here, when the authority has already taken the call.
        fault::point("authority.after_call_before_answer")
            .await
            .map_err(|fault| Trouble::Unknown(fault.to_string()))?;
        if !response.status().is_success() {
            return Err(Trouble::Unknown(format!("it answered {}", response.status())));
        }
        if response.content_length().is_some_and(|length| length > LARGEST) {
            return Err(Trouble::Unreadable("it is larger than a file may be".to_owned()));
        }
        let text = response.text().await.map_err(|error| Trouble::Unknown(error.without_url().to_string()))?;
        returned(&text)
    }

    fn credentials(&self) -> Result<[Element; 5], Trouble> {
        let random = random().map_err(|error| Trouble::Away(error.to_string()))?;
        Ok([
            Element::leaf("ispId", &self.isp),
            Element::leaf("userName", &self.user),
            Element::leaf("pwdHash", &password_hash(self.password.expose_secret(), &random)),
            Element::leaf("randVal", &random),
            Element::leaf("hashAlgorithm", &0),
        ])
    }
}

fn random() -> Result<String, getrandom::Error> {
    let mut bytes = [0_u8; RANDOM];
    getrandom::fill(&mut bytes)?;
    let letter = |byte: u8| LETTERS.get(usize::from(byte) % LETTERS.len()).copied().unwrap_or(b'x');
    Ok(bytes.into_iter().map(|byte| char::from(letter(byte))).collect())
}

fn envelope(method: &str, parameters: impl Iterator<Item = Element>) -> String {
    // The WSDL's namespace is not public; both sides go by local names.
    let call = Element::new(&format!("isp:{method}")).with_all(parameters);
    let envelope = Element::new("soapenv:Envelope")
        .attribute("xmlns:soapenv", "http://schemas.xmlsoap.org/soap/envelope/")
        .attribute("xmlns:isp", "urn:ISPWebService")
        .with(Element::new("soapenv:Body").with(call));
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{}", envelope.write())
}

/// A connection that was refused carried nothing; after any other error nobody knows.
fn unsent(error: reqwest::Error) -> Trouble {
    let connecting = error.is_connect() || error.is_builder();
    let text = error.without_url().to_string();
    if connecting { Trouble::Away(text) } else { Trouble::Unknown(text) }
}

fn returned(text: &str) -> Result<Returned, Trouble> {
    let unreadable = |error: XmlError| Trouble::Unreadable(error.to_string());
    let envelope = Element::read(text).map_err(unreadable)?;
    let answer = envelope.child("Body").and_then(Element::first).and_then(Element::first);
    let inner = answer.map(Element::text).ok_or_else(|| Trouble::Unreadable("the envelope is empty".to_owned()))?;
    let body = Element::read(inner).map_err(unreadable)?;
    let code = body.number("msg_code").and_then(|code| code.try_into().ok());
    let code = code.ok_or_else(|| Trouble::Unreadable("it has no msg_code".to_owned()))?;
    Ok(Returned { code, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_random_value_is_twenty_letters_and_digits() {
        let random = random().unwrap();
        assert_eq!(random.len(), RANDOM);
        assert!(random.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }

    #[test]
    fn an_answer_is_read_out_of_its_envelope() {
        let text = "<s:Envelope xmlns:s=\"x\"><s:Body><n:isp_uploadResponse xmlns:n=\"y\"><return>&lt;return&gt;&lt;msg_code&gt;14&lt;/msg_code&gt;&lt;/return&gt;</return></n:isp_uploadResponse></s:Body></s:Envelope>";
        assert_eq!(returned(text).unwrap().code, 14);
        assert!(matches!(returned("<a/>"), Err(Trouble::Unreadable(_))));
    }
}
