//! Rights of sub-accounts: what each of them allows in every operation, for which subject, and when.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{example, member::Right};
use reqwest::Method;
use sandbox::kit::{Client, noon};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    own::{ask, every_operation, told},
    world::{CUSTOMER, Filing, OTHER, Stage, asked, database, liaoning, peer, section, stage},
};

/// What an operation asks of a sub-account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asks {
    /// Nothing: it is for everybody.
    Nothing,
    /// This right over the order in the path: 404 for who sees nothing, 403 for who only sees.
    Over(Right),
    /// This right in the account, for what names no subject yet: 403 without.
    Within(Right),
    /// This right in the account, for something that is not there: 403 without the right, 404 with it.
    Finds(Right),
    /// Nothing; without the right to read nothing is listed.
    ListsOwn,
    /// What no right gives: 403.
    Never,
}

/// Every operation of the service. A new one needs a line here.
const TABLE: [(&str, &str, Asks); 63] = [
    ("GET", "/v1/peer/accounts/{account}/contact", Asks::Never),
    ("POST", "/v1/orders/{id}/clone", Asks::Over(Right::Edit)),
    ("POST", "/v1/orders/{id}/draft/services/copy", Asks::Over(Right::Edit)),
    ("POST", "/v1/orders/{id}/line", Asks::Over(Right::Submit)),
    ("DELETE", "/v1/orders/{id}/line", Asks::Over(Right::Submit)),
    ("GET", "/v1/consents", Asks::Within(Right::Submit)),
    ("POST", "/v1/consents/{id}/accept", Asks::Finds(Right::Submit)),
    ("POST", "/v1/consents/{id}/decline", Asks::Finds(Right::Submit)),
    ("GET", "/v1/filings", Asks::Within(Right::Read)),
    ("GET", "/v1/filings.csv", Asks::Within(Right::Read)),
    ("GET", "/v1/filings/{number}", Asks::Finds(Right::Read)),
    ("GET", "/v1/filings/{number}/history", Asks::Finds(Right::Read)),
    ("GET", "/v1/resources", Asks::Within(Right::Read)),
    ("POST", "/v1/resources/{id}/codes", Asks::Finds(Right::Codes)),
    ("GET", "/v1/authorization-codes", Asks::Within(Right::Codes)),
    ("GET", "/v1/authorization-codes/{id}", Asks::Finds(Right::Codes)),
    ("GET", "/v1/authorization-codes/{id}/history", Asks::Finds(Right::Codes)),
    ("GET", "/v1/authorization-codes/{id}/effects", Asks::Finds(Right::Codes)),
    ("POST", "/v1/authorization-codes/{id}/grant", Asks::Finds(Right::Codes)),
    ("POST", "/v1/authorization-codes/{id}/revoke", Asks::Finds(Right::Codes)),
    ("DELETE", "/v1/authorization-codes/{id}", Asks::Finds(Right::Codes)),
    ("GET", "/v1/allowed-accounts", Asks::Within(Right::Codes)),
    ("POST", "/v1/allowed-accounts", Asks::Within(Right::Codes)),
    ("DELETE", "/v1/allowed-accounts/{account}", Asks::Finds(Right::Codes)),
    ("POST", "/v1/code-requests", Asks::Finds(Right::Codes)),
    ("GET", "/v1/code-news", Asks::Within(Right::Codes)),
    ("GET", "/v1/orders", Asks::ListsOwn),
    ("POST", "/v1/orders", Asks::Within(Right::Edit)),
    ("POST", "/v1/type-checks", Asks::Within(Right::Edit)),
    ("POST", "/v1/imports/check", Asks::Within(Right::Edit)),
    ("POST", "/v1/imports", Asks::Within(Right::Edit)),
    ("GET", "/v1/imports/template.csv", Asks::Nothing),
    ("GET", "/v1/orders/{id}", Asks::Over(Right::Read)),
    ("GET", "/v1/orders/{id}/history", Asks::Over(Right::Read)),
    ("GET", "/v1/orders/{id}/stream", Asks::Over(Right::Read)),
    ("GET", "/v1/orders/{id}/draft", Asks::Over(Right::Read)),
    ("GET", "/v1/orders/{id}/checklist", Asks::Over(Right::Read)),
    ("PUT", "/v1/orders/{id}/draft/subject", Asks::Over(Right::Edit)),
    ("PUT", "/v1/orders/{id}/draft/services", Asks::Over(Right::Edit)),
    ("PUT", "/v1/orders/{id}/draft/consent", Asks::Over(Right::Edit)),
    ("POST", "/v1/orders/{id}/submit", Asks::Over(Right::Submit)),
    ("POST", "/v1/orders/{id}/withdraw", Asks::Over(Right::Submit)),
    ("POST", "/v1/orders/{id}/abandon", Asks::Over(Right::Submit)),
    ("PUT", "/v1/orders/{id}/assist/subject", Asks::Never),
    ("PUT", "/v1/orders/{id}/assist/services", Asks::Never),
    ("GET", "/v1/members", Asks::Never),
    ("POST", "/v1/members", Asks::Never),
    ("PUT", "/v1/members/{id}", Asks::Never),
    ("DELETE", "/v1/members/{id}", Asks::Never),
    ("GET", "/v1/operations/orders", Asks::Never),
    ("POST", "/v1/operations/orders/search", Asks::Never),
    ("GET", "/v1/peer/orders/{id}/brief", Asks::Never),
    ("GET", "/v1/peer/orders/{id}/dossier", Asks::Never),
    ("GET", "/v1/peer/orders/{id}/contacts/{principal}", Asks::Never),
    ("GET", "/v1/peer/orders/{id}/person", Asks::Never),
    ("POST", "/v1/peer/filings", Asks::Never),
    ("POST", "/v1/checks", Asks::Nothing),
    ("POST", "/v1/checks/name", Asks::Nothing),
    ("POST", "/v1/checks/domain", Asks::Nothing),
    ("GET", "/v1/rules", Asks::Nothing),
    ("GET", "/v1/rules/diff", Asks::Nothing),
    ("GET", "/v1/rules/{name}", Asks::Nothing),
    ("GET", "/v1/reference/{table}", Asks::Nothing),
];

