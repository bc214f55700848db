//! What the authority's files say of filings is handed over to orders before a file is acknowledged: whole, again after an
//! outage, behind the grants of the same file, and past what orders does not take.

use domain::dossier::{Draft, PrincipalDraft, ServiceDraft, SubjectDraft, merged_service, merged_subject};
use serde_json::{Value, json};

use crate::world::{FILINGS, Filing, World, draft};

const SUBJECT: &str = "辽ICP备2026000001号";
const SITE: &str = "辽ICP备2026000001号-1";

/// The example is verified, and its grant waits at the authority.
async fn decided() -> anyhow::Result<(World, Filing)> {
    let mut world = World::open().await?;
    let mut filing = world.passed().await?;
    assert_eq!(world.round(&mut filing).await?, ["ready", "received"]);
    world.verify_both().await?;
    Ok((world, filing))
}

/// The example is filed, and orders has its record.
async fn filed() -> anyhow::Result<World> {
    let (mut world, mut filing) = decided().await?;
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    assert_eq!(waiting(&world).await?, 0);
    Ok(world)
}

/// How many files wait at the authority.
async fn waiting(world: &World) -> anyhow::Result<u64> {
    let cases = world.authority.get("authority/orders").expect(200).await?;
    Ok(cases.body["files_waiting"].as_u64().unwrap())
}

fn told(world: &World) -> Vec<Value> {
    world.stage.outside.peers.told(FILINGS)
}

fn orders_is_away(world: &World) {
    world.stage.outside.peers.answer(FILINGS, 503, json!({ "detail": "away" }));
}

fn orders_is_there(world: &World) {
    world.stage.outside.peers.answer(FILINGS, 200, json!({ "written": 1, "unchanged": 0, "left_out": 0 }));
}

async fn synchronise(world: &World) -> anyhow::Result<()> {
    world.authority.post("authority/synchronise").expect(200).await?;
    Ok(())
}

async fn cancel(world: &World, number: &str) -> anyhow::Result<()> {
    world.authority.post("authority/cancelled").json(&json!({ "number": number })).expect(200).await?;
    Ok(())
}

#[tokio::test]
async fn what_was_filed_comes_back_in_the_record_as_it_was_written() -> anyhow::Result<()> {
    let world = filed().await?;
    let told = told(&world);
    assert_eq!(told.len(), 1, "files of answers alone say nothing to the ledger");
    let record = &told[0]["records"][0];
    assert_eq!((&record["number"], &record["nature"]), (&json!(SUBJECT), &json!(4)));
    let written: Draft = serde_json::from_value(draft())?;
    let subject: SubjectDraft = serde_json::from_value(record["subject"].clone())?;
    assert_eq!(merged_subject(&written.subject, &subject), written.subject);
    // Nothing that the format carries is lost on its way.
    let SubjectDraft { name, certificate, region, address, remark, principal, .. } = &written.subject;
    assert_eq!((&subject.name, &subject.region, &subject.address), (name, region, address));
    assert_eq!((subject.certificate.kind, &subject.certificate.number), (certificate.kind, &certificate.number));
    assert_eq!((&subject.certificate.address, &subject.remark), (&certificate.address, remark));
    let PrincipalDraft { name, mobile, email, landline, certificate, .. } = principal;
    let back = &subject.principal;
    assert_eq!((&back.name, &back.mobile, &back.email, &back.landline), (name, mobile, email, landline));
    assert_eq!((back.certificate.kind, &back.certificate.number), (certificate.kind, &certificate.number));

    let one = &record["services"][0];
    assert_eq!((&one["number"], &one["here"]), (&json!(SITE), &json!(true)));
    let (service, was): (ServiceDraft, &ServiceDraft) =
        (serde_json::from_value(one["service"].clone())?, &written.services[0]);
    let people = (&written.subject.principal, &written.subject.principal);
    assert_eq!(merged_service(was, &service, people), *was);
    assert_eq!((&service.name, &service.domains, &service.home_url), (&was.name, &was.domains, &was.home_url));
    assert_eq!((&service.contents, &service.languages, &service.remark), (&was.contents, &was.languages, &was.remark));
    assert_eq!(service.access.addresses, was.access.addresses);
    Ok(())
}

#[tokio::test]
async fn a_record_waits_until_orders_has_heard_the_grant_that_came_with_it() -> anyhow::Result<()> {
    let (mut world, mut filing) = decided().await?;
    world.office.collect().await?;
    world.office.collect().await?;
    assert_eq!(
        (told(&world).len(), waiting(&world).await?),
        (0, 1),
        "the answers are read, the record is not told yet"
    );
    assert_eq!(world.orders_takes(&mut filing).await?.last(), Some(&"granted"));
    assert_eq!(world.office.collect().await?, 1);
    assert_eq!((told(&world).len(), waiting(&world).await?), (1, 0));
    Ok(())
}

