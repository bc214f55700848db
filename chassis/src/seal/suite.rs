//! The cipher suites behind one face. It derives no key and chooses no nonce.

use aes_gcm::{
    Aes256Gcm, AesGcm,
    aead::{Aead, KeyInit, Nonce, Payload},
    aes::cipher::consts::U12,
};
use chacha20poly1305::XChaCha20Poly1305;
use clap::ValueEnum;
use sm4::Sm4;

use super::SealError;

/// GB/T 32907 SM4 in GCM, as RFC 8998 names it.
type Sm4Gcm = AesGcm<Sm4, U12>;

/// How values are encrypted. All three authenticate with a tag of 16 bytes.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Suite {
    /// AES-256-GCM, nonce of 12 bytes
    #[default]
    #[value(name = "aes-256-gcm")]
    Aes256Gcm,
    /// XChaCha20-Poly1305, nonce of 24 bytes
    #[value(name = "xchacha20-poly1305")]
    XChaCha20Poly1305,
    /// SM4-GCM, nonce of 12 bytes, for those who must use national algorithms
    #[value(name = "sm4-gcm")]
    Sm4Gcm,
}

impl Suite {
    /// The byte in front of every envelope. Never reuse one.
    pub(super) fn id(self) -> u8 {
        match self {
            Self::Aes256Gcm => 1,
            Self::XChaCha20Poly1305 => 2,
            Self::Sm4Gcm => 3,
        }
    }

    pub(super) fn of(id: u8) -> Option<Self> {
        [Self::Aes256Gcm, Self::XChaCha20Poly1305, Self::Sm4Gcm].into_iter().find(|suite| suite.id() == id)
    }

    pub(super) fn nonce_length(self) -> usize {
        match self {
            Self::Aes256Gcm | Self::Sm4Gcm => 12,
            Self::XChaCha20Poly1305 => 24,
        }
    }

    pub(super) fn encrypt(self, key: &[u8; 32], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, SealError> {
        let payload = Payload { msg, aad };
        match self {
            Self::Aes256Gcm => encrypt_with(&Aes256Gcm::new(key.into()), nonce, payload),
            Self::XChaCha20Poly1305 => encrypt_with(&XChaCha20Poly1305::new(key.into()), nonce, payload),
            Self::Sm4Gcm => encrypt_with(&sm4(key)?, nonce, payload),
        }
    }

    pub(super) fn decrypt(self, key: &[u8; 32], nonce: &[u8], aad: &[u8], msg: &[u8]) -> Result<Vec<u8>, SealError> {
        let payload = Payload { msg, aad };
        match self {
            Self::Aes256Gcm => decrypt_with(&Aes256Gcm::new(key.into()), nonce, payload),
            Self::XChaCha20Poly1305 => decrypt_with(&XChaCha20Poly1305::new(key.into()), nonce, payload),
            Self::Sm4Gcm => decrypt_with(&sm4(key)?, nonce, payload),
        }
    }
}

/// SM4 has keys of 16 bytes: the first half of the derived key.
fn sm4(key: &[u8; 32]) -> Result<Sm4Gcm, SealError> {
    let (first, _) = key.split_at(16);
    Sm4Gcm::new_from_slice(first).map_err(|_length| SealError::Unreadable)
}

fn encrypt_with<C: Aead>(cipher: &C, nonce: &[u8], payload: Payload<'_, '_>) -> Result<Vec<u8>, SealError> {
    let nonce = Nonce::<C>::try_from(nonce).map_err(|_length| SealError::Unreadable)?;
    cipher.encrypt(&nonce, payload).map_err(|_opaque| SealError::Closed)
}

fn decrypt_with<C: Aead>(cipher: &C, nonce: &[u8], payload: Payload<'_, '_>) -> Result<Vec<u8>, SealError> {
    let nonce = Nonce::<C>::try_from(nonce).map_err(|_length| SealError::Unreadable)?;
    cipher.decrypt(&nonce, payload).map_err(|_opaque| SealError::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sm4_gcm_gives_the_vector_of_rfc_8998() {
        // RFC 8998, appendix A.1.
        let mut key = [0; 32];
        key[..16].copy_from_slice(&hex::decode("0123456789abcdeffedcba9876543210").unwrap());
        let nonce = hex::decode("00001234567800000000abcd").unwrap();
        let aad = hex::decode("feedfacedeadbeeffeedfacedeadbeefabaddad2").unwrap();
        let plain = hex::decode(
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd\
             eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        )
        .unwrap();
        let sealed = Suite::Sm4Gcm.encrypt(&key, &nonce, &aad, &plain).unwrap();
        assert_eq!(
            hex::encode(&sealed),
            "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735\
             d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d\
             83de3541e4c2b58177e065a9bf7b62ec"
        );
        assert_eq!(Suite::Sm4Gcm.decrypt(&key, &nonce, &aad, &sealed).unwrap(), plain);
    }

    #[test]
    fn every_suite_is_found_by_its_id() {
        for suite in Suite::value_variants() {
            assert_eq!(Suite::of(suite.id()), Some(*suite));
        }
        assert_eq!(Suite::of(0), None);
    }
}