/// Somebody who works in the account of most tests, under a name of their own.
pub(crate) fn colleague(stage: &Stage, name: &str) -> anyhow::Result<Client> {
    let people = stage.outside.sandbox.identity.people();
    let account = people.iter().find(|known| known.person == CUSTOMER).and_then(|owner| owner.account);
    let token = stage.outside.sandbox.identity.token_as(name, "sub-account", account.unwrap_or_default())?;
    Ok(Client::new(stage.base.clone(), Some(token)))
}

/// Gives somebody rights, and answers where they are.
pub(crate) async fn give(stage: &Stage, given: &Value) -> anyhow::Result<String> {
    let member = stage.client(CUSTOMER)?.post("/v1/members").json(given).expect(201).await?;
    Ok(format!("/v1/members/{}", member.text("/id")?))
}

/// An order that names the subject of the example, with this certificate number.
async fn of_subject<'a>(stage: &'a Stage, number: &str) -> anyhow::Result<Filing<'a>> {
    let mut draft = example::enterprise_in_liaoning();
    draft.subject.certificate.number = Some(number.to_owned().into());
    let mut filing = Filing::open(stage, CUSTOMER, &asked(&draft, "curtain")).await?;
    filing.save("subject", &section(&draft, "subject")?).await?;
    Ok(filing)
}

async fn status(client: &Client, path: &str) -> anyhow::Result<u16> {
    Ok(client.get(path).send().await?.status)
}

/// Whether a right is enough to see.
fn sees(rights: &[Right]) -> bool {
    rights.iter().any(|right| *right != Right::Codes)
}

