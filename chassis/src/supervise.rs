//! Owns every long-lived task by name: its start, its unexpected end, and the order in which all stop. It knows no task.

use std::{
    future::Future,
    pin::pin,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    task::{AbortHandle, JoinError},
    time::{Instant, sleep, timeout_at},
};
use tokio_util::sync::CancellationToken;

/// What stops together; the order of the variants is the order of stopping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Requests that are being answered.
    Http,
    /// Messages that are being worked on.
    Consumers,
    /// The relay finishes its batch.
    Relay,
    /// Timed work.
    Jobs,
}

impl Phase {
    /// All phases in the order of stopping.
    pub const ALL: [Self; 4] = [Self::Http, Self::Consumers, Self::Relay, Self::Jobs];
}

/// How long each step of a stop may take. The sum, with the telemetry flush, stays below a pod's grace of 45 s.
#[derive(Debug, Clone, Copy)]
pub struct Grace {
    /// From "not ready" until the load balancer has noticed: one probe period.
    pub probe: Duration,
    /// For [`Phase::Http`].
    pub http: Duration,
    /// For [`Phase::Consumers`].
    pub consumers: Duration,
    /// For [`Phase::Relay`].
    pub relay: Duration,
    /// For [`Phase::Jobs`].
    pub jobs: Duration,
}

impl Default for Grace {
    fn default() -> Self {
        Self {
            probe: Duration::from_secs(5),
            http: Duration::from_secs(15),
            consumers: Duration::from_secs(10),
            relay: Duration::from_secs(6),
            jobs: Duration::from_secs(4),
        }
    }
}

impl Grace {
    /// For tests and one-process runs: nobody probes, so that nothing waits to be noticed.
    #[must_use]
    pub fn without_probe() -> Self {
        Self { probe: Duration::ZERO, ..Self::default() }
    }

    fn of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Http => self.http,
            Phase::Consumers => self.consumers,
            Phase::Relay => self.relay,
            Phase::Jobs => self.jobs,
        }
    }
}

struct Task {
    phase: Phase,
    name: &'static str,
    abort: AbortHandle,
}

struct Ended {
    name: &'static str,
    outcome: Result<anyhow::Result<()>, JoinError>,
}

/// Owns the tasks of one process, or of one service inside a process of several.
pub struct Supervisor {
    grace: Grace,
    stop: CancellationToken,
    phases: [(Phase, CancellationToken); 4],
    tasks: Mutex<Vec<Task>>,
    sender: mpsc::UnboundedSender<Ended>,
    ended: mpsc::UnboundedReceiver<Ended>,
}

impl Supervisor {
    /// A supervisor without tasks.
    #[must_use]
    pub fn new(grace: Grace) -> Self {
        let (sender, ended) = mpsc::unbounded_channel();
        let phases = Phase::ALL.map(|phase| (phase, CancellationToken::new()));
        Self { grace, stop: CancellationToken::new(), phases, tasks: Mutex::default(), sender, ended }
    }

    /// Cancelling this token asks everything to stop, in order; it is also cancelled when the stop has begun otherwise.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// The token that tells the tasks of a phase to finish what they are doing and end.
    #[must_use]
    pub fn phase(&self, phase: Phase) -> CancellationToken {
        self.phases.iter().find(|(known, _)| *known == phase).map(|(_, token)| token.clone()).unwrap_or_default()
    }

