//! Sealing of personal data: keys, envelopes and the blind index. It knows neither what it seals nor where that is stored.
//!
//! A value is sealed under the data key of its order, a data key under a key-encryption key of the [`Keyring`]. Both have
//! the layout `suite (1 byte) | length of key id (1 byte) | key id | nonce | ciphertext and tag`. The header and the
//! place (table, column, row) are authenticated, so that a value copied elsewhere does not open.

mod suite;

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{
    ExposeSecret, SecretBox, SecretString,
    zeroize::{Zeroize, Zeroizing},
};
use sha2::Sha256;
use uuid::Uuid;

pub use suite::Suite;

use crate::{config::SealArgs, failure::Failure};

/// Why something does not seal or open. No variant carries data or keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The envelope names a key that this keyring does not have.
    #[error("the key {0:?} is not in the keyring")]
    UnknownKey(String),
    /// The envelope is too short, or of a suite that does not exist.
    #[error("this is not a sealed value")]
    Unreadable,
    /// Wrong key, wrong place, or changed bytes: an AEAD cannot tell which.
    #[error("the sealed value does not open here")]
    Closed,
    /// The operating system gave no randomness.
    #[error("no randomness: {0}")]
    Randomness(String),
}

impl From<SealError> for Failure {
    fn from(error: SealError) -> Self {
        Self::internal(error.to_string())
    }
}

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// Table name.
    pub table: &'a str,
    /// Column name.
    pub column: &'a str,
    /// The row's id.
    pub row: Uuid,
}

impl Place<'_> {
    /// What is authenticated beside the value: the envelope's header, then `table|column|row`.
    fn bound_to(&self, header: &[u8]) -> Vec<u8> {
        let mut aad = header.to_vec();
        aad.extend_from_slice(format!("{}|{}|{}", self.table, self.column, self.row).as_bytes());
        aad
    }

    fn of_data_key(row: Uuid) -> Self {
        Self { table: "data_key", column: "key", row }
    }
}

/// Thirty-two secret bytes, wiped when dropped.
type Key = SecretBox<[u8; 32]>;

/// The key of one order: seals its values. Erasing the wrapped form erases them all.
pub struct DataKey {
    key: Key,
    /// First bytes of a keyed hash of nothing: tells keys apart, and nothing about them.
    id: [u8; 4],
    suite: Suite,
}

impl DataKey {
    fn new(key: Key, suite: Suite) -> Self {
        let mut id = [0; 4];
        let tag = keyed(key.expose_secret(), b"chassis seal key id").finalize().into_bytes();
        id.copy_from_slice(tag.first_chunk::<4>().unwrap_or(&[0; 4]));
        Self { key, id, suite }
    }

    /// Seals a value for its place, with the suite that the keyring prefers now.
    pub fn seal(&self, place: Place<'_>, value: &[u8]) -> Result<Vec<u8>, SealError> {
        close(self.suite, (&self.id, &self.key), place, value)
    }

    /// Opens what was sealed for this place, whatever suite sealed it. The value is wiped when dropped.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let envelope = Envelope::parse(sealed)?;
        if envelope.key_id != self.id {
            return Err(SealError::Closed);
        }
        envelope.open(&self.key, place)
    }
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey(***)")
    }
}

/// The key-encryption keys by id (the first seals, all open), the key of the blind index, and the suite in use.
pub struct Keyring {
    keys: Vec<(String, Key)>,
    index: Key,
    suite: Suite,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.keys.iter().map(|(id, _)| id).collect();
        f.debug_struct("Keyring").field("ids", &ids).field("suite", &self.suite).finish_non_exhaustive()
    }
}

impl Keyring {
    /// The keyring that the settings describe.
    pub fn open(args: &SealArgs) -> anyhow::Result<Self> {
        let keys = Self::parse_keys(&args.keys).map_err(|why| anyhow::anyhow!("SEAL_KEYS: {why}"))?;
        let index = Self::parse_key(&args.index_key).map_err(|why| anyhow::anyhow!("SEAL_INDEX_KEY: {why}"))?;
        Ok(Self { keys, index, suite: args.suite })
    }

