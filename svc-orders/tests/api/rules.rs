//! The rules for everybody: checks without an account, lists, differences, tables, caching.

use domain::example;
use sandbox::kit::Client;
use serde_json::{Value, json};

use crate::world::{Stage, stage};

fn nobody(stage: &Stage) -> Client {
    Client::new(stage.base.clone(), None)
}

fn ids(rows: &Value) -> Vec<&str> {
    rows.as_array().into_iter().flatten().filter_map(|row| row["rule"].as_str().or(row["id"].as_str())).collect()
}

#[tokio::test]
async fn a_draft_is_checked_without_an_account() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let mut draft = serde_json::to_value(example::enterprise_in_liaoning())?;
    let asked = json!({ "draft": draft, "as_of": "2026-03-02" });
    let good = nobody.post("/v1/checks").json(&asked).expect(200).await?.body;
    assert_eq!((&good["submittable"], &good["violations"]), (&json!(true), &json!([])));
    assert_eq!(good["sms"].as_array().unwrap().len(), 2);
    assert_eq!(good["sms"][0]["number_ends"], "1001");
    assert_eq!(good["review"]["most"], 10);
    assert_eq!(good["materials"].as_array().unwrap().len(), 6);
    assert!(ids(&good["advice"]).contains(&"liaoning.advice.unit.broadcast_scope"));
    draft["services"][0]["name"] = json!("示例赌博网");
    let asked = json!({ "draft": draft, "as_of": "2026-03-02" });
    let bad = nobody.post("/v1/checks").json(&asked).expect(200).await?.body;
    let found =
        bad["violations"].as_array().unwrap().iter().find(|row| row["rule"] == "national.name.sensitive").unwrap();
    assert_eq!(found["pointer"], "/services/0/name");
    assert_eq!(found["hit"], "赌博");
    assert!(found["source"][0]["what"].is_string() && found["fix"].is_string());
    assert_eq!(bad["submittable"], json!(false));
    Ok(())
}

#[tokio::test]
async fn an_empty_draft_is_an_answer_and_a_wrong_one_is_refused_by_its_place() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let answer = nobody.post("/v1/checks").json(&json!({ "draft": {} })).expect(200).await?.body;
    assert!(ids(&answer["violations"]).contains(&"national.province.present"));
    let wrong = nobody.post("/v1/checks").json(&json!({ "draft": { "subject": { "nose": 1 } } })).expect(422).await?;
    assert!(wrong.body["errors"][0]["pointer"].as_str().unwrap().starts_with("/draft/subject"));
    Ok(())
}

