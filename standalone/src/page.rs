//! The page at `/` of the one-process house: what can be opened, and who can be played. It knows no order.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use chassis::http::Service;
use url::Url;

const STYLE: &str = "body{font:16px/1.7 'Noto Sans CJK SC','PingFang SC',sans-serif;max-width:46rem;margin:3rem auto;\
padding:0 1rem;color:#1d2129}h1{font-size:1.6rem;margin-bottom:0}p.en{color:#5b6472;margin-top:.2rem}\
table{border-collapse:collapse;width:100%}td{padding:.45rem .6rem;border-top:1px solid #e5e8ef;vertical-align:top}\
code{background:#f2f4f8;padding:.1rem .3rem;border-radius:3px}a{color:#0a55c4}";

/// The page as a service without an API.
#[must_use]
pub fn service(sandbox: &Url) -> Service {
    let page = web::Data::new(Page(html(sandbox)));
    let wiring = Arc::new(move |config: &mut web::ServiceConfig| {
        config.app_data(page.clone());
        config.service(web::resource("/").guard(actix_web::guard::Get()).to(show));
    });
    Service { routes: |_| (), wiring }
}

struct Page(String);

async fn show(page: web::Data<Page>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'"))
        .body(page.0.clone())
}

fn html(sandbox: &Url) -> String {
    let rows = [
        ("/readyz".to_owned(), "是否就绪", "Whether everything is ready"),
        ("/openapi.json".to_owned(), "接口说明", "The description of the API"),
        ("/metrics".to_owned(), "运行指标", "Numbers for Prometheus"),
        (
            sandbox.to_string(),
            "外部世界：令牌、短信、邮件、管局",
            "The outside world: tokens, SMS, mail, the authority",
        ),
    ];
    let rows: String = rows
        .iter()
        .map(|(link, zh, en)| format!("<tr><td><a href=\"{link}\">{link}</a></td><td>{zh}<br>{en}</td></tr>"))
        .collect();
    format!(
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>ICP 备案系统</title>\
         <style>{STYLE}</style></head><body><h1>ICP 备案系统</h1>\
         <p class=\"en\">ICP filing for hosting providers, all services in one process</p>\
         <table>{rows}</table>\
         <p>另开一个终端运行 <code>make demo</code>，看两个备案从草稿走到备案号。<br>\
         Run <code>make demo</code> in another terminal and watch two filings go from draft to number.</p>\
         </body></html>"
    )
}
