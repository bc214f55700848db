//! Every kind of order that goes by file, over the real wire: what is sent, who verifies, and which numbers it ends with.

use domain::{
    message::AuthorityStep,
    order::{Numbers, PrincipalRole, Principals, Target},
    rules::kinds::OrderKind,
};
use serde_json::{Value, json};

use crate::world::{Filing, World, draft};

const OURS: &str = "辽ICP备2026000001号";
const THEIRS: &str = "辽ICP备2025000077号";

fn target(subject: &str, services: &[&str]) -> Target {
    let services = services.iter().map(|tail| format!("{subject}-{tail}").parse().unwrap()).collect();
    Target { subject: Some(subject.parse().unwrap()), services, ..Target::default() }
}

fn cancelled(subject: &str, services: &[&str]) -> Target {
    Target { reason: Some(1), ..target(subject, services) }
}

/// The example is filed, here.
async fn filed() -> anyhow::Result<World> {
    let mut world = World::open().await?;
    let mut filing = world.passed().await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "received"]);
    world.verify_both().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    Ok(world)
}

/// Another provider filed this.
async fn filed_elsewhere(world: &World) -> anyhow::Result<()> {
    let filing = json!({
        "subject": {
            "name": "大连样本科技有限公司", "nature": 4, "province": "210000", "number": THEIRS,
            "certificate": { "kind": 1, "number": "91210200EXAMPLE04W" },
            "principal": { "name": "孙样本", "mobile": "13800001009", "number": "210202190909090099" },
        },
        "sites": [{ "name": "样本科技", "domains": ["example-sun.cn"] }],
    });
    world.authority.post("authority/filed").json(&filing).expect(201).await?;
    Ok(())
}

/// What the authority has on file of a subject.
async fn on_file(world: &World, number: &str) -> anyhow::Result<Option<Value>> {
    let all = world.authority.get("authority/filed").expect(200).await?.list("/items")?.clone();
    Ok(all.into_iter().find(|subject| subject["number"] == number))
}

/// The numbers of the last step; none unless it is a grant.
async fn given(world: &World) -> anyhow::Result<Vec<String>> {
    let last = world.steps().await?.pop().unwrap().step;
    let AuthorityStep::Granted { numbers: Numbers { subject, services } } = last else { return Ok(Vec::new()) };
    Ok(std::iter::once(subject.to_string()).chain(services.iter().map(ToString::to_string)).collect())
}

/// Who was asked to verify last.
async fn asked(world: &World) -> anyhow::Result<Option<Principals>> {
    let steps = world.steps().await?.into_iter().rev();
    let mut asked =
        steps.filter_map(|news| if let AuthorityStep::Received { sms, .. } = news.step { Some(sms) } else { None });
    Ok(asked.next())
}

async fn received(world: &mut World, filing: &mut Filing, who: &[PrincipalRole]) -> anyhow::Result<()> {
    assert_eq!(world.round(filing).await?, ["ready", "received"]);
    assert_eq!(asked(world).await?, Some(who.iter().copied().collect()));
    Ok(())
}

/// A draft of another site.
fn another_site() -> Value {
    let mut draft = draft();
    draft["services"][0]["name"] = json!("示例商城");
    draft["services"][0]["domains"] = json!(["example-shop.cn"]);
    draft["services"][0]["home_url"] = json!("www.example-shop.cn");
    draft
}

#[tokio::test]
async fn a_service_is_added_to_a_subject_that_is_filed_here() -> anyhow::Result<()> {
    let mut world = filed().await?;
    let filing = world.filing_of(OrderKind::AddHere, target(OURS, &[]));
    let mut filing = world.pass(filing, &another_site()).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Service]).await?;
    let case = world.cases().await?.pop().unwrap();
    assert_eq!(case["form"]["Zt_xx"]["Ztid"], on_file(&world, OURS).await?.unwrap()["id"].to_string(), "by its id");
    assert_eq!(world.verify("13800001002", "020025").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    assert_eq!(given(&world).await?, [OURS.to_owned(), format!("{OURS}-2")]);
    Ok(())
}

#[tokio::test]
async fn a_service_is_added_to_a_subject_that_is_filed_elsewhere() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    filed_elsewhere(&world).await?;
    let filing = world.filing_of(OrderKind::AddElsewhere, target(THEIRS, &[]));
    let mut filing = world.pass(filing, &another_site()).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Service]).await?;
    assert_eq!(world.cases().await?.pop().unwrap()["form"]["Zt_xx"]["Ztbah"], THEIRS, "by its number");
    assert_eq!(world.verify("13800001002", "020025").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    assert_eq!(given(&world).await?, [THEIRS.to_owned(), format!("{THEIRS}-2")]);
    Ok(())
}

#[tokio::test]
async fn an_addition_is_refused_with_reasons() -> anyhow::Result<()> {
    let mut world = filed().await?;
    let filing = world.filing_of(OrderKind::AddHere, target(OURS, &[]));
    let mut filing = world.pass(filing, &draft()).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "refused"]);
    let AuthorityStep::Refused { reasons } = world.steps().await?.pop().unwrap().step else { panic!("not refused") };
    assert_eq!(reasons[0].code, "domain_conflict");
    Ok(())
}

