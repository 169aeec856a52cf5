//! The middleware that gives every request a context.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{self, Poll};

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{Error, HttpMessage};
use behavior_trace_core::{Context, WithContext};
use behavior_trace_layer::headers::{self, TrustedProxies};
use behavior_trace_layer::{ContextSource, request_context_by};
use pin_project_lite::pin_project;

use crate::body::ScopedBody;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The context that a middleware outside has made. A bare [`Context`] in the extensions may be of the application.
#[derive(Clone)]
struct OuterActixContext(Context);

/// Gives every request a context, which its handler, its body and the middleware further inside run in.
///
/// - The request id is the client's `x-request-id` if it is valid, else a new one; the response has it in the same header.
/// - The correlation is `x-correlation-id`, else `traceparent`, else a new one.
/// - The route is the pattern that matches, such as `/users/{id}`, never the raw path.
/// - The address is the socket's peer, and that of a forwarding header only through trusted proxies.
///
/// Wrap it around the authentication: `App::wrap` runs what is added last first. The context is in the request's extensions
/// too. A second one inside keeps the first one's context.
#[derive(Clone, Debug)]
pub struct ContextMiddleware {
    proxies: Option<TrustedProxies>,
}

impl ContextMiddleware {
    /// Creates a middleware that trusts the forwarding header of the proxies in `BEHAVIOR_TRACE_TRUSTED_PROXIES`, or of none
    /// if it is not set.
    ///
    /// If the variable is malformed, no proxy is trusted, and building the recorder fails.
    pub fn new() -> Self {
        Self {
            proxies: TrustedProxies::from_env().ok().flatten(),
        }
    }

    /// Trusts the forwarding header of these proxies and of no other peer. They replace those from the environment.
    #[must_use]
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.proxies = Some(proxies);
        self
    }
}

impl Default for ContextMiddleware {
    /// Creates the middleware as [`ContextMiddleware::new`] does.
    fn default() -> Self {
        Self::new()
    }
}

impl<S, B> Transform<S, ServiceRequest> for ContextMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ScopedBody<B>>;
    type Error = Error;
    type Transform = ContextMiddlewareService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(ContextMiddlewareService {
            inner,
            proxies: self.proxies.clone().map(Rc::new),
        }))
    }
}

/// A service that gives every request a context; see [`ContextMiddleware`].
#[derive(Debug)]
pub struct ContextMiddlewareService<S> {
    inner: S,
    proxies: Option<Rc<TrustedProxies>>,
}

impl<S: Service<ServiceRequest>> ContextMiddlewareService<S> {
    fn within(
        &self,
        context: Context,
        request: ServiceRequest,
        request_id: Option<HeaderValue>,
    ) -> ScopedResponse<S::Future> {
        let future = context.clone().in_scope(|| self.inner.call(request));
        ScopedResponse {
            inner: context.clone().scope(future),
            context,
            request_id,
        }
    }

    fn context(&self, request: &ServiceRequest) -> headers::RequestContext {
        let sent = request.headers();
        request_context_by(
            ContextSource::Actix,
            |name| sent.get_all(name).map(HeaderValue::as_bytes),
            request.peer_addr().map(|peer| peer.ip()),
            request.match_pattern().as_deref(),
            self.proxies.as_deref(),
        )
    }
}

impl<S, B> Service<ServiceRequest> for ContextMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ScopedBody<B>>;
    type Error = Error;
    type Future = ScopedResponse<S::Future>;

    fn poll_ready(&self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let known = request.extensions().get::<OuterActixContext>().cloned();
        if let Some(OuterActixContext(context)) = known {
            // Another one outside has made it, and answers with its id.
            return self.within(context, request, None);
        }
        let headers::RequestContext {
            context,
            request_id,
            ..
        } = self.context(&request);
        request.extensions_mut().insert(context.clone());
        let outer = OuterActixContext(context.clone());
        request.extensions_mut().insert(outer);
        self.within(context, request, HeaderValue::try_from(request_id).ok())
    }
}

pin_project! {
    /// The response future of a [`ContextMiddlewareService`].
    #[derive(Debug)]
    pub struct ScopedResponse<F> {
        #[pin]
        inner: WithContext<F>,
        context: Context,
        request_id: Option<HeaderValue>,
    }
}

impl<F, B> Future for ScopedResponse<F>
where
    F: Future<Output = Result<ServiceResponse<B>, Error>>,
{
    type Output = Result<ServiceResponse<ScopedBody<B>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = std::task::ready!(this.inner.poll(cx));
        Poll::Ready(response.map(|response| {
            let context = this.context.clone();
            let mut response = response.map_body(|_, body| ScopedBody::new(context, body));
            if let Some(id) = this.request_id.take() {
                response.headers_mut().insert(REQUEST_ID, id);
            }
            response
        }))
    }
}
