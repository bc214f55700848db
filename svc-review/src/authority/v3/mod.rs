//! The first adapter: the enterprise interface V3.0 of 2013, with a dialect of ours for the SMS verification, which it does not
//! know. It knows no table of ours.

mod answer;
mod codec;
mod objection;
mod payload;
mod record;
mod soap;
mod status;
mod xml;

use async_trait::async_trait;
use secrecy::ExposeSecret;

use super::{About, Authority, AuthorityArgs, Batch, Question, Status, Submission, Trouble};
use codec::{Algorithms, Closed, Codec, CodecError};
use payload::Provider;
use soap::{Door, Returned, Soap};
use xml::Element;

/// Done.
const DONE: i32 = 0;
/// Done, and nothing more to fetch.
const DONE_LAST: i32 = 1;
/// Nothing to fetch.
const NOTHING: i32 = 2;
/// Done, and more waits.
const DONE_MORE: i32 = 3;
/// A code that says nothing, so that it may have been taken.
const OTHER: i32 = 999;

/// The enterprise interface V3.0.
pub struct V3 {
    soap: Soap,
    codec: Codec,
    provider: Provider,
}

impl V3 {
    /// The interface behind these settings. Calls nothing yet.
    pub fn new(args: &AuthorityArgs) -> anyhow::Result<Self> {
        Ok(Self {
            soap: Soap::new(args)?,
            codec: Codec::new(args.aes_key.expose_secret(), args.aes_iv.expose_secret())?,
            provider: Provider {
                id: args.isp_id,
                location: args.server_location,
                access: args.access_mode,
                filing_password: args.filing_password.trim().to_owned(),
            },
        })
    }

    fn open(&self, info: &Element) -> Result<Element, Trouble> {
        let unreadable = |why: &str| Trouble::Unreadable(why.to_owned());
        let number = |name: &str| info.number(name).and_then(|number| i32::try_from(number).ok());
        let with = Algorithms {
            hash: number("hashAlgorithm").unwrap_or(0),
            cipher: number("encryptAlgorithm").unwrap_or(0),
            packing: number("compressionFormat").unwrap_or(0),
        };
        let text = |name: &str| info.get(name).map(str::to_owned);
        let info = text("beianInfo").ok_or_else(|| unreadable("a file without content"))?;
        let hash = text("beianInfoHash").ok_or_else(|| unreadable("a file without hash"))?;
        let xml = self.codec.open(&Closed { info, hash }, with).map_err(|error| unreadable(&error.to_string()))?;
        Element::read(&xml).map_err(|error| unreadable(&error.to_string()))
    }
}

#[async_trait]
impl Authority for V3 {
    fn marks(&self, submission: &Submission) -> Result<Vec<About>, Trouble> {
        payload::marks(submission)
    }

    async fn submit(&self, submission: &Submission) -> Result<(), Trouble> {
        let (node, file) = payload::file(submission, &self.provider)?;
        let xml = format!("<?xml version=\"1.0\" encoding=\"GBK\"?>{}", file.write());
        let name = format!("{node}{:010}.xml", submission.sequence);
        let closed = self.codec.close(&name, &xml).map_err(|error: CodecError| match error {
            CodecError::TooLarge => Trouble::Unfit("the file is too large"),
            CodecError::Key
            | CodecError::Base64
            | CodecError::Cipher
            | CodecError::Hash
            | CodecError::Zip
            | CodecError::Algorithm(_) => Trouble::Unfit("the file cannot be closed"),
        })?;
        let own = vec![
            Element::leaf("beianInfo", &closed.info),
            Element::leaf("beianInfoHash", &closed.hash),
            Element::leaf("dataSequence", &submission.sequence),
            Element::leaf("encryptAlgorithm", &Algorithms::OURS.cipher),
            Element::leaf("compressionFormat", &Algorithms::OURS.packing),
        ];
        let Returned { code, .. } = self.soap.call(Door::UpDownLoad, "isp_upload", own).await?;
        match code {
            DONE | DONE_LAST => Ok(()),
            OTHER => Err(Trouble::Unknown("code 999".to_owned())),
            code => Err(Trouble::NotTaken { code }),
        }
    }

    async fn previous(&self) -> Result<i64, Trouble> {
        let Returned { code, body } = self.soap.call(Door::UpDownLoad, "isp_querypreviousupload", Vec::new()).await?;
        if code != DONE {
            return Err(Trouble::NotTaken { code });
        }
        let sequence = body.child("fileInfos").and_then(|info| info.number("dataSequence"));
        sequence.ok_or_else(|| Trouble::Unreadable("no dataSequence".to_owned()))
    }

    async fn poll(&self) -> Result<Option<Batch>, Trouble> {
        let own = vec![Element::leaf("encryptAlgorithm", &1), Element::leaf("compressionFormat", &0)];
        let Returned { code, body } = self.soap.call(Door::UpDownLoad, "isp_download", own).await?;
        match code {
            NOTHING => return Ok(None),
            DONE | DONE_LAST | DONE_MORE => {}
            code => return Err(Trouble::NotTaken { code }),
        }
        let Some(info) = body.child("fileInfos") else { return Ok(None) };
        let file = info.get("return_FileName").ok_or_else(|| Trouble::Unreadable("a file without name".to_owned()))?;
        let news = answer::news(&self.open(info)?, self.provider.id)?;
        Ok(Some(Batch { file: file.to_owned(), news }))
    }

    async fn acknowledge(&self, file: &str) -> Result<(), Trouble> {
        let Returned { code, .. } =
            self.soap.call(Door::UpDownLoad, "isp_downloadack", vec![Element::leaf("fileName", file)]).await?;
        match code {
            DONE | DONE_LAST | DONE_MORE => Ok(()),
            code => Err(Trouble::NotTaken { code }),
        }
    }

    async fn status(&self, question: &Question) -> Result<Option<Status>, Trouble> {
        let Some(own) = status::asked(question) else {
            return Err(Trouble::Unfit("the interface has no query for this kind of certificate"));
        };
        let Returned { code, body } = self.soap.call(Door::Status, "isp_querybeianstatus", own).await?;
        match code {
            DONE | DONE_LAST => status::read(&body),
            code => Err(Trouble::NotTaken { code }),
        }
    }
}
