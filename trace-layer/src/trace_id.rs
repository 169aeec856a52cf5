//! The OpenTelemetry trace around an event, whose id is the correlation where nothing else says one.

use behavior_trace_core::Fields;

/// Adds the id of the current trace, unless the event has a correlation.
#[cfg(feature = "opentelemetry")]
pub(crate) fn describe(fields: &mut Fields) {
    use behavior_trace_core::Field;

    if fields.get(Field::CorrelationId).is_none()
        && let Some(id) = current()
    {
        fields.put(Field::CorrelationId, &id);
    }
}

#[cfg(not(feature = "opentelemetry"))]
pub(crate) const fn describe(_: &mut Fields) {}

/// Returns the id of the current trace, 32 hexadecimal digits.
#[cfg(feature = "opentelemetry")]
pub(crate) fn current() -> Option<String> {
    use opentelemetry::Context;
    use opentelemetry::trace::{TraceContextExt, TraceId};

    let id = Context::map_current(|context| context.span().span_context().trace_id());
    (id != TraceId::INVALID).then(|| id.to_string())
}
