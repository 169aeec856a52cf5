//! A real actix-web application behind the middleware.

use std::convert::Infallible;
use std::net::SocketAddr;

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use actix_web::web::Bytes;
use actix_web::{App, Error, HttpMessage as _, HttpResponse, dev::ServiceRequest, web};
use behavior_trace::headers::TrustedProxies;
use behavior_trace::test::Capture;
use behavior_trace::{Activity, Actor, BehaviorTrace, Context, behavior_trace, record};
use behavior_trace_actix::{ContextMiddleware, block, health_route};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn rename(id: u64) -> Result<(), String> {
    actix_web::rt::task::yield_now().await;
    if id == 0 {
        Err("no such user".to_owned())
    } else {
        Ok(())
    }
}

async fn handler(id: web::Path<u64>) -> HttpResponse {
    match rename(*id).await {
        Ok(()) => HttpResponse::NoContent().finish(),
        Err(_) => HttpResponse::NotFound().finish(),
    }
}

async fn blocking() -> Result<HttpResponse, Error> {
    block(|| record!(action = "report.create", resource = "Report")).await?;
    Ok(HttpResponse::Ok().finish())
}

/// Answers with a body that records while it is sent.
async fn streamed() -> HttpResponse {
    let rows = (1..=2_u64).map(|row| {
        record!(action = "row.create", resource = "Row", resource_id = row);
        Ok::<_, Infallible>(Bytes::from(format!("{row};")))
    });
    HttpResponse::Ok().streaming(futures_util::stream::iter(rows))
}

async fn authenticate(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
    let user = request.headers().get("authorization");
    let user = user.and_then(|user| user.to_str().ok()?.parse::<i64>().ok());
    if let (Some(context), Some(user)) = (Context::current(), user) {
        context.set_actor(Actor::user(user));
    }
    next.call(request).await
}

/// The application, and around it what `$layer` is.
macro_rules! app {
    ($layer:expr) => {
        App::new()
            .service(web::scope("/api").route("/users/{id}", web::patch().to(handler)))
            .route("/reports", web::post().to(blocking))
            .route("/rows", web::post().to(streamed))
            .wrap(from_fn(authenticate))
            .wrap($layer)
    };
}

fn request(method: &str, path: &str) -> TestRequest {
    let request = match method {
        "PATCH" => TestRequest::patch(),
        _ => TestRequest::post(),
    };
    let peer: SocketAddr = "203.0.113.9:4711".parse().expect("an address");
    request.uri(path).peer_addr(peer)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).expect("the header is there");
    value.to_str().expect("it is text")
}

fn one(capture: &Capture) -> Activity<'static> {
    let mut rows = capture.activities();
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

#[actix_web::test]
async fn a_row_says_who_through_which_request_and_from_where() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = init_service(app!(ContextMiddleware::new())).await;
    let sent = request("PATCH", "/api/users/7?token=secret")
        .insert_header(("authorization", "5"))
        .insert_header(("x-request-id", "r-1"))
        .insert_header(("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01")))
        .insert_header(("x-forwarded-for", "1.1.1.1"))
        .insert_header(("user-agent", "tests/1"));
    let response = call_service(&app, sent.to_request()).await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(header(response.headers(), "x-request-id"), "r-1");
    let row = one(&capture);
    assert_eq!((&*row.actor_type, row.actor_id), ("USER", Some(5)));
    assert_eq!(row.request_id.as_deref(), Some("r-1"));
    assert_eq!(row.correlation_id.as_deref(), Some(TRACE));
    assert_eq!(row.route_name.as_deref(), Some("/api/users/{id}"));
    assert_eq!(row.ip_address.as_deref(), Some("203.0.113.9"));
    assert_eq!(row.user_agent.as_deref(), Some("tests/1"));
}

#[actix_web::test]
async fn a_header_that_breaks_its_rule_is_replaced_and_no_failure_is_recorded() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = init_service(app!(ContextMiddleware::new())).await;
    for ids in [vec!["a b"], vec!["r-1", "r-2"], vec![""]] {
        let sent = ids
            .iter()
            .fold(request("PATCH", "/api/users/0"), |sent, id| {
                sent.append_header(("x-request-id", *id))
            });
        let response = call_service(&app, sent.to_request()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
        let id = header(response.headers(), "x-request-id");
        assert!(id.starts_with("replaced:"), "{ids:?} became {id}");
    }
    assert_eq!(capture.activities(), []);
}

#[actix_web::test]
async fn the_client_behind_a_trusted_proxy_has_its_own_address() {
    let capture = Capture::new();
    let _installed = capture.install();
    let proxies = TrustedProxies::parse(["203.0.113.0/24"]).expect("a network");
    let app = init_service(app!(ContextMiddleware::new().trusted_proxies(proxies))).await;
    let sent = request("PATCH", "/api/users/7")
        .append_header(("x-forwarded-for", "1.1.1.1"))
        .append_header(("x-forwarded-for", "198.51.100.4"));
    call_service(&app, sent.to_request()).await;
    assert_eq!(one(&capture).ip_address.as_deref(), Some("198.51.100.4"));
}

