//! News become notices: each once, on its channels, in the customer's words.

use domain::{
    authorization_code::Why,
    message::{AccountEvent, AccountNews, Message},
    notice::NoticeKind,
    order::{Event, PrincipalRole, StateName},
};
use serde_json::json;
use svc_notify::render;

use crate::world::{MAIL, MOBILE, NAME, World, by};

#[tokio::test]
async fn an_urgent_event_is_told_by_mail_and_by_sms() {
    let world = World::start().await;
    world.stage.deliver(&world.returned()).await.unwrap();
    let notices = world.all("sent").await;
    assert_eq!((by(&notices, "mail").len(), by(&notices, "sms").len()), (1, 1));
    for notice in &notices {
        assert_eq!(notice["kind"], "returned");
        assert_eq!(notice["title"], "备案订单被退回，请修改");
        assert_eq!((notice["to"].as_str(), notice["attempts"].as_i64()), (Some("subject"), Some(1)));
        assert_eq!(notice["sent_at"], "2026-03-02T04:00:00Z");
        assert_eq!(notice["repeated"], false);
        assert!(notice.get("next_at").is_none());
    }
    let [letter] = &world.letters()[..] else { panic!("{:?}", world.letters()) };
    assert!(letter.subject.starts_with("备案订单被退回"), "{}", letter.subject);
    assert!(letter.text.contains(NAME) && letter.text.contains("域名未实名"), "{}", letter.text);
    assert!(letter.html.as_deref().is_some_and(|html| html.contains("第 1 个服务 · 域名 · 第 1 项")));
    assert_eq!(letter.to, [MAIL]);
    let [sms] = &world.messages()[..] else { panic!("{:?}", world.messages()) };
    assert_eq!((sms.to.as_str(), sms.template.as_str()), (format!("+86{MOBILE}").as_str(), "1900102"));
    let mail = world.tries(by(&notices, "mail").first().unwrap()).await;
    assert_eq!(
        mail.first().unwrap()["vendor_id"].as_str(),
        letter.message_id.as_ref().map(|id| format!("<{id}>")).as_deref()
    );
}

#[tokio::test]
async fn a_quiet_event_is_told_by_mail_alone() {
    let world = World::start().await;
    world.stage.deliver(&world.withdrawn()).await.unwrap();
    let notices = world.all("sent").await;
    assert_eq!(notices.len(), 1);
    assert!(world.messages().is_empty());
}

#[tokio::test]
async fn an_event_that_concerns_nobody_is_not_told() {
    let world = World::start().await;
    world
        .stage
        .deliver(&world.news(5, StateName::AwaitingSms, Event::SmsVerified { principal: PrincipalRole::Subject }))
        .await
        .unwrap();
    assert!(world.notices().await.is_empty());
}

#[tokio::test]
async fn a_redelivered_event_makes_no_second_notice() {
    let world = World::start().await;
    let envelope = world.stage.deliver(&world.returned()).await.unwrap();
    world.all("sent").await;
    for _ in 0..3 {
        world.stage.redeliver(&envelope).await.unwrap();
    }
    // Even when the inbox has forgotten the message.
    let forget = "DELETE FROM inbox";
    crate::log::run(&world, forget).await;
    world.stage.redeliver(&envelope).await.unwrap();
    assert_eq!(world.all("sent").await.len(), 2);
    assert_eq!((world.letters().len(), world.messages().len()), (1, 1));
}

#[tokio::test]
async fn both_principals_are_asked_to_verify() {
    let world = World::start().await;
    let sms = [PrincipalRole::Subject, PrincipalRole::Service].into();
    let received = Event::Received { sms, until: "2026-03-03T04:00:00Z".parse().unwrap() };
    world.stage.deliver(&world.news(8, StateName::AwaitingSms, received)).await.unwrap();
    let notices = world.all("sent").await;
    assert_eq!(notices.len(), 4);
    let to = |who: &str| notices.iter().filter(|notice| notice["to"] == who).count();
    assert_eq!((to("subject"), to("service")), (2, 2));
    assert!(world.letters().iter().all(|letter| letter.text.contains("2026年3月3日 12:00（北京时间）")));
}

#[tokio::test]
async fn a_dispatched_curtain_is_told_with_the_province_that_is_known() {
    let world = World::start().await;
    world
        .stage
        .deliver(&world.news(5, StateName::AwaitingSms, Event::SmsVerified { principal: PrincipalRole::Subject }))
        .await
        .unwrap();
    world.stage.deliver(&world.dispatched()).await.unwrap();
    world.all("sent").await;
    assert!(world.letters().first().unwrap().text.contains("辽宁省通信管理局"));
}

#[tokio::test]
async fn the_carriers_templates_say_what_ours_say() {
    let world = World::start().await;
    world.stage.deliver(&world.returned()).await.unwrap();
    world.all("sent").await;
    let renderer = render::Renderer::new("https://console.example.com/".parse().unwrap()).unwrap();
    let facts = svc_notify::fact::Facts::at(world.now());
    let ours = renderer.sms(NoticeKind::Returned, &render::sms_params(Some(world.order), &facts)).unwrap();
    assert_eq!(world.messages().first().unwrap().text, format!("【示例云备案】{ours}"));
}

#[tokio::test]
async fn an_owner_hears_of_codes_and_finds_it_in_the_own_list() {
    let world = World::start().await;
    let resource = "ins-example-ln".to_owned();
    let event = AccountEvent::CodeEnded { resource, why: Why::ServerEnds };
    let told = Message::Account(AccountNews { account: world.account, at: world.now(), event });
    let contact = json!({ "mobile": MOBILE, "email": MAIL });
    world.stage.outside.peers.answer(&format!("/v1/peer/accounts/{}/contact", world.account), 200, contact);
    world.stage.deliver(&told).await.unwrap();
    let notices = loop {
        let list = world.customer().get("/v1/notices").expect(200).await.unwrap().list("/items").unwrap().clone();
        if list.len() == 2 && list.iter().all(|one| one["state"] == "sent") {
            break list;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(
        notices.iter().all(|one| one["kind"] == "code_ended" && one["to"] == "owner" && one.get("order").is_none())
    );
    let [letter] = &world.letters()[..] else { panic!("{:?}", world.letters()) };
    assert!(letter.subject.contains("ins-example-ln") && letter.text.contains("剩余时长不足"), "{}", letter.text);
    assert_eq!(letter.to, [MAIL]);
    let [sms] = &world.messages()[..] else { panic!("{:?}", world.messages()) };
    assert!(sms.text.contains("云资源ins-example-ln的备案授权码已失效"), "{}", sms.text);
    let id = notices[0]["id"].as_str().unwrap();
    world.customer().get(&format!("/v1/notices/{id}")).expect(200).await.unwrap();
    world.stage.client("customer-other").unwrap().get(&format!("/v1/notices/{id}")).expect(404).await.unwrap();
    world.stage.client("operations-wu").unwrap().get(&format!("/v1/notices/{id}")).expect(200).await.unwrap();
}
