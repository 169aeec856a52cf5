//! Construction of a request's context.

use behavior_trace_core::Context;
use http::HeaderValue;
use http::request::Parts;

use super::settings::HttpSettings;
use super::{peer, route};
use crate::headers::request::request_context_by;
use crate::headers::seen::ContextSource;

/// The context that a [`ContextLayer`](super::ContextLayer) outside has made. A bare [`Context`] in the extensions may be of
/// the application.
#[derive(Clone)]
pub(super) struct OuterContext(pub(super) Context);

/// The context of a request.
pub(super) struct HttpContext {
    pub(super) context: Context,
    /// The id for the response.
    pub(super) request_id: Option<HeaderValue>,
}

impl HttpContext {
    pub(super) fn of(parts: &mut Parts, settings: &HttpSettings) -> Self {
        let peer = peer::address(parts, settings);
        let route = route::name(parts, settings);
        let header = |name: &str| {
            let values = parts.headers.get_all(name).into_iter();
            values.map(HeaderValue::as_bytes)
        };
        let proxies = settings.proxies.as_ref();
        let request = request_context_by(
            ContextSource::Layer,
            header,
            peer,
            route.as_deref(),
            proxies,
        );
        Self {
            context: request.context,
            request_id: HeaderValue::try_from(request.request_id).ok(),
        }
    }
}
