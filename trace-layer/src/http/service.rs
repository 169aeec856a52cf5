//! The middleware's service.

use std::sync::Arc;
use std::task::{self, Poll};

use http::{Request, Response};
use tower_service::Service;

use super::actor::KnownActor;
use super::body::ContextBody;
use super::future::ResponseFuture;
use super::request_context::{HttpContext, OuterContext};
use super::route;
use super::settings::HttpSettings;
use crate::headers::seen;

/// A service that gives each request a context; the [module](super) describes the rules.
#[derive(Clone, Debug)]
pub struct ContextService<S> {
    inner: S,
    settings: Arc<HttpSettings>,
}

impl<S> ContextService<S> {
    pub(super) const fn new(inner: S, settings: Arc<HttpSettings>) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, R> Service<Request<B>> for ContextService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
{
    type Response = Response<ContextBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        // An inner middleware knows a route that the outer one could not know yet.
        if let Some(OuterContext(context)) = parts.extensions.get().cloned() {
            if let Some(route) = route::name(&parts, &self.settings) {
                seen::route();
                context.set_route_name(route);
            }
            // The call itself is in scope too: a service between the two may make it on another task.
            let request = Request::from_parts(parts, body);
            let future = context.clone().in_scope(|| self.inner.call(request));
            return ResponseFuture::new(context, future, None);
        }
        let HttpContext {
            context,
            request_id,
        } = HttpContext::of(&mut parts, &self.settings);
        if let Some(KnownActor(actor)) = parts.extensions.remove() {
            context.set_actor(actor);
        }
        parts.extensions.insert(context.clone());
        parts.extensions.insert(OuterContext(context.clone()));
        let request = Request::from_parts(parts, body);
        let future = context.clone().in_scope(|| self.inner.call(request));
        ResponseFuture::new(context, future, request_id)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use behavior_trace_core::Context;
    use tower_layer::Layer as _;

    use super::super::{ContextLayer, REQUEST_ID};
    use super::*;

    struct Handler;

    impl Service<Request<()>> for Handler {
        type Response = Response<()>;
        type Error = Infallible;
        type Future = Ready<Result<Self::Response, Infallible>>;

        fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
            Poll::Ready(Ok(()))
        }

        fn call(&mut self, _: Request<()>) -> Self::Future {
            ready(Ok(Response::new(())))
        }
    }

    fn with_one_of_the_application() -> Request<()> {
        let mut request = Request::new(());
        request
            .headers_mut()
            .insert(REQUEST_ID, "r-1".parse().expect("a value"));
        request.extensions_mut().insert(Context::default());
        request
    }

    #[test]
    fn a_context_that_the_application_keeps_in_the_request_is_not_taken_for_the_layers() {
        let mut service = ContextLayer::new().layer(Handler);
        let mut response = std::pin::pin!(service.call(with_one_of_the_application()));
        let mut waker = task::Context::from_waker(task::Waker::noop());
        let Poll::Ready(Ok(response)) = response.as_mut().poll(&mut waker) else {
            panic!("no answer");
        };
        assert_eq!(response.headers()[REQUEST_ID], "r-1");
    }
}
