//! Full records of what is filed (`Baxx`): numbers and ids. What is personal in them is not taken.

use std::collections::BTreeMap;

use super::{answer::unreadable, xml::Element};
use crate::authority::{Access, Record, Site, Trouble};

/// A record; none for one without ids or without a number, which is not filed yet. `isp` is our id as a provider.
pub(super) fn read(record: &Element, isp: i64) -> Result<Option<Record>, Trouble> {
    let Some(subject) = record.child("Zt_xx") else { return Ok(None) };
    let (Some(id), Some(number)) = (subject.number("Ztid"), subject.get("Baxh")) else { return Ok(None) };
    let mut read = Record {
        id,
        ours: subject.number("IspZtid"),
        number: number.parse().or(Err(unreadable("a subject's number")))?,
        sites: Vec::new(),
        complete: true,
    };
    for element in record.all("Wz_xx") {
        match site(element, isp)? {
            Some(site) => read.sites.push(site),
            None => read.complete = false,
        }
    }
    Ok(Some(read))
}

fn site(element: &Element, isp: i64) -> Result<Option<Site>, Trouble> {
    let (Some(id), Some(number)) = (element.number("Wzid"), element.get("Baxh")) else { return Ok(None) };
    let domain = |entry: &Element| Some((entry.get("Ym")?.to_ascii_lowercase(), entry.number("Ymid")?));
    let domains: BTreeMap<String, i64> = element.all("Ym_xx").filter_map(domain).collect();
    let own = element.all("Jr_xx").find(|access| access.number("Ispid") == Some(isp));
    let access = own.and_then(|own| Some(Access { id: own.number("Jrid")?, ours: own.number("IspJrid") }));
    let number = number.parse().or(Err(unreadable("a service's number")))?;
    Ok(Some(Site { id, ours: element.number("IspWzid"), number, domains, access }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "<Baxx><Zt_xx><IspZtid>7</IspZtid><Ztid>70</Ztid><Baxh>辽ICP备2026000001号</Baxh></Zt_xx>\
         <Wz_xx><IspWzid>7001</IspWzid><Wzid>701</Wzid><Ym_xx><Ymid>5</Ymid><Ym>Example-lin.cn</Ym></Ym_xx>\
         <Jr_xx><Jrid>8</Jrid><Ispid>1</Ispid></Jr_xx><Jr_xx><IspJrid>7001</IspJrid><Jrid>9</Jrid><Ispid>2</Ispid></Jr_xx>\
         <Baxh>辽ICP备2026000001号-1</Baxh></Wz_xx></Baxx>";

    fn record(xml: &str) -> Option<Record> {
        read(&Element::read(xml).unwrap(), 2).unwrap()
    }

    #[test]
    fn ids_and_numbers_are_read_and_the_access_that_is_ours() {
        let read = record(RECORD).unwrap();
        assert_eq!((read.id, read.ours, read.complete), (70, Some(7), true));
        let [site] = read.sites.as_slice() else { panic!("{read:?}") };
        assert_eq!((site.id, site.ours, site.number.to_string().as_str()), (701, Some(7001), "辽ICP备2026000001号-1"));
        assert_eq!(site.domains.get("example-lin.cn"), Some(&5));
        assert_eq!(site.access, Some(Access { id: 9, ours: Some(7001) }));
    }

    #[test]
    fn what_has_no_number_is_not_filed_yet() {
        assert_eq!(record(&RECORD.replace("<Baxh>辽ICP备2026000001号</Baxh>", "")), None);
        let half = record(&RECORD.replace("<Baxh>辽ICP备2026000001号-1</Baxh>", "")).unwrap();
        assert!(half.sites.is_empty() && !half.complete);
        let wrong = RECORD.replace("2026000001号-1", "1号-1");
        assert!(matches!(read(&Element::read(&wrong).unwrap(), 2), Err(Trouble::Unreadable(_))));
    }
}
