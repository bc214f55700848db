//! The stage with svc-photo on it, orders of two customers, and pictures made here.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use domain::{
    id::{AccountId, OrderId},
    message::{Message, OrderNews},
    order::{Event, Eyes, Plan, Section, StateName, Way},
    region::Province,
};
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use reqwest::multipart::{Form, Part};
use sandbox::kit::{Ask, Client, Outside, Stage};
use serde_json::{Value, json};
use svc_photo::Photo;

/// Fictional: nobody who lives was born in 1903.
pub(crate) const NAME: &str = "石测试";
pub(crate) const NUMBER: &str = "210102190301010016";
pub(crate) const PERSON: &str = "5f0c0ffee5f0c0ffee5f0c0ffee5f0c0ffee5f0c0ffee5f0c0ffee5f0c0ffee0";

/// An order of a customer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Owned {
    pub(crate) id: OrderId,
    pub(crate) account: AccountId,
    pub(crate) province: Province,
    pub(crate) way: Way,
}

impl Owned {
    pub(crate) fn plan(&self) -> Plan {
        Plan::first(self.province, self.way, Eyes::Two)
    }

    pub(crate) fn news(&self, version: i64, state: StateName, at: DateTime<Utc>) -> Message {
        let event = Event::Saved { section: Section::Subject };
        let (order, account, plan) = (self.id, self.account, self.plan());
        Message::Order(OrderNews { order, account, plan, round: 1, state, version, at, event })
    }
}

pub(crate) struct World {
    pub(crate) stage: Stage<Photo>,
    objects: PathBuf,
}

fn arguments(outside: &Outside) -> Vec<String> {
    let face = outside.sandbox.face.account();
    let pairs = [
        ("--orders-url", outside.peers.url.to_string()),
        ("--store-url", url::Url::from_directory_path(outside.dir().join("objects")).unwrap().to_string()),
        ("--face-url", face.url.to_string()),
        ("--face-secret-id", face.secret_id.to_owned()),
        ("--face-secret-key", face.secret_key.to_owned()),
        ("--face-timeout-ms", "1000".to_owned()),
        ("--face-tries-per-day", "3".to_owned()),
    ];
    pairs.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
}

impl World {
    pub(crate) async fn start() -> Self {
        let stage = Stage::<Photo>::start(arguments).await.unwrap();
        let objects = stage.outside.dir().join("objects");
        Self { stage, objects }
    }

    pub(crate) fn client(&self, person: &str) -> Client {
        self.stage.client(person).unwrap()
    }

    /// A new order of a customer, whose news have not come yet.
    pub(crate) fn order(&self, customer: &str, province: Province, way: Way) -> Owned {
        let people = self.stage.outside.sandbox.identity.people();
        let account = people.iter().find(|person| person.person == customer).and_then(|found| found.account).unwrap();
        Owned { id: self.stage.id(), account: account.into(), province, way }
    }

    /// An order of the customer in Liaoning that is verified electronically.
    pub(crate) async fn electronic(&self, state: StateName) -> Owned {
        let owned = self.order("customer-liaoning", Province::Liaoning, Way::Electronic);
        self.stands(&owned, 1, state).await;
        owned
    }

    /// An order of the customer in Guangdong that is verified by a curtain photo.
    pub(crate) async fn curtain(&self, state: StateName) -> Owned {
        let owned = self.order("customer-guangdong", Province::Guangdong, Way::Curtain);
        self.stands(&owned, 1, state).await;
        owned
    }

    /// Orders tells where an order stands, and would say the same when asked.
    pub(crate) async fn stands(&self, owned: &Owned, version: i64, state: StateName) {
        self.says(owned, version, state);
        self.stage.deliver(&owned.news(version, state, self.now())).await.unwrap();
    }

    /// What orders says when it is asked, though nothing was told.
    pub(crate) fn says(&self, owned: &Owned, version: i64, state: StateName) {
        let brief = json!({
            "id": owned.id, "account": owned.account, "plan": owned.plan(), "state": state, "round": 1,
            "version": version,
        });
        self.stage.outside.peers.answer(&format!("/v1/peer/orders/{}/brief", owned.id), 200, brief);
    }

