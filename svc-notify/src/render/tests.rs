use domain::{
    filing_number::{NumberKind, SubjectNumber},
    order::Numbers,
    region::Province,
    rules::kinds::OrderKind,
};
use uuid::Uuid;

use super::*;

/// A resource as providers call theirs.
const RESOURCE: &str = "ins-example-ln";
const FILING: &str = "辽ICP备2026000123号-1";

fn order() -> OrderId {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_1a2b).into()
}

fn renderer() -> Renderer {
    Renderer::new("https://console.example.com/".parse().unwrap()).unwrap()
}

fn facts() -> Facts {
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 123).unwrap();
    let service = subject.service(1, NumberKind::Website).unwrap();
    let reason = |pointer: &str, code: &str, note: Option<&str>| Reason {
        pointer: pointer.to_owned(),
        code: code.to_owned(),
        note: note.map(|note| note.try_into().unwrap()),
    };
    Facts {
        at: "2026-03-02T04:00:00Z".parse().unwrap(),
        province: Some(Province::Liaoning),
        reasons: vec![
            reason("/services/0/domains/0", "domain_no_realname", None),
            reason("/subject/name", "phone_unreachable", Some("请核对 <b>主体</b> 名称")),
        ],
        until: Some("2026-03-03T04:00:00Z".parse().unwrap()),
        lapse: Some(Lapse::WrongTries),
        numbers: Some(Numbers { subject, services: vec![service] }),
        kind: Some(OrderKind::TransferAccount),
        resource: None,
        ended: Some(Why::ServerEnds),
        filings: Vec::new(),
    }
}

/// Who hears of it, about what.
fn about(kind: NoticeKind) -> (Option<OrderId>, Receiver) {
    let owner = Receiver::Owner(Uuid::from_u128(7).into());
    match kind.about() {
        About::OwnOrder => (Some(order()), Receiver::Principal(PrincipalRole::Service)),
        About::OthersOrder => (Some(order()), owner),
        About::Code | About::Filing => (None, owner),
    }
}

/// With the resource or the numbers that a notice without an order is about.
fn known(kind: NoticeKind, facts: Facts) -> Facts {
    match kind.about() {
        About::OwnOrder | About::OthersOrder => facts,
        About::Code => Facts { resource: Some(RESOURCE.to_owned()), ..facts },
        About::Filing => Facts { filings: vec![FILING.to_owned()], ..facts },
    }
}

/// By what its receiver knows what a notice is about, and the page where they go on.
fn sign(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind.about() {
        About::OwnOrder => ("00001A2B", "/orders/01990000-0000-7000-8000-000000001a2b"),
        About::OthersOrder => ("00001A2B", "/consents"),
        About::Code => (RESOURCE, "/codes"),
        About::Filing => (FILING, "/filings"),
    }
}

fn letter(kind: NoticeKind, facts: &Facts) -> Letter {
    let (order, to) = about(kind);
    let facts = &known(kind, facts.clone());
    let occasion = Occasion { order, kind, to, facts };
    let Letter { subject, text, html } = renderer().letter(occasion, "石林").unwrap();
    // As a mail program reads it.
    Letter { subject, text, html: html.replace("&#x2f;", "/") }
}

