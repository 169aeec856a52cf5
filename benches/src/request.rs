//! A request and an event in it as `tracing` alone writes them.

use std::hint::black_box;

use tracing::{Span, info, info_span};

use crate::event::{
    ACTION, ACTOR_ID, ACTOR_TYPE, CORRELATION_ID, IP_ADDRESS, REASON, REQUEST_ID, RESOURCE,
    ROUTE_NAME, USER_AGENT,
};

/// Opens the span of a request, as middleware does.
pub(crate) fn request() -> Span {
    info_span!(
        "request",
        actor_type = ACTOR_TYPE,
        actor_id = ACTOR_ID,
        request_id = REQUEST_ID,
        correlation_id = CORRELATION_ID,
        route_name = ROUTE_NAME,
        ip_address = IP_ADDRESS,
        user_agent = USER_AGENT,
    )
}

pub(crate) fn in_request(work: &mut dyn FnMut()) {
    request().in_scope(work);
}

/// Emits the event as an ordinary one of `tracing`.
pub(crate) fn event(id: u64) {
    info!(
        target: "behavior_trace",
        action = ACTION,
        resource = RESOURCE,
        resource_id = black_box(id),
        reason = black_box(REASON),
    );
}
