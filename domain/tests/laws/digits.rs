//! Check digits: no slip of one character passes.

use domain::checksum;
use domain::company::{CreditCode, OrganizationCode};
use domain::person::CitizenId;
use proptest::prelude::*;

const CREDIT: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const DIGITS: &str = "0123456789";

/// Every text that differs from this one in one character of the alphabet.
fn slips(text: &str, alphabet: &str) -> Vec<String> {
    let chars: Vec<char> = text.chars().collect();
    let one = |at: usize, other: char| -> String {
        chars.iter().enumerate().map(|(index, c)| if index == at { other } else { *c }).collect()
    };
    let places = 0..chars.len();
    places
        .flat_map(|at| alphabet.chars().filter(move |c| chars_differ(text, at, *c)).map(move |c| (at, c)))
        .map(|(at, c)| one(at, c))
        .collect()
}

fn chars_differ(text: &str, at: usize, c: char) -> bool {
    text.chars().nth(at) != Some(c)
}

/// How many value types take a text.
fn readers(text: &str) -> usize {
    let forms = domain::certificate::Certificates::national().all().iter();
    let read = [
        CitizenId::try_from(text).is_ok(),
        CreditCode::try_from(text).is_ok(),
        OrganizationCode::try_from(text).is_ok(),
        domain::contact::Mobile::try_from(text).is_ok(),
        domain::contact::Landline::try_from(text).is_ok(),
        domain::contact::Email::try_from(text).is_ok(),
        domain::host::DomainName::try_from(text).is_ok_and(|name| name.is_registrable()),
        domain::host::HomeUrl::try_from(text).is_ok(),
        domain::person::PersonName::try_from(text).is_ok(),
        domain::region::RegionCode::try_from(text).is_ok(),
        domain::text::StaffNote::try_from(text).is_ok(),
        text.parse::<domain::filing_number::SubjectNumber>().is_ok(),
        text.parse::<domain::filing_number::ServiceNumber>().is_ok(),
    ];
    let forms = forms.filter(|kind| kind.form.check(text).is_ok()).count();
    read.into_iter().filter(|taken| *taken).count() + forms
}

proptest! {
    #[test]
    fn every_slip_in_an_identity_number_is_caught(body in "(11|21|44|65)[0-9]{4}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}") {
        let number = format!("{body}{}", checksum::gb11643(&body).unwrap());
        prop_assert!(CitizenId::try_from(number.as_str()).is_ok());
        for slip in slips(&number, "0123456789X") {
            prop_assert!(CitizenId::try_from(slip.as_str()).is_err(), "{} for {}", slip, number);
        }
    }

    #[test]
    fn every_slip_in_a_credit_code_is_caught(body in "9[0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{9}") {
        let code = format!("{body}{}", checksum::gb32100(&body).unwrap());
        prop_assert!(CreditCode::try_from(code.as_str()).is_ok());
        for slip in slips(&code, CREDIT) {
            prop_assert!(CreditCode::try_from(slip.as_str()).is_err(), "{} for {}", slip, code);
        }
    }

    #[test]
    fn every_wrong_digit_in_an_organization_code_is_caught(body in "[0-9]{8}") {
        let code = format!("{body}{}", checksum::gb11714(&body).unwrap());
        prop_assert!(OrganizationCode::try_from(code.as_str()).is_ok());
        for slip in slips(&code, DIGITS) {
            prop_assert!(OrganizationCode::try_from(slip.as_str()).is_err(), "{} for {}", slip, code);
        }
    }

    #[test]
    fn every_wrong_digit_in_an_old_registration_number_is_caught(body in "[0-9]{14}") {
        let check = checksum::gs15(&body);
        prop_assert!(check.is_some());
        for slip in slips(&body, DIGITS) {
            prop_assert_ne!(checksum::gs15(&slip), check, "{}", slip);
        }
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in "\\PC{0,40}") {
        prop_assert_eq!(readers(&text), readers(&text));
    }

    #[test]
    fn what_a_parser_kept_it_reads_again(text in "(1[3-9][0-9]{9}|0[1-9][0-9]{1,2}-[0-9]{7,8}|[a-z]{1,9}\\.(cn|com\\.cn|中国))") {
        if let Ok(mobile) = domain::contact::Mobile::try_from(text.as_str()) {
            prop_assert_eq!(domain::contact::Mobile::try_from(mobile.as_str()), Ok(mobile));
        }
        if let Ok(landline) = domain::contact::Landline::try_from(text.as_str()) {
            prop_assert_eq!(domain::contact::Landline::try_from(landline.to_text().as_str()), Ok(landline));
        }
        if let Ok(name) = domain::host::DomainName::try_from(text.as_str()) {
            prop_assert_eq!(domain::host::DomainName::try_from(name.unicode().as_str()), Ok(name.clone()));
            prop_assert_eq!(domain::host::DomainName::try_from(name.ascii()), Ok(name));
        }
    }
}
