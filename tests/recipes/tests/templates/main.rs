//! The route that each framework records, beside the guide's table of them.

#![expect(dead_code, reason = "of each program, its middleware alone is used")]

mod service;

mod axum_0_6 {
    include!("../../src/bin/axum_0_6.rs");

    pub(crate) async fn middleware<B>(request: Request<B>, next: Next<B>) -> Response {
        in_context(request, next).await
    }
}

mod axum_0_7 {
    include!("../../src/bin/axum_0_7.rs");

    pub(crate) fn layer() -> ContextLayer {
        context_layer()
    }
}

mod rocket_0_5 {
    include!("../../src/bin/rocket_0_5.rs");

    pub(crate) fn wrap(routes: Vec<Route>) -> Vec<Route> {
        in_context(routes)
    }
}

use behavior_trace::http::ContextLayer;
use behavior_trace_actix::ContextMiddleware;
use service::{change, change_blocking, recorded, routes};
use tower::ServiceExt;

const PAGE: &str = include_str!("../../../../docs/guide/src/installing.md");
/// A route with a parameter below a prefix, one with the rest of the path, and one that no route matches.
const PATHS: [&str; 3] = ["/api/users/7", "/api/files/a/b", "/nowhere"];

/// Checks that the guide has the row of a framework.
#[track_caller]
fn check(framework: &str, templates: &[String; 3]) {
    let [parameter, rest, none] = templates;
    let row = format!("| {framework} | {parameter} | {rest} | {none} |");
    assert!(PAGE.contains(&row), "the guide lacks this row:\n{row}");
}

macro_rules! axum_templates {
    ($axum:ident, $layer:expr, $parameter:expr, $rest:expr) => {{
        use $axum::Router;
        use $axum::body::Body;
        use $axum::http::Request;
        use $axum::routing::get;
        let resource = stringify!($axum);
        let api = Router::new()
            .route($parameter, get(move || change(resource)))
            .route($rest, get(move || change(resource)));
        let app: Router = Router::new()
            .nest("/api", api)
            .fallback(move || change(resource))
            .layer($layer);
        routes(resource, async |path| {
            let request = Request::get(path).body(Body::empty()).expect("a request");
            app.clone().oneshot(request).await.expect("an answer");
        })
        .await
    }};
}

#[tokio::test]
async fn axum_has_its_templates_with_the_prefix() {
    let newest = axum_templates!(axum08, ContextLayer::new(), "/users/{id}", "/files/{*path}");
    check("axum 0.8", &newest);
    let layer = axum_0_7::layer();
    let older = axum_templates!(axum07, layer, "/users/:id", "/files/*path");
    let layer = axum06::middleware::from_fn(axum_0_6::middleware);
    let oldest = axum_templates!(axum06, layer, "/users/:id", "/files/*path");
    assert_eq!(oldest, older);
    check("axum 0.7 and 0.6", &older);
}

#[actix_web::test]
async fn actix_web_has_its_patterns_with_the_scope() {
    use actix_web::test::{TestRequest, call_service, init_service};
    use actix_web::{App, HttpResponse, web};

    async fn handler() -> HttpResponse {
        change("actix").await;
        HttpResponse::Ok().finish()
    }

    let api = web::scope("/api")
        .route("/users/{id}", web::get().to(handler))
        .route("/files/{path:.*}", web::get().to(handler));
    let app = App::new()
        .service(api)
        .default_service(web::to(handler))
        .wrap(ContextMiddleware::new());
    let app = init_service(app).await;
    let templates = routes("actix", async |path| {
        call_service(&app, TestRequest::get().uri(path).to_request()).await;
    });
    check("actix-web 4", &templates.await);
}

#[rocket::get("/users/<id>")]
fn user(id: u64) {
    assert_eq!(id, 7);
    change_blocking("rocket");
}

#[rocket::get("/files/<path..>?<page>")]
fn file(path: std::path::PathBuf, page: Option<u64>) {
    assert_eq!((path.to_str(), page), (Some("a/b"), None));
    change_blocking("rocket");
}

#[rocket::get("/users/<name>", rank = 2)]
fn named(name: &str) {
    assert_eq!(name, "ada");
    change_blocking("forwarded");
}

#[rocket::catch(404)]
fn nothing() {
    change_blocking("rocket");
}

#[rocket::async_test]
async fn rocket_has_its_uris_with_the_mount_point_and_none_in_a_catcher() {
    let routes_in_context = rocket_0_5::wrap(rocket::routes![user, named, file]);
    let app = rocket::build()
        .mount("/api", routes_in_context)
        .register("/", rocket::catchers![nothing]);
    let client = rocket::local::asynchronous::Client::untracked(app);
    let client = client.await.expect("it starts");
    let templates = routes("rocket", async |path| {
        client.get(path.to_owned()).dispatch().await;
    });
    check("Rocket 0.5", &templates.await);

    // The id is no number, so the first route forwards the request to the second one.
    client.get("/api/users/ada").dispatch().await;
    assert_eq!(recorded("forwarded"), ["`/api/users/<name>`"]);
}
