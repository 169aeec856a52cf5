//! The timeline as a tower service.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::request::Parts;
use http::{Request, Response};
use tower_service::Service;

use crate::body::TimelineBody;
use crate::respond::Responder;

/// An answer that is being written.
type Answering = Pin<Box<dyn Future<Output = Response<TimelineBody>> + Send>>;

/// Timeline as a tower service, from [`Timeline::service`](crate::Timeline::service). It never fails, is always ready, and
/// does not read the body of a request.
#[derive(Clone)]
pub struct TimelineService(Arc<Responder>);

impl TimelineService {
    pub(crate) fn new(responder: Responder) -> Self {
        Self(Arc::new(responder))
    }

    /// Answers a request. The future is boxed, so that the types of an application's routers stay small.
    pub(crate) fn respond(&self, parts: Parts) -> Answering {
        let responder = Arc::clone(&self.0);
        Box::pin(async move { responder.respond(parts).await })
    }
}

impl<B> Service<Request<B>> for TimelineService {
    type Response = Response<TimelineBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<TimelineBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let answering = self.respond(request.into_parts().0);
        Box::pin(async move { Ok(answering.await) })
    }
}

impl fmt::Debug for TimelineService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimelineService")
    }
}
