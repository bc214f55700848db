//! Many services from one file: a verdict on each row, orders cut to the limits, and all of them or none.

use std::{
    io,
    sync::{Arc, Mutex},
};

use domain::{dossier::Draft, example};
use sandbox::kit::{Answer, Client};
use serde_json::{Value, json};
use tracing_subscriber::{EnvFilter, fmt::MakeWriter};

use crate::{
    member::{colleague, give},
    sealed::dump,
    world::{CUSTOMER, Filing, OTHER, Stage, asked, section, stage},
};

const CHECK: &str = "/v1/imports/check";
const IMPORT: &str = "/v1/imports";
const CERTIFICATE: &str = "91210000EXAMPLE03F";

/// A row of the enterprise of the examples with a website of this domain, complete in itself.
fn row(domain: &str) -> Value {
    let draft = example::enterprise_in_liaoning();
    let mut service = serde_json::to_value(&draft.services[0]).unwrap();
    service["domains"] = json!([domain]);
    service["home_url"] = json!(format!("www.{domain}"));
    service["access"]["resource"] = json!("ins-second-ln");
    service["access"]["addresses"] = json!([]);
    json!({ "province": "210000", "nature": 4, "certificate": CERTIFICATE, "service": service })
}

/// The same with other values at some places.
fn with(domain: &str, changes: &[(&str, Value)]) -> Value {
    let mut row = row(domain);
    for (at, value) in changes {
        let (parent, name) = at.rsplit_once('/').unwrap();
        row.pointer_mut(parent).unwrap()[name] = value.clone();
    }
    row
}

async fn check(client: &Client, rows: &[Value]) -> anyhow::Result<Answer> {
    client.post(CHECK).json(&json!({ "rows": rows })).expect(200).await
}

async fn check_table(client: &Client, text: impl Into<reqwest::Body>) -> anyhow::Result<Answer> {
    client.post(CHECK).body("text/csv; charset=utf-8", text).expect(200).await
}

/// Verdict, and the pointers and rules of what blocks, of each row.
fn verdicts(answer: &Answer) -> Vec<(String, Vec<(String, String)>)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let blocks = |row: &Value| {
        let all = row["violations"].as_array().cloned().unwrap_or_default();
        let blocking = all.into_iter().filter(|one| one["severity"].as_str().is_none_or(|it| it == "blocks"));
        blocking.map(|one| (text(&one, "pointer"), text(&one, "rule"))).collect()
    };
    let rows = answer.body["rows"].as_array().cloned().unwrap_or_default();
    rows.iter().map(|row| (text(row, "verdict"), blocks(row))).collect()
}

fn words(answer: &Answer) -> Vec<String> {
    verdicts(answer).into_iter().map(|(verdict, _)| verdict).collect()
}

/// The rows of each order.
fn orders(answer: &Answer) -> Vec<(String, Value)> {
    let orders = answer.body["orders"].as_array().cloned().unwrap_or_default();
    orders.iter().map(|one| (one["kind"].as_str().unwrap_or_default().to_owned(), one["rows"].clone())).collect()
}

async fn count(client: &Client) -> anyhow::Result<usize> {
    Ok(client.get("/v1/orders?limit=100").expect(200).await?.list("/items")?.len())
}

/// A stage whose authority is what a test tells svc-review to say.
async fn with_authority(status: Value) -> anyhow::Result<Stage> {
    let stage = Stage::start(|outside| {
        let (inventory, peers) = (outside.sandbox.inventory.url().to_string(), outside.peers.url.to_string());
        let own = ["--resource-url", &inventory, "--notify-url", &peers, "--review-url", &peers];
        [outside.seal(), own.map(str::to_owned).to_vec()].concat()
    })
    .await?;
    stage.outside.peers.answer("/v1/peer/status", 200, status);
    Ok(stage)
}