#[tokio::test]
async fn an_access_is_added_and_the_numbers_stay() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    filed_elsewhere(&world).await?;
    let filing = world.filing_of(OrderKind::Access, target(THEIRS, &["1"]));
    let mut filing = world.pass(filing, &draft()).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Service]).await?;
    let form = world.cases().await?.pop().unwrap()["form"].clone();
    assert_eq!((&form["Wz_xx"][0]["Wzbah"], &form["ICPmm"]), (&json!(format!("{THEIRS}-1")), &json!("none")));
    assert_eq!(world.verify("13800001009", "090099").await?, "verified", "the number that is on file");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    assert_eq!(given(&world).await?, [THEIRS.to_owned(), format!("{THEIRS}-1")]);
    let accesses = on_file(&world, THEIRS).await?.unwrap()["sites"][0]["accesses"].clone();
    assert_eq!(accesses.as_array().unwrap().len(), 2);

    // The record told us the ids, so that our access can be cancelled by them; nobody verifies that.
    let filing = world.filing_of(OrderKind::CancelAccess, cancelled(THEIRS, &["1"]));
    let mut filing = world.pass(filing, &draft()).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "received", "granted"]);
    assert_eq!(given(&world).await?, [THEIRS.to_owned(), format!("{THEIRS}-1")]);
    assert_eq!(on_file(&world, THEIRS).await?.unwrap()["sites"][0]["accesses"][0], accesses[0]);
    Ok(())
}

/// A change of the example's filing.
async fn changed(
    kind: OrderKind,
    change: impl FnOnce(&mut Value),
    verifying: &[(PrincipalRole, &str, &str)],
) -> anyhow::Result<()> {
    let mut world = filed().await?;
    let mut draft = draft();
    change(&mut draft);
    let filing = world.filing_of(kind, target(OURS, &["1"]));
    let mut filing = world.pass(filing, &draft).await?;
    let roles: Vec<PrincipalRole> = verifying.iter().map(|(role, _, _)| *role).collect();
    let names = world.round(&mut filing).await?;
    assert_eq!(names.iter().take(2).collect::<Vec<_>>(), [&"ready", &"received"]);
    assert_eq!(asked(&world).await?, Some(roles.into_iter().collect()));
    for (_, mobile, last6) in verifying {
        assert_eq!(world.verify(mobile, last6).await?, "verified");
    }
    if !verifying.is_empty() {
        assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    }
    assert_eq!(given(&world).await?, [OURS.to_owned(), format!("{OURS}-1")]);
    assert_eq!(world.exchange(&filing).await?["kind"], kind.as_str());
    Ok(())
}

const SUBJECT: (PrincipalRole, &str, &str) = (PrincipalRole::Subject, "13800001001", "010016");
const SERVICE: (PrincipalRole, &str, &str) = (PrincipalRole::Service, "13800001002", "020025");

#[tokio::test]
async fn a_subject_is_changed() -> anyhow::Result<()> {
    let change = |draft: &mut Value| draft["subject"]["name"] = json!("辽宁示例信息技术有限公司");
    changed(OrderKind::ChangeSubject, change, &[SUBJECT]).await
}

#[tokio::test]
async fn a_service_is_changed() -> anyhow::Result<()> {
    let change = |draft: &mut Value| draft["services"][0]["name"] = json!("示例信息技术");
    changed(OrderKind::ChangeService, change, &[SERVICE]).await
}

#[tokio::test]
async fn a_filing_is_changed_as_a_whole() -> anyhow::Result<()> {
    let change = |draft: &mut Value| {
        draft["subject"]["name"] = json!("辽宁示例信息技术有限公司");
        draft["services"][0]["name"] = json!("示例信息技术");
    };
    changed(OrderKind::ChangeFiling, change, &[SUBJECT, SERVICE]).await
}

#[tokio::test]
async fn an_access_is_changed_and_nobody_verifies() -> anyhow::Result<()> {
    let change = |draft: &mut Value| draft["services"][0]["access"]["addresses"] = json!(["203.0.113.11"]);
    changed(OrderKind::ChangeAccess, change, &[]).await
}

#[tokio::test]
async fn a_change_is_refused_by_the_clerk() -> anyhow::Result<()> {
    let mut world = filed().await?;
    world.behave(json!({ "mode": "refuse", "reasons": [{ "code": 1020, "opinion": "名称不规范" }] })).await?;
    let mut draft = draft();
    draft["services"][0]["name"] = json!("示例信息技术");
    let filing = world.filing_of(OrderKind::ChangeService, target(OURS, &["1"]));
    let mut filing = world.pass(filing, &draft).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Service]).await?;
    assert_eq!(world.verify("13800001002", "020025").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "refused"]);
    let AuthorityStep::Refused { reasons } = world.steps().await?.pop().unwrap().step else { panic!("not refused") };
    assert_eq!(reasons[0].pointer, "/services/0/name");
    Ok(())
}

