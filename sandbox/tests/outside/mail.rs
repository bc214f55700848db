use std::time::{Duration, Instant};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Attachment, MultiPart},
    transport::smtp::{Error, response::Response},
};
use sandbox::{behaviour::Behaviour, mail::Mode};
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::world::World;

fn letter(subject: &str, body: &str) -> Message {
    let bodies = MultiPart::alternative_plain_html(body.to_owned(), format!("<p>{body}</p>"));
    let file = Attachment::new("说明.txt".into()).body("附件".to_owned(), "text/plain".parse().unwrap());
    Message::builder()
        .from("备案 <icp@example.com>".parse().unwrap())
        .to("林示范 <lin@example.com>".parse().unwrap())
        .message_id(Some("<n-1@example.com>".into()))
        .subject(subject)
        .multipart(MultiPart::mixed().multipart(bodies).singlepart(file))
        .unwrap()
}

async fn send(world: &World, message: Message) -> Result<Response, Error> {
    let to = world.sandbox.smtp;
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(to.ip().to_string()).port(to.port());
    transport.timeout(Some(Duration::from_secs(5))).build().send(message).await
}

#[tokio::test]
async fn a_letter_can_be_read_as_it_was_written() {
    let world = World::start().await;
    let long = "备案成功。\n.以点开头的一行\n".repeat(200);
    send(&world, letter("备案成功：辽宁示例网络科技有限公司的网站已通过管局审核", &long)).await.unwrap();
    let letters = world.get("mail/messages?to=LIN@example.com").await;
    assert_eq!(letters.as_array().unwrap().len(), 1);
    let read = &letters[0];
    assert_eq!(read["subject"], "备案成功：辽宁示例网络科技有限公司的网站已通过管局审核");
    assert_eq!(read["text"].as_str().unwrap().trim(), long.trim());
    assert!(read["html"].as_str().unwrap().starts_with("<p>备案成功"));
    assert_eq!(read["attachments"], json!(["说明.txt"]));
    assert_eq!((&read["from"], &read["to"]), (&json!("icp@example.com"), &json!(["lin@example.com"])));
    assert_eq!(read["message_id"], "n-1@example.com");
    let id = read["id"].as_str().unwrap();
    let html = world.client.get(world.url(&format!("mail/messages/{id}/html"))).send().await.unwrap();
    assert!(html.headers()["content-security-policy"].to_str().unwrap().starts_with("sandbox"));
    assert!(html.text().await.unwrap().contains("备案成功"));

    assert_eq!(world.get("mail/messages?to=chen@example.com").await, json!([]));
    world.clear("mail/messages").await;
    assert_eq!(world.get("mail/messages").await, json!([]));
}

#[tokio::test]
async fn it_knows_nobody_or_asks_to_come_back() {
    let world = World::start().await;
    world.script("mail", &json!({ "mode": "refuse", "times": 1 })).await;
    let refused = send(&world, letter("x", "y")).await.unwrap_err();
    assert!(refused.is_permanent() && refused.status().is_some_and(|code| code.to_string() == "550"), "{refused}");
    world.script("mail", &json!({ "mode": "defer", "times": 1 })).await;
    let deferred = send(&world, letter("x", "y")).await.unwrap_err();
    assert!(deferred.is_transient() && deferred.status().is_some_and(|code| code.to_string() == "451"), "{deferred}");
    assert!(world.sandbox.mail.letters(None).is_empty());
    send(&world, letter("x", "y")).await.unwrap();
}

#[tokio::test]
async fn a_cut_connection_leaves_the_sender_in_doubt_about_a_taken_letter() {
    let world = World::start().await;
    world.sandbox.mail.behave(Behaviour::once(Mode::Cut));
    let doubt = send(&world, letter("x", "y")).await.unwrap_err();
    assert!(!doubt.is_permanent() && !doubt.is_transient(), "{doubt}");
    assert_eq!(world.sandbox.mail.letters(None).len(), 1);
}

#[tokio::test]
async fn it_can_be_late() {
    let world = World::start().await;
    world.script("mail", &json!({ "mode": "delay", "delay_ms": 300, "times": 1 })).await;
    let started = Instant::now();
    send(&world, letter("x", "y")).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn many_senders_at_once_are_all_heard() {
    let world = World::start().await;
    let sending = (0..100).map(|n| send(&world, letter(&format!("第{n}封"), "y")));
    for outcome in futures::future::join_all(sending).await {
        outcome.unwrap();
    }
    assert_eq!(world.sandbox.mail.letters(Some("lin@example.com")).len(), 100);
}

#[tokio::test]
async fn an_endless_line_ends_the_connection() {
    let world = World::start().await;
    let mut stream = TcpStream::connect(world.sandbox.smtp).await.unwrap();
    // The server may close before all is written.
    let _written = stream.write_all(&vec![b'x'; 1024 * 1024]).await;
    let mut said = Vec::new();
    let _reset = stream.read_to_end(&mut said).await;
    send(&world, letter("x", "y")).await.unwrap();
}

#[tokio::test]
async fn nobody_listens_any_more_after_the_stop() {
    let world = World::start().await;
    let (smtp, http) = (world.sandbox.smtp, world.url("identity/jwks"));
    let mut open = TcpStream::connect(smtp).await.unwrap();
    world.sandbox.stop().await;
    assert!(TcpStream::connect(smtp).await.is_err());
    assert!(world.client.get(http).send().await.is_err());
    let mut said = Vec::new();
    let _reset = tokio::time::timeout(Duration::from_secs(5), open.read_to_end(&mut said)).await.unwrap();
}
