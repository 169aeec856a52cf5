//! A real axum service behind the middleware, called by a real client over a socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::put;
use behavior_trace::headers::TrustedProxies;
use behavior_trace::http::ContextLayer;
use behavior_trace::{Actor, BehaviorTrace, Context, record};
use behavior_trace_core::Activity;
use http::request::Builder;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::net::TcpListener;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::alone::{alone, alone_with, block_on, install};
use crate::collected::Collected;

#[path = "../../examples/axum/app.rs"]
mod app;
#[path = "../../examples/axum/shop.rs"]
mod shop;

const DEADLINE: Duration = Duration::from_secs(20);
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// Serves on a free port while the runtime lives.
async fn serve(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, app).await });
    format!("http://{address}")
}

pub(crate) async fn send(request: Builder, body: &'static str) -> Response<String> {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request: Request<Full<&[u8]>> =
        request.body(Full::new(body.as_bytes())).expect("a request");
    let (parts, body) = client
        .request(request)
        .await
        .expect("an answer")
        .into_parts();
    let body = body.collect().await.expect("a body").to_bytes();
    Response::from_parts(parts, String::from_utf8_lossy(&body).into_owned())
}

pub(crate) fn header<'a>(response: &'a Response<String>, name: &str) -> &'a str {
    let value = response.headers().get(name).expect("the header is there");
    value.to_str().expect("it is text")
}

/// Waits until the sink has that many events: spawned work continues after the response.
async fn events(sink: &Arc<Collected>, count: usize) -> Vec<Activity<'static>> {
    let mut all = Vec::new();
    while all.len() < count {
        all.extend(sink.take());
        tokio::task::yield_now().await;
    }
    all
}

#[test]
fn a_row_says_who_through_which_request_and_from_where() {
    alone(
        "http::a_row_says_who_through_which_request_and_from_where",
        || {
            let sink = install();
            block_on(async {
                let base = serve(app::app(ContextLayer::new())).await;
                let request = Request::post(format!("{base}/users"))
                    .header("authorization", "Bearer 7")
                    .header("x-request-id", "r-1")
                    .header("traceparent", TRACEPARENT)
                    .header("x-forwarded-for", "1.1.1.1")
                    .header("user-agent", "tests/1");
                let response = send(request, "Ada").await;
                assert_eq!(response.body(), "1");
                assert_eq!(header(&response, "x-request-id"), "r-1");
                let rows = events(&sink, 2).await;
                let actions: Vec<_> = rows.iter().map(|row| &*row.action).collect();
                assert_eq!(actions, ["user.create", "welcome.assign"]);
                for row in rows {
                    assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(7)));
                    assert_eq!(row.resource_id.as_deref(), Some("1"));
                    assert_eq!(row.request_id.as_deref(), Some("r-1"));
                    assert_eq!(row.correlation_id.as_deref(), Some(&TRACEPARENT[3..35]));
                    assert_eq!(row.route_name.as_deref(), Some("/users"));
                    assert_eq!(row.ip_address.as_deref(), Some("127.0.0.1"));
                    assert_eq!(row.user_agent.as_deref(), Some("tests/1"));
                }
                let rename =
                    Request::patch(format!("{base}/users/1")).header("authorization", "Bearer 8");
                assert_eq!(send(rename, "Ada Lovelace").await.status(), StatusCode::OK);
                let row = events(&sink, 1).await.remove(0);
                assert_eq!(row.route_name.as_deref(), Some("/users/{id}"));
                assert_eq!(row.actor_id, Some(8));
            });
        },
    );
}

#[test]
fn the_example_has_a_page_of_its_day_in_the_shop_and_of_its_own_requests() {
    let name = "http::the_example_has_a_page_of_its_day_in_the_shop_and_of_its_own_requests";
    alone(name, || {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let file = folder.path().join("activity.db");
        let recorder = BehaviorTrace::start(format!("sqlite:{}", file.display())).expect("starts");
        registry().with(recorder.layer()).init();
        shop::open();
        block_on(async {
            let page = app::activity(recorder.reader(), std::future::pending());
            let app = app::app(ContextLayer::new()).nest("/activity", page);
            let base = serve(app).await;
            let create = Request::post(format!("{base}/users")).header("authorization", "Bearer 7");
            assert_eq!(send(create, "Ada").await.status(), StatusCode::OK);
            assert!(recorder.flush(DEADLINE).await.is_complete());
            let page = send(Request::get(format!("{base}/activity")), "").await;
            assert_eq!(page.status(), StatusCode::OK);
            for text in [
                "Grace Hopper",
                "order.approve",
                "5012",
                "user.create",
                "archived",
            ] {
                assert!(page.body().contains(text), "{text}: {}", page.body());
            }
            let order = send(
                Request::get(format!("{base}/activity/resource/Order/5012")),
                "",
            )
            .await;
            assert_eq!(order.status(), StatusCode::OK);
            assert!(order.body().contains("pending"), "{}", order.body());
            assert!(recorder.shutdown(DEADLINE).await.is_complete());
        });
    });
}

