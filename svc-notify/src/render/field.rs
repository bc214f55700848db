//! How people call the place that a JSON pointer into a draft points to. It knows names, and no value.

/// A name in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) zh: String,
    pub(super) en: String,
}

/// The name of a place: `/services/0/principal/mobile` is 第 1 个服务 · 负责人 · 手机号码.
pub(super) fn name(pointer: &str) -> Name {
    let segments: Vec<&str> = pointer.split('/').skip(1).collect();
    if segments.is_empty() {
        return Name { zh: "整个订单".into(), en: "The order as a whole".into() };
    }
    let parts: Vec<Name> =
        segments.iter().enumerate().filter_map(|(at, segment)| part(&segments, at, segment)).collect();
    let join = |of: fn(&Name) -> &str, by: &str| parts.iter().map(of).collect::<Vec<_>>().join(by);
    Name { zh: join(|part| &part.zh, " · "), en: join(|part| &part.en, " · ") }
}

fn part(segments: &[&str], at: usize, segment: &str) -> Option<Name> {
    if let Ok(index) = segment.parse::<u32>() {
        let number = index.saturating_add(1);
        let of_service = at == 1 && segments.first() == Some(&"services");
        let (zh, en) = if of_service {
            (format!("第 {number} 个服务"), format!("Service {number}"))
        } else {
            (format!("第 {number} 项"), format!("no. {number}"))
        };
        return Some(Name { zh, en });
    }
    // The list of services needs no name of its own where one service is named.
    if segment == "services" && segments.len() > 1 {
        return None;
    }
    let (zh, en) = word(segment);
    Some(Name { zh: zh.to_owned(), en: en.to_owned() })
}

fn word(segment: &str) -> (&str, &str) {
    match segment {
        "province" => ("省份", "Province"),
        "nature" => ("主体性质", "Nature of the subject"),
        "subject" => ("主体信息", "Subject"),
        "services" => ("服务信息", "Services"),
        "consent" => ("授权与同意", "Consent"),
        "name" => ("名称/姓名", "Name"),
        "certificate" => ("证件", "Certificate"),
        "kind" => ("类型", "Type"),
        "number" => ("号码", "Number"),
        "region" => ("所在地区", "Division"),
        "address" => ("地址", "Address"),
        "investor" => ("投资者或主管单位", "Investor or superior unit"),
        "remark" => ("备注", "Remark"),
        "principal" => ("负责人", "Principal"),
        "mobile" => ("手机号码", "Mobile number"),
        "landline" => ("办公电话", "Office number"),
        "email" => ("电子邮箱", "Mail address"),
        "emergency" => ("应急联系电话", "Emergency number"),
        "domains" => ("域名", "Domain"),
        "home_url" => ("首页网址", "Home page"),
        "contents" => ("服务内容", "Content"),
        "languages" => ("语言", "Language"),
        "preapprovals" => ("前置审批", "Pre-approval"),
        "access" => ("接入信息", "Access"),
        "resource" => ("云资源", "Cloud resource"),
        "addresses" => ("IP 地址", "IP address"),
        "assisted_change" => ("协助更改", "Assisted change"),
        "privacy" => ("隐私声明", "Privacy statement"),
        "face" => ("人脸核验", "Face check"),
        "materials" => ("材料", "Materials"),
        "photo" => ("幕布照片", "Curtain photo"),
        other => (other, other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_told_in_words() {
        let of = |pointer: &str| {
            let Name { zh, en } = name(pointer);
            (zh, en)
        };
        let both = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
        assert_eq!(of(""), both("整个订单", "The order as a whole"));
        assert_eq!(
            of("/services/0/principal/mobile"),
            both("第 1 个服务 · 负责人 · 手机号码", "Service 1 · Principal · Mobile number")
        );
        assert_eq!(of("/services/1/domains/2"), both("第 2 个服务 · 域名 · 第 3 项", "Service 2 · Domain · no. 3"));
        assert_eq!(of("/services"), both("服务信息", "Services"));
        assert_eq!(of("/later/field"), both("later · field", "later · field"));
    }
}
