//! The sections of the page. They read the stand-ins and change nothing.

use std::{fmt::Write, net::SocketAddr};

use super::html::{Escaped, nothing, section, time};
use crate::{
    face::{FaceCheck, FaceVendor},
    identity::Identity,
    mail::{Letter, Mailbox},
    sms::{Gateway, Sms},
};

/// How many of a kind the page shows; the endpoints show all.
const SHOWN: usize = 50;

pub(super) fn people(identity: &Identity) -> anyhow::Result<String> {
    let mut rows = String::new();
    for person in identity.people() {
        let token = identity.token_of(person)?;
        write!(
            rows,
            "<tr><td><b>{}</b><small>{}</small></td><td>{}</td>\
             <td><div class=\"token\"><code>{token}</code><button type=\"button\">复制 copy</button></div></td></tr>",
            Escaped(person.name),
            Escaped(person.person),
            role(person.role),
        )?;
    }
    let table = format!(
        "<p>令牌十二小时内有效，用于 <code>Authorization: Bearer …</code>；接口：\
         <a href=\"/identity/people\">/identity/people</a><small>Tokens are valid for twelve hours.</small></p>\
         <table><thead><tr><th>人员<small>person</small></th><th>角色<small>role</small></th>\
         <th>令牌<small>token</small></th></tr></thead><tbody>{rows}</tbody></table>"
    );
    Ok(section("people", "演示人员", "demo people", &table))
}

fn role(role: &str) -> &'static str {
    match role {
        "customer" => "客户<small>customer</small>",
        "reviewer" => "审核员<small>reviewer</small>",
        "lead" => "审核组长<small>lead</small>",
        "operations" => "运营<small>operations</small>",
        _ => "其他<small>other</small>",
    }
}

pub(super) fn mail(mailbox: &Mailbox, smtp: SocketAddr) -> String {
    let letters: String = mailbox.letters(None).iter().rev().take(SHOWN).map(letter).collect();
    let hint = format!("<p>SMTP <code>{smtp}</code>；接口：<a href=\"/mail/messages\">/mail/messages</a></p>");
    let list = if letters.is_empty() { nothing("还没有邮件。", "no mail yet") } else { letters };
    section("mail", "邮件", "mail", &(hint + &list))
}

fn letter(letter: &Letter) -> String {
    let formatted = if letter.html.is_some() {
        let path = format!("/mail/messages/{}/html", letter.id);
        format!("<p><a href=\"{path}\" target=\"_blank\">查看 HTML<small>as HTML</small></a></p>")
    } else {
        String::new()
    };
    format!(
        "<details><summary><time>{}</time><b>{}</b><span>{}</span></summary><pre>{}</pre>{formatted}</details>",
        time(letter.at),
        Escaped(if letter.subject.is_empty() { "（无主题）" } else { &letter.subject }),
        Escaped(&letter.to.join(", ")),
        Escaped(letter.text.trim()),
    )
}

pub(super) fn sms(gateway: &Gateway) -> String {
    let rows: String = gateway.messages(None).iter().rev().take(SHOWN).map(message).collect();
    let hint = "<p>接口：<a href=\"/sms/messages\">/sms/messages</a>。\
                12381 的核验短信在<a href=\"/authority\">管局</a>。\
                <small>Messages of 12381 are with the authority.</small></p>";
    let list = if rows.is_empty() {
        nothing("还没有短信。", "no messages yet")
    } else {
        format!(
            "<table><thead><tr><th>时间<small>time</small></th><th>手机<small>to</small></th>\
             <th>内容<small>text</small></th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    section("sms", "短信", "short messages", &(hint.to_owned() + &list))
}

fn message(sms: &Sms) -> String {
    let (at, to, text) = (time(sms.at), Escaped(&sms.to), Escaped(&sms.text));
    format!("<tr><td><time>{at}</time></td><td><code>{to}</code></td><td>{text}</td></tr>")
}

pub(super) fn face(vendor: &FaceVendor) -> String {
    let rows: String = vendor.checks().iter().rev().take(SHOWN).map(check).collect();
    let hint = "<p>接口：<a href=\"/face/requests\">/face/requests</a></p>";
    let list = if rows.is_empty() {
        nothing("还没有人脸核验。", "no face checks yet")
    } else {
        format!(
            "<table><thead><tr><th>时间<small>time</small></th><th>姓名<small>name</small></th>\
             <th>照片<small>picture</small></th><th>相似度<small>similarity</small></th>\
             <th>结果<small>result</small></th></tr></thead><tbody>{rows}</tbody></table>"
        )
    };
    section("face", "人脸核验", "face checks", &(hint.to_owned() + &list))
}

fn check(check: &FaceCheck) -> String {
    let picture = check.picture.map_or("—".to_owned(), |picture| format!("{}×{}", picture.width, picture.height));
    format!(
        "<tr><td><time>{}</time></td><td>{}</td><td>{picture}</td><td>{:.2}</td><td><code>{}</code></td></tr>",
        time(check.at),
        Escaped(&check.name),
        check.sim,
        Escaped(&check.result),
    )
}

pub(super) fn behaviour() -> String {
    let modes = [
        ("/identity/behaviour", "令牌", "tokens", "grant · delay · refuse · fail"),
        ("/mail/behaviour", "邮件", "mail", "accept · delay · refuse · defer · cut"),
        ("/sms/behaviour", "短信", "SMS", "accept · delay · refuse · fail · cut"),
        ("/face/behaviour", "人脸核验", "face check", "recognise · delay · other_person · not_alive · fail"),
    ];
    let row = |(path, zh, en, modes): (&str, &str, &str, &str)| {
        format!(
            "<tr><td>{zh}<small>{en}</small></td><td><a href=\"{path}\">{path}</a></td>\
             <td><code>{modes}</code></td></tr>"
        )
    };
    let rows: String = modes.into_iter().map(row).collect();
    let inside = format!(
        "<p>用 <code>PUT</code> 让任何一方拒绝、延迟或出错；<code>times</code> 次之后恢复正常。\
         <small>PUT makes any of them refuse, be late or fail; after <code>times</code> uses it behaves well again.\
         </small></p><pre>curl -X PUT -H 'content-type: application/json' \\\n     \
         -d '{{\"mode\":\"fail\",\"delay_ms\":200,\"times\":2}}' …/sms/behaviour</pre>\
         <table><tbody>{rows}</tbody></table>"
    );
    section("behaviour", "脚本", "scripts", &inside)
}