#[tokio::test]
async fn while_orders_is_away_the_file_stays_and_its_answers_are_taken_in_all_the_same() -> anyhow::Result<()> {
    let (mut world, mut filing) = decided().await?;
    orders_is_away(&world);
    assert_eq!(world.round(&mut filing).await?.last(), Some(&"granted"));
    assert_eq!(waiting(&world).await?, 1);
    let before = told(&world).len();
    assert_eq!(world.office.collect().await?, 0, "once a round, and not again at once");
    assert_eq!(told(&world).len(), before + 1);
    orders_is_there(&world);
    assert_eq!(world.office.collect().await?, 1);
    assert_eq!(waiting(&world).await?, 0);
    assert!(world.orders_takes(&mut filing).await?.is_empty(), "the answers counted once");
    // An address that svc-orders does not have yet is an outage, too.
    world.stage.outside.peers.answer(FILINGS, 404, json!({ "detail": "none" }));
    synchronise(&world).await?;
    assert_eq!(world.office.collect().await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_orders_refuses_does_not_hold_up_what_comes_after_it() -> anyhow::Result<()> {
    let world = filed().await?;
    let error = json!({ "pointer": "/records/0/number", "rule": "filings.number", "message": "x", "message_en": "x" });
    for status in [400, 422] {
        world.stage.outside.peers.answer(FILINGS, status, json!({ "detail": "It does not fit.", "errors": [error] }));
        synchronise(&world).await?;
        assert_eq!(world.office.collect().await?, 1);
        assert_eq!(waiting(&world).await?, 0);
    }
    Ok(())
}

#[tokio::test]
async fn a_cancellation_is_told_by_its_number_for_as_long_as_orders_does_not_hear_it() -> anyhow::Result<()> {
    let world = filed().await?;
    orders_is_away(&world);
    cancel(&world, SITE).await?;
    for _ in 0..2 {
        assert_eq!(world.office.collect().await?, 0);
        assert_eq!(told(&world).pop(), Some(json!({ "cancelled": [SITE] })), "the number is known until it is heard");
    }
    orders_is_there(&world);
    assert_eq!(world.office.collect().await?, 1);
    cancel(&world, SUBJECT).await?;
    assert_eq!(world.office.collect().await?, 1);
    assert_eq!(told(&world).pop(), Some(json!({ "cancelled": [SUBJECT] })));
    assert_eq!(waiting(&world).await?, 0);
    Ok(())
}

#[tokio::test]
async fn what_others_changed_is_told_and_so_is_whom_a_site_runs_with() -> anyhow::Result<()> {
    let world = filed().await?;
    let known = world.authority.get("authority/filed").expect(200).await?.body["items"][0].clone();
    let mut change = json!({
        "subject": {
            "number": SUBJECT, "name": "沈阳示例网络科技有限公司", "nature": 4, "province": "210000",
            "certificate": { "kind": 1, "number": known["certificate"]["Zjhm"] },
            "principal": { "name": "林示例", "mobile": "13800001001", "number": known["principal"]["Fzr_zjhm"] },
        },
        "sites": [{ "number": SITE, "name": "沈阳示例", "domains": ["example-liaoning.cn"], "provider": 110_000_000_999_i64 }],
    });
    world.authority.post("authority/filed").json(&change).expect(201).await?;
    synchronise(&world).await?;
    assert_eq!(world.office.collect().await?, 1);
    let record = told(&world).pop().unwrap()["records"][0].clone();
    assert_eq!(record["subject"]["name"], "沈阳示例网络科技有限公司");
    assert_eq!(
        (&record["services"][0]["service"]["name"], &record["services"][0]["here"]),
        (&json!("沈阳示例"), &json!(false))
    );
    assert_eq!(
        record["services"][0]["service"]["access"],
        json!({ "addresses": [] }),
        "another's addresses are none of ours"
    );
    change["sites"][0]["number"] = json!("辽ICP备2026000009号-1");
    let refused = world.authority.post("authority/filed").json(&change).expect(422).await?;
    assert_eq!(refused.body["errors"][0]["at"], "/sites/0/number");
    world.authority.post("authority/cancelled").json(&json!({ "number": "辽ICP备2026000009号" })).expect(422).await?;
    Ok(())
}
