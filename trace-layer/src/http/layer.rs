//! Settings of the middleware.

use std::sync::Arc;

use http::request::Parts;
use tower_layer::Layer;

use super::service::ContextService;
use super::settings::HttpSettings;
use crate::headers::TrustedProxies;

/// A layer that gives every request a context, as the [module](super) describes.
#[derive(Clone, Debug, Default)]
pub struct ContextLayer {
    settings: Arc<HttpSettings>,
}

impl ContextLayer {
    /// Creates a layer that trusts no forwarding header and takes the route only from axum or tonic.
    pub fn new() -> Self {
        Self::default()
    }

    /// Believes the forwarding header of these proxies, and of no other peer.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings_mut().proxies = Some(proxies);
        self
    }

    /// Sets the function that returns the route template if neither axum nor tonic provides one.
    ///
    /// It must not return the raw path: ids and tokens in it would be stored. A panic in `route` is counted, and the request
    /// continues without a route.
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
