//! The rules' speed: a draft against every rule, packs loaded, and a subset of the rules beside zen-engine, another rule engine
//! written in Rust, which gets the same draft already in its own form.

use std::{hint::black_box, sync::Arc};

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{
    dossier::{Draft, violations},
    example,
    rules::{RulePack, report},
};
use serde_json::json;
use zen_engine::{DecisionEngine, Variable, model::DecisionContent};

/// The enterprise of the examples with so many sites, each with a name and a domain of its own.
fn sites(count: usize) -> Draft {
    let mut draft = example::enterprise_in_liaoning();
    let one = draft.services[0].clone();
    draft.services = (0..count)
        .map(|index| {
            let mut site = one.clone();
            let letter = char::from(b'a' + u8::try_from(index).unwrap());
            site.name = Some(format!("辽宁示例网络科技{}", ["甲", "乙", "丙", "丁", "戊", "己", "庚", "辛", "壬", "癸"][index]));
            site.domains = vec![format!("example-{letter}.cn")];
            site.home_url = Some(format!("www.example-{letter}.cn"));
            site
        })
        .collect();
    draft
}

/// A draft with a slip in each site, so that explanations are written.
fn with_slips(mut draft: Draft) -> Draft {
    for site in &mut draft.services {
        site.name = Some("示例赌博论坛".to_owned());
        site.principal.mobile = Some("1380000".into());
    }
    draft
}

fn checker(c: &mut Criterion) {
    let pack = RulePack::national();
    let mut group = c.benchmark_group("check");
    for (name, draft) in [
        ("one site", sites(1)),
        ("one site with slips", with_slips(sites(1))),
        ("ten sites", sites(10)),
        ("ten sites with slips", with_slips(sites(10))),
    ] {
        group.bench_function(name, |b| b.iter(|| violations(black_box(&draft), pack, example::case())));
    }
    group.bench_function("one site, whole report", |b| {
        let draft = sites(1);
        b.iter(|| report(black_box(&draft), pack, example::case()));
    });
    group.finish();
}

fn loading(c: &mut Criterion) {
    c.bench_function("load/every pack", |b| b.iter(|| RulePack::national_with(&[]).unwrap()));
}

/// Ten rules that both engines can say.
const SUBSET: [&str; 10] = [
    "national.subject.name.present",
    "national.subject.address.present",
    "national.subject.region.province",
    "national.subject.principal.mobile.form",
    "national.subject.principal.email.form",
    "national.subject.principal.emergency.different",
    "national.services.count.unit",
    "national.service.domains.count",
    "national.service.name.length",
    "national.name.sensitive",
];

fn subset() -> RulePack {
    let national = RulePack::national();
    let rules: Vec<_> = national.rules().iter().filter(|rule| SUBSET.contains(&rule.id.as_str())).collect();
    assert_eq!(rules.len(), SUBSET.len());
    let mut file = toml::Table::new();
    file.insert("revision".to_owned(), "2026-01-01".into());
    file.insert("source".to_owned(), toml::Value::try_from(national.sources()).unwrap());
    file.insert("rule".to_owned(), toml::Value::try_from(rules).unwrap());
    RulePack::parse(&[("subset.toml", &toml::to_string(&file).unwrap())]).unwrap()
}

fn graph() -> DecisionContent {
    let rules = [
        "subject.name != null and len(trim(subject.name)) > 0",
        "subject.address != null and len(trim(subject.address)) > 0",
        "startsWith(subject.region, '21')",
        "matches(subject.principal.mobile, '^1[3-9][0-9]{9}$')",
        "matches(subject.principal.email, '^[^@ ]+@[^@ ]+[.][^@ ]+$')",
        "subject.principal.emergency != subject.principal.mobile",
        "len(services) >= 1 and len(services) <= 10",
        "all(services, len(#.domains) == 1)",
        "all(services, len(#.name) <= 384)",
        "all(services, not (contains(#.name, '反腐') or contains(#.name, '赌博') or contains(#.name, '廉政') or contains(#.name, '色情')))",
    ];
    let expressions: Vec<_> = rules
        .iter()
        .enumerate()
        .map(|(index, rule)| json!({ "id": index.to_string(), "key": format!("rule{index}"), "value": rule }))
        .collect();
    serde_json::from_value(json!({
        "nodes": [
            { "id": "in", "name": "in", "type": "inputNode", "content": {} },
            { "id": "rules", "name": "rules", "type": "expressionNode", "content": { "expressions": expressions } },
            { "id": "out", "name": "out", "type": "outputNode", "content": {} },
        ],
        "edges": [
            { "id": "1", "sourceId": "in", "targetId": "rules", "type": "edge" },
            { "id": "2", "sourceId": "rules", "targetId": "out", "type": "edge" },
        ],
    }))
    .unwrap()
}

fn beside(c: &mut Criterion) {
    let pack = subset();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut decision = DecisionEngine::default().create_decision(Arc::new(graph())).unwrap();
    decision.compile();
    let mut group = c.benchmark_group("ten rules");
    for count in [1, 10] {
        let draft = sites(count);
        let context = Variable::from(serde_json::to_value(&draft).unwrap());
        let answer = runtime.block_on(decision.evaluate(context.deep_clone())).unwrap();
        let answer = serde_json::to_value(&answer.result).unwrap();
        let all = (0..SUBSET.len()).all(|index| answer[format!("rule{index}")] == true);
        assert!(all && violations(&draft, &pack, example::case()).is_empty(), "both find the draft good: {answer}");
        group.bench_function(format!("ours, {count} sites"), |b| {
            b.iter(|| violations(black_box(&draft), &pack, example::case()));
        });
        group.bench_function(format!("zen-engine, {count} sites"), |b| {
            b.iter(|| runtime.block_on(decision.evaluate(black_box(context.shallow_clone()))).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, checker, loading, beside);
criterion_main!(benches);
