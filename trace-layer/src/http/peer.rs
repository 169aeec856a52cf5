//! The peer at the other end of the socket.

use std::net::SocketAddr;

use http::request::Parts;

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

/// Returns the peer of the socket, if the server or the application states it.
pub(super) fn address(parts: &mut Parts) -> Option<SocketAddr> {
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
