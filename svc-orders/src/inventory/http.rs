//! The inventory over plain HTTP, as `docs/inventory.md` describes it. It knows the wire and no order.

use std::time::Duration;

use async_trait::async_trait;
use chassis::{auth::TokenSource, failure::Failure};
use domain::{
    contact::{Email, Mobile},
    id::AccountId,
    resource::Resource,
};
use reqwest::StatusCode;
use secrecy::ExposeSecret;
use serde::{Deserialize, de::DeserializeOwned};
use url::Url;

use super::{Inventory, Owner};

/// What a client is told to wait while the inventory is away.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// The inventory at an address.
pub(super) struct Http {
    base: Url,
    tokens: TokenSource,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Fleet {
    resources: Vec<Resource>,
}

#[derive(Deserialize)]
struct Account {
    mobile: String,
    #[serde(default)]
    email: Option<String>,
}

impl Http {
    pub(super) fn new(base: Url, tokens: TokenSource, timeout: Duration) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().timeout(timeout).redirect(reqwest::redirect::Policy::none()).build()?;
        let mut base = base;
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Ok(Self { base, tokens, http })
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, Failure> {
        let url = self.base.join(path).map_err(|error| Failure::internal(format!("the path {path}: {error}")))?;
        let token = self.tokens.token().await?;
        let asked = self.http.get(url).bearer_auth(token.expose_secret()).send().await;
        let answer = asked.map_err(|error| away(error.without_url()))?;
        match answer.status() {
            // A body that does not fit is not repeated: it may hold a telephone number.
            StatusCode::OK => answer.json().await.map(Some).map_err(|error| away(error.without_url())),
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::UNAUTHORIZED => {
                self.tokens.forget().await;
                Err(away("the inventory did not accept our token"))
            }
            other => Err(away(format!("the inventory answered {other}"))),
        }
    }
}

#[async_trait]
impl Inventory for Http {
    async fn resources(&self, account: AccountId) -> Result<Vec<Resource>, Failure> {
        let fleet: Option<Fleet> = self.get(&format!("accounts/{account}/resources")).await?;
        Ok(fleet.map(|fleet| fleet.resources).unwrap_or_default())
    }

    async fn owner(&self, account: AccountId) -> Result<Option<Owner>, Failure> {
        let found: Option<Account> = self.get(&format!("accounts/{account}")).await?;
        let owner = |found: Account| {
            let mobile = Mobile::try_from(found.mobile.as_str());
            let mobile = mobile.map_err(|_may_quote| away("the inventory's number is no mobile number"))?;
            let email = found.email.as_deref().map(Email::try_from).transpose();
            let email = email.map_err(|_may_quote| away("the inventory's mail address is none"))?;
            Ok(Owner { mobile, email })
        };
        found.map(owner).transpose()
    }
}

fn away(why: impl std::fmt::Display) -> Failure {
    Failure::unavailable("The provider's inventory does not answer.", RETRY_AFTER).because(why)
}
