//! What the customer does: open, write, hand in, correct, wait. Nothing is assumed that an answer did not say.

use anyhow::{Context, bail, ensure};
use reqwest::multipart::{Form, Part};
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};

use super::SOON;
use crate::{
    example::Example,
    wait::eventually,
    world::{At, World},
};

/// A filing order in its customer's hands.
pub struct Filing {
    customer: String,
    order: String,
    orders: Client,
    photo: Client,
    notify: Client,
}

impl Filing {
    /// Asks which kind it is, with the first edition of the example that is not filed yet, then opens the order. Each edition
    /// is another subject, and an account holds one: later ones are filed by customers who have just signed up.
    pub async fn open(world: &World, customer: &str, example: &mut Example) -> anyhow::Result<Self> {
        let (mut world, mut customer) = (world.clone(), customer.to_owned());
        while !is_first(&world.as_(&customer, At::Orders)?, &example.json("type-check")?).await? {
            *example = example.next().context("every edition of the example is filed: `make clean` begins anew")?;
            customer = format!("{customer}+");
            world = world.signed_up(&customer).await?;
        }
        let orders = world.as_(&customer, At::Orders)?;
        let opened = orders.post("/v1/orders").json(&example.json("order")?).expect(201).await?;
        Self::known(&world, &customer, opened.text("/id")?)
    }

    /// An order of this customer that was opened before.
    pub fn known(world: &World, customer: &str, order: &str) -> anyhow::Result<Self> {
        Ok(Self {
            customer: customer.to_owned(),
            order: order.to_owned(),
            orders: world.as_(customer, At::Orders)?,
            photo: world.as_(customer, At::Photo)?,
            notify: world.as_(customer, At::Notify)?,
        })
    }

    /// The order's id.
    #[must_use]
    pub fn order(&self) -> &str {
        &self.order
    }

    /// Whose it is.
    #[must_use]
    pub fn customer(&self) -> &str {
        &self.customer
    }

    /// The address of a part of the order.
    #[must_use]
    pub fn path(&self, rest: &str) -> String {
        format!("/v1/orders/{}{rest}", self.order)
    }

    /// The order as its owner sees it.
    pub async fn read(&self) -> anyhow::Result<Answer> {
        self.orders.get(&self.path("")).expect(200).await
    }

    /// Writes every section, one after the other.
    pub async fn write(&mut self, example: &Example) -> anyhow::Result<()> {
        for section in ["subject", "services", "consent"] {
            self.correct(section, &example.json(section)?).await?;
        }
        Ok(())
    }

    /// Saves one section.
    pub async fn correct(&mut self, section: &str, value: &Value) -> anyhow::Result<()> {
        let version = self.read().await?.version()?;
        let path = self.path(&format!("/draft/{section}"));
        self.orders.put(&path).version(version).json(value).expect(200).await?;
        Ok(())
    }

    /// Uploads every material that the checklist asks for, and waits until the list is empty.
    pub async fn hand_in_materials(&self, example: &Example) -> anyhow::Result<()> {
        let checklist = self.checklist().await?;
        for need in checklist.list("/materials")? {
            if need.get("attached").and_then(Value::as_bool) == Some(true) {
                continue;
            }
            let kind = need.get("kind").and_then(Value::as_str).context("a material without a kind")?;
            let mut form = Form::new().text("order", self.order.clone()).text("kind", kind.to_owned());
            if let Some(service) = need.get("service").and_then(Value::as_u64) {
                form = form.text("service", service.to_string());
            }
            let whose = if need.get("service").is_some_and(Value::is_u64) { "service-" } else { "" };
            let name = format!("{whose}{}", kind.replace('_', "-"));
            let form = form.part("file", jpeg(example.picture(&name)?)?);
            self.photo.post("/v1/materials").form(form).expect(201).await?;
        }
        eventually(
            "the materials",
            SOON,
            || self.checklist(),
            |list| {
                list.list("/materials")
                    .is_ok_and(|all| all.iter().all(|need| need.get("attached") == Some(&json!(true))))
            },
        )
        .await?;
        Ok(())
    }

