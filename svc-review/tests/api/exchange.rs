//! The exchange with the authority, from the pass to the number, over the real wire.

use chassis::clock::Clock;
use chrono::TimeDelta;
use domain::{
    message::AuthorityStep,
    order::{Event, Lapse, PrincipalRole, StateName},
};
use serde_json::json;

use crate::world::{Filing, World, both};

/// Sent, and the codes are out.
async fn sent(world: &mut World) -> anyhow::Result<Filing> {
    let mut filing = world.passed().await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "received"]);
    Ok(filing)
}

#[tokio::test]
async fn a_filing_goes_from_the_pass_to_its_number() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = world.passed().await?;
    assert!(!world.office.send_next().await?, "nothing is sent before orders agrees");
    assert_eq!(world.cases().await?.len(), 0);
    assert_eq!(world.round(&mut filing).await?, ["ready", "received"]);
    let steps = world.steps().await?;
    let until = world.stage.clock.now() + TimeDelta::hours(24);
    assert_eq!(steps.last().unwrap().step, AuthorityStep::Received { sms: both(), until });
    let exchange = world.exchange(&filing).await?;
    assert_eq!((&exchange["state"], &exchange["sequence"]), (&json!("awaiting_sms"), &json!(1)));

    assert_eq!(world.verify("13800001002", "020025").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified"]);
    assert_eq!(world.verify("13800001001", "010016").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    let steps = world.steps().await?;
    let AuthorityStep::Granted { numbers } = &steps.last().unwrap().step else { panic!("{steps:?}") };
    assert_eq!(numbers.subject.to_string(), "辽ICP备2026000001号");
    assert_eq!(numbers.services.iter().map(ToString::to_string).collect::<Vec<_>>(), ["辽ICP备2026000001号-1"]);
    assert_eq!(world.exchange(&filing).await?["numbers"]["subject"], "辽ICP备2026000001号");
    assert_eq!(world.round(&mut filing).await?, Vec::<&str>::new());
    Ok(())
}

#[tokio::test]
async fn the_authority_gets_what_the_customer_wrote() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    sent(&mut world).await?;
    let case = world.cases().await?.remove(0);
    let form = &case["form"];
    assert_eq!(form["Zt_xx"]["Dwmc"], "辽宁示例网络科技有限公司");
    assert_eq!(form["Zt_xx"]["Txdz"]["Xianid"], "210102");
    assert_eq!(form["Wz_xx"][0]["Ym_xx"][0]["Ym"], "example-liaoning.cn");
    assert_eq!(form["Wz_xx"][0]["Wz_Fzr"]["Fzr_sjhm"], "13800001002");
    Ok(())
}

#[tokio::test]
async fn orders_hears_one_step_at_a_time() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = sent(&mut world).await?;
    world.verify_both().await?;
    let before = world.steps().await?.len();
    world.office.collect().await?;
    assert_eq!(world.steps().await?.len(), before + 1, "the second verification and the grant wait");
    assert_eq!(world.orders_takes(&mut filing).await?, ["sms_verified", "sms_verified", "granted"]);
    Ok(())
}

#[tokio::test]
async fn a_step_that_orders_does_not_take_is_told_again() -> anyhow::Result<()> {
    let world = World::open().await?;
    world.passed().await?;
    world.office.tell_again().await?;
    assert_eq!(world.steps().await?.len(), 1);
    world.later(TimeDelta::seconds(61));
    world.office.tell_again().await?;
    world.office.tell_again().await?;
    assert_eq!(world.steps().await?.iter().map(|news| news.step.name()).collect::<Vec<_>>(), ["ready", "ready"]);
    Ok(())
}

#[tokio::test]
async fn a_refusal_comes_with_reasons_on_fields() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let reasons = json!([{ "code": 1020, "opinion": "网站名称与其他备案冲突" }]);
    world.behave(json!({ "mode": "refuse", "reasons": reasons })).await?;
    let mut filing = sent(&mut world).await?;
    world.verify_both().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"refused"));
    let steps = world.steps().await?;
    let AuthorityStep::Refused { reasons } = &steps.last().unwrap().step else { panic!("{steps:?}") };
    assert_eq!(reasons[0].pointer, "/services/0/name");
    assert_eq!(reasons[0].note.as_ref().unwrap().as_str(), "网站名称与其他备案冲突");

    // Corrected and passed again, it is another round with another key.
    world.behave(json!({})).await?;
    world.submit(&mut filing).await?;
    world.tell(&mut filing, StateName::ToAuthority, Event::Passed { by: Vec::new() }).await?;
    world.show(&filing);
    assert_eq!(world.round(&mut filing).await?, ["ready", "received"]);
    world.verify_both().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    assert_eq!(world.exchange(&filing).await?["sequence"], 2);
    Ok(())
}

