//! The lists of operations: orders of all accounts, narrowed, and found by what a caller can tell. Answers hold no more than
//! any order's view; who searched is noted, and what for is not.

use actix_web::{
    get, post,
    web::{self, Query},
};
use chassis::{
    db::Tx,
    failure::Failure,
    http::{Body, Operations, Reply},
};
use domain::{contact::Mobile, id::AccountId, text::Pii};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::list::{Asked, Pager};
use crate::{
    App,
    store::search::{Key, Wanted},
};

/// How the list of all orders is narrowed.
#[derive(Debug, Default, Clone, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct Narrowed {
    /// Only orders in this state.
    state: Option<String>,
    /// Only orders of this kind.
    kind: Option<String>,
    /// Only orders in this province, six digits.
    province: Option<String>,
    /// Only orders of this account.
    #[param(value_type = Option<String>)]
    account: Option<AccountId>,
    /// Only orders with exactly this domain, in Chinese or in ASCII.
    domain: Option<String>,
    /// Only orders about this filing number, of the subject or of a service.
    number: Option<String>,
    /// 1 to 100, 20 when absent.
    #[serde(skip_serializing)]
    limit: Option<u32>,
    /// Where the page begins, as the page before said.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// Orders of all accounts, newest first. Who asks for an account, a domain or a number is noted.
#[utoipa::path(tag = "operations", params(Narrowed), responses((status = 200, body = Object)))]
#[get("/v1/operations/orders")]
pub(super) async fn list(app: web::Data<App>, me: Operations, query: Query<Narrowed>) -> Result<Reply, Failure> {
    let Narrowed { state, kind, province, account, domain, number, limit, cursor } = &*query;
    let asked = Asked {
        state: state.as_deref(),
        kind: kind.as_deref(),
        province: province.as_deref(),
        domain: domain.as_deref(),
        number: number.as_deref(),
    };
    let wanted = Wanted { account: *account, ..asked.wanted()? };
    let filters = json!({ "operations": &*query });
    let pager = Pager::new(*limit, cursor.as_deref(), &filters)?;
    let by = [("account", account.is_some()), ("domain", domain.is_some()), ("number", number.is_some())];
    let by: Vec<&str> = by.into_iter().filter_map(|(key, given)| given.then_some(key)).collect();
    if by.is_empty() {
        let rows = app.db.read("operations.list", async |tx| pager.rows(tx, &wanted).await).await?;
        return Ok(pager.reply(rows));
    }
    let look = async |tx: &mut Tx| {
        let rows = pager.rows(tx, &wanted).await?;
        app.searched(tx, &me, &by, rows.len()).await?;
        Ok(rows)
    };
    Ok(pager.reply(app.db.transact("operations.search", look).await?))
}

/// What a caller can tell: a number of a certificate or of a phone. It stands in the body, because addresses are logged.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Told {
    /// The subject's certificate number.
    #[serde(default)]
    certificate: Option<Pii<String>>,
    /// A principal's mobile or emergency number.
    #[serde(default)]
    phone: Option<Pii<String>>,
    #[serde(default)]
    limit: Option<u32>,
    #[serde(default)]
    cursor: Option<String>,
}

/// Orders by the subject's certificate number or by a principal's phone, exactly, newest first. Who asks is noted.
#[utoipa::path(
    tag = "operations",
    request_body(content = Object, example = json!({ "phone": "13900000001" })),
    responses((status = 200, body = Object), (status = 422, description = "Neither or both, or no phone number"))
)]
#[post("/v1/operations/orders/search")]
pub(super) async fn search(app: web::Data<App>, me: Operations, told: Body<Told>) -> Result<Reply, Failure> {
    let (by, index) = match (&told.certificate, &told.phone) {
        (Some(number), None) => ("certificate", app.subject_index(number.reveal())),
        (None, Some(phone)) => {
            let phone = Mobile::try_from(phone.reveal().as_str()).map_err(|_shows_it| {
                wrong("/phone", "mobile", "请填写 11 位中国大陆手机号码 / Give an eleven-digit mainland mobile number")
            })?;
            ("phone", app.phone_index(&phone))
        }
        (None, None) | (Some(_), Some(_)) => {
            return Err(wrong(
                "",
                "search.one_key",
                "请填写证件号码或手机号码其中一项 / Give a certificate number or a phone",
            ));
        }
    };
    let key = if by == "phone" { Key::Phone(index.to_vec()) } else { Key::Certificate(index.to_vec()) };
    let wanted = Wanted { key: Some(key), ..Wanted::default() };
    let filters = json!({ "by": by, "index": index });
    let pager = Pager::new(told.limit, told.cursor.as_deref(), &filters)?;
    let look = async |tx: &mut Tx| {
        let rows = pager.rows(tx, &wanted).await?;
        app.searched(tx, &me, &[by], rows.len()).await?;
        Ok(rows)
    };
    Ok(pager.reply(app.db.transact("operations.search", look).await?))
}

fn wrong(pointer: &str, rule: &str, message: &str) -> Failure {
    Failure::rejected("This cannot be searched for.", Vec::new()).at(pointer, rule, message)
}
