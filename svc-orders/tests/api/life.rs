//! The life of an order, told by messages: every state, every way out, and what comes late.

use chrono::TimeDelta;
use domain::{
    access::StaffId,
    filing_number::{NumberKind, SubjectNumber},
    message::{AuthorityStep, PhotoStep, ReviewStep},
    order::{Call, CallOutcome, Lapse, Numbers, PrincipalRole, Principals},
    region::Province,
    rules::RulePack,
};
use sandbox::kit::noon;
use serde_json::json;

use crate::world::{CUSTOMER, Filing, OTHER, Stage, database, reason, stage};

fn numbers() -> anyhow::Result<Numbers> {
    let subject = SubjectNumber::new(Province::Liaoning, 2026, 1)?;
    let service = subject.service(1, NumberKind::Website)?;
    Ok(Numbers { subject, services: vec![service] })
}

fn passed() -> ReviewStep {
    ReviewStep::Passed { by: vec![StaffId::new("reviewer-chen")] }
}

fn both() -> Principals {
    [PrincipalRole::Subject, PrincipalRole::Service].into()
}

/// From the review to the authority's desk.
async fn to_the_authority(filing: &mut Filing<'_>, round: u32) -> anyhow::Result<()> {
    filing.review(round, passed()).await?;
    assert_eq!(filing.state().await?, "to_authority");
    filing.authority(round, AuthorityStep::Ready).await?;
    filing.authority(round, AuthorityStep::Received { sms: both(), until: noon() + TimeDelta::hours(24) }).await?;
    let order = filing.read().await?;
    assert_eq!(order.text("/state")?, "awaiting_sms");
    assert_eq!(order.body["sms"]["pending"], json!(["subject", "service"]));
    Ok(())
}

#[tokio::test]
async fn a_filing_goes_from_an_empty_draft_to_its_number() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "electronic").await?;
    let submitted = filing.act("submit").await?;
    assert_eq!((submitted.text("/state")?, submitted.body["round"].clone()), ("reviewing", json!(1)));
    assert_eq!(submitted.text("/rules")?, RulePack::national().revision());
    let call = Call { principal: PrincipalRole::Subject, outcome: CallOutcome::Reached, at: noon() };
    filing.review(1, ReviewStep::Called { call }).await?;
    assert_eq!(filing.read().await?.list("/calls")?.len(), 1);
    to_the_authority(&mut filing, 1).await?;
    filing.authority(1, AuthorityStep::SmsVerified { principal: PrincipalRole::Subject }).await?;
    filing.authority(1, AuthorityStep::SmsResent { until: noon() + TimeDelta::hours(30) }).await?;
    let order = filing.read().await?;
    assert_eq!(order.body["sms"], json!({ "pending": ["service"], "until": "2026-03-03T10:00:00Z" }));
    filing.authority(1, AuthorityStep::SmsVerified { principal: PrincipalRole::Service }).await?;
    assert_eq!(filing.state().await?, "at_authority");
    filing.authority(1, AuthorityStep::Granted { numbers: numbers()? }).await?;
    let order = filing.read().await?;
    assert_eq!((order.text("/state")?, order.text("/state_zh")?), ("filed", "已备案"));
    let given = json!({ "subject": "辽ICP备2026000001号", "services": ["辽ICP备2026000001号-1"] });
    assert_eq!(order.body["numbers"], given);
    assert_eq!(order.body["can"], json!([]));
    let refused = filing.refused("abandon", 409).await?;
    assert_eq!(refused.errors(), [(String::new(), "order.finished".to_owned())]);
    told_as_it_happened(&stage, &filing).await
}

