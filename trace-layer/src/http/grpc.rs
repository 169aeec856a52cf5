//! The routes of gRPC calls. The path of a call is its method, and therefore its route.
//!
//! A client may give any request the content type of gRPC, so the server decides whether a path is a method. It is a method
//! if tonic's own server accepted the request, or if axum matched a route that tonic's router created for a service.

use http::request::Parts;

/// Returns the method, `/package.Service/Method`. `matched` is the template that axum matched, if any.
#[cfg(feature = "tonic")]
pub(super) fn method(parts: &Parts, matched: Option<&str>) -> Option<String> {
    let kind = parts.headers.get(http::header::CONTENT_TYPE)?;
    let path = parts.uri.path();
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let is_served = match matched {
        Some(template) => is_service(template, service),
        None => is_tonics(parts),
    };
    let is_method = is_served
        && kind.as_bytes().starts_with(b"application/grpc")
        && is_qualified(service)
        && is_identifier(method);
    is_method.then(|| path.to_owned())
}

#[cfg(not(feature = "tonic"))]
pub(super) const fn method(_: &Parts, _: Option<&str>) -> Option<String> {
    None
}

/// Returns whether the template belongs to a service. tonic's router matches a whole service and leaves the method to it.
#[cfg(feature = "tonic")]
fn is_service(template: &str, service: &str) -> bool {
    let stated = template.strip_prefix('/');
    stated.and_then(|stated| stated.strip_suffix("/{*rest}")) == Some(service)
}

/// Returns whether tonic's own server accepted the request. Only it adds the connection info; a client cannot.
#[cfg(feature = "tonic")]
fn is_tonics(parts: &Parts) -> bool {
    use tonic::transport::server::TcpConnectInfo;
    #[cfg(unix)]
    if parts
        .extensions
        .get::<tonic::transport::server::UdsConnectInfo>()
        .is_some()
    {
        return true;
    }
    let of_tcp = parts.extensions.get::<TcpConnectInfo>().is_some();
    // The unit type is the connection info of an in-memory connection.
    of_tcp || parts.extensions.get::<()>().is_some()
}

/// Returns whether the service has a package. Without one it looks like any other path.
#[cfg(feature = "tonic")]
fn is_qualified(service: &str) -> bool {
    service.contains('.') && service.split('.').all(is_identifier)
}

/// Returns whether the text is a Protocol Buffers identifier, so that no id or token passes for a method.
#[cfg(feature = "tonic")]
fn is_identifier(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
