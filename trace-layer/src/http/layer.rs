//! The middleware's settings.

use std::sync::Arc;

use http::request::Parts;
use tower_layer::Layer;

use super::service::ContextService;
use super::settings::HttpSettings;
use crate::headers::TrustedProxies;

/// Gives every request a context; see [the module](super).
#[derive(Clone, Debug, Default)]
pub struct ContextLayer {
    settings: Arc<HttpSettings>,
}

impl ContextLayer {
    /// Believes no forwarding header, and takes the route from axum or tonic alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// Believes the forwarding header of these proxies, and of no other peer.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings_mut().proxies = Some(proxies);
        self
    }

    /// Asks `route` for the template where neither axum nor tonic knows it. It must not give the raw path: ids and
    /// tokens in it would be stored. A panic in `route` is counted, and the request goes on without one.
    ///
    /// ```
    /// use behavior_trace_layer::http::ContextLayer;
    ///
    /// let layer = ContextLayer::new().route(|request| {
    ///     let users = request.uri.path().starts_with("/users/");
    ///     users.then(|| "/users/{id}".to_owned())
    /// });
    /// ```
    #[must_use]
    pub fn route(
        mut self,
        route: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.settings_mut().route = Some(Arc::new(route));
        self
    }

    fn settings_mut(&mut self) -> &mut HttpSettings {
        Arc::make_mut(&mut self.settings)
    }
}

impl<S> Layer<S> for ContextLayer {
    type Service = ContextService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContextService::new(inner, self.settings.clone())
    }
}
