//! Keeps time for codes: those whose server is gone or ends too soon become invalid. It decides by the same command as everybody
//! else.

use chassis::failure::Failure;
use tokio_util::sync::CancellationToken;

use crate::App;

/// Compares codes with the inventory, again and again, until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let Some(every) = app.resources.as_ref().map(|resources| resources.watch) else { return Ok(()) };
    loop {
        match end_codes(&app).await {
            Ok(0) => {}
            Ok(ended) => tracing::info!(ended, "authorization codes became invalid with their servers"),
            Err(failure) => tracing::warn!(?failure, "codes could not be compared with the inventory; again later"),
        }
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(every) => {}
        }
    }
}

/// Compares every code with the inventory once, and answers how many became invalid.
pub async fn end_codes(app: &App) -> Result<usize, Failure> {
    app.end_codes().await
}
