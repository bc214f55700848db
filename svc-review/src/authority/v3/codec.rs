//! How a file travels in the enterprise interface V3.0: XML in GBK → zip → MD5 → AES-128-CBC → base64, and back. It knows no
//! element of it.

use std::io::{Cursor, Read, Write};

use aes::Aes128;
use base64::{Engine, engine::general_purpose::STANDARD};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit, block_padding::Pkcs7};
use encoding_rs::GBK;
use md5::{Digest, Md5};
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// The interface's limit for one file.
const MOST: u64 = 50 * 1024 * 1024;
const BLOCK: usize = 16;

/// Why a file cannot be closed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CodecError {
    /// Key or offset have the wrong length.
    #[error("key and offset must have 16 bytes each")]
    Key,
    /// Not base64.
    #[error("the content is not base64")]
    Base64,
    /// Not closed with this key.
    #[error("the content cannot be decrypted")]
    Cipher,
    /// The hash does not fit the content.
    #[error("the hash does not fit the content")]
    Hash,
    /// No zip file with one entry.
    #[error("the content cannot be unpacked")]
    Zip,
    /// Larger than allowed.
    #[error("the content is larger than 50 MB")]
    TooLarge,
    /// An algorithm that is none of ours.
    #[error("the algorithm {0} is unknown")]
    Algorithm(i32),
}

/// The ids of the algorithms of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Algorithms {
    /// 0 MD5.
    pub(super) hash: i32,
    /// 0 none, 1 AES-CBC with PKCS #5 padding.
    pub(super) cipher: i32,
    /// 0 zip.
    pub(super) packing: i32,
}

impl Algorithms {
    /// What we send with.
    pub(super) const OURS: Self = Self { hash: 0, cipher: 1, packing: 0 };
}

/// A file as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Closed {
    /// The content (`beianInfo`).
    pub(super) info: String,
    /// The hash of the packed content (`beianInfoHash`).
    pub(super) hash: String,
}

/// Closes and opens files with the key and the offset that the administration issued.
#[derive(Clone)]
pub(super) struct Codec {
    key: [u8; BLOCK],
    offset: [u8; BLOCK],
}

impl Codec {
    pub(super) fn new(key: &str, offset: &str) -> Result<Self, CodecError> {
        let bytes = |text: &str| text.as_bytes().try_into().or(Err(CodecError::Key));
        Ok(Self { key: bytes(key)?, offset: bytes(offset)? })
    }

    /// Closes XML text as the only file `name` of its package.
    pub(super) fn close(&self, name: &str, xml: &str) -> Result<Closed, CodecError> {
        // What GBK lacks becomes a character reference, which XML reads as the same character.
        let (bytes, _, _) = GBK.encode(xml);
        let packed = pack(name, &bytes)?;
        let hash = STANDARD.encode(Md5::digest(&packed));
        Ok(Closed { info: STANDARD.encode(self.encrypt(&packed)?), hash })
    }

    /// Opens a file and checks that it is whole.
    pub(super) fn open(&self, file: &Closed, with: Algorithms) -> Result<String, CodecError> {
        if with.hash != 0 {
            return Err(CodecError::Algorithm(with.hash));
        }
        if with.packing != 0 {
            return Err(CodecError::Algorithm(with.packing));
        }
        let bytes = STANDARD.decode(stripped(&file.info)).or(Err(CodecError::Base64))?;
        let packed = match with.cipher {
            0 => bytes,
            1 => self.decrypt(bytes)?,
            other => return Err(CodecError::Algorithm(other)),
        };
        if STANDARD.encode(Md5::digest(&packed)) != stripped(&file.hash) {
            return Err(CodecError::Hash);
        }
        let content = unpack(&packed)?;
        let (text, _, _) = GBK.decode(&content);
        Ok(text.into_owned())
    }

