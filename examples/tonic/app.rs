//! The service: orders that can be approved, and a stream that approves many.
//!
//! The messages and the service are written by hand, so that the example needs no `protoc`. `tonic-prost-build` would
//! generate them from the `.proto` file; the rest would be the same.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use behavior_trace::{Actor, Context, behavior_trace};
use http::request::Request as HttpRequest;
use tokio_stream::{Stream, StreamExt};
use tonic::body::Body;
use tonic::codegen::BoxFuture;
use tonic::server::{Grpc, NamedService, ServerStreamingService, UnaryService};
use tonic::{Request, Response, Status};
use tonic_prost::ProstCodec;
use tower_service::Service;

/// `message Order { uint64 id = 1; }`
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Order {
    #[prost(uint64, tag = "1")]
    pub(crate) id: u64,
}

/// `message Orders { repeated uint64 ids = 1; }`
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Orders {
    #[prost(uint64, repeated, tag = "1")]
    pub(crate) ids: Vec<u64>,
}

/// `service Approval { rpc Approve(Order) returns (Order); rpc ApproveAll(Orders) returns (stream Order); }`
#[derive(Clone, Copy, Debug)]
pub(crate) struct Approval;

impl NamedService for Approval {
    const NAME: &'static str = "shop.v1.Approval";
}

/// Approves one order. Order 0 does not exist.
#[behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
async fn approve(id: u64) -> Result<Order, Status> {
    match id {
        0 => Err(Status::not_found("no such order")),
        id => Ok(Order { id }),
    }
}

/// Replaces a real authentication: a client that sends `user-7` is user 7.
fn authenticate<T>(request: &Request<T>) -> Result<(), Status> {
    let user = request.metadata().get("authorization");
    let user = user
        .and_then(|user| user.to_str().ok()?.strip_prefix("user-"))
        .and_then(|user| user.parse::<i64>().ok())
        .ok_or_else(|| Status::unauthenticated("say who you are"))?;
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(user));
    }
    Ok(())
}

type Answer<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;
type Approved = Pin<Box<dyn Stream<Item = Result<Order, Status>> + Send>>;

impl UnaryService<Order> for Approval {
    type Response = Order;
    type Future = Answer<Order>;

    fn call(&mut self, request: Request<Order>) -> Self::Future {
        Box::pin(async move {
            authenticate(&request)?;
            approve(request.into_inner().id).await.map(Response::new)
        })
    }
}

impl ServerStreamingService<Orders> for Approval {
    type Response = Order;
    type ResponseStream = Approved;
    type Future = Answer<Approved>;

    fn call(&mut self, request: Request<Orders>) -> Self::Future {
        Box::pin(async move {
            authenticate(&request)?;
            let ids = request.into_inner().ids;
            // Each order is approved when the client is ready for it: after this call has returned, but still in its
            // context.
            let approved: Approved = Box::pin(tokio_stream::iter(ids).then(approve));
            Ok(Response::new(approved))
        })
    }
}

/// Routes a path to its method, like a generated server.
impl Service<HttpRequest<Body>> for Approval {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<Body>) -> Self::Future {
        let method = request.uri().path().rsplit('/').next().map(str::to_owned);
        Box::pin(async move {
            Ok(match method.as_deref() {
                Some("Approve") => Grpc::new(ProstCodec::default()).unary(Self, request).await,
                Some("ApproveAll") => {
                    let mut grpc = Grpc::new(ProstCodec::default());
                    grpc.server_streaming(Self, request).await
                }
                _ => Status::unimplemented("no such method").into_http(),
            })
        })
    }
}
