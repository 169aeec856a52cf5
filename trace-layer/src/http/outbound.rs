//! Context of outgoing requests.

use behavior_trace_core::Context;
use http::{HeaderMap, HeaderValue};

use super::{CORRELATION_ID, REQUEST_ID};

/// Tells the next service which request and which story this is: sets `x-request-id` and `x-correlation-id` to the
/// current context's, in place of those that are there. An id that no header can hold is left out; so are both where there
/// is no current context.
///
/// ```
/// use behavior_trace_core::Context;
/// use behavior_trace_layer::http::inject;
///
/// let mut headers = http::HeaderMap::new();
/// Context::new().request_id("r-1").in_scope(|| inject(&mut headers));
/// assert_eq!(headers["x-request-id"], "r-1");
/// ```
///
/// With tonic: `inject(request.metadata_mut().as_mut())`.
pub fn inject(headers: &mut HeaderMap) {
    let Some(context) = Context::current() else {
        return;
    };
    for (name, id) in [
        (REQUEST_ID, context.current_request_id()),
        (CORRELATION_ID, context.current_correlation_id()),
    ] {
        if let Some(value) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(name, value);
        }
    }
}
