//! The context of outgoing requests.

use behavior_trace_core::Context;
use http::{HeaderMap, HeaderValue};

use super::{CORRELATION_ID, REQUEST_ID};

/// Sets `x-request-id` and `x-correlation-id` to the ids of the current context, so that the next service continues it.
///
/// Existing values are replaced. An id that is not a valid header value is left out. Without a current context nothing is
/// set.
///
/// ```
/// use behavior_trace::Context;
/// use behavior_trace::http::inject;
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
