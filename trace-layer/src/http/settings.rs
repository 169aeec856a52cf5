//! The settings of the middleware, which differ between applications.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use http::request::Parts;

use super::panicked;
use crate::headers::TrustedProxies;

/// A function of the application that finds a value in a request, if there is one.
type Find<T> = Arc<dyn Fn(&Parts) -> Option<T> + Send + Sync>;

/// The settings of one application.
#[derive(Clone, Default)]
pub(super) struct HttpSettings {
    pub(super) proxies: Option<TrustedProxies>,
    pub(super) route: Option<Find<String>>,
    pub(super) peer: Option<Find<IpAddr>>,
}

impl fmt::Debug for HttpSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSettings")
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}

/// Calls the application's function, if there is one. A panic in it is counted, and the request continues without a value.
pub(super) fn find<T>(function: Option<&Find<T>>, parts: &Parts) -> Option<T> {
    let function = function?;
    catch_unwind(AssertUnwindSafe(|| function(parts))).unwrap_or_else(|_| {
        panicked();
        None
    })
}
