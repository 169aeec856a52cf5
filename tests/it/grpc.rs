//! A real tonic service behind the middleware, called by tonic's client over a socket.

use std::net::SocketAddr;

use behavior_trace::http::{ContextLayer, inject};
use behavior_trace_core::Context;
use http::uri::PathAndQuery;
use tokio::net::TcpListener;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::client::Grpc;
use tonic::transport::{Channel, Server};
use tonic::{Code, Request};
use tonic_prost::ProstCodec;

use crate::alone::{alone, block_on, install};

#[path = "../../examples/tonic/app.rs"]
mod app;

use app::{Approval, Order, Orders};

async fn serve() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = Server::builder()
        .layer(ContextLayer::new())
        .add_service(Approval)
        .serve_with_incoming(TcpListenerStream::new(listener));
    tokio::spawn(server);
    address
}

async fn client(address: SocketAddr) -> Grpc<Channel> {
    let channel = Channel::from_shared(format!("http://{address}")).expect("an address");
    let mut client = Grpc::new(channel.connect().await.expect("the server listens"));
    client.ready().await.expect("the server answers");
    client
}

/// Creates a request of user 7 with the ids of the calling service.
fn request<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", "user-7".parse().expect("ascii"));
    Context::root()
        .request_id("r-1")
        .correlation_id("story-1")
        .in_scope(|| inject(request.metadata_mut().as_mut()));
    request
}

#[test]
fn a_call_has_its_method_as_route_and_the_ids_of_who_called() {
    alone(
        "grpc::a_call_has_its_method_as_route_and_the_ids_of_who_called",
        || {
            let sink = install();
            block_on(async {
                let mut client = client(serve().await).await;
                let path = PathAndQuery::from_static("/shop.v1.Approval/Approve");
                let answer = client
                    .unary(
                        request(Order { id: 42 }),
                        path.clone(),
                        ProstCodec::<_, Order>::default(),
                    )
                    .await
                    .expect("an order");
                assert_eq!(
                    answer.metadata().get("x-request-id").expect("it is told"),
                    "r-1"
                );
                let row = sink.one();
                assert_eq!(
                    (&*row.action, row.resource_id.as_deref()),
                    ("order.approve", Some("42"))
                );
                assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
                assert_eq!(row.request_id.as_deref(), Some("r-1"));
                assert_eq!(row.correlation_id.as_deref(), Some("story-1"));
                assert_eq!(row.route_name.as_deref(), Some("/shop.v1.Approval/Approve"));
                assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"));
                assert!(row.user_agent.is_some_and(|agent| agent.contains("tonic")));

                client.ready().await.expect("the server answers");
                let missing = client
                    .unary(
                        request(Order { id: 0 }),
                        path,
                        ProstCodec::<_, Order>::default(),
                    )
                    .await;
                assert_eq!(
                    missing.expect_err("there is no order 0").code(),
                    Code::NotFound
                );
                assert_eq!(sink.take(), []);
            });
        },
    );
}

#[test]
fn what_a_streamed_answer_does_is_still_its_requests() {
    alone(
        "grpc::what_a_streamed_answer_does_is_still_its_requests",
        || {
            let sink = install();
            block_on(async {
                let mut client = client(serve().await).await;
                let path = PathAndQuery::from_static("/shop.v1.Approval/ApproveAll");
                let ids = (1..=100).collect();
                let answer = client
                    .server_streaming(
                        request(Orders { ids }),
                        path,
                        ProstCodec::<_, Order>::default(),
                    )
                    .await
                    .expect("a stream");
                let orders: Vec<_> = answer.into_inner().collect().await;
                assert_eq!(orders.len(), 100);
                let rows = sink.take();
                assert_eq!(rows.len(), 100);
                for row in rows {
                    assert_eq!(
                        (row.request_id.as_deref(), row.actor_id),
                        (Some("r-1"), Some(7))
                    );
                }
            });
        },
    );
}
