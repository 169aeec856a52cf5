//! The remedy for a service whose requests have no peer or no route: what its own framework lets it do.

use super::Missing;

/// The code that makes the contexts of a service's requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextSource {
    /// The tower middleware.
    Layer,
    /// The middleware of `behavior-trace-actix`.
    Actix,
    /// The application, by [`request_context`](crate::headers::request_context).
    Function,
}

impl Missing {
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Peer => "no request has had a peer so far, so no row has an address",
            Self::Route => "no request has had a route so far, so no row has a route",
            Self::Both => {
                "no request has had a peer or a route so far, so no row has an address or a route"
            }
        }
    }

    pub(super) const fn remedy(self, source: ContextSource) -> &'static str {
        match (source, self) {
            (ContextSource::Layer, Self::Peer) => LAYER_PEER,
            (ContextSource::Layer, Self::Route) => LAYER_ROUTE,
            (ContextSource::Layer, Self::Both) => LAYER_BOTH,
            (ContextSource::Actix, Self::Peer) => {
                "actix-web states the peer of a TCP socket; a Unix socket has none"
            }
            (ContextSource::Actix, Self::Route) => {
                "requests have the pattern of the resource or scope that matches; none has matched"
            }
            (ContextSource::Actix, Self::Both) => {
                "no resource of the `App` has matched, and a Unix socket has no peer"
            }
            (ContextSource::Function, Self::Peer) => {
                "pass the address of the socket to `request_context` as `peer`"
            }
            (ContextSource::Function, Self::Route) => {
                "pass the template of the framework's route to `request_context` as `route`"
            }
            (ContextSource::Function, Self::Both) => {
                "pass the address of the socket and the template of the framework's route to `request_context`"
            }
        }
    }
}

#[cfg(feature = "axum")]
const LAYER_PEER: &str = "with axum 0.8, serve by `into_make_service_with_connect_info::<SocketAddr>()`; with another \
    server, name it by `ContextLayer::peer`";
#[cfg(feature = "axum")]
const LAYER_ROUTE: &str = "with axum 0.8, add `ContextLayer` by `Router::layer` or `route_layer`; with another server, \
    name the template by `ContextLayer::route`";
#[cfg(feature = "axum")]
const LAYER_BOTH: &str = "check that axum is 0.8, is served with connect info, and has `ContextLayer` by `Router::layer`; \
    with another version or server, name both by `ContextLayer::peer` and `ContextLayer::route`";

#[cfg(not(feature = "axum"))]
const LAYER_PEER: &str =
    "name it by `ContextLayer::peer`; for axum 0.8 the feature `axum` does, for tonic 0.14 `tonic`";
#[cfg(not(feature = "axum"))]
const LAYER_ROUTE: &str = "name the template by `ContextLayer::route`; for axum 0.8 the feature `axum` does, for tonic 0.14 \
    `tonic`";
#[cfg(not(feature = "axum"))]
const LAYER_BOTH: &str = "name both by `ContextLayer::peer` and `ContextLayer::route`; for axum 0.8 the feature `axum` does, \
    for tonic 0.14 `tonic`";

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Missing; 3] = [Missing::Peer, Missing::Route, Missing::Both];

    #[test]
    fn a_service_is_told_only_of_what_it_has() {
        for missing in ALL {
            let layer = missing.remedy(ContextSource::Layer);
            assert!(layer.contains("ContextLayer::"), "{layer}");
            let actix = missing.remedy(ContextSource::Actix);
            let function = missing.remedy(ContextSource::Function);
            assert!(function.contains("`request_context`"), "{function}");
            for other in [actix, function] {
                assert!(
                    !other.contains("Layer") && !other.contains("axum"),
                    "{other}"
                );
            }
            assert!(!actix.contains("request_context"), "{actix}");
        }
    }
}