#[test]
fn a_failing_or_refused_request_leaves_no_row_and_has_its_id_all_the_same() {
    let name = "http::a_failing_or_refused_request_leaves_no_row_and_has_its_id_all_the_same";
    alone(name, || {
        let sink = install();
        block_on(async {
            let base = serve(app::app(ContextLayer::new())).await;
            let nobody = Request::delete(format!("{base}/users/9"));
            let refused = send(nobody, "").await;
            assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
            assert_eq!(header(&refused, "x-request-id").len(), 36);
            let missing =
                Request::delete(format!("{base}/users/9")).header("authorization", "Bearer 7");
            assert_eq!(send(missing, "").await.status(), StatusCode::NOT_FOUND);
            assert_eq!(sink.take(), []);
        });
    });
}

#[test]
fn no_malformed_header_reaches_a_row() {
    alone("http::no_malformed_header_reaches_a_row", || {
        let sink = install();
        block_on(async {
            let base = serve(app::app(ContextLayer::new())).await;
            let long = "x".repeat(65);
            let bad = ["a b", "a,b", "7' OR 1=1", "replaced:1", "\u{fc}", &long];
            for id in bad {
                let request = Request::post(format!("{base}/users"))
                    .header("authorization", "Bearer 7")
                    .header("x-request-id", id.as_bytes())
                    .header("x-correlation-id", id.as_bytes())
                    .header("traceparent", &TRACEPARENT[..54])
                    .header("user-agent", &b"\xff\xfe"[..]);
                let response = send(request, "Ada").await;
                for row in events(&sink, 2).await {
                    let request_id = row.request_id.expect("one was made");
                    assert_eq!(header(&response, "x-request-id"), request_id);
                    assert!(request_id.starts_with("replaced:"), "{request_id}");
                    let correlation_id = row.correlation_id.expect("one was made");
                    let kept = id == "replaced:1" && correlation_id == id;
                    assert!(kept || uuid::Uuid::parse_str(&correlation_id).is_ok());
                    assert_eq!(row.user_agent, None);
                }
            }
        });
    });
}

#[test]
fn only_a_trusted_proxy_says_whose_request_it_passes_on() {
    alone(
        "http::only_a_trusted_proxy_says_whose_request_it_passes_on",
        || {
            let sink = install();
            block_on(async {
                let trusted = |list| TrustedProxies::parse([list]).expect("a network");
                for (list, stored) in [("10.0.0.0/8", "127.0.0.1"), ("127.0.0.0/8", "203.0.113.9")]
                {
                    let layer = ContextLayer::new().trusted_proxies(trusted(list));
                    let base = serve(app::app(layer)).await;
                    let request = Request::post(format!("{base}/users"))
                        .header("authorization", "Bearer 7")
                        .header("forwarded", "for=1.1.1.1")
                        .header("x-forwarded-for", "2.2.2.2")
                        .header("x-forwarded-for", "3.3.3.3, 203.0.113.9");
                    send(request, "Ada").await;
                    for row in events(&sink, 2).await {
                        assert_eq!(row.ip_address.as_deref(), Some(stored));
                    }
                }
            });
        },
    );
}

#[test]
fn the_environment_names_trusted_proxies_where_the_code_does_not() {
    let name = "http::the_environment_names_trusted_proxies_where_the_code_does_not";
    let variable = ("BEHAVIOR_TRACE_TRUSTED_PROXIES", "forwarded: 127.0.0.0/8");
    alone_with(name, &[variable], || {
        let sink = install();
        block_on(async {
            let nobody = TrustedProxies::parse([]).expect("no network");
            for (layer, stored) in [
                (ContextLayer::new(), "203.0.113.9"),
                (ContextLayer::new().trusted_proxies(nobody), "127.0.0.1"),
            ] {
                let base = serve(app::app(layer)).await;
                let request = Request::post(format!("{base}/users"))
                    .header("authorization", "Bearer 7")
                    .header("forwarded", "for=203.0.113.9")
                    .header("x-forwarded-for", "2.2.2.2");
                send(request, "Ada").await;
                for row in events(&sink, 2).await {
                    assert_eq!(row.ip_address.as_deref(), Some(stored));
                }
            }
        });
    });
}

