//! Uploads: a multipart form read within limits, under an idempotency key whose fingerprint covers fields and bytes.

use actix_multipart::Multipart;
use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload};
use bytes::{Bytes, BytesMut};
use chassis::{
    failure::Failure,
    http::{Customer, extract::idempotency_key},
    idempotency::IdemKey,
};
use domain::{access::Actor, id::OrderId, photo::MAX_BYTES};
use futures::{FutureExt, StreamExt, future::LocalBoxFuture};
use sha2::{Digest, Sha256};

use crate::picture::NoPicture;

/// Longest text field, in bytes.
const LONGEST: usize = 200;
/// More services than any order has.
const SERVICES: u16 = 100;
/// So much of a file that is too large is read on and thrown away: whoever still writes would not read our answer.
const PATIENCE: usize = 16 * 1024 * 1024;

/// A picture that a customer sends, with what it is for.
pub(super) struct Upload {
    pub(super) me: Actor,
    pub(super) key: IdemKey,
    pub(super) order: OrderId,
    pub(super) kind: Option<String>,
    pub(super) service: Option<u16>,
    pub(super) file: Bytes,
}

#[derive(Default)]
struct Fields {
    order: Option<String>,
    kind: Option<String>,
    service: Option<String>,
    file: Option<Bytes>,
}

impl FromRequest for Upload {
    type Error = Failure;
    type Future = LocalBoxFuture<'static, Result<Self, Failure>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, person) = (request.clone(), Customer::from_request(request, payload));
        let form = Multipart::from_request(&request, payload);
        async move {
            let Customer(me) = person.await?;
            let unsupported = || Failure::unsupported("Send the picture as multipart/form-data.");
            if !request.content_type().eq_ignore_ascii_case("multipart/form-data") {
                return Err(unsupported());
            }
            let key = idempotency_key(&request)?;
            let form = form.await.map_err(|_other| unsupported())?;
            let fields = read(form).await?;
            let fingerprint = fingerprint(request.path(), &fields);
            let key = IdemKey { principal: me.id.clone(), key, fingerprint };
            upload(me, key, fields)
        }
        .boxed_local()
    }
}

fn upload(me: Actor, key: IdemKey, fields: Fields) -> Result<Upload, Failure> {
    let wrong = |pointer: &str, rule: &str, message: &str| {
        Failure::rejected("The form does not have the expected fields.", Vec::new()).at(pointer, rule, message)
    };
    let missing = |name: &str| wrong(&format!("/{name}"), "missing_field", "缺少这个字段 / This field is missing");
    let order = fields.order.ok_or_else(|| missing("order"))?;
    let order =
        order.parse().map_err(|_no_id| wrong("/order", "wrong_type", "不是订单编号 / This is no order's id"))?;
    let service = |text: String| text.parse::<u16>().ok().filter(|index| *index < SERVICES);
    let service = fields.service.map(|text| service(text).ok_or(())).transpose().map_err(|()| {
        wrong("/service", "wrong_type", "服务序号应为从 0 开始的数字 / The service is a number counted from 0")
    })?;
    let file = fields.file.ok_or_else(|| missing("file"))?;
    Ok(Upload { me, key, order, kind: fields.kind, service, file })
}

async fn read(mut form: Multipart) -> Result<Fields, Failure> {
    let broken = |error| Failure::unreadable("The form cannot be read.").because(error);
    let mut fields = Fields::default();
    while let Some(field) = form.next().await {
        let mut field = field.map_err(broken)?;
        let name = field.name().unwrap_or_default().to_owned();
        let limit = if name == "file" { MAX_BYTES } else { LONGEST };
        let (mut bytes, mut length) = (BytesMut::new(), 0_usize);
        while let Some(chunk) = field.next().await {
            let chunk = chunk.map_err(broken)?;
            length = length.saturating_add(chunk.len());
            if length <= limit {
                bytes.extend_from_slice(&chunk);
            } else if length > PATIENCE {
                break;
            }
        }
        if length > limit {
            return Err(if name == "file" { NoPicture::TooLarge.into() } else { too_long(&name) });
        }
        let text = || String::from_utf8(bytes.to_vec()).map_err(|_other| too_long(&name));
        match name.as_str() {
            "order" => fields.order = Some(text()?),
            "kind" => fields.kind = Some(text()?),
            "service" => fields.service = Some(text()?),
            "file" => fields.file = Some(bytes.freeze()),
            _ => {
                return Err(Failure::rejected("The form does not have the expected fields.", Vec::new()).at(
                    format!("/{name}"),
                    "unknown_field",
                    "没有这个字段 / There is no such field",
                ));
            }
        }
    }
    Ok(fields)
}

fn too_long(name: &str) -> Failure {
    Failure::rejected("The form does not have the expected fields.", Vec::new()).at(
        format!("/{name}"),
        "wrong_type",
        "内容过长或不是文本 / This is too long, or no text",
    )
}

/// Each part is preceded by its length, so that none can run into the next.
fn fingerprint(path: &str, fields: &Fields) -> [u8; 32] {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (order, kind, service) = (text(&fields.order), text(&fields.kind), text(&fields.service));
    let file = fields.file.clone().unwrap_or_default();
    let parts: [&[u8]; 5] = [path.as_bytes(), order.as_bytes(), kind.as_bytes(), service.as_bytes(), &file];
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}
