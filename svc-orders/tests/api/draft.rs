//! Drafts: saved as they are, told what is missing at once, and bound to the person who was recognised.

use domain::{
    example,
    message::{MaterialNews, MaterialState, Message, VerificationOutcome},
};
use serde_json::json;

use crate::world::{CUSTOMER, Filing, liaoning, points_to, section, stage, violations, with_role};

#[tokio::test]
async fn an_empty_order_says_what_it_is_and_what_can_be_done() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mine = stage.client(CUSTOMER)?;
    let opened = mine.post("/v1/orders").json(&liaoning("electronic")).expect(201).await?;
    let id = opened.text("/id")?;
    assert_eq!(opened.headers["location"], format!("/v1/orders/{id}"));
    assert_eq!((opened.version()?, opened.text("/kind")?, opened.text("/state")?), (1, "first", "draft"));
    assert_eq!((opened.text("/province_zh")?, opened.text("/state_zh")?), ("辽宁省", "填写中"));
    assert_eq!(opened.body["can"], json!(["save", "verify", "submit", "abandon"]));
    let read = mine.get(&format!("/v1/orders/{id}")).expect(200).await?;
    assert_eq!(read.body, opened.body);
    let known = mine.get(&format!("/v1/orders/{id}")).header("if-none-match", "\"v1\"").expect(304).await?;
    assert!(known.bytes.is_empty());
    let curtain = mine.post("/v1/orders").json(&liaoning("curtain")).expect(201).await?;
    assert_eq!(curtain.body["can"], json!(["save", "submit", "abandon"]));
    let mut asked = liaoning("curtain");
    asked.as_object_mut().unwrap().remove("way");
    let usual = mine.post("/v1/orders").json(&asked).expect(201).await?;
    assert_eq!(usual.text("/way")?, "electronic");
    Ok(())
}

#[tokio::test]
async fn an_unfinished_section_is_kept_and_told_what_is_missing() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let saved = filing.save("subject", &json!({ "name": "  半句" })).await?;
    assert_eq!(saved.version()?, 2);
    let told = violations(&saved);
    for pointer in ["/subject/certificate/number", "/subject/principal/mobile", "/consent/privacy"] {
        assert!(points_to(&told, pointer), "{pointer} is missing in {told:?}");
    }
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!((draft.text("/subject/name")?, draft.text("/province")?), ("  半句", "210000"));
    let refused = filing.refused("submit", 422).await?;
    assert_eq!(refused.errors(), told);
    Ok(())
}

#[tokio::test]
async fn wrong_check_digits_are_told_when_saved_and_again_when_submitted() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::ready(&stage, "curtain").await?;
    let mut draft = example::enterprise_in_liaoning();
    draft.subject.certificate.number = Some("91210000EXAMPLE03G".into());
    draft.subject.principal.certificate.number = Some("210102190301010017".into());
    let saved = filing.save("subject", &section(&draft, "subject")?).await?;
    let told = violations(&saved);
    let pointers: Vec<_> = told.iter().map(|(pointer, _)| pointer.as_str()).collect();
    // The number differs from what the type check was told, too.
    let number = "/subject/certificate/number";
    assert_eq!(pointers, [number, "/subject/principal/certificate/number", number]);
    let refused = filing.refused("submit", 422).await?;
    assert_eq!(refused.errors(), told);
    assert_eq!(filing.state().await?, "draft");
    Ok(())
}

#[tokio::test]
async fn the_checklist_follows_the_materials() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    filing.write(&example::enterprise_in_liaoning()).await?;
    let list = filing.client.get(&filing.path("/checklist")).expect(200).await?;
    assert_eq!(list.body["ready"], json!(false));
    let kinds: Vec<_> =
        list.list("/materials")?.iter().map(|need| (need["kind"].clone(), need["service"].clone())).collect();
    assert_eq!(kinds.len(), 6, "{kinds:?}");
    assert!(list.list("/materials")?.iter().all(|need| need["attached"] == json!(false)));
    let refused = filing.refused("submit", 422).await?;
    assert_eq!(refused.errors().len(), 6);
    filing.attach().await?;
    let list = filing.client.get(&filing.path("/checklist")).expect(200).await?;
    assert_eq!((&list.body["ready"], list.list("/violations")?.len()), (&json!(true), 0));
    let (material, kind) = (stage.id(), "subject_certificate".to_owned());
    let mut news = MaterialNews { order: filing.id, material, kind, service: None, state: MaterialState::Accepted };
    // A second picture of the same paper, which goes again: the first still counts.
    stage.deliver(&Message::Material(news.clone())).await?;
    news.state = MaterialState::Removed;
    stage.deliver(&Message::Material(news)).await?;
    filing.act("submit").await?;
    Ok(())
}

