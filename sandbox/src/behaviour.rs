//! How a stand-in behaves until it is told otherwise: once, some times, or from now on. It knows no stand-in.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// No stand-in keeps a caller longer than this, whatever it is told.
const LONGEST: Duration = Duration::from_secs(120);

/// What `PUT …/behaviour` says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Behaviour<M> {
    /// What it does.
    pub mode: M,
    /// How long it waits before it does so, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// After how many uses it behaves well again; absent: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The vendor's code to refuse with, where the stand-in has more than one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

impl<M> Behaviour<M> {
    /// This, from now on.
    #[must_use]
    pub fn always(mode: M) -> Self {
        Self { mode, delay_ms: 0, times: None, code: None }
    }

    /// This, once.
    #[must_use]
    pub fn once(mode: M) -> Self {
        Self { times: Some(1), ..Self::always(mode) }
    }

    /// How long it waits.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms).min(LONGEST)
    }

    /// Waits as long as it is told.
    pub(crate) async fn wait(&self) {
        if !self.delay().is_zero() {
            tokio::time::sleep(self.delay()).await;
        }
    }
}

/// The behaviour that is in force.
#[derive(Debug, Default)]
pub struct Script<M>(Mutex<Behaviour<M>>);

impl<M: Clone + Default> Script<M> {
    /// What is in force, without using it.
    #[must_use]
    pub fn show(&self) -> Behaviour<M> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts this in force.
    pub fn set(&self, behaviour: Behaviour<M>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// What to do now; it counts as one use.
    #[must_use]
    pub fn take(&self) -> Behaviour<M> {
        let mut force = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = match force.times {
            None => return force.clone(),
            Some(0) => Behaviour::default(),
            Some(left) => {
                force.times = Some(left - 1);
                force.clone()
            }
        };
        if force.times == Some(0) {
            *force = Behaviour::default();
        }
        now
    }
}

/// `GET …/behaviour`.
pub(crate) async fn show<M>(script: web::Data<Script<M>>) -> HttpResponse
where
    M: Clone + Default + Serialize + 'static,
{
    HttpResponse::Ok().json(script.show())
}

/// `PUT …/behaviour`.
pub(crate) async fn set<M>(script: web::Data<Script<M>>, wanted: web::Json<Behaviour<M>>) -> HttpResponse
where
    M: Clone + Default + Serialize + DeserializeOwned + 'static,
{
    script.set(wanted.into_inner());
    HttpResponse::Ok().json(script.show())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_its_uses_a_stand_in_behaves_well_again() {
        let script = Script::<u8>::default();
        script.set(Behaviour { times: Some(2), ..Behaviour::always(7) });
        assert_eq!([script.take().mode, script.take().mode, script.take().mode], [7, 7, 0]);
        assert_eq!(script.show(), Behaviour::default());
    }

    #[test]
    fn without_a_number_it_stays() {
        let script = Script::<u8>::default();
        script.set(Behaviour::always(7));
        assert!((0..100).all(|_| script.take().mode == 7));
    }

    #[test]
    fn nobody_is_kept_for_ever() {
        let endless = Behaviour { delay_ms: u64::MAX, ..Behaviour::always(0_u8) };
        assert_eq!(endless.delay(), LONGEST);
    }
}