#[tokio::test]
async fn the_template_is_a_file_that_can_be_imported() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let template = client.get("/v1/imports/template.csv").expect(200).await?;
    assert_eq!(template.headers["content-type"], "text/csv; charset=utf-8");
    assert!(template.bytes.starts_with("\u{feff}省份,主体性质,证件号码,".as_bytes()));
    let answer = check_table(&client, template.bytes.clone()).await?;
    assert_eq!(verdicts(&answer), [("ready".to_owned(), vec![])], "{}", answer.body);
    assert_eq!(orders(&answer), [("first".to_owned(), json!([1]))]);
    assert_eq!(count(&client).await?, 0, "nothing is created");
    Ok(())
}

#[tokio::test]
async fn the_same_file_has_the_same_verdicts_in_every_format() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let site = |domain: &str, name: Value, same: bool| {
        json!({ "province": "210000", "nature": 4, "certificate": CERTIFICATE, "certificate_kind": 1, "service": {
            "kind": "website", "name": name, "domains": [domain], "contents": [8], "languages": [1], "preapprovals": [],
            "access": { "resource": "ins-second-ln" }, "principal": { "same_as_subject": same },
        } })
    };
    let mut own = site("example-b.cn", json!("辽宁示例花店"), false);
    own["service"]["principal"]["name"] = json!("钱示例");
    own["service"]["home_url"] = json!("www.example-b.cn");
    let mut nobody = site("example-c.cn", Value::Null, true);
    nobody["service"].as_object_mut().unwrap().remove("name");
    let rows = [
        site("example-a.cn", json!("辽宁示例网络科技"), true),
        own,
        nobody,
        site("example.moda", json!("辽宁示例"), true),
    ];
    let expected = check(&client, &rows).await?;
    assert_eq!(words(&expected), ["incomplete", "incomplete", "incomplete", "refused"], "{}", expected.body);
    let table = "省份,主体性质,证件号码,证件类型,服务类型,服务名称,域名,首页网址,服务内容,语言,前置审批,云资源,负责人同主体,负责人姓名\r\n\
        辽宁省,企业,91210000EXAMPLE03F,营业执照,网站,辽宁示例网络科技,example-a.cn,,单位门户网站,中文简体,无,ins-second-ln,是,\r\n\
        210000,4,91210000example03f,1,website,辽宁示例花店,example-b.cn,www.example-b.cn,8,1,none,ins-second-ln,否,钱示例\r\n\
        辽宁,企业, 91210000EXAMPLE03F ,1,,,example-c.cn;,,8,1,无,ins-second-ln,,\r\n\
        辽宁省,企业,91210000EXAMPLE03F,1,网站,辽宁示例,example.moda,,8,1,无,ins-second-ln,yes,\r\n\
        ,,,,,,,,,,,,,\r\n";
    let gbk = encoding_rs::GB18030.encode(table).0.into_owned();
    let bom = format!("\u{feff}{table}");
    for text in [table.as_bytes().to_vec(), bom.into_bytes(), gbk] {
        let answer = check_table(&client, text).await?;
        assert_eq!((verdicts(&answer), orders(&answer)), (verdicts(&expected), orders(&expected)));
    }
    Ok(())
}

