//! The peer at the other end of the socket, and the client behind it.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;

use super::settings::HttpSettings;
use crate::headers;

/// The peer address of the socket, for servers that do not provide it. Insert it into the request's extensions.
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

/// Returns the client's address, or `None` if the peer is unknown, because then no header can be trusted.
pub(super) fn client(parts: &mut Parts, settings: &HttpSettings) -> Option<IpAddr> {
    let peer = peer(parts)?.ip();
    let Some(proxies) = &settings.proxies else {
        return Some(peer.to_canonical());
    };
    let lines = parts.headers.get_all(proxies.header().name()).into_iter();
    // A line that is not plain text becomes an empty one, which contains no address and so ends the walk.
    let lines = lines.map(|line| line.to_str().unwrap_or_default());
    Some(headers::client_address(peer, proxies, lines))
}

fn peer(parts: &mut Parts) -> Option<SocketAddr> {
    let known = parts.extensions.get().map(|&PeerAddr(peer)| peer);
    known.or_else(|| axum(parts)).or_else(|| tonic(parts))
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
