//! Complete drafts of people and companies that do not exist, for tests, documents and demonstrations. The numbers have right
//! check digits and belong to nobody: births before 1906, an organization code that reads EXAMPLE0, telephone numbers that
//! begin with 0000, hosts and addresses kept for documentation.

use crate::dossier::{
    AccessDraft, Attached, Case, CertificateDraft, ConsentDraft, Draft, Post, PrincipalDraft, ServiceDraft,
    ServicePrincipalDraft, SubjectDraft, checklist,
};
use crate::order::Way;
use crate::region::Province;
use crate::rules::kinds::OrderKind;
use crate::rules::{RulePack, Standing};
use crate::service::ServiceKind;
use crate::text::Pii;

use chrono::NaiveDate;

fn pii(text: &str) -> Option<Pii<String>> {
    Some(text.into())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn identity_card(number: &str, address: &str) -> CertificateDraft {
    CertificateDraft { kind: Some(2), number: pii(number), address: pii(address), ..CertificateDraft::default() }
}

fn access(resource: Option<String>, address: &str) -> AccessDraft {
    AccessDraft { resource, addresses: vec![address.to_owned()], ..AccessDraft::default() }
}

fn consent() -> ConsentDraft {
    ConsentDraft { assisted_change: true, privacy: true, face: true, version: text("2026-01"), at: None }
}

/// An enterprise in Liaoning with one website; its principal and the website's are two people.
#[must_use]
pub fn enterprise_in_liaoning() -> Draft {
    Draft {
        province: Some(Province::Liaoning),
        nature: Some(4),
        subject: SubjectDraft {
            name: pii("辽宁示例网络科技有限公司"),
            certificate: CertificateDraft {
                kind: Some(1),
                number: pii("91210000EXAMPLE03F"),
                address: pii("辽宁省沈阳市和平区示例路1号101室"),
                region: text("210102"),
                valid_until: None,
            },
            region: text("210102"),
            address: pii("辽宁省沈阳市和平区示例路1号101室"),
            investor: pii("林示范"),
            scope: None,
            filed_services: None,
            renamed: None,
            remark: None,
            principal: PrincipalDraft {
                name: pii("林示范"),
                post: Some(Post::LegalRepresentative),
                certificate: identity_card("210102190301010016", "辽宁省沈阳市和平区示例路2号202室"),
                mobile: pii("13800001001"),
                landline: pii("086-024-00001001"),
                email: pii("lin@example.com"),
                emergency: pii("13900001003"),
            },
        },
        services: vec![ServiceDraft {
            kind: ServiceKind::Website,
            name: text("辽宁示例网络科技"),
            domains: vec!["example-liaoning.cn".to_owned()],
            registrations: Vec::new(),
            platforms: Vec::new(),
            home_url: text("www.example-liaoning.cn"),
            contents: vec![8],
            languages: vec![1],
            preapprovals: Some(Vec::new()),
            remark: text("本网站用于展示公司的产品介绍和联系方式。"),
            access: access(text("ins-example-ln"), "203.0.113.10"),
            principal: ServicePrincipalDraft {
                same_as_subject: false,
                name: pii("陈样本"),
                post: None,
                certificate: identity_card("210103190402020025", "辽宁省沈阳市沈河区示例路3号303室"),
                mobile: pii("13800001002"),
                landline: pii("086-024-00001002"),
                email: pii("chen@example.com"),
                emergency: pii("13900001004"),
            },
        }],
        consent: consent(),
    }
}

/// A person in Guangdong with a website of their own.
#[must_use]
pub fn person_in_guangdong() -> Draft {
    Draft {
        province: Some(Province::Guangdong),
        nature: Some(5),
        subject: SubjectDraft {
            name: pii("黄虚构"),
            certificate: identity_card("440305190503030034", "广东省深圳市南山区示例路5号505室"),
            region: text("440305"),
            address: pii("广东省深圳市南山区示例路5号505室"),
            investor: None,
            scope: None,
            filed_services: None,
            renamed: None,
            remark: None,
            principal: PrincipalDraft {
                name: pii("黄虚构"),
                post: None,
                certificate: identity_card("440305190503030034", "广东省深圳市南山区示例路5号505室"),
                mobile: pii("13800002001"),
                landline: None,
                email: pii("huang@example.com"),
                emergency: pii("13900002002"),
            },
        },
        services: vec![ServiceDraft {
            kind: ServiceKind::Website,
            name: text("虚构的读书笔记"),
            domains: vec!["example-guangdong.cn".to_owned()],
            registrations: Vec::new(),
            platforms: Vec::new(),
            home_url: text("www.example-guangdong.cn"),
            contents: vec![6],
            languages: vec![1],
            preapprovals: Some(Vec::new()),
            remark: text("本网站为个人网站，用于记录读书笔记，不涉及任何经营活动。"),
            access: access(text("ins-example-gd"), "203.0.113.20"),
            principal: ServicePrincipalDraft { same_as_subject: true, ..ServicePrincipalDraft::default() },
        }],
        consent: consent(),
    }
}

/// A Monday on which all of it is in force: 2026-03-02.
#[must_use]
pub fn day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 3, 2).unwrap_or_default()
}

/// A first filing on [`day`], the electronic way.
#[must_use]
pub fn case() -> Case {
    Case { kind: OrderKind::First, way: Way::Electronic, as_of: day(), standing: Standing::default() }
}

/// Every material that the national rules ask of this draft on [`day`].
#[must_use]
pub fn attached(draft: &Draft) -> Attached {
    checklist(draft, RulePack::national(), case()).into_iter().map(|need| (need.kind, need.service)).collect()
}
