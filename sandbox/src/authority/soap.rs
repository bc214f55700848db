//! The calls of `upDownLoad` and `queryBeianStatus` as they come in, and the envelope around what goes back.

use quick_xml::escape::escape;
use serde::Deserialize;

/// A SOAP envelope.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope {
    #[serde(rename = "Body")]
    pub(super) body: Body,
}

/// Its body: one call.
#[derive(Debug, Deserialize)]
pub(super) struct Body {
    #[serde(rename = "$value")]
    pub(super) call: Call,
}

/// The methods.
#[derive(Debug, Deserialize)]
pub(super) enum Call {
    #[serde(rename = "isp_upload")]
    Upload(Parameters),
    #[serde(rename = "isp_download")]
    Download(Parameters),
    #[serde(rename = "isp_downloadack")]
    Acknowledge(Parameters),
    #[serde(rename = "isp_querypreviousupload")]
    Previous(Parameters),
    #[serde(rename = "isp_querybeianstatus")]
    Status(Parameters),
}

/// What calls carry; each uses some of it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Parameters {
    #[serde(rename = "ispId", alias = "ispID")]
    pub(super) isp: String,
    #[serde(rename = "userName")]
    pub(super) user: String,
    #[serde(rename = "randVal")]
    pub(super) random: String,
    #[serde(rename = "pwdHash")]
    pub(super) password_hash: String,
    #[serde(rename = "hashAlgorithm")]
    pub(super) hash_algorithm: String,
    #[serde(rename = "beianInfo")]
    pub(super) info: String,
    #[serde(rename = "beianInfoHash")]
    pub(super) info_hash: String,
    #[serde(rename = "dataSequence")]
    pub(super) sequence: String,
    #[serde(rename = "encryptAlgorithm")]
    pub(super) encrypt_algorithm: String,
    #[serde(rename = "compressionFormat")]
    pub(super) compression: String,
    #[serde(rename = "fileName")]
    pub(super) file: String,
    #[serde(rename = "queryConditionType")]
    pub(super) condition_type: String,
    #[serde(rename = "queryCondition")]
    pub(super) condition: String,
}

impl Call {
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Upload(_) => "isp_upload",
            Self::Download(_) => "isp_download",
            Self::Acknowledge(_) => "isp_downloadack",
            Self::Previous(_) => "isp_querypreviousupload",
            Self::Status(_) => "isp_querybeianstatus",
        }
    }

    pub(super) fn parameters(&self) -> &Parameters {
        match self {
            Self::Upload(own)
            | Self::Download(own)
            | Self::Acknowledge(own)
            | Self::Previous(own)
            | Self::Status(own) => own,
        }
    }
}

/// Reads a call.
pub(super) fn read(text: &str) -> Result<Call, quick_xml::DeError> {
    let Envelope { body: Body { call } } = quick_xml::de::from_str(text)?;
    Ok(call)
}

/// What goes back: an XML text in the answer of the method.
pub(super) fn answer(method: &str, code: i32, rest: &str) -> String {
    let inner = format!(
        "<?xml version=\"1.0\" encoding=\"GBK\"?><return version=\"V.3.0\"><msg_code>{code}</msg_code><msg>{}</msg>{rest}</return>",
        words(code)
    );
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><soap:Envelope xmlns:soap=\"http://schemas.xmlsoap.org/soap/envelope/\"><soap:Body>\
         <ns2:{method}Response xmlns:ns2=\"urn:ISPWebService\"><return>{}</return></ns2:{method}Response></soap:Body></soap:Envelope>",
        escape(inner.as_str())
    )
}

fn words(code: i32) -> &'static str {
    match code {
        0 => "操作成功",
        1 => "操作成功，数据已全部下载",
        2 => "目前没有可下载的数据",
        3 => "还有数据待下载",
        4 => "用户名错误",
        5 => "口令错误",
        6 => "解密失败",
        7 => "哈希值验证未通过",
        8 => "解压缩失败",
        9 => "加密算法类型错误",
        10 => "哈希算法类型错误",
        11 => "压缩格式错误",
        12 => "认证错误",
        14 => "请先上报缺少的数据",
        16 => "随机字符串少于20个字符",
        17 => "每次只能上报一个文件",
        18 => "文件超过50MB",
        21 => "确认的文件名为空",
        22 => "查询次数过多，请稍后再试",
        901 => "系统维护，暂不接收上报",
        902 => "系统维护，暂不提供下载",
        _ => "其他错误",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_whatever_its_prefixes_are() {
        let text = "<?xml version=\"1.0\"?><e:Envelope xmlns:e=\"x\" xmlns:i=\"y\"><e:Body><i:isp_downloadack>\
             <ispID>7</ispID><fileName>a.xml</fileName></i:isp_downloadack></e:Body></e:Envelope>";
        let Call::Acknowledge(parameters) = read(text).unwrap() else { panic!("another call") };
        assert_eq!((parameters.isp.as_str(), parameters.file.as_str()), ("7", "a.xml"));
        assert!(read("<e:Envelope xmlns:e=\"x\"><e:Body><isp_other/></e:Body></e:Envelope>").is_err());
    }
}