#[tokio::test]
async fn each_row_hears_what_stands_in_its_way() -> anyhow::Result<()> {
    let stage = stage().await?;
    let mut theirs = Filing::ready(&stage, "electronic").await?;
    theirs.act("submit").await?;
    crate::kinds::grant(&mut theirs, crate::kinds::numbers(&[1])?).await?;
    let client = stage.client(CUSTOMER)?;
    let rows = [
        row("example-one.cn"),
        with(
            "example-two.cn",
            &[("/service/name", Value::Null), ("/service/access/resource", json!("ins-example-zhou"))],
        ),
        row("Example-One.CN"),
        with("example.invalid-suffix-of-nobody", &[]),
        with("example-four.cn", &[("/service/domains", json!(["example-four.cn", "example-five.cn"]))]),
        with("example-six.cn", &[("/nature", json!(5))]),
        with("example-seven.cn", &[("/service/colour", json!("red"))]),
        row("example-liaoning.cn"),
        with("example-app.cn", &[("/service/kind", json!("app")), ("/service/domains", json!(["example-one.cn"]))]),
    ];
    let answer = check(&client, &rows).await?;
    let found = verdicts(&answer);
    let has = |row: usize, pointer: &str, rule: &str| {
        let known = found[row].1.iter().any(|(at, name)| at == pointer && name.starts_with(rule));
        assert!(known, "row {row}: no {rule} at {pointer}: {:?}", found[row]);
    };
    let all: Vec<&str> = found.iter().map(|(verdict, _)| verdict.as_str()).collect();
    assert_eq!(all[..2], ["ready", "incomplete"], "{found:?}");
    assert_eq!(all[2..8], ["refused"; 6], "{found:?}");
    assert_eq!(all[8], "incomplete", "an APP may share a domain with a website: {:?}", found[8]);
    has(1, "/rows/1/service/name", "national.service.name.present");
    has(1, "/rows/1/service/access/resource", "resource.foreign");
    has(2, "/rows/2/service/domains/0", "import.domain_twice");
    has(3, "/rows/3/service/domains/0", "national.");
    has(4, "/rows/4/service/domains", "national.service.domains.count");
    has(5, "/rows/5/nature", "import.subject_differs");
    has(6, "/rows/6/service/colour", "unknown_field");
    has(7, "/rows/7/service", "type.filed_here");
    // Every rule of a pack has its source, and every one has both languages.
    for violation in answer.list("/rows/1/violations")? {
        assert!(violation["message"].is_string() && violation["message_en"].is_string(), "{violation}");
        assert_eq!(violation["source"].is_array(), violation["rule"].as_str().unwrap().starts_with("national."));
    }
    assert_eq!(orders(&answer), [("add_here".to_owned(), json!([1, 2, 9]))]);
    assert_eq!([&answer.body["ready"], &answer.body["incomplete"], &answer.body["refused"]], [1, 2, 6]);
    // An account holds one subject.
    let another = check(&client, &[with("example-eight.cn", &[("/certificate", json!("91210000MA0EXAMPL1"))])]).await?;
    let (verdict, blocks) = verdicts(&another).remove(0);
    assert!(
        verdict == "refused"
            && blocks.contains(&("/rows/0".to_owned(), "national.limit.subjects_of_account".to_owned()))
    );
    assert!(blocks.iter().any(|(at, _)| at == "/rows/0/certificate"), "its number is none: {blocks:?}");
    // Nobody else's subject is filed from here.
    let other = check(&stage.client(OTHER)?, &[row("example-one.cn"), row("example-liaoning.cn")]).await?;
    for (place, (verdict, blocks)) in verdicts(&other).into_iter().enumerate() {
        assert_eq!((verdict.as_str(), &blocks[0].1), ("refused", &"type.subject_elsewhere".to_owned()));
        assert_eq!(blocks[0].0, format!("/rows/{place}/certificate"));
    }
    Ok(())
}

