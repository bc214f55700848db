//! `SendSms`: what the gateway checks of a request, and what becomes of each number. It sends nothing anywhere.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{APP_ID, Gateway, Mode, SIGN, template::Misfit};
use crate::{behaviour::Behaviour, vendor::Refusal};

const MOST_NUMBERS: usize = 200;
const LONGEST_SESSION: usize = 512;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Request {
    phone_number_set: Vec<String>,
    sms_sdk_app_id: String,
    template_id: String,
    sign_name: String,
    #[serde(default)]
    pub(super) template_param_set: Vec<String>,
    #[serde(default)]
    pub(super) session_context: String,
}

/// Takes a request that is known to be the customer's.
pub(super) fn take(gateway: &Gateway, body: &[u8], act: &Behaviour<Mode>) -> Result<Value, Refusal> {
    let request: Request =
        serde_json::from_slice(body).map_err(|error| Refusal::new("InvalidParameter", error.to_string()))?;
    check(&request)?;
    let text = fill(gateway, &request)?;
    let statuses: Vec<_> =
        request.phone_number_set.iter().map(|to| status(gateway, to, &text, &request, act)).collect();
    Ok(json!({ "SendStatusSet": statuses }))
}

fn check(request: &Request) -> Result<(), Refusal> {
    if request.phone_number_set.is_empty() || request.phone_number_set.len() > MOST_NUMBERS {
        return Err(Refusal::new("LimitExceeded.PhoneNumberCountLimit", "1 to 200 numbers in one request"));
    }
    if request.sms_sdk_app_id != APP_ID {
        return Err(Refusal::new("UnauthorizedOperation.SmsSdkAppIdVerifyFail", "SmsSdkAppId is not the customer's"));
    }
    if request.session_context.len() >= LONGEST_SESSION {
        return Err(Refusal::new("InvalidParameterValue.ContentLengthLimit", "SessionContext is too long"));
    }
    Ok(())
}

fn fill(gateway: &Gateway, request: &Request) -> Result<String, Refusal> {
    if request.sign_name != SIGN {
        return Err(Refusal::new("FailedOperation.SignatureIncorrectOrUnapproved", "SignName is not approved"));
    }
    let unknown = || Refusal::new("FailedOperation.TemplateIncorrectOrUnapproved", "TemplateId is not approved");
    let template = gateway.template(&request.template_id).ok_or_else(unknown)?;
    let text = template.fill(&request.template_param_set).map_err(|misfit| match misfit {
        Misfit::Number => Refusal::new(
            "FailedOperation.TemplateParamSetNotMatchApprovedTemplate",
            "TemplateParamSet has not as many values as the template has slots",
        ),
        Misfit::NotACode => Refusal::new(
            "InvalidParameterValue.TemplateParameterFormatError",
            "a verification template takes at most six digits",
        ),
        Misfit::Url => {
            Refusal::new("InvalidParameterValue.ProhibitedUseUrlInTemplateParameter", "a value holds a link")
        }
    })?;
    Ok(format!("【{SIGN}】{text}"))
}

/// One number's fate: each has its own, and the request as a whole succeeds either way.
fn status(gateway: &Gateway, to: &str, text: &str, request: &Request, act: &Behaviour<Mode>) -> Value {
    let refused = |code: &str, message: &str| {
        json!({
            "SerialNo": "", "PhoneNumber": to, "Fee": 0, "SessionContext": request.session_context,
            "Code": code, "Message": message, "IsoCode": "CN",
        })
    };
    let Some(number) = e164(to) else {
        return refused("InvalidParameterValue.IncorrectPhoneNumber", "incorrect phone number");
    };
    match act.mode {
        Mode::Refuse => {
            let code = act.code.as_deref().unwrap_or("LimitExceeded.PhoneNumberDailyLimit");
            return refused(code, "scripted to refuse");
        }
        Mode::Accept | Mode::Delay | Mode::Fail | Mode::Cut => {}
    }
    let serial = gateway.deliver(&number, &request.template_id, text.to_owned(), request);
    json!({
        "SerialNo": serial, "PhoneNumber": number, "Fee": 1, "SessionContext": request.session_context,
        "Code": "Ok", "Message": "send success", "IsoCode": "CN",
    })
}

/// The vendor takes +86…, 0086…, 86… and the bare eleven digits.
fn e164(number: &str) -> Option<String> {
    let bare = ["+86", "0086", "86"].iter().find_map(|prefix| number.strip_prefix(prefix)).unwrap_or(number);
    let is_mobile = bare.len() == 11 && bare.starts_with('1') && bare.bytes().all(|byte| byte.is_ascii_digit());
    is_mobile.then(|| format!("+86{bare}"))
}