/// What somebody with these rights must hear.
fn expected(asks: Asks, rights: &[Right]) -> &'static str {
    match asks {
        Asks::Over(wanted) if rights.contains(&wanted) || (wanted == Right::Read && sees(rights)) => "done",
        Asks::Over(_) if sees(rights) => "forbidden",
        Asks::Over(_) => "absent",
        Asks::Within(wanted) | Asks::Finds(wanted)
            if !(rights.contains(&wanted) || (wanted == Right::Read && sees(rights))) =>
        {
            "forbidden"
        }
        Asks::Finds(_) => "absent",
        Asks::Never => "forbidden",
        Asks::Within(_) | Asks::ListsOwn | Asks::Nothing => "done",
    }
}

#[tokio::test]
async fn every_operation_has_a_line_and_keeps_to_it_for_every_right() -> anyhow::Result<()> {
    let table: BTreeMap<(String, String), Asks> =
        TABLE.into_iter().map(|(method, path, asks)| ((method.to_owned(), path.to_owned()), asks)).collect();
    let described: Vec<_> = every_operation()?.into_iter().collect();
    assert_eq!(table.keys().cloned().collect::<Vec<_>>(), described, "say in TABLE what it asks of a sub-account");

    let stage = stage().await?;
    let filing = of_subject(&stage, "91210000MA0EXAMPLE").await?;
    let (order, missing) = (filing.id.to_string(), stage.id::<Uuid>().to_string());
    for rights in
        [vec![], vec![Right::Read], vec![Right::Edit], vec![Right::Submit], vec![Right::Codes], Right::ALL.to_vec()]
    {
        let name = format!("colleague-{}", rights.len() * 10 + rights.first().map_or(0, |right| right.as_str().len()));
        if !rights.is_empty() {
            give(&stage, &json!({ "person": name, "rights": rights })).await?;
        }
        let client = colleague(&stage, &name)?;
        for ((method, path), asks) in &table {
            let method = Method::from_bytes(method.as_bytes())?;
            // A stream has no end; that it begins is what is asked here.
            if path.ends_with("/stream") && expected(*asks, &rights) == "done" {
                continue;
            }
            let answer = ask(&client, &method, path, &order).await?;
            let heard = match answer.status {
                403 => "forbidden",
                404 if told(&answer) == told(&ask(&client, &method, path, &missing).await?) => "absent",
                401 | 404 => "something else",
                _ => "done",
            };
            let place = format!("{method} {path} with {rights:?}: {} {}", answer.status, answer.body);
            assert_eq!(heard, expected(*asks, &rights), "{place}");
            if *asks == Asks::ListsOwn {
                assert_eq!(!answer.list("/items")?.is_empty(), sees(&rights), "{place}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn rights_work_from_their_first_second_to_the_one_before_their_last() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let (from, until) = (noon() + TimeDelta::hours(1), noon() + TimeDelta::hours(2));
    give(&stage, &json!({ "person": "c", "rights": ["edit"], "from": from, "until": until })).await?;
    let (client, path) = (colleague(&stage, "c")?, filing.path(""));
    let read = async |seconds: i64| -> anyhow::Result<u16> {
        stage.clock.advance(TimeDelta::seconds(seconds));
        status(&client, &path).await
    };
    assert_eq!(read(3599).await?, 404);
    assert_eq!(read(1).await?, 200);
    client.post("/v1/orders").json(&liaoning("curtain")).expect(201).await?;
    assert_eq!(read(3599).await?, 200);
    assert_eq!(read(1).await?, 404);
    client.post("/v1/orders").json(&liaoning("curtain")).expect(403).await?;
    assert!(client.get("/v1/orders").expect(200).await?.list("/items")?.is_empty());
    let put = client.put(&filing.path("/draft/subject")).version(filing.version).json(&json!({}));
    put.expect(404).await?;
    Ok(())
}

#[tokio::test]
async fn a_right_for_one_subject_ends_at_that_subject() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut one = of_subject(&stage, "91210000MA0EXAMPL1").await?;
    let other = of_subject(&stage, "91210000MA0EXAMPL2").await?;
    let nobodys = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    give(&stage, &json!({ "person": "c", "rights": ["edit"], "subject_of": one.id })).await?;
    let client = colleague(&stage, "c")?;
    for (filing, expected) in [(&one, 200), (&other, 404), (&nobodys, 404)] {
        assert_eq!(status(&client, &filing.path("/draft")).await?, expected);
    }
    let page = client.get("/v1/orders").expect(200).await?;
    assert_eq!((page.list("/items")?.len(), page.text("/items/0/id")?), (1, one.id.to_string().as_str()));
    assert!(client.get("/v1/orders?state=filed").expect(200).await?.list("/items")?.is_empty());
    // What names no subject may become anybody's.
    client.post("/v1/orders").json(&liaoning("curtain")).expect(403).await?;
    let check = |number: &str| json!({ "province": "210000", "nature": 4, "certificate": number, "services": [{ "domain": "example.cn" }] });
    client.post("/v1/type-checks").json(&check("91210000ma0exampl1")).expect(200).await?;
    client.post("/v1/type-checks").json(&check("91210000MA0EXAMPL2")).expect(403).await?;

    let answer = client.put(&one.path("/draft/services")).version(one.version).json(&json!([])).expect(200).await?;
    assert_eq!(one.story().await?, ["opened", "saved", "saved"]);
    one.version = answer.version()?;
    client.post(&one.path("/submit")).version(one.version).expect(403).await?;
    // Several subjects are one list, newest first.
    give(&stage, &json!({ "person": "c", "rights": ["read"], "subject_of": other.id })).await?;
    let page = client.get("/v1/orders?limit=1").expect(200).await?;
    assert_eq!(page.text("/items/0/id")?, other.id.to_string());
    let next = client.get(&format!("/v1/orders?limit=1&cursor={}", page.text("/next")?)).expect(200).await?;
    assert_eq!((next.text("/items/0/id")?, next.text("/next").is_err()), (one.id.to_string().as_str(), true));
    // The subject was named when the order was opened: writing another one changes nobody's right.
    let subject = json!({ "certificate": { "kind": 1, "number": "91210000MA0EXAMPL3" } });
    client.put(&one.path("/draft/subject")).version(one.version).json(&subject).expect(200).await?;
    assert_eq!(status(&client, &one.path("")).await?, 200);
    Ok(())
}

#[tokio::test]
async fn rights_are_given_changed_and_revoked_by_the_owner_alone_and_noted() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let (owner, client) = (stage.client(CUSTOMER)?, colleague(&stage, "c")?);
    let given = json!({ "person": "c", "rights": ["read"] });
    let first = owner.post("/v1/members").key("k").json(&given).expect(201).await?;
    let again = owner.post("/v1/members").key("k").json(&given).expect(201).await?;
    assert_eq!((&first.body, first.version()?), (&again.body, 1));
    let path = format!("/v1/members/{}", first.text("/id")?);
    assert_eq!(first.headers["location"], path.as_str());
    assert_eq!(owner.get("/v1/members").expect(200).await?.list("/items")?, &vec![first.body.clone()]);
    owner.ask(Method::POST, "/v1/members").json(&given).expect(428).await?;

    let wider = json!({ "rights": ["read", "submit"], "until": "2030-01-01T00:00:00Z" });
    owner.put(&path).json(&wider).expect(428).await?;
    owner.put(&path).version(7).json(&wider).expect(412).await?;
    let changed = owner.put(&path).version(1).json(&wider).expect(200).await?;
    assert_eq!((changed.version()?, &changed.body["rights"]), (2, &json!(["read", "submit"])));
    assert_eq!(changed.body["from"], first.body["from"]);
    client.post(&filing.path("/withdraw")).version(filing.version).expect(409).await?;

    let stranger = stage.client(OTHER)?;
    stranger.put(&path).version(2).json(&wider).expect(404).await?;
    stranger.delete(&path).version(2).expect(404).await?;
    assert!(stranger.get("/v1/members").expect(200).await?.list("/items")?.is_empty());
    owner.delete(&path).version(1).expect(412).await?;
    owner.delete(&path).version(2).expect(204).await?;
    owner.delete(&path).version(2).expect(404).await?;
    assert_eq!(status(&client, &filing.path("")).await?, 404);

    let rows = database(&stage).await?;
    let noted = rows.query("SELECT action, actor FROM audit WHERE action LIKE 'member.%' ORDER BY seq", &[]).await?;
    let noted: Vec<(String, String)> = noted.iter().map(|row| (row.get(0), row.get(1))).collect();
    let by_owner =
        ["member.granted", "member.changed", "member.revoked"].map(|action| (action.to_owned(), CUSTOMER.to_owned()));
    assert_eq!(noted, by_owner);
    Ok(())
}

#[tokio::test]
async fn rights_that_make_no_sense_are_refused_with_their_place() -> anyhow::Result<()> {
    let stage = stage().await?;
    let theirs = Filing::open(&stage, OTHER, &liaoning("curtain")).await?.id;
    for (given, pointer, rule) in [
        (json!({ "person": "", "rights": ["read"] }), "/person", "member.person"),
        (json!({ "person": "某人", "rights": ["read"] }), "/person", "member.person"),
        (json!({ "person": "c", "rights": [] }), "/rights", "member.rights"),
        (json!({ "person": "c", "rights": ["all"] }), "/rights/0", "wrong_type"),
        (json!({ "person": "c", "rights": ["read"], "until": "2020-01-01T00:00:00Z" }), "/until", "member.until"),
        (json!({ "person": "c", "rights": ["read"], "subject_of": theirs }), "/subject_of", "member.subject_of"),
    ] {
        let refused = stage.client(CUSTOMER)?.post("/v1/members").json(&given).expect(422).await?;
        assert_eq!(refused.errors(), [(pointer.to_owned(), rule.to_owned())], "{given}");
    }
    Ok(())
}

#[tokio::test]
async fn another_service_hears_what_a_sub_account_may_do_now() -> anyhow::Result<()> {
    let stage = stage().await?;
    let filing = of_subject(&stage, "91210000MA0EXAMPL1").await?;
    let until = noon() + TimeDelta::hours(1);
    give(&stage, &json!({ "person": "c@x&y", "rights": ["edit"], "subject_of": filing.id, "until": until })).await?;
    let (service, path) = (peer(&stage)?, format!("/v1/peer/orders/{}/brief", filing.id));
    let rights = async |query: &str| -> anyhow::Result<Value> {
        Ok(service.get(&format!("{path}{query}")).expect(200).await?.body["rights"].clone())
    };
    assert_eq!(rights("").await?, Value::Null);
    assert_eq!(rights("?for=c%40x%26y").await?, json!(["read", "edit"]));
    assert_eq!(rights("?for=somebody").await?, json!([]));
    stage.clock.advance(TimeDelta::hours(1));
    assert_eq!(peer(&stage)?.get(&format!("{path}?for=c%40x%26y")).expect(200).await?.body["rights"], json!([]));
    Ok(())
}

#[tokio::test]
async fn a_stream_ends_when_the_right_to_see_has() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut filing = Filing::open(&stage, CUSTOMER, &liaoning("curtain")).await?;
    let path = give(&stage, &json!({ "person": "c", "rights": ["read"] })).await?;
    let client = colleague(&stage, "c")?;
    let watching = client.get(&filing.path("/stream")).send();
    let meanwhile = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        stage.client(CUSTOMER)?.delete(&path).version(1).expect(204).await?;
        filing.save("subject", &json!({ "name": "某公司" })).await
    };
    let (seen, changed) = tokio::join!(watching, meanwhile);
    changed?;
    let text = String::from_utf8(seen?.bytes)?;
    assert_eq!(text.matches("event: order").count(), 1, "{text}");
    Ok(())
}
