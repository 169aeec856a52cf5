//! Settings that an application chooses.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::headers::TrustedProxies;

/// The trusted proxies and the route function of an application.
#[derive(Clone, Default)]
pub(super) struct Rules {
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) route: Option<RouteOf>,
}

type RouteOf = Arc<dyn Fn(&Parts) -> Option<String> + Send + Sync>;

impl fmt::Debug for Rules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rules")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}
