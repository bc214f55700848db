//! Numbers by name: counters, gauges and durations. It knows the names of what matters everywhere, and no order.
//!
//! Labels must be few-valued (routes, status codes, verdicts), never ids and never personal data.

use std::{
    collections::HashMap,
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use opentelemetry::{
    KeyValue, global,
    metrics::{Counter, Gauge, Histogram},
};

/// Histogram, seconds, labels `method`, `route`, `status`: how long an answer took to begin.
pub const HTTP_DURATION: &str = "http_request_duration_seconds";
/// Counter, labels `verdict`, `consumer`: messages that a consumer has dealt with.
pub const BUS_HANDLED: &str = "bus_handled";
/// Counter, label `consumer`: messages given up and kept as dead letters.
pub const BUS_DEAD: &str = "bus_dead";
/// Gauge, label `service`: messages that wait in the outbox.
pub const OUTBOX_PENDING: &str = "outbox_pending";
/// Gauge, seconds, label `service`: age of the oldest message in the outbox.
pub const OUTBOX_AGE: &str = "outbox_age_seconds";
/// Histogram, seconds, label `service`: how long a request waited for a database connection.
pub const POOL_WAIT: &str = "pool_wait_seconds";

/// A label and its value.
pub type Label<'a> = (&'static str, &'a str);

/// Upper bounds in seconds, from a cache hit to the request deadline.
const BOUNDS: [f64; 13] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

#[derive(Default)]
struct Instruments {
    counters: HashMap<&'static str, Counter<u64>>,
    gauges: HashMap<&'static str, Gauge<f64>>,
    histograms: HashMap<&'static str, Histogram<f64>>,
}

// Made at first use, which is after `telemetry::init` has set the provider.
static INSTRUMENTS: LazyLock<Mutex<Instruments>> = LazyLock::new(Mutex::default);

/// Adds to a counter. Prometheus shows it as `NAME_total`.
pub fn count(name: &'static str, more: u64, labels: &[Label<'_>]) {
    let counter =
        with(|all| all.counters.entry(name).or_insert_with(|| global::meter("icp").u64_counter(name).build()).clone());
    counter.add(more, &key_values(labels));
}

/// Sets a gauge to what is true now.
pub fn gauge(name: &'static str, value: f64, labels: &[Label<'_>]) {
    let gauge =
        with(|all| all.gauges.entry(name).or_insert_with(|| global::meter("icp").f64_gauge(name).build()).clone());
    gauge.record(value, &key_values(labels));
}

/// Records how long something took, in seconds.
pub fn duration(name: &'static str, took: Duration, labels: &[Label<'_>]) {
    let histogram = with(|all| {
        let make = || global::meter("icp").f64_histogram(name).with_boundaries(BOUNDS.to_vec()).build();
        all.histograms.entry(name).or_insert_with(make).clone()
    });
    histogram.record(took.as_secs_f64(), &key_values(labels));
}

fn with<T>(use_them: impl FnOnce(&mut Instruments) -> T) -> T {
    use_them(&mut INSTRUMENTS.lock().unwrap_or_else(PoisonError::into_inner))
}

fn key_values(labels: &[Label<'_>]) -> Vec<KeyValue> {
    labels.iter().map(|(key, value)| KeyValue::new(*key, (*value).to_owned())).collect()
}