    fn encrypt(&self, plain: &[u8]) -> Result<Vec<u8>, CodecError> {
        let mut buffer = plain.to_vec();
        buffer.resize((plain.len() / BLOCK + 1) * BLOCK, 0);
        cbc::Encryptor::<Aes128>::new(&self.key.into(), &self.offset.into())
            .encrypt_padded::<Pkcs7>(&mut buffer, plain.len())
            .or(Err(CodecError::Cipher))?;
        Ok(buffer)
    }

    fn decrypt(&self, mut closed: Vec<u8>) -> Result<Vec<u8>, CodecError> {
        let plain = cbc::Decryptor::<Aes128>::new(&self.key.into(), &self.offset.into())
            .decrypt_padded::<Pkcs7>(&mut closed)
            .or(Err(CodecError::Cipher))?;
        Ok(plain.to_vec())
    }
}

/// `pwdHash`: base64 of the hash of password and random value, one after the other.
pub(super) fn password_hash(password: &str, random: &str) -> String {
    let joined = format!("{password}{random}");
    let (bytes, _, _) = GBK.encode(&joined);
    STANDARD.encode(Md5::digest(&bytes))
}

fn stripped(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_whitespace()).collect()
}

fn pack(name: &str, content: &[u8]) -> Result<Vec<u8>, CodecError> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file(name, options).or(Err(CodecError::Zip))?;
    writer.write_all(content).or(Err(CodecError::Zip))?;
    Ok(writer.finish().or(Err(CodecError::Zip))?.into_inner())
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, CodecError> {
    let mut archive = ZipArchive::new(Cursor::new(packed)).or(Err(CodecError::Zip))?;
    if archive.len() != 1 {
        return Err(CodecError::Zip);
    }
    let entry = archive.by_index(0).or(Err(CodecError::Zip))?;
    let mut content = Vec::new();
    // The size that the package states is not believed.
    entry.take(MOST.saturating_add(1)).read_to_end(&mut content).or(Err(CodecError::Zip))?;
    if u64::try_from(content.len()).unwrap_or(u64::MAX) > MOST {
        return Err(CodecError::TooLarge);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec() -> Codec {
        Codec::new("0123456789abcdef", "fedcba9876543210").unwrap()
    }

    #[test]
    fn a_closed_file_opens_again() {
        let xml = "<A>示例（沈阳）科技有限公司 𠮷</A>";
        let closed = codec().close("a.xml", xml).unwrap();
        // 𠮷 is not in GBK and travels as a reference.
        assert_eq!(codec().open(&closed, Algorithms::OURS).unwrap(), "<A>示例（沈阳）科技有限公司 &#134071;</A>");
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let closed = codec().close("a.xml", "<A/>").unwrap();
        let other = codec().close("a.xml", "<B/>").unwrap();
        let mixed = Closed { info: closed.info.clone(), hash: other.hash };
        assert_eq!(codec().open(&mixed, Algorithms::OURS), Err(CodecError::Hash));
        let broken = Closed { info: "%%%".to_owned(), hash: closed.hash.clone() };
        assert_eq!(codec().open(&broken, Algorithms::OURS), Err(CodecError::Base64));
        let stranger = Codec::new("another key 16 b", "fedcba9876543210").unwrap();
        assert!(matches!(stranger.open(&closed, Algorithms::OURS), Err(CodecError::Cipher | CodecError::Hash)));
        let with = Algorithms { cipher: 7, ..Algorithms::OURS };
        assert_eq!(codec().open(&closed, with), Err(CodecError::Algorithm(7)));
    }

    #[test]
    fn a_key_has_sixteen_bytes() {
        assert_eq!(Codec::new("short", "fedcba9876543210").err(), Some(CodecError::Key));
    }

    #[test]
    fn the_password_is_hashed_with_the_random_value() {
        // printf '1234567890abcdefghij' | md5sum | xxd -r -p | base64
        assert_eq!(password_hash("1234567890", "abcdefghij"), "9fq6VgG8bDFoWECeX62u2Q==");
    }
}
