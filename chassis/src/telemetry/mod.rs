//! Logs, traces and metrics: one start, one end, and the trace context that travels with requests and messages. It knows no
//! order, and what it writes must hold ids and codes only.

mod json;
pub mod metric;
mod root_span;

use std::{io::IsTerminal, time::Duration};

use anyhow::Context as _;
use opentelemetry::{
    Context, global,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{TraceContextExt, TracerProvider},
};
use opentelemetry_appender_tracing::layer::OpenTelemetryTracingBridge;
use opentelemetry_otlp::WithExportConfig;
use opentelemetry_sdk::{
    Resource, logs::SdkLoggerProvider, metrics::SdkMeterProvider, propagation::TraceContextPropagator,
    trace::SdkTracerProvider,
};
use prometheus::Registry;
use tracing::{Span, level_filters::LevelFilter};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::{EnvFilter, Layer, filter::Targets, fmt, layer::SubscriberExt, util::SubscriberInitExt};
use url::Url;

pub use root_span::RootSpan;

use crate::config::{LogFormat, TelemetryArgs};

/// How long the last logs, spans and numbers may take on their way out.
pub const FLUSH: Duration = Duration::from_secs(4);

/// What must be flushed at the end of the process.
pub struct Telemetry {
    tracer: SdkTracerProvider,
    meter: SdkMeterProvider,
    logger: Option<SdkLoggerProvider>,
    registry: Registry,
}

/// Starts logs, traces and metrics of this process. Once per process, inside the runtime, before anything else.
/// Without a collector, spans still get their ids, so that logs and problems carry a trace id.
pub fn init(args: &TelemetryArgs, service: &'static str, version: &'static str) -> anyhow::Result<Telemetry> {
    let resource = Resource::builder()
        .with_service_name(service)
        .with_attribute(opentelemetry::KeyValue::new("service.version", version))
        .build();
    let endpoint = args.otlp_endpoint.as_ref();
    let registry = Registry::new();
    let telemetry = Telemetry {
        tracer: tracer(endpoint, resource.clone())?,
        meter: meter(endpoint, resource.clone(), &registry)?,
        logger: endpoint.map(|endpoint| logger(endpoint, resource)).transpose()?,
        registry,
    };
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_meter_provider(telemetry.meter.clone());
    global::set_tracer_provider(telemetry.tracer.clone());

    let filter = EnvFilter::try_new(&args.filter).context("LOG_FILTER")?;
    let lines = match args.format {
        LogFormat::Json => fmt::layer()
            .fmt_fields(fmt::format::JsonFields::new())
            .event_format(json::Json)
            .with_writer(std::io::stderr)
            .boxed(),
        LogFormat::Text => fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).boxed(),
    };
    // Spans have their own filter: turning the log down must not take the trace ids away.
    let spans = tracing_opentelemetry::layer().with_tracer(telemetry.tracer.tracer("icp")).with_filter(ours());
    let logs = telemetry.logger.as_ref().map(|logger| OpenTelemetryTracingBridge::new(logger).with_filter(ours()));
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .with(spans)
        .with(logs)
        .try_init()
        .context("telemetry was started twice")?;
    Ok(telemetry)
}

/// What goes to the collector. Not the exporter's own wire: it would report its reports.
fn ours() -> Targets {
    let wire = ["h2", "hyper", "hyper_util", "tonic", "tower", "reqwest", "opentelemetry", "opentelemetry_sdk"];
    Targets::new().with_default(LevelFilter::INFO).with_targets(wire.map(|target| (target, LevelFilter::OFF)))
}

fn tracer(endpoint: Option<&Url>, resource: Resource) -> anyhow::Result<SdkTracerProvider> {
    let builder = SdkTracerProvider::builder().with_resource(resource);
    let Some(endpoint) = endpoint else { return Ok(builder.build()) };
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint.as_str()).build()?;
    Ok(builder.with_batch_exporter(exporter).build())
}

fn meter(endpoint: Option<&Url>, resource: Resource, registry: &Registry) -> anyhow::Result<SdkMeterProvider> {
    let scrape =
        opentelemetry_prometheus::exporter().with_registry(registry.clone()).scope_info_enabled(false).build()?;
    let builder = SdkMeterProvider::builder().with_resource(resource).with_reader(scrape);
    let Some(endpoint) = endpoint else { return Ok(builder.build()) };
    let exporter =
        opentelemetry_otlp::MetricExporter::builder().with_tonic().with_endpoint(endpoint.as_str()).build()?;
    Ok(builder.with_periodic_exporter(exporter).build())
}

fn logger(endpoint: &Url, resource: Resource) -> anyhow::Result<SdkLoggerProvider> {
    let exporter = opentelemetry_otlp::LogExporter::builder().with_tonic().with_endpoint(endpoint.as_str()).build()?;
    Ok(SdkLoggerProvider::builder().with_resource(resource).with_batch_exporter(exporter).build())
}

impl Telemetry {
    /// What `GET /metrics` shows.
    #[must_use]
    pub fn registry(&self) -> Registry {
        self.registry.clone()
    }

    /// Sends what is still held back, at most for [`FLUSH`]. The last thing a process does.
    pub async fn shutdown(self) {
        // The exporters block the thread on which they are asked to stop.
        let flush = tokio::task::spawn_blocking(move || {
            let outcomes = [
                self.tracer.shutdown_with_timeout(FLUSH / 3),
                self.meter.shutdown_with_timeout(FLUSH / 3),
                self.logger.map_or(Ok(()), |logger| logger.shutdown_with_timeout(FLUSH / 3)),
            ];
            for error in outcomes.into_iter().filter_map(Result::err) {
                tracing::warn!(%error, "some telemetry was lost at the end");
            }
        });
        if tokio::time::timeout(FLUSH, flush).await.is_err() {
            tracing::warn!("telemetry could not be flushed in time");
        }
    }
}

/// The trace id of what is being done now, 32 hexadecimal digits; `None` where no trace is known.
#[must_use]
pub fn trace_id() -> Option<String> {
    let context = Span::current().context();
    let span = context.span();
    let id = span.span_context();
    id.is_valid().then(|| id.trace_id().to_string())
}

/// The W3C `traceparent` of what is being done now, to be sent along with a request or a message.
#[must_use]
pub fn traceparent() -> Option<String> {
    struct One(Option<String>);
    impl Injector for One {
        fn set(&mut self, key: &str, value: String) {
            if key == "traceparent" {
                self.0 = Some(value);
            }
        }
    }
    let mut carrier = One(None);
    TraceContextPropagator::new().inject_context(&Span::current().context(), &mut carrier);
    carrier.0
}

/// Makes the span a child of the trace that came along. Must be called before the span is entered for the first time.
/// A `traceparent` that is not one is ignored: it came from outside.
pub fn continue_trace(span: &Span, traceparent: Option<&str>) {
    struct One<'a>(Option<&'a str>);
    impl Extractor for One<'_> {
        fn get(&self, key: &str) -> Option<&str> {
            self.0.filter(|_| key == "traceparent")
        }
        fn keys(&self) -> Vec<&str> {
            vec!["traceparent"]
        }
    }
    let parent = TraceContextPropagator::new().extract_with_context(&Context::new(), &One(traceparent));
    if parent.span().span_context().is_valid()
        && let Err(error) = span.set_parent(parent)
    {
        tracing::debug!(%error, "a span goes without its parent");
    }
}