    async fn checklist(&self) -> anyhow::Result<Answer> {
        self.orders.get(&self.path("/checklist")).expect(200).await
    }

    /// Lets the vendor compare the service's principal with a live picture, and waits until the order knows.
    pub async fn check_face(&self, example: &Example) -> anyhow::Result<()> {
        let form = Form::new().text("order", self.order.clone()).part("file", jpeg(example.picture("live-face")?)?);
        let answer = self.photo.post("/v1/verifications").form(form).expect(201).await?;
        ensure!(answer.text("/outcome")? == "passed", "the face check answered {}", answer.body);
        eventually("the face check", SOON, || self.read(), |order| order.body.get("verified") == Some(&json!(true)))
            .await?;
        Ok(())
    }

    /// Hands it in.
    pub async fn submit(&self) -> anyhow::Result<()> {
        let version = self.read().await?.version()?;
        self.submit_version(version).await
    }

    /// The same, when it is known which version.
    pub async fn submit_version(&self, version: i64) -> anyhow::Result<()> {
        let answer = self.orders.post(&self.path("/submit")).version(version).expect(200).await?;
        ensure!(answer.text("/state")? == "reviewing", "the submit answered {}", answer.body);
        Ok(())
    }

    /// Asks for the free curtain; says whether one will come, or the account has had it already and uses it again.
    pub async fn ask_for_curtain(&self) -> anyhow::Result<bool> {
        let answer = self.photo.post("/v1/curtains").json(&json!({ "order": self.order })).send().await?;
        let had = || answer.errors().iter().any(|(_, rule)| rule == "curtain.one_per_account");
        match answer.status {
            201 => Ok(true),
            409 if had() => Ok(false),
            _ => bail!("the request for a curtain was answered by {}", answer.body),
        }
    }

    /// Uploads a photo in front of the curtain.
    pub async fn upload_photo(&self, picture: &[u8]) -> anyhow::Result<()> {
        let form = Form::new().text("order", self.order.clone()).part("file", jpeg(picture.to_vec())?);
        self.photo.post("/v1/photos").form(form).expect(201).await?;
        self.reaches("photo_reviewing").await?;
        Ok(())
    }

    /// Waits until the order is in a state.
    pub async fn reaches(&self, state: &str) -> anyhow::Result<Answer> {
        eventually(
            &format!("the state {state}"),
            SOON,
            || self.read(),
            |order| order.body.get("state") == Some(&json!(state)),
        )
        .await
    }

    /// What the customer wrote.
    pub async fn draft(&self) -> anyhow::Result<Answer> {
        self.orders.get(&self.path("/draft")).expect(200).await
    }

    /// What happened, as the order's history tells it.
    pub async fn history(&self) -> anyhow::Result<Vec<Value>> {
        let answer = self.orders.get(&self.path("/history")).expect(200).await?;
        Ok(answer.list("/items")?.clone())
    }

    /// What was sent about it.
    pub async fn notices(&self) -> anyhow::Result<Vec<Value>> {
        let path = format!("/v1/notices?order={}&limit=100", self.order);
        Ok(self.notify.get(&path).expect(200).await?.list("/items")?.clone())
    }
}

/// Whether these would be filed for the first time; an error when an order about them is under way.
async fn is_first(orders: &Client, asked: &Value) -> anyhow::Result<bool> {
    let check = orders.post("/v1/type-checks").json(asked).send().await?;
    let filed = || check.errors().iter().any(|(_, rule)| rule == "type.filed_here");
    match check.status {
        200 => Ok(check.text("/kind")? == "first"),
        409 if filed() => Ok(false),
        _ => bail!("the type check answered {}", check.body),
    }
}

pub(super) fn jpeg(bytes: Vec<u8>) -> anyhow::Result<Part> {
    Ok(Part::bytes(bytes).file_name("picture.jpg").mime_str("image/jpeg")?)
}
