//! Asks from several clients at once and notes how long each answer took. It knows no API.

use std::{
    cell::RefCell,
    future::Future,
    time::{Duration, Instant},
};

use futures::future::try_join_all;

/// What was measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// Microseconds of every answer, ascending.
    micros: Vec<u64>,
    /// From the first question to the last answer.
    took: Duration,
}

impl Measured {
    /// From the duration of every answer in microseconds.
    #[must_use]
    pub fn of(mut micros: Vec<u64>, took: Duration) -> Self {
        micros.sort_unstable();
        Self { micros, took }
    }

    /// Answers a second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let count = u32::try_from(self.micros.len()).unwrap_or(u32::MAX);
        f64::from(count) / self.took.as_secs_f64().max(f64::EPSILON)
    }

    /// How many answers there were.
    #[must_use]
    pub fn count(&self) -> usize {
        self.micros.len()
    }

    /// The milliseconds within which this share of the answers came, in percent.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let index = (self.micros.len() * percent / 100).min(self.micros.len().saturating_sub(1));
        let micros = self.micros.get(index).copied().unwrap_or_default();
        f64::from(u32::try_from(micros).unwrap_or(u32::MAX)) / 1000.0
    }
}

/// Every worker asks again and again for so long. A worker keeps what it needs from one question to the next.
pub async fn for_a_while<W, F, Fut>(workers: Vec<W>, time: Duration, ask: F) -> anyhow::Result<Measured>
where
    F: Fn(W) -> Fut,
    Fut: Future<Output = anyhow::Result<W>>,
{
    let began = Instant::now();
    let micros = RefCell::new(Vec::new());
    try_join_all(workers.into_iter().map(|mut worker| async {
        while began.elapsed() < time {
            let asked = Instant::now();
            worker = ask(worker).await?;
            note(&micros, asked);
        }
        anyhow::Ok(())
    }))
    .await?;
    Ok(Measured::of(micros.into_inner(), began.elapsed()))
}

/// Every item is asked about once, by so many clients at a time.
pub async fn once_each<T>(
    items: &[T],
    clients: usize,
    ask: impl AsyncFn(&T) -> anyhow::Result<()>,
) -> anyhow::Result<Measured> {
    let began = Instant::now();
    let micros = RefCell::new(Vec::new());
    let next = RefCell::new(items.iter());
    try_join_all((0..clients).map(|_| async {
        loop {
            let Some(item) = next.borrow_mut().next() else { return anyhow::Ok(()) };
            let asked = Instant::now();
            ask(item).await?;
            note(&micros, asked);
        }
    }))
    .await?;
    Ok(Measured::of(micros.into_inner(), began.elapsed()))
}

fn note(micros: &RefCell<Vec<u64>>, asked: Instant) {
    micros.borrow_mut().push(u64::try_from(asked.elapsed().as_micros()).unwrap_or(u64::MAX));
}