#[actix_web::test]
async fn blocking_work_and_a_streamed_body_are_inside_of_the_request() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = init_service(app!(ContextMiddleware::new())).await;
    for path in ["/reports", "/rows"] {
        let sent = request("POST", path)
            .insert_header(("authorization", "5"))
            .insert_header(("x-request-id", "r-9"));
        let response = call_service(&app, sent.to_request()).await;
        read_body(response).await;
    }
    let rows = capture.activities();
    let actions: Vec<_> = rows.iter().map(|row| &*row.action).collect();
    assert_eq!(actions, ["report.create", "row.create", "row.create"]);
    for row in rows {
        assert_eq!(row.actor_id, Some(5), "{row:?}");
        assert_eq!(row.request_id.as_deref(), Some("r-9"), "{row:?}");
    }
}

#[actix_web::test]
async fn a_second_middleware_inside_keeps_the_context_of_the_first() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = app!(ContextMiddleware::new()).wrap(ContextMiddleware::new());
    let app = init_service(app).await;
    let sent = request("PATCH", "/api/users/7").insert_header(("authorization", "5"));
    let response = call_service(&app, sent.to_request()).await;
    let row = one(&capture);
    assert_eq!(
        row.request_id.as_deref(),
        Some(header(response.headers(), "x-request-id"))
    );
    assert_eq!(row.actor_id, Some(5));
}

/// Leaves a context of the application's in the request.
async fn keep_another(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody>,
) -> Result<ServiceResponse<impl actix_web::body::MessageBody>, Error> {
    request.extensions_mut().insert(Context::default());
    next.call(request).await
}

#[actix_web::test]
async fn a_context_that_the_application_keeps_in_the_request_is_not_taken_for_the_middlewares() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = init_service(app!(ContextMiddleware::new()).wrap(from_fn(keep_another))).await;
    let sent = request("PATCH", "/api/users/7").insert_header(("x-request-id", "r-1"));
    let response = call_service(&app, sent.to_request()).await;
    assert_eq!(header(response.headers(), "x-request-id"), "r-1");
    assert_eq!(one(&capture).request_id.as_deref(), Some("r-1"));
}

#[actix_web::test]
async fn the_health_of_a_recorder_is_a_route() {
    let recorder = BehaviorTrace::builder().database_url("memory:").build();
    let recorder = recorder.expect("a sound configuration");
    let health = recorder.handle();
    let unhealthy = || (503, "{}".to_owned());
    let app = App::new()
        .route("/unhealthy", health_route(unhealthy))
        .route(
            "/health",
            health_route(move || (health.health().http_status(true), health.health().to_json())),
        );
    let app = init_service(app).await;
    let get = |path| TestRequest::get().uri(path).to_request();
    let answer = call_service(&app, get("/health")).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(header(answer.headers(), "content-type"), "application/json");
    assert_eq!(header(answer.headers(), "cache-control"), "no-store");
    let body = read_body(answer).await;
    assert!(body.starts_with(b"{\"status\":\"healthy\""), "{body:?}");
    let answer = call_service(&app, get("/unhealthy")).await;
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[actix_web::test]
async fn two_requests_at_once_keep_their_actors_apart() {
    let capture = Capture::new();
    let _installed = capture.install();
    let app = init_service(app!(ContextMiddleware::new())).await;
    let calls = (1..=50).map(|user| {
        let sent = request("PATCH", &format!("/api/users/{user}"));
        app.call(
            sent.insert_header(("authorization", user.to_string()))
                .to_request(),
        )
    });
    for answer in futures_util::future::join_all(calls).await {
        assert_eq!(answer.expect("an answer").status(), StatusCode::NO_CONTENT);
    }
    let rows = capture.activities();
    assert_eq!(rows.len(), 50);
    for row in rows {
        assert_eq!(
            row.actor_id.map(|id| id.to_string()).as_deref(),
            row.resource_id.as_deref()
        );
    }
}

/// Refuses a request as most authentications do, or by a response.
async fn refuse(
    request: ServiceRequest,
    next: Next<impl actix_web::body::MessageBody + 'static>,
) -> Result<ServiceResponse, Error> {
    match request.path() {
        "/error" => Err(actix_web::error::ErrorUnauthorized("pass a token")),
        "/response" => Ok(request.into_response(HttpResponse::Unauthorized())),
        _ => Ok(next.call(request).await?.map_into_boxed_body()),
    }
}

/// actix-web makes the answer of an error outside of all middleware, as the guide has it.
#[actix_web::test]
async fn a_refusal_by_a_response_has_the_request_id_and_one_by_an_error_has_none() {
    let app = App::new()
        .route("/", web::get().to(HttpResponse::Ok))
        .wrap(from_fn(refuse))
        .wrap(ContextMiddleware::new());
    let app = init_service(app).await;
    let request = |path| TestRequest::get().uri(path).to_request();
    let refused = app.call(request("/response")).await.expect("an answer");
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(header(refused.headers(), "x-request-id").len(), 36);
    let refused = app.call(request("/error")).await.expect_err("an error");
    let refused = refused.error_response();
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(!refused.headers().contains_key("x-request-id"));
}
