//! Personal data passes through, and stays nowhere: not in a row, not in a log line.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use tokio_postgres::NoTls;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::world::{MAIL, MOBILE, NAME, World};

/// Everything that is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Every row of every table, as text.
async fn dump(world: &World) -> String {
    let (client, connection) = tokio_postgres::connect(world.stage.database.url().as_str(), NoTls).await.unwrap();
    let read = async {
        let tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'";
        let mut text = String::new();
        for table in client.query(tables, &[]).await.unwrap() {
            let name: String = table.get(0);
            for row in client.query(&format!("SELECT t::text FROM \"{name}\" t"), &[]).await.unwrap() {
                text.push_str(&format!("{name}: {}\n", row.get::<_, String>(0)));
            }
        }
        text
    };
    tokio::select! {
        text = read => text,
        ended = connection => panic!("{ended:?}"),
    }
}

#[tokio::test]
async fn neither_rows_nor_logs_hold_personal_data() {
    let lines = Lines::default();
    let logger = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("trace"))
        .with_ansi(false)
        .with_writer(lines.clone())
        .finish();
    tracing::subscriber::set_global_default(logger).unwrap();
    let world = World::start().await;
    world.stage.outside.sandbox.mail.behave(sandbox::behaviour::Behaviour::once(sandbox::mail::Mode::Refuse));
    world.stage.deliver(&world.returned()).await.unwrap();
    let refused = |notices: &[serde_json::Value]| notices.iter().any(|notice| notice["outcome"] == "refused");
    world.until("the refusal", refused).await;
    world.advance(60);
    world.all("sent").await;
    let client = world.customer();
    client
        .post("/v1/phone-codes")
        .json(&json!({ "mobile": MOBILE, "purpose": "principal" }))
        .expect(202)
        .await
        .unwrap();
    let code = world.messages().last().unwrap().params[0].clone();
    let body = json!({ "mobile": MOBILE, "purpose": "principal", "code": code });
    client.post("/v1/phone-codes/verify").json(&body).expect(200).await.unwrap();

    let rows = dump(&world).await;
    let logged = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert!(rows.contains("notice: ") && logged.contains("a notice was tried"), "the test looks at something");
    // What the sandbox's own HTTP server and the test's client say is not ours; what we say of both must be clean too.
    for secret in [NAME, MOBILE, MAIL] {
        assert!(!rows.contains(secret), "{secret} is in the database");
        let line = logged.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret} is logged");
    }
    let inside = logged.lines().find(|line| line.contains("svc_notify") && line.contains(&code));
    assert_eq!(inside, None, "the code is logged");
}
