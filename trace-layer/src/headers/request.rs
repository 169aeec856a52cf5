//! The context of a request, from what any framework knows of it.

use std::net::IpAddr;

use behavior_trace_core::Context;
use uuid::Uuid;

use super::seen::{self, ContextSource};
use super::{
    REPLACED, TrustedProxies, client_address, correlation_id, request_id, trace_id, user_agent,
};

/// The context of a request, and the id for its response.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RequestContext {
    /// The context around the handler: `context.scope(future)`.
    pub context: Context,
    /// The id of the request, for the header `x-request-id` of the response.
    pub request_id: String,
}

/// Makes the context of a request, by the rules of [`ContextLayer`](crate::http::ContextLayer), for a framework that the
/// layer does not serve.
///
/// - `header` returns all values of a header, whose name is in lower case, in the order of arrival.
/// - `peer` is the address of the socket. Without it no forwarding header is read, and the context has no address.
/// - `route` is the template, `/users/{id}`, never the raw path.
/// - `proxies` are trusted to name the client; [`TrustedProxies::from_env`] reads them from the environment.
///
/// The context has no actor: run the authentication inside of it, and let it call `Context::current()` and `set_actor`.
///
/// ```
/// use behavior_trace::headers::request_context;
///
/// let sent = [("x-request-id", "r-1"), ("user-agent", "curl/8.5.0")];
/// let header = |name: &str| {
///     let values = sent.iter().filter(|(sent, _)| *sent == name);
///     values.map(|(_, value)| value.as_bytes()).collect::<Vec<_>>()
/// };
/// let peer = "203.0.113.9".parse()?;
/// let request = request_context(header, Some(peer), Some("/users/{id}"), None);
/// assert_eq!(request.request_id, "r-1");
/// request.context.in_scope(|| { /* … the handler … */ });
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
pub fn request_context<'h, V>(
    header: impl Fn(&str) -> V,
    peer: Option<IpAddr>,
    route: Option<&str>,
    proxies: Option<&TrustedProxies>,
) -> RequestContext
where
    V: IntoIterator<Item = &'h [u8]>,
{
    request_context_by(ContextSource::Function, header, peer, route, proxies)
}

/// Makes the context of a request as [`request_context`] does, for a middleware of this project. Warnings name what `source`
/// lets the service do.
pub fn request_context_by<'h, V>(
    source: ContextSource,
    header: impl Fn(&str) -> V,
    peer: Option<IpAddr>,
    route: Option<&str>,
    proxies: Option<&TrustedProxies>,
) -> RequestContext
where
    V: IntoIterator<Item = &'h [u8]>,
{
    seen::request(source, peer.is_some(), route.is_some());
    let request_id = kept_or_new(header("x-request-id"));
    let mut context = correlated(Context::root().request_id(&request_id), &header);
    if let Some(route) = route {
        context = context.route_name(route);
    }
    if let Some(peer) = peer {
        context = context.ip_address(client(peer, proxies, &header).to_string());
    }
    let agent = header("user-agent").into_iter().next();
    if let Some(agent) = agent.and_then(user_agent) {
        context = context.user_agent(agent);
    }
    RequestContext {
        context,
        request_id,
    }
}

/// Returns the client's id or a new one. The new one has a prefix if the client's id is invalid.
fn kept_or_new<'h>(sent: impl IntoIterator<Item = &'h [u8]>) -> String {
    let mut sent = sent.into_iter().peekable();
    let made = Uuid::new_v4();
    if sent.peek().is_none() {
        return made.to_string();
    }
    match only(sent).and_then(request_id) {
        Some(id) => id.to_owned(),
        None => format!("{REPLACED}{made}"),
    }
}

/// Sets the correlation that a header says, or else a new one.
fn correlated<'h, V>(context: Context, header: &impl Fn(&str) -> V) -> Context
where
    V: IntoIterator<Item = &'h [u8]>,
{
    let own = || only(header("x-correlation-id")).and_then(correlation_id);
    let trace = || only(header("traceparent")).and_then(trace_id);
    match own().or_else(trace) {
        Some(id) => context.correlation_id(id),
        None => correlated_anew(context),
    }
}

#[cfg(not(feature = "opentelemetry"))]
fn correlated_anew(context: Context) -> Context {
    context.correlation_id(Uuid::new_v4().to_string())
}

/// Sets the current trace. One that begins further inside has precedence over a new correlation.
#[cfg(feature = "opentelemetry")]
fn correlated_anew(context: Context) -> Context {
    match crate::trace_id::current() {
        Some(id) => context.correlation_id(id),
        None => context.fallback_correlation_id(Uuid::new_v4().to_string()),
    }
}

fn client<'h, V>(
    peer: IpAddr,
    proxies: Option<&TrustedProxies>,
    header: &impl Fn(&str) -> V,
) -> IpAddr
where
    V: IntoIterator<Item = &'h [u8]>,
{
    let Some(proxies) = proxies else {
        return peer.to_canonical();
    };
    let lines = header(proxies.header().name()).into_iter();
    // A line that is not plain text becomes an empty one, which contains no address and so ends the walk.
    let lines: Vec<_> = lines.map(|line| plain(line).unwrap_or_default()).collect();
    client_address(peer, proxies, lines)
}

/// Returns the header's value if it was sent once and is plain text. With several values, none is known to be right.
fn only<'h>(values: impl IntoIterator<Item = &'h [u8]>) -> Option<&'h str> {
    let mut values = values.into_iter();
    match (values.next(), values.next()) {
        (Some(value), None) => plain(value),
        _ => None,
    }
}

fn plain(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?;
    let is_plain = |byte| matches!(byte, b'\t' | b' '..=b'~');
    text.bytes().all(is_plain).then_some(text)
}
