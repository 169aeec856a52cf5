//! Alternatives to the recorder.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use ::fastrace::collector::{Config, Reporter, SpanRecord};
use ::fastrace::prelude::{Event, LocalSpan, Span as Trace, SpanContext};
use opentelemetry_appender_tracing::layer::{OpenTelemetryTracingBridge, TracingSpanAttributes};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{BatchLogProcessor, LogBatch, LogExporter, SdkLoggerProvider};
use tracing::info;
use tracing_appender::non_blocking::WorkerGuard;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::cost::{Figure, Measure};
use crate::event::{
    ACTION, ACTOR_ID, ACTOR_TYPE, CHANGE, CORRELATION_ID, IP_ADDRESS, REASON, REQUEST_ID, RESOURCE,
    ROUTE_NAME, USER_AGENT,
};
use crate::request::{event, in_request, request};

/// Measures `tracing_subscriber::fmt` as JSON through `tracing_appender::non_blocking`, to an empty writer.
pub(crate) fn json(measure: Measure) -> Vec<Figure> {
    let _guard = install_json();
    measure.of(in_request, event)
}

/// Measures the same subscriber with a payload that is a value, which a field requires as JSON.
pub(crate) fn json_value(measure: Measure) -> Vec<Figure> {
    let _guard = install_json();
    measure.of(in_request, |id| {
        let payload = serde_json::to_string(black_box(&CHANGE)).unwrap_or_default();
        info!(
            target: "behavior_trace",
            action = ACTION,
            resource = RESOURCE,
            resource_id = black_box(id),
            payload,
        );
    })
}

/// Measures the lifetime of a request's span in a registry without layers.
pub(crate) fn span_alone(measure: Measure) -> Vec<Figure> {
    registry().init();
    measure.of(|work| work(), |_| drop(black_box(request().entered())))
}

/// Measures the lifetime of a request's span with the JSON subscriber.
pub(crate) fn span_json(measure: Measure) -> Vec<Figure> {
    let _guard = install_json();
    measure.of(|work| work(), |_| drop(black_box(request().entered())))
}

fn install_json() -> WorkerGuard {
    let (writer, guard) = tracing_appender::non_blocking(io::sink());
    let json = tracing_subscriber::fmt::layer().json().with_writer(writer);
    registry().with(json).init();
    guard
}

#[derive(Debug)]
struct Nowhere;

impl LogExporter for Nowhere {
    async fn export(&self, batch: LogBatch<'_>) -> OTelSdkResult {
        black_box(batch.iter().count());
        Ok(())
    }
}

/// Measures OpenTelemetry's tracing appender with the attributes of the spans, and its batch processor with default
/// settings.
pub(crate) fn opentelemetry(measure: Measure) -> Vec<Figure> {
    let batches = BatchLogProcessor::builder(Nowhere).build();
    let provider = SdkLoggerProvider::builder()
        .with_log_processor(batches)
        .build();
    let bridge = OpenTelemetryTracingBridge::builder(&provider)
        .with_tracing_span_attributes(TracingSpanAttributes::all())
        .build();
    registry().with(bridge).init();
    measure.of(in_request, event)
}

impl Reporter for Nowhere {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        black_box(spans);
    }
}

/// Measures a root span of fastrace with the request's fields, and the event in it.
pub(crate) fn fastrace(measure: Measure) -> Vec<Figure> {
    let often = Config::default().report_interval(Duration::from_millis(10));
    ::fastrace::set_reporter(Nowhere, often);
    measure.of(
        |work| work(),
        |id| {
            let root = Trace::root("request", SpanContext::random()).with_properties(|| {
                [
                    ("actor_type", ACTOR_TYPE.to_owned()),
                    ("actor_id", ACTOR_ID.to_string()),
                    ("request_id", REQUEST_ID.to_owned()),
                    ("correlation_id", CORRELATION_ID.to_owned()),
                    ("route_name", ROUTE_NAME.to_owned()),
                    ("ip_address", IP_ADDRESS.to_owned()),
                    ("user_agent", USER_AGENT.to_owned()),
                ]
            });
            let _parent = root.set_local_parent();
            LocalSpan::add_event(Event::new(ACTION).with_properties(|| {
                [
                    ("resource", RESOURCE.to_owned()),
                    ("resource_id", black_box(id).to_string()),
                    ("reason", black_box(REASON).to_owned()),
                ]
            }));
        },
    )
}
