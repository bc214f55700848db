//! A running house as its users meet it: addresses, people and their tokens. It starts nothing.

use std::collections::BTreeMap;

use anyhow::Context;
use sandbox::kit::Client;
use serde::Deserialize;
use standalone::endpoints::Endpoints;
use url::Url;

/// Which service is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// svc-orders.
    Orders,
    /// svc-review.
    Review,
    /// svc-photo.
    Photo,
    /// svc-notify.
    Notify,
}

#[derive(Deserialize)]
struct Person {
    person: String,
    token: String,
}

/// A running house.
#[derive(Clone)]
pub struct World {
    endpoints: Endpoints,
    tokens: BTreeMap<String, String>,
    /// The outside world, asked by nobody in particular.
    pub outside: Client,
}

impl World {
    /// The house behind these addresses; asks the outside world for the demo people's tokens.
    pub async fn open(endpoints: Endpoints) -> anyhow::Result<Self> {
        let outside = Client::new(endpoints.sandbox.clone(), None);
        let people: Vec<Person> = outside.get("identity/people").expect(200).await?.read()?;
        let tokens = people.into_iter().map(|person| (person.person, person.token)).collect();
        Ok(Self { endpoints, tokens, outside })
    }

    /// A client of one of the demo people at a service.
    pub fn as_(&self, person: &str, at: At) -> anyhow::Result<Client> {
        let token = self.tokens.get(person).with_context(|| format!("{person} is none of the demo people"))?;
        Ok(Client::new(self.url(at).clone(), Some(token.clone())))
    }

    /// The same house, with a customer who has just opened an account.
    pub async fn signed_up(&self, person: &str) -> anyhow::Result<Self> {
        let asked = serde_json::json!({ "person": person });
        let new: Person = self.outside.post("identity/people").json(&asked).expect(201).await?.read()?;
        Ok(self.clone().with(person, new.token))
    }

    /// The same house, with somebody more.
    #[must_use]
    pub fn with(mut self, person: &str, token: String) -> Self {
        self.tokens.insert(person.to_owned(), token);
        self
    }

    fn url(&self, at: At) -> &Url {
        match at {
            At::Orders => &self.endpoints.orders,
            At::Review => &self.endpoints.review,
            At::Photo => &self.endpoints.photo,
            At::Notify => &self.endpoints.notify,
        }
    }
}