#[tokio::test]
async fn a_name_is_told_its_hit_and_offered_others() -> anyhow::Result<()> {
    let stage = stage().await?;
    let asked = json!({ "name": "示例花卉论坛", "nature": 4, "province": "210000", "subject": "辽宁示例花卉有限公司" });
    let answer = nobody(&stage).post("/v1/checks/name").json(&asked).expect(200).await?.body;
    assert_eq!(ids(&answer["violations"]), ["national.name.forum"]);
    assert_eq!(answer["violations"][0]["hit"], "论坛");
    let names: Vec<&str> = answer["alternatives"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(names.contains(&"示例花卉") && names.iter().all(|name| !name.contains("论坛")), "{names:?}");
    Ok(())
}

#[tokio::test]
async fn a_domain_is_read_both_ways_and_judged() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let good = nobody.post("/v1/checks/domain").json(&json!({ "domain": "示例.中国" })).expect(200).await?.body;
    assert_eq!((&good["ascii"], &good["unicode"]), (&json!("xn--fsq092h.xn--fiqs8s"), &json!("示例.中国")));
    assert_eq!((&good["violations"], &good["approved"]), (&json!([]), &json!(true)));
    let asked = json!({
        "domain": "www.example.io", "nature": 4, "province": "640000", "as_of": "2026-03-02",
        "registration": { "owner": "legal_representative", "privacy": true, "verified_on": "2026-03-01" },
    });
    let bad = nobody.post("/v1/checks/domain").json(&asked).expect(200).await?.body;
    assert_eq!(bad["registrable"], "example.io");
    assert_eq!(bad["earliest_submission"], "2026-03-04");
    let told = ids(&bad["violations"]);
    for rule in [
        "national.service.domain.form",
        "national.domain.suffix",
        "national.domain.privacy",
        "national.domain.realname",
        "ningxia.unit.owner",
    ] {
        assert!(told.contains(&rule), "{rule} of {told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn rules_are_listed_by_day_and_province_and_kept_by_their_tag() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let old = nobody.get("/v1/rules/liaoning?as_of=2019-04-21").expect(200).await?.body;
    let new = nobody.get("/v1/rules/210000?as_of=2019-04-22").expect(200).await?.body;
    assert!(ids(&old["rules"]).contains(&"national.service.domains.count.2018"));
    assert!(ids(&new["rules"]).contains(&"national.service.domains.count"));
    assert!(ids(&new["rules"]).iter().all(|id| id.starts_with("national.") || id.starts_with("liaoning.")));
    let warned = nobody.get("/v1/rules?severity=warns&nature=5").expect(200).await?.body;
    assert!(warned["rules"].as_array().unwrap().iter().all(|row| row["severity"] == "warns"));
    assert_eq!(warned["advice"], json!([]));
    let first = nobody.get("/v1/rules/liaoning?as_of=2026-03-02").expect(200).await?;
    let tag = first.headers["etag"].to_str()?.to_owned();
    nobody.get("/v1/rules/liaoning?as_of=2026-03-02").header("if-none-match", &tag).expect(304).await?;
    nobody.get("/v1/rules/liaoning?as_of=2026-03-03").header("if-none-match", &tag).expect(200).await?;
    Ok(())
}

#[tokio::test]
async fn one_rule_shows_its_examples_and_two_days_their_difference() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let rule = nobody.get("/v1/rules/liaoning.unit.age").expect(200).await?.body;
    assert_eq!((&rule["is"], &rule["check"]["min"]), (&json!("rule"), &json!(16)));
    assert!(rule["sources"][0]["place"].is_string() && rule["fail"].is_array());
    nobody.get("/v1/rules/liaoning.unit.nose").expect(404).await?;
    let diff = nobody.get("/v1/rules/diff?from=2019-04-21&to=2019-04-22&province=liaoning").expect(200).await?.body;
    assert_eq!(ids(&diff["changes"]), ["national.service.domains.count", "national.service.domains.count.2018"]);
    nobody.get("/v1/rules/diff?from=2019-04-21&to=2019-04-22&province=nowhere").expect(404).await?;
    nobody.get("/v1/rules/diff?from=yesterday&to=2019-04-22").expect(400).await?;
    Ok(())
}

#[tokio::test]
async fn tables_behind_forms_are_there() -> anyhow::Result<()> {
    let stage = stage().await?;
    let nobody = nobody(&stage);
    let sizes = [
        ("natures", 18),
        ("certificates", 43),
        ("provinces", 31),
        ("contents", 30),
        ("languages", 17),
        ("preapprovals", 11),
        ("suffixes", 187),
        ("mobile_prefixes", 49),
        ("orders", 14),
        ("divisions?under=2101", 15),
        ("access_modes", 5),
    ];
    for (table, size) in sizes {
        let rows = nobody.get(&format!("/v1/reference/{table}")).expect(200).await?.body;
        assert_eq!(rows["rows"].as_array().unwrap().len(), size, "{table}");
    }
    nobody.get("/v1/reference/noses").expect(404).await?;
    let version = nobody.get("/version").expect(200).await?.body;
    assert!(version["rules"].as_str().unwrap().starts_with("2026-"));
    Ok(())
}
