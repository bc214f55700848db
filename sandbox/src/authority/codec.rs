//! The package around a file: base64 ⇄ AES-128-CBC ⇄ zip ⇄ GBK, with an MD5 of the zip. It knows no element.

use std::io::{Cursor, Read as _, Write as _};

use aes::Aes128;
use anyhow::ensure;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use cbc::{
    Decryptor, Encryptor,
    cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _, block_padding::Pkcs7},
};
use md5::{Digest as _, Md5};

/// The interface takes no larger file.
const LIMIT: u64 = 50 << 20;

/// Key and offset of the provider.
pub(super) struct Codec {
    key: Vec<u8>,
    offset: Vec<u8>,
}

/// A package as a call carries it, with the ids of its algorithms.
pub(super) struct Package<'a> {
    pub(super) info: &'a str,
    pub(super) hash: &'a str,
    pub(super) hash_algorithm: &'a str,
    pub(super) encrypt_algorithm: &'a str,
    pub(super) compression: &'a str,
}

impl Codec {
    pub(super) fn new(key: &str, offset: &str) -> anyhow::Result<Self> {
        ensure!(key.len() == 16 && offset.len() == 16, "key and offset have 16 bytes");
        Ok(Self { key: key.into(), offset: offset.into() })
    }

    /// The text in a package, or the interface's code for what is wrong with it.
    pub(super) fn unpack(&self, package: &Package<'_>) -> Result<String, i32> {
        if package.hash_algorithm != "0" {
            return Err(10);
        }
        if package.compression != "0" {
            return Err(11);
        }
        let bytes = BASE64_STANDARD.decode(package.info).or(Err(6))?;
        let zipped = match package.encrypt_algorithm {
            "0" => bytes,
            "1" => self.decrypt(&bytes).ok_or(6)?,
            _ => return Err(9),
        };
        let stated = BASE64_STANDARD.decode(package.hash).or(Err(7))?;
        if stated.as_slice() != Md5::digest(&zipped).as_slice() {
            return Err(7);
        }
        let content = unzip(&zipped)?;
        let (text, _, broken) = encoding_rs::GBK.decode(&content);
        if broken { Err(8) } else { Ok(text.into_owned()) }
    }

    /// A text as a package: content and hash.
    pub(super) fn pack(&self, name: &str, text: &str) -> anyhow::Result<(String, String)> {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        zip.start_file(name, zip::write::SimpleFileOptions::default())?;
        zip.write_all(&encoding_rs::GBK.encode(text).0)?;
        let zipped = zip.finish()?.into_inner();
        let hash = BASE64_STANDARD.encode(Md5::digest(&zipped));
        let mut buffer = zipped.clone();
        buffer.resize(zipped.len() + 16 - zipped.len() % 16, 0);
        let cipher = Encryptor::<Aes128>::new_from_slices(&self.key, &self.offset)?;
        cipher.encrypt_padded::<Pkcs7>(&mut buffer, zipped.len()).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        Ok((BASE64_STANDARD.encode(buffer), hash))
    }

    fn decrypt(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let cipher = Decryptor::<Aes128>::new_from_slices(&self.key, &self.offset).ok()?;
        let mut buffer = bytes.to_vec();
        Some(cipher.decrypt_padded::<Pkcs7>(&mut buffer).ok()?.to_vec())
    }
}

fn unzip(zipped: &[u8]) -> Result<Vec<u8>, i32> {
    let mut archive = zip::ZipArchive::new(Cursor::new(zipped)).or(Err(8))?;
    if archive.len() != 1 {
        return Err(17);
    }
    let mut content = Vec::new();
    archive.by_index(0).or(Err(8))?.take(LIMIT + 1).read_to_end(&mut content).or(Err(8))?;
    if content.len() > usize::try_from(LIMIT).unwrap_or(usize::MAX) { Err(18) } else { Ok(content) }
}

/// `pwdHash` as the interface defines it.
pub(super) fn password_hash(password: &str, random: &str) -> String {
    BASE64_STANDARD.encode(Md5::new().chain_update(password).chain_update(random).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package<'a>(info: &'a str, hash: &'a str) -> Package<'a> {
        Package { info, hash, hash_algorithm: "0", encrypt_algorithm: "1", compression: "0" }
    }

    #[test]
    fn a_package_opens_with_its_key_and_with_no_other() {
        let codec = Codec::new("0123456789abcdef", "fedcba9876543210").unwrap();
        let (info, hash) = codec.pack("a.xml", "<甲>乙</甲>").unwrap();
        assert_eq!(codec.unpack(&package(&info, &hash)).unwrap(), "<甲>乙</甲>");
        let other = Codec::new("another key 16 b", "fedcba9876543210").unwrap();
        assert!(matches!(other.unpack(&package(&info, &hash)), Err(6 | 7)));
        let (_, wrong) = codec.pack("a.xml", "<b/>").unwrap();
        assert_eq!(codec.unpack(&package(&info, &wrong)), Err(7));
        assert_eq!(codec.unpack(&package("%%", &hash)), Err(6));
        assert_eq!(codec.unpack(&Package { encrypt_algorithm: "5", ..package(&info, &hash) }), Err(9));
    }
}