    /// What orders says of an order when it is asked for a sub-account with these rights.
    pub(crate) fn lets(&self, owned: &Owned, state: StateName, rights: &Value) {
        let brief = json!({
            "id": owned.id, "account": owned.account, "plan": owned.plan(), "state": state, "round": 1,
            "version": 1, "rights": rights,
        });
        self.stage.outside.peers.answer(&format!("/v1/peer/orders/{}/brief", owned.id), 200, brief);
    }

    /// Whom orders names as the person to be verified.
    pub(crate) fn names(&self, owned: &Owned, consent: bool) {
        let person = json!({ "name": NAME, "number": NUMBER, "person": PERSON, "consent": consent });
        self.stage.outside.peers.answer(&format!("/v1/peer/orders/{}/person", owned.id), 200, person);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        use chassis::clock::Clock;
        self.stage.clock.now()
    }

    /// The messages that wait to be sent, by topic.
    pub(crate) async fn topics(&self) -> Vec<String> {
        self.stage.outbox().await.unwrap().iter().map(Message::topic).collect()
    }

    /// How many objects lie in the store.
    pub(crate) fn objects(&self) -> usize {
        fn count(folder: &std::path::Path) -> usize {
            let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
            entries.map(|entry| entry.unwrap().path()).map(|path| if path.is_dir() { count(&path) } else { 1 }).sum()
        }
        count(&self.objects)
    }

    /// What the audit trail says of an order: actor, role and action of each row.
    pub(crate) async fn audit(&self, owned: &Owned) -> Vec<(String, String, String)> {
        let sql = "SELECT actor, role, action FROM audit WHERE aggregate = $1 ORDER BY seq";
        let rows = self.sql(sql, &[&owned.id.uuid().to_string()]).await;
        rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect()
    }

    /// The rows of a query as text. Its parameters are UUIDs.
    pub(crate) async fn sql(&self, sql: &str, ids: &[&str]) -> Vec<Vec<String>> {
        let text = ids
            .iter()
            .enumerate()
            .fold(sql.to_owned(), |sql, (at, id)| sql.replace(&format!("${}", at + 1), &format!("'{id}'")));
        let (client, connection) =
            tokio_postgres::connect(self.stage.database.url().as_str(), tokio_postgres::NoTls).await.unwrap();
        let asked = async {
            let messages = client.simple_query(&text).await.unwrap();
            messages
                .into_iter()
                .filter_map(|message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => Some(
                        (0..row.len()).map(|column| row.get(column).unwrap_or_default().to_owned()).collect::<Vec<_>>(),
                    ),
                    tokio_postgres::SimpleQueryMessage::CommandComplete(_)
                    | tokio_postgres::SimpleQueryMessage::RowDescription(_)
                    | _ => None,
                })
                .collect()
        };
        tokio::select! {
            rows = asked => rows,
            ended = connection => panic!("the connection ended: {ended:?}"),
        }
    }

    /// An upload of a material in the making.
    pub(crate) fn material(&self, customer: &str, owned: &Owned, kind: &str, picture: Vec<u8>) -> Ask {
        let form = Form::new().text("order", owned.id.to_string()).text("kind", kind.to_owned());
        self.client(customer).post("/v1/materials").form(form.part("file", file(picture)))
    }

    /// An upload of a curtain photo or a live picture in the making.
    pub(crate) fn picture(&self, customer: &str, path: &str, owned: &Owned, picture: Vec<u8>) -> Ask {
        let form = Form::new().text("order", owned.id.to_string()).part("file", file(picture));
        self.client(customer).post(path).form(form)
    }
}

/// A part that calls itself a JPEG, whatever it holds.
pub(crate) fn file(bytes: Vec<u8>) -> Part {
    Part::bytes(bytes).file_name("picture.jpg").mime_str("image/jpeg").unwrap()
}

/// A picture; different seeds give different ones.
pub(crate) fn picture(seed: u8) -> RgbImage {
    RgbImage::from_fn(
        160,
        120,
        |x, y| if (x / 8 + y / 8) % 2 == 0 { Rgb([230, 230, seed]) } else { Rgb([30, seed, 30]) },
    )
}

pub(crate) fn jpeg(seed: u8) -> Vec<u8> {
    written(picture(seed), ImageFormat::Jpeg)
}

pub(crate) fn png(seed: u8) -> Vec<u8> {
    written(picture(seed), ImageFormat::Png)
}

fn written(picture: RgbImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(picture).write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// Whether two answers are word for word the same.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    one == other && !one.is_null()
}