    /// Starts a task that is expected to run until the token of its phase is cancelled. When it ends before, whether
    /// well, with an error or by a panic, everything stops and [`Supervisor::run`] answers the error.
    pub fn spawn<F>(&self, phase: Phase, name: &'static str, task: F)
    where
        F: Future<Output = anyhow::Result<()>> + Send + 'static,
    {
        #[expect(clippy::disallowed_methods, reason = "this is the place where tasks are spawned")]
        let handle = tokio::spawn(task);
        let abort = handle.abort_handle();
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(Task { phase, name, abort });
        let sender = self.sender.clone();
        let watch = async move {
            let ended = Ended { name, outcome: handle.await };
            if sender.send(ended).is_err() {
                tracing::warn!(task = name, "a task ended after its supervisor");
            }
        };
        #[expect(clippy::disallowed_methods, reason = "this is the place where tasks are spawned")]
        drop(tokio::spawn(watch));
    }

    /// Runs until `signal` resolves, [`Supervisor::token`] is cancelled, or a task ends. Then calls `drain` (which makes
    /// the process say "not ready"), waits one probe period, and stops phase after phase, each within its deadline.
    /// Answers the error of the task that ended too early, if one did.
    pub async fn run(mut self, signal: impl Future<Output = ()>, drain: impl FnOnce()) -> anyhow::Result<()> {
        let mut signal = pin!(signal);
        let early = tokio::select! {
            () = &mut signal => None,
            () = self.stop.cancelled() => None,
            ended = self.ended.recv() => ended,
        };
        let answer = early.map_or(Ok(()), |ended| Err(too_early(ended)));
        self.stop.cancel();
        drain();
        sleep(self.grace.probe).await;
        for phase in Phase::ALL {
            self.stop_phase(phase).await;
        }
        answer
    }

    async fn stop_phase(&mut self, phase: Phase) {
        self.phase(phase).cancel();
        let deadline = Instant::now() + self.grace.of(phase);
        while self.is_running(phase) {
            match timeout_at(deadline, self.ended.recv()).await {
                Ok(Some(ended)) => note_end(&ended),
                Ok(None) => break,
                Err(_deadline) => {
                    self.abort(phase);
                    break;
                }
            }
        }
    }

    fn is_running(&self, phase: Phase) -> bool {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.iter().any(|task| task.phase == phase && !task.abort.is_finished())
    }

    fn abort(&self, phase: Phase) {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        for task in tasks.iter().filter(|task| task.phase == phase && !task.abort.is_finished()) {
            tracing::error!(task = task.name, ?phase, "did not stop within its deadline and is aborted");
            task.abort.abort();
        }
    }
}

fn too_early(ended: Ended) -> anyhow::Error {
    let name = ended.name;
    let error = match ended.outcome {
        Ok(Ok(())) => anyhow::anyhow!("task {name} ended, although nobody asked it to stop"),
        Ok(Err(error)) => error.context(format!("task {name} failed")),
        // The panic's own text is already on stderr, and may hold anything; it is not repeated.
        Err(_) => anyhow::anyhow!("task {name} panicked"),
    };
    tracing::error!(task = name, error = format!("{error:#}"), "a task ended too early; everything stops");
    error
}

fn note_end(ended: &Ended) {
    match &ended.outcome {
        Ok(Ok(())) => tracing::debug!(task = ended.name, "stopped"),
        Ok(Err(error)) => {
            tracing::error!(task = ended.name, error = format!("{error:#}"), "failed while it was stopping");
        }
        Err(error) if error.is_cancelled() => {}
        Err(_) => tracing::error!(task = ended.name, "panicked while it was stopping"),
    }
}

/// Resolves at the first SIGTERM or SIGINT.
pub async fn signalled() -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => tracing::info!(signal = "SIGTERM", "asked to stop"),
        _ = interrupt.recv() => tracing::info!(signal = "SIGINT", "asked to stop"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{future::pending, sync::Arc};

    use super::*;

    fn quick() -> Grace {
        let short = Duration::from_millis(200);
        Grace { probe: Duration::ZERO, http: short, consumers: short, relay: short, jobs: short }
    }

    fn recorder() -> (Arc<Mutex<Vec<&'static str>>>, impl Fn(&'static str) + Clone + Send) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let writer = Arc::clone(&seen);
        (seen, move |word| writer.lock().unwrap().push(word))
    }

    #[test]
    fn all_deadlines_together_stay_below_the_grace_of_a_pod() {
        let grace = Grace::default();
        let phases: Duration = Phase::ALL.into_iter().map(|phase| grace.of(phase)).sum();
        let all = grace.probe + phases + crate::telemetry::FLUSH;
        assert!(all < Duration::from_secs(45), "{all:?}");
    }

    #[tokio::test]
    async fn tasks_stop_phase_after_phase() {
        let (seen, say) = recorder();
        let supervisor = Supervisor::new(quick());
        for (phase, name) in [(Phase::Jobs, "jobs"), (Phase::Relay, "relay"), (Phase::Http, "http")] {
            let (stop, say) = (supervisor.phase(phase), say.clone());
            supervisor.spawn(phase, name, async move {
                stop.cancelled().await;
                sleep(Duration::from_millis(10)).await;
                say(name);
                Ok(())
            });
        }
        let drain = say.clone();
        supervisor.run(async {}, move || drain("drain")).await.unwrap();
        assert_eq!(*seen.lock().unwrap(), ["drain", "http", "relay", "jobs"]);
    }

    #[tokio::test]
    async fn a_task_that_ends_early_takes_everything_down_and_is_named() {
        for (wrong, words) in [("error", "task odd failed"), ("panic", "task odd panicked"), ("end", "ended, although")]
        {
            let supervisor = Supervisor::new(quick());
            supervisor.spawn(Phase::Jobs, "odd", async move {
                match wrong {
                    "error" => anyhow::bail!("no"),
                    "panic" => panic!("no"),
                    _ => Ok(()),
                }
            });
            let error = supervisor.run(pending(), || {}).await.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn a_task_that_does_not_stop_is_aborted_at_its_deadline() {
        let supervisor = Supervisor::new(quick());
        supervisor.spawn(Phase::Relay, "deaf", pending());
        let stop = supervisor.token();
        stop.cancel();
        tokio::time::timeout(Duration::from_secs(2), supervisor.run(pending(), || {})).await.unwrap().unwrap();
    }
}
