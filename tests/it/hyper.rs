//! A plain hyper service behind the middleware, called by a real client over a socket.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{self, Poll};

use behavior_trace::http::{ContextLayer, PeerAddr, inject};
use behavior_trace::{Actor, Context, record};
use behavior_trace_core::{Counter, limits};
use http::{HeaderMap, Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower_layer::Layer;
use tower_service::Service;

use crate::alone::{alone, block_on, install};
use crate::http::{header, send};

/// Service that returns the ids it would send to the next service.
#[derive(Clone)]
struct Items;

impl<B> Service<Request<B>> for Items {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<String>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        Box::pin(async {
            tokio::task::yield_now().await;
            if let Some(context) = Context::current() {
                context.set_actor(Actor::user(7));
            }
            record!(action = "item.update", resource = "Item", resource_id = 1);
            let mut onward = HeaderMap::new();
            inject(&mut onward);
            let told = |name| onward.get(name).and_then(|id| id.to_str().ok());
            let ids = [told("x-request-id"), told("x-correlation-id")];
            Ok(Response::new(ids.map(Option::unwrap_or_default).join(" ")))
        })
    }
}

/// Service that adds the peer address, as an accept loop of plain hyper has to.
#[derive(Clone)]
struct Connection<S> {
    peer: SocketAddr,
    inner: S,
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Connection<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        request.extensions_mut().insert(PeerAddr(self.peer));
        self.inner.call(request)
    }
}

async fn serve(layer: ContextLayer) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((socket, peer)) = listener.accept().await {
            let inner = layer.layer(Items);
            let service = TowerToHyperService::new(Connection { peer, inner });
            tokio::spawn(async move {
                let server = Builder::new(TokioExecutor::new());
                let socket = TokioIo::new(socket);
                server.serve_connection(socket, service).await.is_ok()
            });
        }
    });
    format!("http://{address}")
}

#[test]
fn a_service_of_plain_hyper_has_all_that_routers_have_and_tells_it_on() {
    let name = "hyper::a_service_of_plain_hyper_has_all_that_routers_have_and_tells_it_on";
    alone(name, || {
        let sink = install();
        block_on(async {
            let layer = ContextLayer::new().route(|request| {
                let items = request.uri.path().starts_with("/items/");
                items.then(|| "/items/{id}".to_owned())
            });
            let base = serve(layer).await;
            let request = Request::patch(format!("{base}/items/1?token=secret"))
                .header("x-request-id", "r-1")
                .header("x-correlation-id", "story-1")
                .header("user-agent", "tests/1");
            let response = send(request, "").await;
            assert_eq!(header(&response, "x-request-id"), "r-1");
            assert_eq!(response.body(), "r-1 story-1");
            let row = sink.one();
            assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
            assert_eq!(row.request_id.as_deref(), Some("r-1"));
            assert_eq!(row.correlation_id.as_deref(), Some("story-1"));
            assert_eq!(row.route_name.as_deref(), Some("/items/{id}"));
            assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"));
            assert_eq!(row.user_agent.as_deref(), Some("tests/1"));
        });
    });
}

#[test]
fn a_route_that_panics_is_counted_and_a_long_agent_reaches_the_policy_as_too_long() {
    let name =
        "hyper::a_route_that_panics_is_counted_and_a_long_agent_reaches_the_policy_as_too_long";
    alone(name, || {
        let sink = install();
        block_on(async {
            let base = serve(ContextLayer::new().route(|_| panic!("not today"))).await;
            let request =
                Request::patch(format!("{base}/items/1")).header("user-agent", "a".repeat(600));
            assert_eq!(send(request, "").await.status(), 200);
            let row = sink.one();
            assert_eq!(row.route_name, None);
            let agent = row.user_agent.expect("an agent");
            assert_eq!(agent.chars().count(), limits::USER_AGENT + 1);
            assert!(sink.tallies().contains(&Counter::Panicked));
        });
    });
}
