//! The titles of notices: subject lines of mails and names in lists. It knows no order.

use domain::notice::NoticeKind;

/// A title in Chinese and English.
#[must_use]
pub fn title(kind: NoticeKind) -> (&'static str, &'static str) {
    match kind {
        NoticeKind::Submitted => ("备案订单已提交初审", "Your filing order was submitted for review"),
        NoticeKind::Returned => ("备案订单被退回，请修改", "Your filing order was returned: please correct it"),
        NoticeKind::PhotoWanted => ("初审已通过，请办理拍照", "Review passed: the curtain photo is needed"),
        NoticeKind::CurtainDispatched => ("拍照幕布已寄出", "The curtain for your photo is on its way"),
        NoticeKind::PhotoRefused => ("照片未通过审核，请重新拍摄", "Your photo was not accepted: please take it again"),
        NoticeKind::Passed => ("审核已通过，将提交管局", "Review passed: your order goes to the authority"),
        NoticeKind::SmsAwaited => ("请完成工信部短信核验", "Please complete the MIIT SMS verification"),
        NoticeKind::SmsLapsed => ("短信核验已失效，请重新提交", "The SMS verification lapsed: please submit again"),
        NoticeKind::AtAuthority => ("备案订单已进入管局审核", "Your filing order is with the authority"),
        NoticeKind::Refused => ("管局退回了备案订单，请修改", "The authority returned your order: please correct it"),
        NoticeKind::Filed => ("备案成功", "Your filing succeeded"),
        NoticeKind::Withdrawn => ("备案订单已撤回", "Your filing order was withdrawn"),
        NoticeKind::Abandoned => ("备案订单已放弃", "Your filing order was given up"),
        NoticeKind::Changed => ("备案变更成功", "Your change was filed"),
        NoticeKind::Cancelled => ("备案注销成功", "Your filing was cancelled as you asked"),
        NoticeKind::Idle => ("备案草稿等待继续填写", "Your filing draft is waiting for you"),
        NoticeKind::PurgeSoon => ("备案订单资料即将删除", "What your filing order holds will be deleted soon"),
        NoticeKind::LeftLine => ("排队中的备案订单未能自动提交", "Your order in line could not be submitted"),
        NoticeKind::ConsentAsked => ("有备案订单需要您同意", "An order asks for your consent"),
        NoticeKind::CodeGranted => ("您获得了一个备案授权码", "You got an authorization code"),
        NoticeKind::CodeApproved => ("白名单账号已自动获得授权码", "An account that you trust got a code"),
        NoticeKind::CodeUsed => ("您的备案授权码已被使用", "A service was filed by your code"),
        NoticeKind::CodeEnded => ("备案授权码已失效", "An authorization code is not valid any more"),
        NoticeKind::FilingCancelled => ("备案已被管局注销", "The authority cancelled a filing of yours"),
        NoticeKind::AccessLost => ("备案的接入已被取消", "The access of a filing of yours was cancelled"),
        NoticeKind::FilingChanged => ("备案信息已按管局记录更新", "Your filing was updated to match the authority"),
        NoticeKind::Expired => ("备案草稿已过期", "Your filing draft has expired"),
    }
}