    /// Parses `id=base64,id=base64`; the error names the position, never the key.
    pub(crate) fn parse_keys(text: &SecretString) -> Result<Vec<(String, Key)>, String> {
        let mut keys: Vec<(String, Key)> = Vec::new();
        for (at, part) in text.expose_secret().split(',').map(str::trim).filter(|part| !part.is_empty()).enumerate() {
            let nth = at + 1;
            let (id, key) = part.split_once('=').ok_or_else(|| format!("key {nth} is not id=base64"))?;
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
                return Err(format!("the id of key {nth} must be 1 to 64 letters, digits, hyphens, points"));
            }
            if keys.iter().any(|(known, _)| known == id) {
                return Err(format!("the id of key {nth} is there twice"));
            }
            keys.push((id.to_owned(), decode(key).map_err(|why| format!("key {nth} {why}"))?));
        }
        if keys.is_empty() {
            return Err("is required".into());
        }
        Ok(keys)
    }

    /// Parses one key in base64; the error never repeats it.
    pub(crate) fn parse_key(text: &SecretString) -> Result<Key, String> {
        if text.expose_secret().is_empty() {
            return Err("is required".into());
        }
        decode(text.expose_secret())
    }

    /// The id of the key that wraps now.
    #[must_use]
    pub fn current(&self) -> &str {
        self.keys.first().map_or("", |(id, _)| id)
    }

    /// A new data key for a row, and its wrapped form to be stored.
    pub fn mint(&self, row: Uuid) -> Result<(DataKey, Vec<u8>), SealError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random(&mut *bytes)?;
        let wrapped = self.wrap(row, &bytes)?;
        Ok((DataKey::new(SecretBox::new(Box::new(*bytes)), self.suite), wrapped))
    }

    /// Opens the data key of a row.
    pub fn unwrap(&self, row: Uuid, wrapped: &[u8]) -> Result<DataKey, SealError> {
        let envelope = Envelope::parse(wrapped)?;
        let id = String::from_utf8_lossy(envelope.key_id);
        let (_, key) = self
            .keys
            .iter()
            .find(|(known, _)| known.as_bytes() == envelope.key_id)
            .ok_or_else(|| SealError::UnknownKey(id.into_owned()))?;
        let bytes = envelope.open(key, Place::of_data_key(row))?;
        let bytes = Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).map_err(|_length| SealError::Unreadable)?);
        Ok(DataKey::new(SecretBox::new(Box::new(*bytes)), self.suite))
    }

    /// Rotation: the same data key under the current key and suite, or `None` when it already is. Values stay as they are.
    pub fn rewrap(&self, row: Uuid, wrapped: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        let envelope = Envelope::parse(wrapped)?;
        if envelope.key_id == self.current().as_bytes() && envelope.suite == self.suite {
            return Ok(None);
        }
        let data_key = self.unwrap(row, wrapped)?;
        self.wrap(row, data_key.key.expose_secret()).map(Some)
    }

    fn wrap(&self, row: Uuid, data_key: &[u8; 32]) -> Result<Vec<u8>, SealError> {
        let (id, key) = self.keys.first().ok_or_else(|| SealError::UnknownKey(String::new()))?;
        close(self.suite, (id.as_bytes(), key), Place::of_data_key(row), data_key)
    }

    /// The blind index of a value: equal values of one kind give equal bytes, and nothing else can be learned without the
    /// key. The caller normalises (width, case, spaces), or equal things differ.
    #[must_use]
    pub fn blind_index(&self, kind: &str, normalised: &str) -> [u8; 32] {
        let mut mac = keyed(self.index.expose_secret(), kind.as_bytes());
        // A kind never holds a NUL, so that ("ab", "c") and ("a", "bc") differ.
        mac.update(&[0]);
        mac.update(normalised.as_bytes());
        mac.finalize().into_bytes().into()
    }
}

fn decode(base64: &str) -> Result<Key, String> {
    let mut bytes = STANDARD.decode(base64.trim()).map_err(|_might_show_the_key| "is not base64".to_owned())?;
    let key = <[u8; 32]>::try_from(bytes.as_slice());
    let length = bytes.len();
    bytes.zeroize();
    let key = Zeroizing::new(key.map_err(|_length| format!("has {length} bytes instead of 32"))?);
    // A placeholder that was never replaced, such as AAAA….
    if key.windows(2).all(|pair| pair.first() == pair.last()) {
        return Err("is one byte repeated, not a key".into());
    }
    Ok(SecretBox::new(Box::new(*key)))
}

/// A sealed value, taken apart.
struct Envelope<'a> {
    suite: Suite,
    key_id: &'a [u8],
    header: &'a [u8],
    nonce: &'a [u8],
    ciphertext: &'a [u8],
}

impl<'a> Envelope<'a> {
    fn parse(sealed: &'a [u8]) -> Result<Self, SealError> {
        let [suite, id_length, ..] = sealed else { return Err(SealError::Unreadable) };
        let suite = Suite::of(*suite).ok_or(SealError::Unreadable)?;
        let (header, rest) = sealed.split_at_checked(2 + usize::from(*id_length)).ok_or(SealError::Unreadable)?;
        let (nonce, ciphertext) = rest.split_at_checked(suite.nonce_length()).ok_or(SealError::Unreadable)?;
        let key_id = header.get(2..).ok_or(SealError::Unreadable)?;
        Ok(Self { suite, key_id, header, nonce, ciphertext })
    }

    fn open(&self, key: &Key, place: Place<'_>) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let aad = place.bound_to(self.header);
        self.suite.decrypt(&derive(key, self.suite), self.nonce, &aad, self.ciphertext).map(Zeroizing::new)
    }
}

fn close(suite: Suite, (id, key): (&[u8], &Key), place: Place<'_>, value: &[u8]) -> Result<Vec<u8>, SealError> {
    let id_length = u8::try_from(id.len()).map_err(|_length| SealError::UnknownKey(String::new()))?;
    let mut sealed = vec![suite.id(), id_length];
    sealed.extend_from_slice(id);
    let aad = place.bound_to(&sealed);
    let mut nonce = vec![0; suite.nonce_length()];
    random(&mut nonce)?;
    let ciphertext = suite.encrypt(&derive(key, suite), &nonce, &aad, value)?;
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// One key per suite, so that no two ciphers ever run under the same bytes.
fn derive(key: &Key, suite: Suite) -> Zeroizing<[u8; 32]> {
    let mut label = b"chassis seal v1 suite ".to_vec();
    label.push(suite.id());
    Zeroizing::new(keyed(key.expose_secret(), &label).finalize().into_bytes().into())
}

fn keyed(key: &[u8; 32], message: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length");
    mac.update(message);
    mac
}

fn random(bytes: &mut [u8]) -> Result<(), SealError> {
    getrandom::fill(bytes).map_err(|error| SealError::Randomness(error.to_string()))
}

#[cfg(test)]
mod tests;
