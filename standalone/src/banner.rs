//! What is printed when a house is up: addresses and tokens. It knows no order.

use std::fmt::Write;

use sandbox::Sandbox;

use crate::endpoints::Endpoints;

/// The text for the terminal.
pub fn text(endpoints: &Endpoints, sandbox: &Sandbox) -> anyhow::Result<String> {
    let mut text = String::new();
    let mut seen = Vec::new();
    writeln!(text, "\nICP 备案系统已启动 / the ICP filing system is up\n")?;
    for (name, url) in [
        ("svc-orders", &endpoints.orders),
        ("svc-review", &endpoints.review),
        ("svc-photo", &endpoints.photo),
        ("svc-notify", &endpoints.notify),
    ] {
        if !seen.contains(&url) {
            let name = if seen.is_empty() && endpoints.orders == endpoints.review { "services" } else { name };
            writeln!(text, "  {name:<11} {url}   {url}readyz   {url}openapi.json")?;
            seen.push(url);
        }
    }
    writeln!(text, "  sandbox     {}   外部世界：邮件、短信、管局 / the outside world", endpoints.sandbox)?;
    writeln!(text, "  mail        smtp://{}\n", sandbox.smtp)?;
    writeln!(text, "演示令牌 / demo tokens (12 h; also at {}identity/people):", endpoints.sandbox)?;
    for person in sandbox.identity.people() {
        let token = sandbox.identity.token(person.person)?;
        writeln!(text, "  {}\n    {token}", person.person)?;
    }
    writeln!(text, "\n另开终端 / in another terminal: make demo\n")?;
    Ok(text)
}