#[tokio::test]
async fn a_service_and_then_its_subject_are_cancelled() -> anyhow::Result<()> {
    let mut world = filed().await?;
    let filing = world.filing_of(OrderKind::CancelService, cancelled(OURS, &["1"]));
    let mut filing = world.pass(filing, &json!({ "consent": { "privacy": true } })).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Service]).await?;
    assert_eq!(world.verify("13800001002", "020025").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    assert_eq!(given(&world).await?, [OURS.to_owned(), format!("{OURS}-1")]);
    assert_eq!(on_file(&world, OURS).await?.unwrap()["sites"], json!([]));

    let filing = world.filing_of(OrderKind::CancelSubject, cancelled(OURS, &[]));
    let mut filing = world.pass(filing, &json!({})).await?;
    received(&mut world, &mut filing, &[PrincipalRole::Subject]).await?;
    assert_eq!(world.verify("13800001001", "010016").await?, "verified");
    assert_eq!(world.round(&mut filing).await?, ["sms_verified", "granted"]);
    assert_eq!(given(&world).await?, [OURS.to_owned()]);
    assert_eq!(on_file(&world, OURS).await?, None);

    // What is gone has no ids any more.
    let filing = world.filing_of(OrderKind::CancelSubject, cancelled(OURS, &[]));
    let mut filing = world.pass(filing, &json!({})).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready"]);
    assert_eq!(world.exchange(&filing).await?["trouble"], format!("unknown_id: Ztid {OURS}"));
    Ok(())
}

#[tokio::test]
async fn an_id_that_was_never_told_is_named_until_a_synchronisation_tells_it() -> anyhow::Result<()> {
    let mut world = World::open().await?;
    filed_elsewhere(&world).await?;
    let filing = world.filing_of(OrderKind::CancelService, cancelled(THEIRS, &["1"]));
    let mut filing = world.pass(filing, &json!({})).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready"]);
    let exchange = world.exchange(&filing).await?;
    assert_eq!(
        (&exchange["state"], &exchange["trouble"]),
        (&json!("begun"), &json!(format!("unknown_id: Wzid {THEIRS}-1")))
    );
    assert_eq!(world.cases().await?.len(), 0);

    world.authority.post("authority/synchronise").json(&json!({})).expect(200).await?;
    world.office.collect().await?;
    world.later(chrono::TimeDelta::minutes(1));
    // Known now, and the authority says whose it is.
    assert_eq!(world.round(&mut filing).await?, ["refused"]);
    Ok(())
}

#[tokio::test]
async fn what_the_dossier_lacks_is_named() -> anyhow::Result<()> {
    let mut world = filed().await?;
    let mut bare = draft();
    bare["services"] = json!([]);
    let filing = world.filing_of(OrderKind::ChangeSubject, target(OURS, &["1"]));
    let mut filing = world.pass(filing, &bare).await?;
    assert_eq!(world.round(&mut filing).await?, ["ready"]);
    let exchange = world.exchange(&filing).await?;
    assert_eq!(exchange["trouble"], "unfit: the form wants a site, and the dossier has none");
    // No further try would mend it: a lead finds it among what is to be done by hand.
    assert_eq!((&exchange["state"], &exchange["delivery"]), (&json!("begun"), &json!("desk")));
    let lead = world.reviewer("lead-zhao");
    let found = lead.get("/v1/review/exchanges?by_hand=true").expect(200).await?;
    assert_eq!(found.list("/items")?.iter().map(|one| one["id"].clone()).collect::<Vec<_>>(), [exchange["id"].clone()]);
    world.later(chrono::TimeDelta::minutes(11));
    assert_eq!(world.round(&mut filing).await?, Vec::<String>::new());
    let id = exchange["id"].as_str().unwrap();
    let body = json!({ "numbers": { "subject": OURS, "services": [format!("{OURS}-1")] } });
    lead.post(&format!("/v1/review/exchanges/{id}/received")).json(&json!({})).expect(200).await?;
    lead.post(&format!("/v1/review/exchanges/{id}/granted")).json(&body).expect(200).await?;
    let found = lead.get("/v1/review/exchanges?by_hand=true").expect(200).await?;
    assert_eq!(found.list("/items")?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn two_orders_that_share_their_answers_go_one_after_the_other() -> anyhow::Result<()> {
    let mut world = filed().await?;
    let mut draft = draft();
    draft["subject"]["name"] = json!("辽宁示例信息技术有限公司");
    let filing = world.filing_of(OrderKind::ChangeSubject, target(OURS, &["1"]));
    let mut first = world.pass(filing, &draft).await?;
    received(&mut world, &mut first, &[PrincipalRole::Subject]).await?;
    let filing = world.filing_of(OrderKind::ChangeSubject, target(OURS, &["1"]));
    let mut second = world.pass(filing, &draft).await?;
    assert_eq!(world.round(&mut second).await?, ["ready"]);
    assert_eq!(world.exchange(&second).await?["trouble"], "another_under_way");
    assert_eq!(world.verify("13800001001", "010016").await?, "verified");
    assert_eq!(world.round(&mut first).await?, ["sms_verified", "granted"]);
    Ok(())
}