#[test]
fn proxies_that_are_no_networks_make_the_start_fail() {
    let name = "http::proxies_that_are_no_networks_make_the_start_fail";
    let variable = ("BEHAVIOR_TRACE_TRUSTED_PROXIES", "10.0.0.0/8, localhost");
    alone_with(name, &[variable], || {
        let error = BehaviorTrace::builder().database_url("memory:").build();
        let error = error.expect_err("refused").to_string();
        assert!(error.contains("BEHAVIOR_TRACE_TRUSTED_PROXIES"), "{error}");
        assert!(error.contains("`localhost`"), "{error}");
        assert!(error.contains("write `10.0.0.0/8`"), "{error}");
    });
}

#[test]
fn around_the_whole_router_the_middleware_needs_a_second_one_inside_for_the_route() {
    let name =
        "http::around_the_whole_router_the_middleware_needs_a_second_one_inside_for_the_route";
    alone(name, || {
        let sink = install();
        block_on(async {
            // A nested router: the inner service is opaque to the outer router, so no route has matched yet when the outer
            // middleware runs.
            let inner = app::app(ContextLayer::new());
            let outer = Router::new()
                .fallback_service(inner)
                .layer(ContextLayer::new());
            let base = serve(outer).await;
            let request = Request::post(format!("{base}/users"))
                .header("authorization", "Bearer 7")
                .header("x-request-id", "r-2");
            let response = send(request, "Ada").await;
            assert_eq!(header(&response, "x-request-id"), "r-2");
            let row = events(&sink, 2).await.remove(0);
            assert_eq!(row.route_name.as_deref(), Some("/users"));
            assert_eq!(
                (row.request_id.as_deref(), row.actor_id),
                (Some("r-2"), Some(7))
            );
        });
    });
}

#[test]
fn a_route_that_takes_the_rest_of_a_path_is_one_as_any_other() {
    let name = "http::a_route_that_takes_the_rest_of_a_path_is_one_as_any_other";
    alone(name, || {
        let sink = install();
        block_on(async {
            let files = put(|| async {
                record!(action = "file.update", resource = "File", resource_id = 1);
            });
            let app = Router::new().route("/files/{*rest}", files);
            let base = serve(app.layer(ContextLayer::new())).await;
            send(Request::put(format!("{base}/files/a/b")), "").await;
            assert_eq!(sink.one().route_name.as_deref(), Some("/files/{*rest}"));
        });
    });
}

#[test]
fn a_content_type_of_grpc_makes_no_method_of_an_ordinary_path() {
    let name = "http::a_content_type_of_grpc_makes_no_method_of_an_ordinary_path";
    alone(name, || {
        let sink = install();
        block_on(async {
            let update = || {
                put(|| async {
                    record!(action = "file.update", resource = "File", resource_id = 1);
                })
            };
            let app = || {
                Router::new()
                    .route("/files/{*rest}", update())
                    .route("/files.v1/{id}", update())
                    .route("/{user}/{token}", update())
                    .route("/deep/er/{*rest}", update())
            };
            let service = Router::new().route("/shop.v1.Approval/{*rest}", update());
            let service = serve(service.layer(ContextLayer::new())).await;
            let call = Request::put(format!("{service}/shop.v1.Approval/Approve"));
            send(call.header("content-type", "application/grpc"), "").await;
            let method = sink.one().route_name;
            assert_eq!(method.as_deref(), Some("/shop.v1.Approval/Approve"));

            let inside = serve(app().layer(ContextLayer::new())).await;
            let outside = Router::new()
                .fallback_service(app())
                .layer(ContextLayer::new());
            let outside = serve(outside).await;
            for kind in [
                "application/grpc",
                "application/grpc+proto",
                "application/grpc-web",
            ] {
                for (path, template) in [
                    ("/files/secret", "/files/{*rest}"),
                    ("/files.v1/secret", "/files.v1/{id}"),
                    ("/john/token", "/{user}/{token}"),
                    ("/john.doe/token", "/{user}/{token}"),
                    ("/deep/er/secret.id/token", "/deep/er/{*rest}"),
                ] {
                    let request = |base: &str| {
                        Request::put(format!("{base}{path}")).header("content-type", kind)
                    };
                    send(request(&inside), "").await;
                    assert_eq!(sink.one().route_name.as_deref(), Some(template), "{kind}");
                    send(request(&outside), "").await;
                    assert_eq!(sink.one().route_name, None, "{kind} {path}");
                }
            }
        });
    });
}

