//! Context under load: of ten thousand concurrent requests, none gets the context of another.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use behavior_trace::http::ContextLayer;
use behavior_trace_core::{Actor, Call, Context, Field, propagate, propagate_fn, record};
use http::{Request, Response};
use tokio::sync::Barrier;
use tokio::task::{self, JoinSet};
use tower_layer::Layer;
use tower_service::Service;

use crate::alone::{alone, block_on, install};

const REQUESTS: u64 = 10_000;

/// Records one event of request `n`. The resource id identifies the request.
fn touched(n: u64, authenticated: bool) {
    let action = if authenticated {
        "item.update"
    } else {
        "item.assign"
    };
    let _ = record(&Call::checked(action, "Item"), &mut |draft| {
        draft.fields.put(Field::ResourceId, &n.to_string());
    });
}

/// Handles a request. It records before and after the actor is known, in spawned tasks and on other threads.
async fn handle(n: u64, together: Arc<Barrier>) -> Result<Response<()>, Infallible> {
    touched(n, false);
    together.wait().await;
    let early = propagate(async move {
        task::yield_now().await;
        n
    });
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(n));
    }
    touched(n, true);
    let mut spawned = JoinSet::new();
    spawned.spawn(propagate(async move { touched(early.await, true) }));
    spawned.spawn_blocking(propagate_fn(move || touched(n, true)));
    // A nested context: fields that it does not set come from the request.
    Context::new()
        .route_name("/inner")
        .scope(async {
            task::yield_now().await;
            touched(n, true);
        })
        .await;
    while spawned.join_next().await.is_some() {}
    Ok(Response::new(()))
}

#[derive(Clone)]
struct Handler(Arc<Barrier>);

impl Service<Request<u64>> for Handler {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Response<()>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<u64>) -> Self::Future {
        Box::pin(handle(request.into_body(), self.0.clone()))
    }
}

#[test]
fn of_ten_thousand_requests_at_once_no_row_has_anothers_context() {
    alone(
        "context::of_ten_thousand_requests_at_once_no_row_has_anothers_context",
        || {
            let sink = install();
            // Every request has started before any continues.
            let together = Arc::new(Barrier::new(usize::try_from(REQUESTS).expect("it fits")));
            block_on(async {
                let service = ContextLayer::new().layer(Handler(together));
                let mut requests = JoinSet::new();
                for n in 0..REQUESTS {
                    let mut service = service.clone();
                    let request = Request::builder()
                        .header("x-request-id", format!("r-{n}"))
                        .body(n);
                    let answer = service.call(request.expect("a request"));
                    requests.spawn(async move {
                        // Some clients disconnect at random points of their request.
                        let patience = if n % 7 == 0 { n % 50 } else { 60_000 };
                        tokio::time::timeout(Duration::from_millis(patience), answer)
                            .await
                            .is_ok()
                    });
                }
                while requests.join_next().await.is_some() {}
            });
            let rows = sink.take();
            let mut correlations = HashSet::new();
            for row in &rows {
                let n = row.resource_id.clone().expect("it says which one it is");
                assert_eq!(row.request_id, Some(format!("r-{n}").into()));
                if row.action == "item.update" {
                    assert_eq!(
                        row.actor_id.map(|id| id.to_string().into()),
                        Some(n.clone())
                    );
                } else {
                    assert_eq!(row.actor_type, "");
                }
                correlations.insert((n, row.correlation_id.clone()));
            }
            assert_eq!(
                correlations.len(),
                usize::try_from(REQUESTS).expect("it fits")
            );
            assert!(rows.len() > 40_000, "only {} rows", rows.len());
        },
    );
}
