//! Settings of the middleware.

use std::net::IpAddr;
use std::sync::Arc;

use http::request::Parts;
use tower_layer::Layer;

use super::service::ContextService;
use super::settings::HttpSettings;
use crate::headers::TrustedProxies;

/// A layer that gives every request a context; the [module](super) describes the rules.
#[derive(Clone, Debug)]
pub struct ContextLayer {
    settings: Arc<HttpSettings>,
}

impl ContextLayer {
    /// Creates a layer that trusts the forwarding header of the proxies in `BEHAVIOR_TRACE_TRUSTED_PROXIES`, or of none if
    /// it is not set. It takes the route only from axum or tonic.
    ///
    /// If the variable is malformed, no proxy is trusted, and building the recorder fails.
    pub fn new() -> Self {
        let proxies = TrustedProxies::from_env().ok().flatten();
        Self {
            settings: Arc::new(HttpSettings {
                proxies,
                ..HttpSettings::default()
            }),
        }
    }

    /// Trusts the forwarding header of these proxies and of no other peer. They replace those from the environment.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings_mut().proxies = Some(proxies);
        self
    }

    /// Sets the function that returns the route template if neither axum nor tonic provides one. It must not return the raw
    /// path, because ids and tokens in it would be stored. A panic in `route` is counted, and the request continues without
    /// a route.
    ///
    /// ```
    /// use behavior_trace::http::ContextLayer;
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

    /// Sets the function that returns the peer's address if neither axum nor tonic nor a [`PeerAddr`](super::PeerAddr)
    /// states it, for example the connect info of another version of axum. It must be the address of the socket, never one
    /// from a header, because a client writes those itself. A panic in `peer` is counted, and the request continues without
    /// an address.
    ///
    /// ```
    /// use std::net::SocketAddr;
    /// use behavior_trace::http::ContextLayer;
    ///
    /// /// Stands for the type in which your server states the peer.
    /// #[derive(Clone)]
    /// struct Connection { from: SocketAddr }
    ///
    /// let layer = ContextLayer::new().peer(|request| Some(request.extensions.get::<Connection>()?.from.ip()));
    /// ```
    #[must_use]
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.settings_mut().peer = Some(Arc::new(peer));
        self
    }

    fn settings_mut(&mut self) -> &mut HttpSettings {
        Arc::make_mut(&mut self.settings)
    }
}

impl Default for ContextLayer {
    /// Creates the layer as [`ContextLayer::new`] does.
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for ContextLayer {
    type Service = ContextService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ContextService::new(inner, self.settings.clone())
    }
}
