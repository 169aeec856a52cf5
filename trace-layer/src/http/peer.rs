//! The peer at the other end of the socket.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;

use super::settings::{HttpSettings, find};

/// The peer address of the socket, for servers that do not provide it. Insert it into the request's extensions. Where they
/// have it as another type, [`ContextLayer::peer`](super::ContextLayer::peer) reads that.
///
/// axum provides the address through `into_make_service_with_connect_info::<SocketAddr>()` (feature `axum`), tonic always
/// (feature `tonic`). With plain hyper, take it from the accept loop:
///
/// ```
/// use behavior_trace::http::PeerAddr;
///
/// # fn serve(mut request: http::Request<()>, address: std::net::SocketAddr) {
/// request.extensions_mut().insert(PeerAddr(address));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// Returns the peer of the socket from the first source that states it.
pub(super) fn address(parts: &mut Parts, settings: &HttpSettings) -> Option<IpAddr> {
    let known = parts.extensions.get().map(|&PeerAddr(peer)| peer);
    let stated = known.or_else(|| axum(parts)).or_else(|| tonic(parts));
    let stated = stated.map(|peer| peer.ip());
    stated.or_else(|| find(settings.peer.as_ref(), parts))
}

#[cfg(feature = "axum")]
fn axum(parts: &Parts) -> Option<SocketAddr> {
    use axum::extract::ConnectInfo;
    let info = parts.extensions.get::<ConnectInfo<SocketAddr>>();
    info.map(|&ConnectInfo(peer)| peer)
}

#[cfg(not(feature = "axum"))]
const fn axum(_: &Parts) -> Option<SocketAddr> {
    None
}

/// Returns the peer through tonic's own request type, which alone can read the private connection info of TLS.
#[cfg(feature = "tonic")]
fn tonic(parts: &mut Parts) -> Option<SocketAddr> {
    use tonic::metadata::MetadataMap;
    let extensions = std::mem::take(&mut parts.extensions);
    let request = tonic::Request::from_parts(MetadataMap::new(), extensions, ());
    let peer = request.remote_addr();
    (_, parts.extensions, ()) = request.into_parts();
    peer
}

#[cfg(not(feature = "tonic"))]
const fn tonic(_: &mut Parts) -> Option<SocketAddr> {
    None
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use http::Request;

    use super::*;

    fn address_of(
        stated: Option<SocketAddr>,
        peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static,
    ) -> Option<String> {
        let mut request = Request::new(());
        if let Some(stated) = stated {
            request.extensions_mut().insert(PeerAddr(stated));
        }
        let settings = HttpSettings {
            peer: Some(Arc::new(peer)),
            ..HttpSettings::default()
        };
        let found = address(&mut request.into_parts().0, &settings);
        found.map(|peer| peer.to_string())
    }

    #[test]
    fn the_function_is_asked_where_nothing_states_the_peer() {
        let stated = Some(([203, 0, 113, 9], 4711).into());
        let asked = |_: &Parts| Some([198, 51, 100, 4].into());
        assert_eq!(address_of(stated, asked).as_deref(), Some("203.0.113.9"));
        assert_eq!(address_of(None, asked).as_deref(), Some("198.51.100.4"));
    }

    #[test]
    fn a_function_that_panics_leaves_the_request_without_an_address() {
        assert_eq!(address_of(None, |_| panic!("not today")), None);
    }
}
