//! `ImageRecognitionV2`: what the vendor checks of a request, and how it words what it sees. It sees what it is told to see.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    FaceCheck, FaceVendor, Mode,
    picture::{NoPicture, Picture},
};
use crate::{behaviour::Behaviour, vendor::Refusal};

const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK: &[u8; 11] = b"10X98765432";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Request {
    id_card: String,
    name: String,
    image_base64: String,
}

/// The vendor's words for an outcome: code, description, similarity.
type Outcome = (&'static str, &'static str, f64);

const NO_ID: Outcome = ("FailedOperation.IdFormatError", "身份证号码格式错误", 0.0);
const NO_NAME: Outcome = ("FailedOperation.NameFormatError", "姓名格式错误", 0.0);
const UNREADABLE: Outcome = ("FailedOperation.LifePhotoPoorQuality", "照片无法识别", 0.0);
const TOO_LARGE: Outcome = ("FailedOperation.LifePhotoSizeError", "照片过大", 0.0);

/// Answers a request that is known to be the customer's.
pub(super) fn take(vendor: &FaceVendor, body: &[u8], act: &Behaviour<Mode>) -> Result<Value, Refusal> {
    let request: Request =
        serde_json::from_slice(body).map_err(|error| Refusal::new("InvalidParameter", error.to_string()))?;
    let picture = Picture::read(&request.image_base64);
    let (result, description, sim) = outcome(&request, picture, act.mode);
    vendor.0.checks.add(FaceCheck {
        id: chassis::clock::mint(),
        at: vendor.0.clock.now(),
        name: request.name,
        id_card: request.id_card,
        picture: picture.ok(),
        sim,
        result: result.to_owned(),
    });
    Ok(json!({ "Sim": sim, "Result": result, "Description": description }))
}

fn outcome(request: &Request, picture: Result<Picture, NoPicture>, mode: Mode) -> Outcome {
    if !is_identity_number(&request.id_card) {
        return NO_ID;
    }
    if request.name.trim().is_empty() {
        return NO_NAME;
    }
    match picture {
        Ok(_) => {}
        Err(NoPicture::TooLarge) => return TOO_LARGE,
        Err(NoPicture::Base64 | NoPicture::Undecodable) => return UNREADABLE,
    }
    match mode {
        Mode::Recognise | Mode::Delay | Mode::Fail => ("Success", "成功", 97.31),
        Mode::OtherPerson => ("FailedOperation.CompareLowSimilarity", "比对相似度未达到通过标准", 23.45),
        Mode::NotAlive => ("FailedOperation.LifePhotoDetectFake", "实人比对没通过", 0.0),
    }
}

/// GB 11643: seventeen digits and what they add up to.
fn is_identity_number(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some((last, digits)) = bytes.split_last().filter(|(_, digits)| digits.len() == WEIGHTS.len()) else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    usize::try_from(sum % 11).ok().and_then(|at| CHECK.get(at)) == Some(&last.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_a_wrong_check_digit_belong_to_nobody() {
        assert!(is_identity_number("210102190301010016"));
        assert!(!is_identity_number("210102190301010017"));
        assert!(!is_identity_number("21010219030101001"));
        assert!(!is_identity_number("2101021903010100一"));
    }
}
