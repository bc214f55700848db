//! Writes every mail, as its receiver would see it, into a folder: `cargo run -p svc-notify --example letters -- FOLDER`.

use std::path::PathBuf;

use anyhow::Context;
use domain::{
    authorization_code::Why,
    id::OrderId,
    notice::{About, NoticeKind, Receiver},
    order::{Lapse, Numbers, PrincipalRole, Reason},
    region::Province,
    rules::kinds::OrderKind,
};
use svc_notify::{
    fact::Facts,
    render::{Occasion, Renderer},
};
use uuid::Uuid;

fn main() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).context("name a folder")?);
    std::fs::create_dir_all(&folder)?;
    let renderer = Renderer::new("https://console.example.com/".parse()?)?;
    let facts = facts()?;
    let order = OrderId::from(Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_1a2b));
    for kind in NoticeKind::ALL {
        let owner = Receiver::Owner(Uuid::from_u128(7).into());
        let (resource, filing) = ("ins-example-ln".to_owned(), "辽ICP备2026000123号-1".to_owned());
        let (order, to, facts) = match kind.about() {
            About::OwnOrder => (Some(order), Receiver::Principal(PrincipalRole::Subject), facts.clone()),
            About::OthersOrder => (Some(order), owner, facts.clone()),
            About::Code => (None, owner, Facts { resource: Some(resource), ..facts.clone() }),
            About::Filing => (None, owner, Facts { filings: vec![filing], ..facts.clone() }),
        };
        let occasion = Occasion { order, kind, to, facts: &facts };
        let letter = renderer.letter(occasion, "石林")?;
        std::fs::write(folder.join(format!("{}.html", kind.as_str())), &letter.html)?;
        std::fs::write(
            folder.join(format!("{}.txt", kind.as_str())),
            format!("{}\n\n{}", letter.subject, letter.text),
        )?;
    }
    Ok(())
}

fn facts() -> anyhow::Result<Facts> {
    let reason = |pointer: &str, code: &str, note: Option<&str>| {
        anyhow::Ok(Reason {
            pointer: pointer.to_owned(),
            code: code.to_owned(),
            note: note.map(TryInto::try_into).transpose()?,
        })
    };
    let subject = domain::filing_number::SubjectNumber::new(Province::Liaoning, 2026, 123)?;
    let service = subject.service(1, domain::filing_number::NumberKind::Website)?;
    Ok(Facts {
        at: "2026-03-02T04:00:00Z".parse()?,
        province: Some(Province::Liaoning),
        reasons: vec![
            reason("/services/0/domains/0", "domain_no_realname", None)?,
            reason("/subject/principal/mobile", "phone_unreachable", Some("两次致电均无人接听"))?,
        ],
        until: Some("2026-03-03T04:00:00Z".parse()?),
        lapse: Some(Lapse::Deadline),
        numbers: Some(Numbers { subject, services: vec![service] }),
        kind: Some(OrderKind::TransferAccount),
        resource: None,
        ended: Some(Why::ServerEnds),
        filings: Vec::new(),
    })
}