fn is_chinese(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

#[test]
fn every_occasion_is_told_by_mail_in_both_languages() {
    for kind in NoticeKind::ALL {
        let (zh, en) = title(kind);
        let Letter { subject, text, html } = letter(kind, &facts());
        assert!(subject.starts_with(zh) && subject.ends_with(en), "{subject}");
        for body in [&text, &html] {
            assert!(body.contains(zh) && body.contains(en), "{kind:?}");
            assert!(body.find(zh) < body.find(en), "Chinese comes first: {kind:?}");
            let (sign, page) = sign(kind);
            assert!(body.contains(&format!("https://console.example.com/#{page}")), "{kind:?}: {body}");
            assert!(body.contains(sign) && body.contains("订单编号") == about(kind).0.is_some(), "{kind:?}: {body}");
            assert!(!body.contains("{{") && !body.contains("{%"), "{kind:?}: {body}");
        }
        assert!(!text.contains("none"), "{kind:?}: {text}");
        let words = text.split_once(en).map(|(_, rest)| rest.lines().filter(|line| line.len() > 30).count());
        assert!(words.is_some_and(|lines| lines >= 2), "{kind:?} says too little in English: {text}");
    }
}

#[test]
fn every_occasion_is_told_although_there_is_little_to_tell() {
    for kind in NoticeKind::ALL {
        let letter = letter(kind, &Facts::at("2026-03-02T04:00:00Z".parse().unwrap()));
        assert!(!letter.text.contains("none") && !letter.text.contains("通信管理局"), "{kind:?}: {}", letter.text);
    }
}

#[test]
fn every_sms_fits_into_one_message_of_the_carrier() {
    for kind in NoticeKind::ALL {
        let (order, _) = about(kind);
        let text = renderer().sms(kind, &sms_params(order, &known(kind, facts()))).unwrap();
        // The signature stands before it, and counts.
        let whole = format!("【示例云备案】{text}");
        assert_eq!(segments(&whole), 1, "{} characters: {whole}", whole.chars().count());
        assert!(text.contains(sign(kind).0), "{text}");
        assert!(text.chars().any(is_chinese), "{text}");
        assert!(!text.contains("://"), "carriers refuse links: {text}");
    }
}

/// What is not approved there is refused, and nobody hears of it.
#[test]
fn the_sandboxs_carrier_has_approved_every_sms() {
    let approved: serde_json::Value =
        serde_json::from_str(include_str!("../../../sandbox/src/sms/templates.json")).unwrap();
    let ids = crate::config::TemplateIds::default();
    for kind in NoticeKind::ALL {
        let ours = renderer().sms(kind, &["{1}".to_owned()]).unwrap();
        assert_eq!(approved[ids.notice(kind)]["text"].as_str(), Some(ours.as_str()), "{kind:?}");
    }
}

#[test]
fn a_return_lists_field_by_field_what_to_change() {
    let letter = letter(NoticeKind::Returned, &facts());
    let known = Catalogue::national().get("domain_no_realname").unwrap();
    for body in [&letter.text, &letter.html] {
        for part in [
            "第 1 个服务 · 域名 · 第 1 项",
            "Service 1 · Domain · no. 1",
            &known.zh,
            &known.fix_zh,
            "主体信息 · 名称/姓名",
        ] {
            assert!(body.contains(part), "{part}: {body}");
        }
        assert!(letter.text.contains(&known.en) && letter.text.contains(&known.fix_en));
    }
    assert!(letter.text.contains("审核员补充：请核对 <b>主体</b> 名称"));
    assert!(letter.html.contains("&lt;b&gt;主体&lt;"), "what a reviewer writes is no markup: {}", letter.html);
}

#[test]
fn deadlines_are_told_in_beijing_time() {
    let letter = letter(NoticeKind::SmsAwaited, &facts());
    assert!(letter.text.contains("2026年3月3日 12:00（北京时间）"), "{}", letter.text);
    assert!(letter.text.contains("3 March 2026, 12:00 (Beijing time)"), "{}", letter.text);
    assert!(letter.text.contains("https://beian.miit.gov.cn/") && letter.text.contains("服务负责人"));
}

#[test]
fn the_numbers_stand_in_the_notice_of_success() {
    let letter = letter(NoticeKind::Filed, &facts());
    for body in [&letter.text, &letter.html] {
        assert!(body.contains("辽ICP备2026000123号") && body.contains("辽ICP备2026000123号-1"), "{body}");
    }
}

#[test]
fn a_name_is_no_markup() {
    let facts = facts();
    let (order, to) = about(NoticeKind::Submitted);
    let occasion = Occasion { order, kind: NoticeKind::Submitted, to, facts: &facts };
    let letter = renderer().letter(occasion, "<script>").unwrap();
    assert!(letter.html.contains("&lt;script&gt;") && !letter.html.contains("<script>"));
}

#[test]
fn a_code_that_the_catalogue_does_not_know_is_still_told() {
    let facts = Facts {
        reasons: vec![Reason { pointer: String::new(), code: "of_tomorrow".into(), note: None }],
        ..Facts::at("2026-03-02T04:00:00Z".parse().unwrap())
    };
    let letter = letter(NoticeKind::Refused, &facts);
    assert!(letter.text.contains("整个订单") && letter.text.contains("of_tomorrow"), "{}", letter.text);
}

#[test]
fn long_messages_count_as_several() {
    let of = |length: usize| segments(&"字".repeat(length));
    assert_eq!((of(0), of(70), of(71), of(134), of(135)), (1, 1, 2, 2, 3));
}
