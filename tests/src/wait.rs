//! Waits for the thing, not for time. It knows nothing of what it waits for.

use std::{future::Future, time::Duration};

use tokio::time::{Instant, sleep};

/// Asks again and again until the answer is wanted; an error that shows the last answer when `within` is over.
pub async fn eventually<T, F, Fut>(
    what: &str,
    within: Duration,
    mut ask: F,
    wanted: impl Fn(&T) -> bool,
) -> anyhow::Result<T>
where
    T: std::fmt::Debug,
    F: FnMut() -> Fut,
    Fut: Future<Output = anyhow::Result<T>>,
{
    let end = Instant::now() + within;
    let mut pause = Duration::from_millis(20);
    loop {
        let answer = ask().await;
        match &answer {
            Ok(found) if wanted(found) => return answer,
            _ if Instant::now() >= end => {
                anyhow::bail!("{what}: not within {} s; last: {answer:?}", within.as_secs());
            }
            Ok(_) | Err(_) => sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}