#[tokio::test]
async fn a_face_check_counts_for_the_person_it_recognised() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let mut draft = example::enterprise_in_liaoning();
    filing.write(&draft).await?;
    filing.attach().await?;
    let refused = filing.refused("submit", 409).await?;
    assert_eq!(refused.errors(), [(String::new(), "order.not_verified".to_owned())]);
    let person = filing.person().await?;
    filing.verification(&person, VerificationOutcome::Failed).await?;
    filing.verification(&"0".repeat(64), VerificationOutcome::Passed).await?;
    assert_eq!(filing.read().await?.body["verified"], json!(false));
    filing.verification(&person, VerificationOutcome::Passed).await?;
    assert_eq!(filing.read().await?.body["verified"], json!(true));

    // Another telephone is the same person; another name is not.
    draft.services[0].principal.mobile = Some("13800001009".into());
    filing.save("services", &section(&draft, "services")?).await?;
    assert_eq!(filing.read().await?.body["verified"], json!(true));
    draft.services[0].principal.name = Some("陈另样".into());
    let saved = filing.save("services", &section(&draft, "services")?).await?;
    assert_eq!(saved.body["order"]["verified"], json!(false));
    assert_ne!(filing.person().await?, person);
    // What was recognised before the change is nobody's now.
    filing.verification(&person, VerificationOutcome::Passed).await?;
    assert_eq!(filing.read().await?.body["verified"], json!(false));
    let story = filing.story().await?;
    assert_eq!(story.iter().filter(|event| *event == "verification_dropped").count(), 1);
    Ok(())
}

#[tokio::test]
async fn the_time_of_a_consent_is_ours() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("electronic")).await?;
    let told = json!({ "privacy": true, "version": "2026-01", "at": "2001-01-01T00:00:00Z" });
    filing.save("consent", &told).await?;
    let draft = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!(draft.text("/consent/at")?, "2026-03-02T04:00:00Z");
    Ok(())
}

#[tokio::test]
async fn a_reviewer_corrects_what_the_customer_allowed_and_nobody_else_does() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::reviewing(&stage, "electronic").await?;
    let (chen, path) = (stage.client("reviewer-chen")?, filing.path("/assist/services"));
    let mut draft = example::enterprise_in_liaoning();
    draft.services[0].name = Some("辽宁示例网络".to_owned());
    let corrected = chen.put(&path).version(filing.version).json(&draft.services).expect(200).await?;
    assert_eq!((corrected.body["order"]["state"].clone(), violations(&corrected)), (json!("reviewing"), vec![]));
    let read = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!(read.text("/services/0/name")?, "辽宁示例网络");
    filing.read().await?;

    draft.services[0].name = None;
    let incomplete = chen.put(&path).version(filing.version).json(&draft.services).expect(422).await?;
    assert!(points_to(&incomplete.errors(), "/services/0/name"));
    draft.services[0].name = Some("辽宁示例网络".to_owned());
    draft.services[0].principal.name = Some("陈另样".into());
    let other = chen.put(&path).version(filing.version).json(&draft.services).expect(409).await?;
    assert_eq!(other.errors(), [("/subject/principal".to_owned(), "order.assist_person".to_owned())]);
    let read = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!((read.text("/services/0/name")?, read.text("/services/0/principal/name")?), ("辽宁示例网络", "陈样本"));

    filing.client.put(&path).version(filing.version).json(&draft.services).expect(403).await?;
    let elsewhere = with_role(&stage, "reviewer", &["440000"])?;
    elsewhere.put(&path).version(filing.version).json(&draft.services).expect(404).await?;
    Ok(())
}

#[tokio::test]
async fn without_consent_a_reviewer_corrects_nothing() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut draft = example::enterprise_in_liaoning();
    draft.consent.assisted_change = false;
    let mut filing = Filing::ready_of(&stage, CUSTOMER, "curtain", &draft).await?;
    filing.act("submit").await?;
    let (chen, path) = (stage.client("reviewer-chen")?, filing.path("/assist/subject"));
    draft.subject.investor = Some("别人".into());
    let refused = chen.put(&path).version(filing.version).json(&draft.subject).expect(409).await?;
    assert_eq!(refused.errors(), [(String::new(), "order.no_consent".to_owned())]);
    let read = filing.client.get(&filing.path("/draft")).expect(200).await?;
    assert_eq!(read.text("/subject/investor")?, "林示范");
    Ok(())
}