#[tokio::test]
async fn cells_that_cannot_be_read_are_named_by_row_and_column() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let table = "province,nature,certificate,kind,domains,contents\n\
        辽宁,企业,91210000EXAMPLE03F,website,example-a.cn,8\n\
        ,企业,91210000EXAMPLE03F,website,example-b.cn,8\n\
        花果山,企业,9.121E+17,网页,example-c.cn,花,多\n";
    let answer = check_table(&client, table).await?;
    let found = verdicts(&answer);
    assert_eq!(words(&answer), ["incomplete", "refused", "refused"]);
    let cell = |at: &str| (format!("/rows/2/{at}"), "import.cell".to_owned());
    assert_eq!(found[1].1, [("/rows/1/province".to_owned(), "missing_field".to_owned())]);
    let last = (String::from("/rows/2"), "import.cell".to_owned());
    let contents = cell("service/contents");
    assert_eq!(found[2].1, [cell("province"), cell("certificate"), cell("service/kind"), contents, last]);
    let first = &answer.body["rows"][2]["violations"][0];
    assert_eq!(first["message"], "第3行 省份：应为省份名称或六位代码");
    assert_eq!(first["message_en"], "row 3, province: expected a province or its six digits");
    assert!(!answer.body.to_string().contains("花果山"), "what was sent is not repeated");

    let wrong = "省份,主体性质,颜色,省份\n辽宁,企业,红,辽宁\n";
    let refused = client.post(CHECK).body("text/csv", wrong).expect(422).await?;
    let rules = ["import.column_unknown", "import.column_twice", "import.column_missing"];
    let places = ["/columns/2", "/columns/3", "/columns"];
    let expected: Vec<_> = places.into_iter().zip(rules).map(|(at, rule)| (at.to_owned(), rule.to_owned())).collect();
    assert_eq!(refused.errors(), expected);

    for (kind, body, status) in [
        ("text/csv", "", 422),
        ("text/csv", "省份,主体性质,证件号码\n", 422),
        ("application/json", r#"{"rows":[]}"#, 422),
        ("application/json", r#"{"lines":[]}"#, 422),
        ("application/json", r#"{"rows":["#, 400),
        ("text/plain", "x", 415),
    ] {
        client.post(CHECK).body(kind, body).expect(status).await?;
    }
    client.post(CHECK).body("text/csv", vec![0xff, 0xff, 0xff]).expect(400).await?;
    let many = vec![json!({}); 201];
    let refused = client.post(CHECK).json(&json!({ "rows": many })).expect(422).await?;
    assert_eq!(refused.errors(), [("/rows".to_owned(), "import.rows".to_owned())]);
    let large = "x".repeat(2 << 20);
    client.post(CHECK).body("text/csv", large).expect(413).await?;
    Ok(())
}

#[tokio::test]
async fn orders_are_cut_to_what_the_province_allows() -> anyhow::Result<()> {
    let filed =
        json!({ "subject": { "filed": true, "number": "湘ICP备2026000009号", "shell": false }, "services": [] });
    let stage = with_authority(filed).await?;
    let client = stage.client(CUSTOMER)?;
    let in_hunan = |domain: &str| with(domain, &[("/province", json!("430000"))]);
    let rows = [in_hunan("example-a.cn"), in_hunan("example-b.cn"), in_hunan("example-c.cn")];
    let answer = check(&client, &rows).await?;
    let kind = "add_elsewhere".to_owned();
    let one_each = [(kind.clone(), json!([1])), (kind.clone(), json!([2])), (kind, json!([3]))];
    assert_eq!(orders(&answer), one_each, "{}", answer.body);
    assert_eq!(stage.outside.peers.asked(), ["/v1/peer/status"], "the authority is asked once for all rows");
    let made = client.post(IMPORT).json(&json!({ "rows": rows })).key("k").expect(201).await?;
    assert_eq!(orders(&made), one_each);

    // Elsewhere ten services are one order.
    let rows: Vec<_> = (0..12).map(|nth| row(&format!("example-{nth}.cn"))).collect();
    let ten = [json!((1..=10).collect::<Vec<_>>()), json!([11, 12])];
    let answer = check(&client, &rows).await?;
    assert_eq!(orders(&answer).into_iter().map(|(_, rows)| rows).collect::<Vec<_>>(), ten);
    // One server carries five services, however many orders they are in.
    let crowded = words(&answer).into_iter().skip(5).all(|verdict| verdict == "incomplete");
    assert!(crowded && verdicts(&answer)[5].1[0].1 == "resource.quota", "{:?}", verdicts(&answer)[5]);
    Ok(())
}

#[tokio::test]
async fn the_largest_file_is_as_many_orders_as_it_has_rows() -> anyhow::Result<()> {
    let filed =
        json!({ "subject": { "filed": true, "number": "湘ICP备2026000009号", "shell": false }, "services": [] });
    let stage = with_authority(filed).await?;
    let client = stage.client(CUSTOMER)?;
    let in_hunan = |nth: usize| with(&format!("example-{nth}.cn"), &[("/province", json!("430000"))]);
    let file = json!({ "rows": (0..200).map(in_hunan).collect::<Vec<_>>() });
    client.post(CHECK).json(&file).expect(200).await?;
    let made = client.post(IMPORT).json(&file).key("k").expect(201).await?;
    assert_eq!(made.list("/orders")?.len(), 200);
    // svc-review takes 50 domains in one question.
    assert_eq!(stage.outside.peers.asked().len(), 8);
    Ok(())
}

#[tokio::test]
async fn a_first_filing_is_one_order_and_the_rest_waits() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let rows: Vec<_> = (0..12).map(|nth| row(&format!("example-{nth}.cn"))).collect();
    let answer = check(&client, &rows).await?;
    assert_eq!(orders(&answer), [("first".to_owned(), json!((1..=10).collect::<Vec<_>>()))]);
    assert_eq!(verdicts(&answer)[10].1.last().unwrap().1, "import.after_first");
    let person: Draft = example::person_in_guangdong();
    let certificate = person.subject.certificate.number.as_ref().unwrap().reveal();
    let of_person = |domain: &str| {
        let changes = [("/province", json!("440000")), ("/nature", json!(5)), ("/certificate", json!(certificate))];
        with(domain, &changes)
    };
    let answer = check(&client, &[of_person("example-a.cn"), of_person("example-b.cn"), row("example-c.cn")]).await?;
    let first = "first".to_owned();
    assert_eq!(orders(&answer), [(first.clone(), json!([1])), (first, json!([3]))], "{}", answer.body);
    assert_eq!(verdicts(&answer)[1].0, "refused");
    Ok(())
}

#[tokio::test]
async fn all_orders_of_a_file_are_opened_or_none() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let good = [row("example-a.cn"), with("example-b.cn", &[("/service/name", Value::Null)])];
    let mut rows = good.to_vec();
    rows.push(row("example-a.cn"));
    let file = json!({ "rows": rows });
    assert_eq!(client.post(IMPORT).json(&file).key("one").expect(422).await?.errors().len(), 1);
    assert_eq!((count(&client).await?, stage.outbox().await?.len()), (0, 0));

    let skip = "/v1/imports?skip_refused=true&way=curtain";
    let made = client.post(skip).json(&file).key("one").expect(201).await?;
    assert_eq!(orders(&made), [("first".to_owned(), json!([1, 2]))]);
    assert_eq!(words(&made), ["ready", "incomplete", "refused"]);
    let again = client.post(skip).json(&file).key("one").expect(201).await?;
    assert_eq!(again.body, made.body);
    assert_eq!(count(&client).await?, 1, "the same key makes the same orders");
    let reused = client.post(skip).json(&json!({ "rows": good })).key("one").expect(422).await?;
    assert!(reused.text("/type")?.ends_with("key-reused"));

    // The draft holds what the rows say, and hears what the verdicts said.
    let id = made.text("/orders/0/id")?;
    let order = client.get(&format!("/v1/orders/{id}")).expect(200).await?;
    assert_eq!(
        (order.text("/way")?, order.body["version"].as_i64()),
        ("curtain", made.body["orders"][0]["version"].as_i64())
    );
    let draft = client.get(&format!("/v1/orders/{id}/draft")).expect(200).await?;
    let expected = &good[0]["service"];
    for field in ["name", "domains", "home_url", "contents", "languages", "remark", "principal"] {
        assert_eq!(draft.body["services"][0][field], expected[field], "{field}");
    }
    let access = &draft.body["services"][1]["access"];
    assert_eq!((&access["resource"], &access["addresses"]), (&json!("ins-second-ln"), &json!(["203.0.113.11"])));
    let checklist = client.get(&format!("/v1/orders/{id}/checklist")).expect(200).await?;
    let blocks = |violation: &&Value| {
        violation["severity"] == "blocks" && violation["pointer"].as_str().unwrap().starts_with("/services/")
    };
    let about: Vec<_> =
        checklist.list("/violations")?.iter().filter(blocks).map(|one| one["pointer"].clone()).collect();
    assert!(about.contains(&json!("/services/1/name")), "{about:?}");

    let refused = json!({ "rows": [with("example-a.cn", &[("/service/domains", json!([]))])] });
    client.post(skip).json(&refused).key("two").expect(422).await?;
    assert_eq!(count(&client).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_table_is_imported_once_like_any_other_body() -> anyhow::Result<()> {
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let table = "省份,主体性质,证件号码,域名\n辽宁省,企业,91210000EXAMPLE03F,example-a.cn\n";
    let first = client.post(IMPORT).body("text/csv", table).key("k").expect(201).await?;
    assert_eq!(words(&first), ["incomplete"]);
    let again = client.post(IMPORT).body("text/csv", table).key("k").expect(201).await?;
    assert_eq!((first.body, count(&client).await?), (again.body, 1));
    client.post(IMPORT).body("text/csv", format!("{table}\n")).key("k").expect(422).await?;
    Ok(())
}

#[tokio::test]
async fn a_right_for_one_subject_imports_that_one_alone() -> anyhow::Result<()> {
    let stage = stage().await?;
    let owner = Filing::open(&stage, CUSTOMER, &asked(&example::enterprise_in_liaoning(), "curtain")).await?;
    give(&stage, &json!({ "person": "c", "rights": ["edit"], "subject_of": owner.id })).await?;
    let (client, stranger) = (colleague(&stage, "c")?, colleague(&stage, "d")?);
    let mine = json!({ "rows": [row("example-a.cn")] });
    let both = json!({ "rows": [row("example-a.cn"), with("example-b.cn", &[("/certificate", json!("91210000MA0EXAMPL1"))])] });
    client.post(CHECK).json(&mine).expect(200).await?;
    client.post(CHECK).json(&both).expect(403).await?;
    client.post(IMPORT).json(&both).key("a").expect(403).await?;
    client.post(IMPORT).json(&mine).key("b").expect(201).await?;
    for file in [&mine, &json!({ "rows": [{}] })] {
        stranger.post(CHECK).json(file).expect(403).await?;
        stranger.post(IMPORT).json(file).key("c").expect(403).await?;
    }
    Ok(())
}

/// Everything that is logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_rows_nor_logs_hold_what_a_file_says_of_people() -> anyhow::Result<()> {
    let lines = Lines::default();
    let filter = EnvFilter::new("trace,reqwest=off,hyper=off,hyper_util=off,tokio_postgres=off");
    let logger = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(lines.clone());
    tracing::subscriber::set_global_default(logger.finish())?;
    let stage = stage().await?;
    let client = stage.client(CUSTOMER)?;
    let rows = [row("example-a.cn"), with("example-b.cn", &[("/service/principal/mobile", json!("12345"))])];
    let made = client.post(IMPORT).json(&json!({ "rows": rows })).key("k").expect(201).await?;
    let refused =
        json!({ "rows": [row("example-c.cn"), row("example-c.cn"), with("x", &[("/certificate", json!(["张三"]))])] });
    client.post(IMPORT).json(&refused).key("l").expect(422).await?;
    let (stored, logged) = (dump(&stage).await?, String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned());
    assert!(stored.contains(made.text("/orders/0/id")?) && !logged.is_empty());
    let principal = section(&example::enterprise_in_liaoning(), "services")?[0]["principal"].clone();
    for secret in [json!(CERTIFICATE), json!("张三"), principal["name"].clone(), principal["mobile"].clone()] {
        let secret = secret.as_str().unwrap_or_default().to_owned();
        assert!(secret.len() > 2 && !stored.contains(&secret), "{secret} is in the database");
        assert_eq!(logged.lines().find(|line| line.contains(&secret)), None, "{secret} is logged");
    }
    Ok(())
}
