//! A page to look at the authority with a browser.

use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::{
    case::{Case, CaseState, Operation},
    desk::Desk,
};

pub(super) fn page(desk: &Desk) -> String {
    let mut rows = String::new();
    for case in desk.cases.iter().rev() {
        // Writing to a String cannot fail.
        let _written = write!(
            rows,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            case.record,
            kind(case),
            name(case),
            state(case)
        );
    }
    let mut messages = String::new();
    for sms in desk.sms.iter().rev() {
        let (mobile, text) = (escape(sms.mobile.as_str()), escape(sms.text.as_str()));
        let _written = write!(messages, "<tr><td>{}</td><td>{mobile}</td><td>{text}</td></tr>", sms.at.format("%F %T"));
    }
    let mut filed = String::new();
    for subject in &desk.registry.subjects {
        let sites: Vec<String> =
            subject.sites.iter().map(|site| format!("{} {}", site.number, escape(&site.details.name))).collect();
        let name = escape(subject.details.name.as_str());
        let _written =
            write!(filed, "<tr><td>{}</td><td>{name}</td><td>{}</td></tr>", subject.number, sites.join("<br>"));
    }
    format!(
        "<!doctype html><html lang=zh><meta charset=utf-8><title>管局 · Authority</title>\
         <style>body{{font:15px/1.6 sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}table{{border-collapse:collapse;width:100%}}\
         td,th{{border-bottom:1px solid #ddd;padding:.4rem;text-align:left}}</style>\
         <h1>管局（沙箱） · The authority (sandbox)</h1>\
         <p>企业系统接口 V3.0，短信核验，审核。 The enterprise interface V3.0, SMS verification, the clerk. \
         <a href=/authority/orders>orders</a> · <a href=/authority/filed>filed</a> · <a href=/authority/sms>sms</a> · <a href=/authority/behaviour>behaviour</a></p>\
         <h2>备案 · Filings</h2><table><tr><th>#</th><th>类型 · Kind</th><th>主办者 · Subject</th><th>状态 · State</th></tr>{rows}</table>\
         <h2>已备案 · On file</h2><p>POST /authority/filed 可登记其他接入商的备案。 Puts another provider's filing on file.</p>\
         <table><tr><th>备案号 · Number</th><th>主办者 · Subject</th><th>网站 · Sites</th></tr>{filed}</table>\
         <h2>12381 短信 · Messages</h2><table><tr><th>UTC</th><th>手机 · Mobile</th><th>内容 · Text</th></tr>{messages}</table>"
    )
}

fn name(case: &Case) -> String {
    case.form.subject.as_ref().map(|subject| escape(subject.name.as_str()).into_owned()).unwrap_or_default()
}

fn kind(case: &Case) -> &'static str {
    match case.operation {
        Operation::First => "首次 · first",
        Operation::AddSite => "新增网站 · add",
        Operation::AddAccess => "新增接入 · access",
        Operation::Change => "变更 · change",
        Operation::CancelAccess => "取消接入 · cancel access",
        Operation::CancelSubject => "注销主体 · cancel subject",
        Operation::CancelSite => "注销网站 · cancel site",
    }
}

fn state(case: &Case) -> String {
    match &case.state {
        CaseState::AwaitingSms => "短信核验中 · awaiting SMS".to_owned(),
        CaseState::Deciding { .. } => "审核中 · under review".to_owned(),
        CaseState::Filed { subject, sites } => format!("已备案 · filed {subject}, {}", sites.join(", ")),
        CaseState::Refused { codes, opinion } => {
            format!("退回 · refused {codes:?} {}", escape(opinion.as_deref().unwrap_or_default()))
        }
        CaseState::Lapsed { wrong_tries: true } => "错误次数过多 · too many wrong tries".to_owned(),
        CaseState::Lapsed { wrong_tries: false } => "核验超时 · not verified in time".to_owned(),
    }
}
