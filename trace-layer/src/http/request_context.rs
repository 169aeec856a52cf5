//! Construction of a request's context.

use behavior_trace_core::Context;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use uuid::Uuid;

use super::settings::HttpSettings;
use super::{CORRELATION_ID, REQUEST_ID, TRACEPARENT, peer, route};
use crate::headers;

/// The context of a request.
pub(super) struct RequestContext {
    pub(super) context: Context,
    /// The id for the response.
    pub(super) request_id: Option<HeaderValue>,
}

impl RequestContext {
    pub(super) fn of(parts: &mut Parts, settings: &HttpSettings) -> Self {
        let request_id = request_id(&parts.headers);
        let mut context = Context::root()
            .request_id(&request_id)
            .correlation_id(correlation_id(&parts.headers));
        if let Some(route) = route::name(parts, settings) {
            context = context.route_name(route);
        }
        if let Some(address) = peer::client(parts, settings) {
            context = context.ip_address(address.to_string());
        }
        let agent = parts.headers.get(header::USER_AGENT);
        if let Some(agent) = agent.and_then(|value| headers::user_agent(value.as_bytes())) {
            context = context.user_agent(agent);
        }
        Self {
            context,
            request_id: HeaderValue::try_from(request_id).ok(),
        }
    }
}

/// Returns the client's id or a new one. The new one has a prefix if the client's id is invalid.
fn request_id(sent: &HeaderMap) -> String {
    let made = Uuid::new_v4();
    if !sent.contains_key(REQUEST_ID) {
        return made.to_string();
    }
    match only(sent, &REQUEST_ID).and_then(headers::request_id) {
        Some(id) => id.to_owned(),
        None => format!("{}{made}", headers::REPLACED),
    }
}

fn correlation_id(sent: &HeaderMap) -> String {
    let own = || only(sent, &CORRELATION_ID).and_then(headers::correlation_id);
    let trace = || only(sent, &TRACEPARENT).and_then(headers::trace_id);
    match own().or_else(trace) {
        Some(id) => id.to_owned(),
        None => Uuid::new_v4().to_string(),
    }
}

/// Returns the header's value if it was sent once and is plain text. With several values, none is known to be right.
fn only<'a>(sent: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = sent.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