#[tokio::test]
async fn the_machine_s_objection_is_a_refusal_too() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    sent(&mut world).await?;
    // Somebody else's order for the same subject and domain.
    let mut twin = world.passed().await?;
    assert_eq!(world.round(&mut twin).await?, ["ready", "refused"]);
    let steps = world.steps().await?;
    let AuthorityStep::Refused { reasons } = &steps.last().unwrap().step else { panic!("{steps:?}") };
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["organizer_conflict", "domain_conflict"]);
    Ok(())
}

#[tokio::test]
async fn the_verification_lapses_by_the_deadline_and_by_wrong_tries() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = sent(&mut world).await?;
    world.later(TimeDelta::hours(12));
    assert_eq!(world.round(&mut filing).await?, ["sms_resent"]);
    world.later(TimeDelta::hours(12) + TimeDelta::seconds(1));
    assert_eq!(world.round(&mut filing).await?, ["sms_lapsed"]);
    let last = world.steps().await?.pop().unwrap();
    assert_eq!(last.step, AuthorityStep::SmsLapsed { why: Lapse::Deadline });

    let mut other = world.passed().await?;
    assert_eq!(world.round(&mut other).await?, ["ready", "received"]);
    for expected in ["wrong", "wrong", "wrong", "wrong", "wrong", "returned", "no_record"] {
        let typed = json!({ "mobile": "13800001001", "code": "no", "last6": "010016" });
        let answer = world.authority.post("authority/verify").json(&typed).expect(200).await?;
        assert_eq!(answer.text("/outcome")?, expected);
    }
    assert_eq!(world.round(&mut other).await?, ["sms_lapsed"]);
    let last = world.steps().await?.pop().unwrap();
    assert_eq!(last.step, AuthorityStep::SmsLapsed { why: Lapse::WrongTries });
    Ok(())
}

#[tokio::test]
async fn one_person_in_both_offices_verifies_once() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    let mut filing = world.passed().await?;
    let mut draft = crate::world::draft();
    draft["services"][0]["principal"] = json!({ "same_as_subject": true });
    let body = json!({ "draft": draft, "plan": filing.plan, "round": filing.round, "version": 3 });
    world.stage.outside.peers.answer(&format!("/v1/peer/orders/{}/dossier", filing.order), 200, body);
    world.round(&mut filing).await?;
    let AuthorityStep::Received { sms, .. } = world.steps().await?.pop().unwrap().step else { panic!("not received") };
    assert_eq!(sms, [PrincipalRole::Subject].into());
    assert_eq!(world.verify("13800001001", "010016").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    Ok(())
}

#[tokio::test]
async fn an_authority_that_does_not_speak_of_sms_files_too() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    world.behave(json!({ "sms": false })).await?;
    let mut filing = world.passed().await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "received", "granted"]);
    Ok(())
}

#[tokio::test]
async fn a_withdrawn_order_is_not_sent() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.passed().await?;
    world.tell(&mut filing, StateName::Draft, Event::Withdrawn).await?;
    while world.office.send_next().await? {}
    assert_eq!(world.exchange(&filing).await?["state"], "closed");
    world.later(TimeDelta::minutes(2));
    world.office.tell_again().await?;
    assert_eq!(world.steps().await?.len(), 1, "orders is not asked again");
    assert_eq!(world.cases().await?.len(), 0);

    // The way is free for the next round.
    world.submit(&mut filing).await?;
    world.tell(&mut filing, StateName::ToAuthority, Event::Passed { by: Vec::new() }).await?;
    let steps = world.steps().await?;
    assert_eq!(steps.last().unwrap().round, 2);
    Ok(())
}

#[tokio::test]
async fn the_curtain_way_is_sent_when_the_photo_is_accepted() -> anyhow::Result<()> {
    let world = World::open().await?;
    let mut filing = world.filing();
    filing.plan.way = domain::order::Way::Curtain;
    world.submit(&mut filing).await?;
    world.tell(&mut filing, StateName::PhotoPending, Event::Passed { by: Vec::new() }).await?;
    assert_eq!(world.steps().await?.len(), 0);
    let photo = world.stage.id();
    world.tell(&mut filing, StateName::ToAuthority, Event::PhotoAccepted { photo }).await?;
    assert_eq!(world.steps().await?.len(), 1);
    Ok(())
}
