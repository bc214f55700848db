//! Whether the owner of an account stands behind a grant: svc-notify knows what a phone code proved, the inventory whose phone it
//! should be. It keeps neither.

use chassis::failure::Failure;
use domain::{access::Actor, id::AccountId};
use serde::Deserialize;

use super::App;

/// What svc-notify says of a proof.
#[derive(Deserialize)]
struct Proof {
    principal: String,
    purpose: String,
    phone: String,
}

impl App {
    /// Whether a proof shows that this person has the phone of the account's owner. Without one, nothing is shown.
    pub(crate) async fn approved(&self, me: &Actor, owner: AccountId, proof: Option<&str>) -> Result<bool, Failure> {
        let Some(proof) = proof else { return Ok(false) };
        // It becomes part of a path.
        if proof.is_empty() || !proof.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
            return Err(proof_wanted());
        }
        let resources = self.resources()?;
        let shown: Proof = match resources.notify.get(&format!("/v1/peer/phone-proofs/{proof}")).await {
            Ok(shown) => shown,
            Err(failure) if failure.status() == 404 => return Err(proof_wanted()),
            Err(failure) => return Err(failure),
        };
        let Some(account) = resources.owner(owner).await? else { return Err(proof_wanted()) };
        let phone = hex::encode(self.keyring.blind_index("phone", account.mobile.as_str()));
        if shown.principal == me.id && shown.purpose == "account" && shown.phone == phone {
            Ok(true)
        } else {
            Err(proof_wanted().because("the proof is somebody else's, of another phone, or for something else"))
        }
    }

    /// Refuses an account that does not exist.
    pub(crate) async fn known_account(&self, account: AccountId) -> Result<(), Failure> {
        match self.resources()?.owner(account).await? {
            Some(_) => Ok(()),
            None => Err(Failure::rejected("There is no such account.", Vec::new()).at(
                "/account",
                "code.account",
                "没有这个账号 / There is no such account",
            )),
        }
    }
}

/// The answer to a grant without a proof that stands.
pub(crate) fn proof_wanted() -> Failure {
    Failure::rejected("The owner's phone is not proven.", Vec::new()).at(
        "/proof",
        "code.proof",
        "请先用本账号的手机号码获取并核验验证码 / Prove the account's phone by a phone code first",
    )
}