/// Service that records inside `call`, before its future is polled.
#[derive(Clone)]
struct RecordsAtOnce;

impl<B> tower_service::Service<Request<B>> for RecordsAtOnce {
    type Response = Response<String>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Response<String>, Self::Error>>;

    fn poll_ready(
        &mut self,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        record!(action = "file.update", resource = "File", resource_id = 1);
        std::future::ready(Ok(Response::new(String::new())))
    }
}

/// Service that calls the inner one on a task without a context, like a tower buffer.
#[derive(Clone)]
struct Buffered<S>(S);

impl<S, B> tower_service::Service<Request<B>> for Buffered<S>
where
    S: tower_service::Service<Request<B>> + Clone + Send + 'static,
    S::Future: Send,
    S::Response: Send + 'static,
    S::Error: Send + 'static,
    B: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(
        &mut self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut inner = self.0.clone();
        let worker = tokio::spawn(async move { inner.call(request).await });
        Box::pin(async { worker.await.expect("it ends") })
    }
}

#[test]
fn behind_a_buffer_what_a_service_records_at_once_is_its_requests_too() {
    use tower_layer::Layer as _;
    use tower_service::Service as _;

    let name = "http::behind_a_buffer_what_a_service_records_at_once_is_its_requests_too";
    alone(name, || {
        let sink = install();
        block_on(async {
            let inner = ContextLayer::new().layer(RecordsAtOnce);
            let mut outer = ContextLayer::new().layer(Buffered(inner));
            let request = Request::put("/").header("x-request-id", "r-1").body(());
            outer
                .call(request.expect("a request"))
                .await
                .expect("an answer");
            assert_eq!(sink.one().request_id.as_deref(), Some("r-1"));
        });
    });
}

/// Sets the actor of the current context. Without one, it opens a context with the actor, as some applications do.
async fn authenticate(
    request: axum::extract::Request,
    next: axum::middleware::Next,
) -> axum::response::Response {
    let Some(context) = Context::current() else {
        let context = Context::new().actor(Actor::user(7));
        return context.scope(next.run(request)).await;
    };
    context.set_actor(Actor::user(7));
    next.run(request).await
}

fn files() -> Router {
    let update = put(|| async {
        record!(action = "file.update", resource = "File", resource_id = 1);
    });
    Router::new().route("/files/{id}", update)
}

#[test]
fn authentication_outside_of_the_middleware_is_warned_of_once_and_reported() {
    let name = "http::authentication_outside_of_the_middleware_is_warned_of_once_and_reported";
    alone(name, || {
        let patience = std::time::Duration::from_secs(10);
        let trace = behavior_trace::BehaviorTrace::builder().database_url("memory:");
        let trace = trace.build().expect("a sound configuration");
        let warnings = Warnings::default();
        let subscriber = registry().with(warnings.clone());
        subscriber.with(trace.layer()).init();
        block_on(async {
            let authenticate = axum::middleware::from_fn(authenticate);
            let inside = files()
                .layer(authenticate.clone())
                .layer(ContextLayer::new());
            let outside = files().layer(ContextLayer::new()).layer(authenticate);
            for (app, requests, warned) in [
                (inside.clone(), 2, &[] as &[&str]),
                (outside, 3, &["file.update"]),
                (inside, 1, &[]),
            ] {
                let base = serve(app).await;
                for _ in 0..requests {
                    send(Request::put(format!("{base}/files/1")), "").await;
                }
                assert_eq!(warnings.take(), warned);
            }
        });
        let verification = trace.verify_blocking(patience);
        assert_eq!(verification.without_actor, 3);
        let text = verification.to_string();
        assert!(text.contains("3 events so far named no actor"), "{text}");
        let report = trace.shutdown_blocking(patience);
        assert_eq!((report.stored, report.without_actor), (6, 3));
        let text = report.to_string();
        assert!(text.contains("3 without an actor"), "{text}");
    });
}

/// Actions that the recorder warns about.
#[derive(Clone, Default)]
struct Warnings(Arc<std::sync::Mutex<Vec<String>>>);

impl Warnings {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().expect("no test panicked"))
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Warnings {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        if event.metadata().target() != "behavior_trace::install" {
            return;
        }
        event.record(
            &mut |field: &tracing::field::Field, value: &dyn std::fmt::Debug| {
                if field.name() == "action" {
                    let action = format!("{value:?}").trim_matches('"').to_owned();
                    self.0.lock().expect("no test panicked").push(action);
                }
            },
        );
    }
}
