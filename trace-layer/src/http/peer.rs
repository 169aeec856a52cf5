//! Who is at the other end of the socket, and who stands behind them.

use std::net::{IpAddr, SocketAddr};

use http::request::Parts;

use super::rules::Rules;
use crate::headers;

/// The other end of the socket, for servers that do not say it themselves: put it into the request's extensions.
///
/// axum says it through `into_make_service_with_connect_info::<SocketAddr>()` (feature `axum`), tonic always (feature
/// `tonic`). With plain hyper the accept loop knows it:
///
/// ```
/// use behavior_trace_layer::http::PeerAddr;
///
/// # fn serve(mut request: http::Request<()>, address: std::net::SocketAddr) {
/// request.extensions_mut().insert(PeerAddr(address));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddr(pub SocketAddr);

/// The client's address. Where the peer is not known, no header can be believed, so there is none.
pub(super) fn client(parts: &mut Parts, rules: &Rules) -> Option<IpAddr> {
    let peer = peer(parts)?.ip();
    let Some(proxies) = &rules.proxies else {
        return Some(peer.to_canonical());
    };
    let lines = parts.headers.get_all(proxies.header().name()).into_iter();
    // A line that is no plain text holds no address; as such it ends the walk.
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

/// Asked through tonic's own request, because only that reads what it keeps of a TLS connection.
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
