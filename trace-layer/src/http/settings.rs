//! The settings of the middleware, which differ between applications.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::headers::TrustedProxies;

/// The settings of one application.
#[derive(Clone, Default)]
pub(super) struct HttpSettings {
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) route: Option<RouteOf>,
}

type RouteOf = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}