/// What the others were told is what happened, one message for each event but autosaves, in order.
async fn told_as_it_happened(stage: &Stage, filing: &Filing<'_>) -> anyhow::Result<()> {
    let story = filing.story().await?;
    let expected = [
        "opened",
        "saved",
        "saved",
        "saved",
        "verified",
        "submitted",
        "call_recorded",
        "passed",
        "handover_begun",
        "received",
        "sms_verified",
        "sms_resent",
        "sms_verified",
        "granted",
    ];
    assert_eq!(story, expected);
    let told = stage.outbox().await?;
    // Autosaves are the customer's own: they are in the story, and nobody is told.
    let news: Vec<_> = (1_i64..).zip(&story).filter(|(_, event)| *event != "saved").collect();
    let topics: Vec<_> = told.iter().map(domain::message::Message::topic).collect();
    let topic = |event: &str| match event {
        "opened" | "verified" => format!("draft.{event}"),
        _ => format!("order.{event}"),
    };
    assert_eq!(topics, news.iter().map(|(_, event)| topic(event)).collect::<Vec<_>>());
    let versions: Vec<_> = told
        .iter()
        .filter_map(
            |message| if let domain::message::Message::Order(news) = message { Some(news.version) } else { None },
        )
        .collect();
    assert_eq!(versions, news.iter().map(|(version, _)| *version).collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn what_was_filed_decides_the_kind_of_the_next_one() -> anyhow::Result<()> {
    let stage = stage().await?;
    let asked = |domain: &str| json!({ "province": "210000", "nature": 4, "certificate": "91210000EXAMPLE03F", "services": [{ "domain": domain }] });
    let mine = stage.client(CUSTOMER)?;
    let first = mine.post("/v1/type-checks").json(&asked("example-liaoning.cn")).expect(200).await?;
    assert_eq!((first.text("/kind")?, &first.body["sms"]), ("first", &json!(["subject", "service"])));
    assert!(!first.text("/why")?.is_empty() && !first.text("/why_en")?.is_empty());

    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    to_the_authority(&mut filing, 1).await?;
    // The authority's word is final, even when news of the verification were lost on the way.
    filing.authority(1, AuthorityStep::Granted { numbers: numbers()? }).await?;

    let rows = database(&stage).await?;
    let ledger = rows
        .query(
            "SELECT s.number, d.domain, u.number, v.order_id::text FROM ledger_service s \
             JOIN ledger_domain d ON d.service = s.id JOIN ledger_subject u ON u.id = s.subject \
             JOIN ledger_version v ON v.number = s.number",
            &[],
        )
        .await?;
    let ledger: Vec<[String; 4]> = ledger.iter().map(|row| [row.get(0), row.get(1), row.get(2), row.get(3)]).collect();
    let order = filing.id.to_string();
    let row = ["辽ICP备2026000001号-1", "example-liaoning.cn", "辽ICP备2026000001号", &order].map(str::to_owned);
    assert_eq!(ledger, [row]);

    let known = mine.post("/v1/type-checks").json(&asked("EXAMPLE-Liaoning.cn")).expect(409).await?;
    assert_eq!(known.errors(), [("/services/0".to_owned(), "type.filed_here".to_owned())]);
    let another = mine.post("/v1/type-checks").json(&asked("example-more.cn")).expect(200).await?;
    assert_eq!(another.text("/kind")?, "add_here");
    let elsewhere = stage.client(OTHER)?.post("/v1/type-checks").json(&asked("example-more.cn")).expect(409).await?;
    assert_eq!(elsewhere.errors(), [("/certificate".to_owned(), "type.subject_elsewhere".to_owned())]);
    let other = json!({ "province": "210000", "nature": 4, "certificate": "other", "services": [{ "domain": "example-liaoning.cn" }] });
    let taken = stage.client(OTHER)?.post("/v1/type-checks").json(&other).expect(409).await?;
    assert_eq!(taken.errors(), [("/services/0".to_owned(), "type.service_of_another".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_returned_order_is_corrected_and_submitted_again() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    filing.review(1, ReviewStep::Returned { reasons: vec![reason("/services/0/domains/0")] }).await?;
    let order = filing.read().await?;
    assert_eq!((order.text("/state")?, order.text("/returned_by")?), ("returned", "review"));
    let why = &order.list("/reasons")?[0];
    assert_eq!(why["pointer"], "/services/0/domains/0");
    assert!(
        ["message", "message_en", "fix", "fix_en"]
            .iter()
            .all(|name| why[*name].as_str().is_some_and(|text| !text.is_empty()))
    );
    assert_eq!(order.body["can"], json!(["save", "verify", "submit", "abandon"]));
    let mut draft = domain::example::enterprise_in_liaoning();
    draft.services[0].remark = Some("本网站用于展示公司的产品、介绍公司并提供联系方式。".to_owned());
    filing.save("services", &serde_json::to_value(&draft.services)?).await?;
    let again = filing.act("submit").await?;
    assert_eq!((again.text("/state")?, &again.body["round"]), ("reviewing", &json!(2)));
    // The face check stands: the person is the same.
    assert_eq!(again.body["verified"], json!(true));
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_order_hears_no_answer_to_what_was_withdrawn() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    assert_eq!(filing.act("withdraw").await?.text("/state")?, "draft");
    filing.review(1, passed()).await?;
    assert_eq!(filing.state().await?, "draft");
    filing.act("submit").await?;
    filing.review(1, ReviewStep::Returned { reasons: vec![reason("")] }).await?;
    assert_eq!(filing.state().await?, "reviewing", "an answer to the first submission must not reach the second");
    filing.review(2, passed()).await?;
    filing.read().await?;
    assert_eq!(filing.act("withdraw").await?.text("/state")?, "draft");
    filing.act("submit").await?;
    filing.review(3, passed()).await?;
    filing.authority(3, AuthorityStep::Ready).await?;
    filing.read().await?;
    let refused = filing.refused("withdraw", 409).await?;
    assert_eq!(refused.errors(), [(String::new(), "order.already_sent".to_owned())]);
    Ok(())
}

#[tokio::test]
async fn a_message_that_comes_twice_counts_once() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    let call = Call { principal: PrincipalRole::Subject, outcome: CallOutcome::Unreachable, at: noon() };
    let envelope = filing.review(1, ReviewStep::Called { call }).await?;
    stage.redeliver(&envelope).await?;
    let order = filing.read().await?;
    assert_eq!(order.list("/calls")?.len(), 1);
    let told = stage.outbox().await?;
    assert_eq!(told.iter().filter(|message| message.topic() == "order.call_recorded").count(), 1);
    Ok(())
}

#[tokio::test]
async fn the_curtain_way_takes_the_photo_that_was_accepted_and_no_other() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "curtain").await?;
    filing.review(1, passed()).await?;
    let order = filing.read().await?;
    assert_eq!(order.text("/state")?, "photo_pending");
    assert_eq!(order.body["can"], json!(["request_curtain", "upload_photo", "abandon"]));
    let curtain = stage.id();
    filing.photo(PhotoStep::CurtainRequested { curtain, dispatch_at: noon() }).await?;
    filing.photo(PhotoStep::CurtainDispatched { curtain }).await?;
    let (first, second) = (stage.id(), stage.id());
    filing.photo(PhotoStep::Uploaded { photo: first }).await?;
    assert_eq!(filing.state().await?, "photo_reviewing");
    filing.photo(PhotoStep::Refused { photo: first, reasons: vec![reason("")] }).await?;
    let order = filing.read().await?;
    assert_eq!((order.text("/state")?, order.list("/reasons")?.len()), ("photo_pending", 1));
    filing.photo(PhotoStep::Uploaded { photo: second }).await?;
    filing.photo(PhotoStep::Accepted { photo: first }).await?;
    assert_eq!(filing.state().await?, "photo_reviewing", "the first photo is not under review any more");
    filing.photo(PhotoStep::Accepted { photo: second }).await?;
    assert_eq!(filing.state().await?, "to_authority");
    Ok(())
}

#[tokio::test]
async fn the_authority_may_send_it_back_with_reasons_or_for_want_of_codes() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    to_the_authority(&mut filing, 1).await?;
    filing.authority(1, AuthorityStep::SmsLapsed { why: Lapse::Deadline }).await?;
    let order = filing.read().await?;
    assert_eq!((order.text("/state")?, order.text("/returned_by")?), ("returned", "sms"));
    assert_eq!(order.text("/reasons/0/code")?, "sms_timeout");
    filing.act("submit").await?;
    to_the_authority(&mut filing, 2).await?;
    filing.authority(2, AuthorityStep::Refused { reasons: vec![reason("/subject/name")] }).await?;
    let order = filing.read().await?;
    assert_eq!((order.text("/state")?, order.text("/returned_by")?), ("returned", "authority"));
    let given_up = filing.act("abandon").await?;
    assert_eq!((given_up.text("/state")?, given_up.text("/state_zh")?), ("abandoned", "已放弃"));
    Ok(())
}

#[tokio::test]
async fn what_the_order_does_not_allow_now_is_refused_and_changes_nothing() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "electronic").await?;
    let rule = |rule: &str| vec![(String::new(), rule.to_owned())];
    assert_eq!(filing.refused("withdraw", 409).await?.errors(), rule("order.not_now"));
    filing.act("submit").await?;
    let (version, told) = (filing.version, stage.outbox().await?.len());
    for what in ["submit", "abandon"] {
        let refused = filing.refused(what, 409).await?;
        assert_eq!(refused.errors(), rule("order.not_now"), "{what}");
        assert!(!refused.text("/errors/0/message")?.is_empty() && !refused.text("/errors/0/message_en")?.is_empty());
    }
    let path = filing.path("/draft/subject");
    let saved = filing.client.put(&path).version(version).json(&json!({})).expect(409).await?;
    assert_eq!(saved.errors(), rule("order.not_now"));
    filing.read().await?;
    assert_eq!((filing.version, stage.outbox().await?.len()), (version, told));
    assert_eq!(filing.client.get(&filing.path("/draft")).expect(200).await?.text("/subject/investor")?, "林示范");
    Ok(())
}
