//! Named crash points, so that tests can stop the world at the worst moment. Nothing here does anything unless armed.

use std::{
    collections::HashMap,
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::sync::watch;

use crate::{config::FaultArgs, failure::Failure};

/// What happens at an armed point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The process aborts: no destructor runs, nothing is flushed, as when the machine is taken away.
    Crash,
    /// The point answers [`Injected`], once for each time it is met.
    Fail,
    /// Whoever meets the point waits there until [`Armed::release`] or until the guard is dropped.
    Pause,
}

/// The failure that an armed point answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a fault was injected at {0}")]
pub struct Injected(pub &'static str);

impl From<Injected> for Failure {
    fn from(fault: Injected) -> Self {
        Self::internal(fault.to_string())
    }
}

struct Point {
    action: Action,
    /// How often the point was met.
    met: watch::Sender<u64>,
    released: watch::Sender<bool>,
}

/// How many points are armed: the only thing that an unarmed process ever reads.
static ARMED: AtomicUsize = AtomicUsize::new(0);
static POINTS: LazyLock<Mutex<HashMap<String, Arc<Point>>>> = LazyLock::new(Mutex::default);

/// A point of the program where a test may want it to die, named `module.between_what_and_what`.
/// Costs one relaxed load while nothing is armed.
pub async fn point(name: &'static str) -> Result<(), Injected> {
    if ARMED.load(Ordering::Relaxed) == 0 {
        return Ok(());
    }
    let Some(point) = find(name) else { return Ok(()) };
    point.met.send_modify(|met| *met += 1);
    match point.action {
        Action::Crash => {
            tracing::error!(point = name, "aborting at an armed crash point");
            std::process::abort()
        }
        Action::Fail => Err(Injected(name)),
        Action::Pause => {
            // An error means that the guard is gone, which releases as well.
            let _released = point.released.subscribe().wait_for(|released| *released).await.map(|_| ());
            Ok(())
        }
    }
}

/// Arms the points that the start was told to crash at.
pub fn arm_from(args: &FaultArgs) {
    for name in &args.crash_at {
        // Armed until the process ends, which is the purpose.
        std::mem::forget(arm(name, Action::Crash));
    }
}

/// Arms a point until the guard is dropped. Arming a point again replaces what it does.
#[must_use = "the point is disarmed when the guard is dropped"]
pub fn arm(name: &str, action: Action) -> Armed {
    let point = Arc::new(Point { action, met: watch::Sender::new(0), released: watch::Sender::new(false) });
    if points().insert(name.to_owned(), Arc::clone(&point)).is_none() {
        ARMED.fetch_add(1, Ordering::Relaxed);
    }
    Armed { name: name.to_owned(), point }
}

/// Keeps a point armed.
pub struct Armed {
    name: String,
    point: Arc<Point>,
}

impl Armed {
    /// Waits until the point has been met `times` times since it was armed.
    pub async fn reached(&self, times: u64) {
        // The sender lives in `self`, so that waiting cannot fail.
        let _met = self.point.met.subscribe().wait_for(|met| *met >= times).await.map(|_| ());
    }

    /// Lets everyone go who waits at a [`Action::Pause`] point; later visitors pass.
    pub fn release(&self) {
        self.point.released.send_replace(true);
    }
}

impl Drop for Armed {
    fn drop(&mut self) {
        self.release();
        let mut points = points();
        if points.get(&self.name).is_some_and(|point| Arc::ptr_eq(point, &self.point)) {
            points.remove(&self.name);
            ARMED.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

fn find(name: &str) -> Option<Arc<Point>> {
    points().get(name).cloned()
}

fn points() -> std::sync::MutexGuard<'static, HashMap<String, Arc<Point>>> {
    POINTS.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_point_aborts_the_process() {
        let this = std::env::current_exe().unwrap();
        let child = std::process::Command::new(this)
            .args(["--exact", "fault::tests::the_child_that_crashes", "--ignored", "--test-threads=1"])
            .output()
            .unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&child.status), Some(6), "{child:?}");
    }

    #[tokio::test]
    #[ignore = "run by the test above, in a process of its own"]
    async fn the_child_that_crashes() {
        arm_from(&FaultArgs { crash_at: vec!["test.crashes".into()] });
        let _never = point("test.crashes").await;
    }

    #[tokio::test]
    async fn an_unarmed_point_lets_everyone_pass() {
        assert_eq!(point("test.unarmed").await, Ok(()));
    }

    #[tokio::test]
    async fn a_failing_point_fails_until_its_guard_is_dropped() {
        let armed = arm("test.fails", Action::Fail);
        assert_eq!(point("test.fails").await, Err(Injected("test.fails")));
        assert_eq!(point("test.another").await, Ok(()));
        drop(armed);
        assert_eq!(point("test.fails").await, Ok(()));
    }

    #[tokio::test]
    async fn a_paused_visitor_goes_on_when_released() {
        let armed = arm("test.pauses", Action::Pause);
        let walk = async {
            point("test.pauses").await.unwrap();
            "through"
        };
        let watcher = async {
            armed.reached(1).await;
            armed.release();
        };
        let (through, ()) = futures::join!(walk, watcher);
        assert_eq!(through, "through");
    }
}
