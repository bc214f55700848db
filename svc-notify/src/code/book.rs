//! Where codes are kept while they live: keyed hashes in the cache. It sends nothing.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chassis::{cache::Cache, clock::mint, failure::Failure, seal::Keyring};
use domain::{access::Actor, contact::Mobile, id::PhoneCodeId};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::{Claim, PROVEN, Purpose, VALID};

/// Tries that one code allows.
const TRIES: u64 = 5;

/// What came of a try.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tried {
    Right,
    Wrong {
        left: u64,
    },
    /// Never sent, over, used, or tried too often: nobody learns which.
    Void,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    id: PhoneCodeId,
    hash: String,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Proven {
    /// The token's subject of who proved it.
    pub(crate) principal: String,
    /// For what.
    pub(crate) purpose: Purpose,
    /// Blind index of the number, kind `phone`.
    pub(crate) phone: String,
}

/// The cache and the key that everything in it is hidden by.
pub(super) struct Book<'a> {
    pub(super) keyring: &'a Keyring,
    pub(super) cache: &'a dyn Cache,
}

impl Book<'_> {
    /// A phone's name in the cache.
    pub(super) fn phone(&self, mobile: &Mobile) -> String {
        self.hidden("phone", mobile.as_str())
    }

    /// A principal's name in the cache.
    pub(super) fn principal(&self, actor: &Actor) -> String {
        self.hidden("principal", &actor.id)
    }

    /// Counts one more within the time that the first one began; 429 beyond `most`.
    pub(super) async fn count(&self, what: &str, most: u64, within: Duration) -> Result<(), Failure> {
        let counted = self.cache.bump(&format!("notify:code:{what}"), within).await?;
        if counted > most { Err(Failure::too_many(within)) } else { Ok(()) }
    }

    /// Writes a new code down and answers it with its reference.
    pub(super) async fn write(&self, claim: Claim<'_>) -> Result<(String, String), Failure> {
        let code = six_digits()?;
        let id: PhoneCodeId = mint();
        let entry = Entry { id, hash: self.hash(claim, &code) };
        let text = serde_json::to_string(&entry).map_err(Failure::internal)?;
        self.cache.put(&self.place(claim), &text, VALID).await?;
        Ok((code, id.to_string()))
    }

    /// Tries a code. The count of tries goes up before anything is compared, so that many at once gain nothing.
    pub(super) async fn try_code(&self, claim: Claim<'_>, code: &str) -> Result<Tried, Failure> {
        let place = self.place(claim);
        let Some(text) = self.cache.get(&place).await? else { return Ok(Tried::Void) };
        let entry: Entry = serde_json::from_str(&text).map_err(Failure::internal)?;
        let tries = self.cache.bump(&format!("notify:code:tries:{}", entry.id), VALID).await?;
        if tries > TRIES {
            self.cache.remove(&place).await?;
            return Ok(Tried::Void);
        }
        if !same(&entry.hash, &self.hash(claim, code)) {
            return Ok(Tried::Wrong { left: TRIES - tries });
        }
        // Of two who come with the right code at once, one finds it there.
        Ok(if self.cache.remove(&place).await? { Tried::Right } else { Tried::Void })
    }

    /// A proof that can be shown to our other services for a while.
    pub(super) async fn prove(&self, claim: Claim<'_>) -> Result<String, Failure> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(Failure::internal)?;
        let proof = URL_SAFE_NO_PAD.encode(bytes);
        let proven =
            Proven { principal: claim.actor.id.clone(), purpose: claim.purpose, phone: self.phone(claim.mobile) };
        let text = serde_json::to_string(&proven).map_err(Failure::internal)?;
        self.cache.put(&self.proof_place(&proof), &text, PROVEN).await?;
        Ok(proof)
    }

    pub(super) async fn proven(&self, proof: &str) -> Result<Option<Proven>, Failure> {
        let found = self.cache.get(&self.proof_place(proof)).await?;
        found.map(|text| serde_json::from_str(&text).map_err(Failure::internal)).transpose()
    }

    fn proof_place(&self, proof: &str) -> String {
        format!("notify:code:proof:{}", self.hidden("phone proof", proof))
    }

    /// Where the code for this claim stands: nobody else's, and for nothing else.
    fn place(&self, claim: Claim<'_>) -> String {
        format!("notify:code:sent:{}", self.hidden("phone code place", &bound(claim)))
    }

    fn hash(&self, claim: Claim<'_>, code: &str) -> String {
        self.hidden("phone code", &format!("{}|{code}", bound(claim)))
    }

    fn hidden(&self, kind: &str, value: &str) -> String {
        hex::encode(self.keyring.blind_index(kind, value))
    }
}

fn bound(claim: Claim<'_>) -> String {
    format!("{}|{}|{}", claim.mobile.as_str(), claim.purpose.as_str(), claim.actor.id)
}

/// Every code is as likely as every other: what does not divide evenly is drawn again.
fn six_digits() -> Result<String, Failure> {
    const CODES: u32 = 1_000_000;
    const EVEN: u32 = u32::MAX - u32::MAX % CODES;
    loop {
        let drawn = getrandom::u32().map_err(Failure::internal)?;
        if drawn < EVEN {
            return Ok(format!("{:06}", drawn % CODES));
        }
    }
}

/// Whether two hashes are equal, in a time that does not tell where they differ.
fn same(left: &str, right: &str) -> bool {
    let differing = left.bytes().zip(right.bytes()).fold(0, |seen, (a, b)| seen | (a ^ b));
    left.len() == right.len() && differing == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_six_digits() {
        for _ in 0..1_000 {
            let code = six_digits().unwrap();
            assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
        }
    }

    #[test]
    fn only_equal_hashes_are_the_same() {
        assert!(same("abc", "abc") && same("", ""));
        assert!(!same("abc", "abd") && !same("abc", "ab") && !same("", "a"));
    }
}
