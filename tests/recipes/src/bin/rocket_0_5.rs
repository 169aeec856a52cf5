use std::sync::LazyLock;
use std::time::Duration;

use behavior_trace::headers::{RequestContext, TrustedProxies, request_context};
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use rocket::fairing::AdHoc;
use rocket::http::Status;
use rocket::request::{self, FromRequest, Request};
use rocket::route::{Handler, Outcome, Route};
use rocket::{Data, patch, routes};

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn rename(id: u64, name: &str) -> Result<(), Status> {
    // … change the user …
    if name.is_empty() {
        Err(Status::UnprocessableEntity)
    } else {
        Ok(())
    }
}

#[patch("/users/<id>", data = "<name>")]
async fn rename_user(_user: User, id: u64, name: String) -> Result<(), Status> {
    rename(id, &name).await
}

struct User;

/// Stands for yours, which finds the user by a session or a token. Guards run inside of the route's context.
#[rocket::async_trait]
impl<'r> FromRequest<'r> for User {
    type Error = ();

    async fn from_request(_: &'r Request<'_>) -> request::Outcome<Self, ()> {
        if let Some(context) = Context::current() {
            context.set_actor(Actor::user(7));
        }
        request::Outcome::Success(Self)
    }
}

static PROXIES: LazyLock<Option<TrustedProxies>> =
    LazyLock::new(|| TrustedProxies::from_env().ok().flatten());

/// Returns the context of a request, which is made once.
fn context_of<'r>(request: &'r Request<'_>) -> &'r RequestContext {
    request.local_cache(|| {
        let header = |name: &str| request.headers().get(name).map(str::as_bytes);
        let peer = request.remote().map(|peer| peer.ip());
        let route = request.route().map(|route| route.uri.path());
        request_context(header, peer, route, PROXIES.as_ref())
    })
}

/// A route that runs in the context of its request.
#[derive(Clone)]
struct InContext(Box<dyn Handler>);

#[rocket::async_trait]
impl Handler for InContext {
    async fn handle<'r>(&self, request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r> {
        let context = context_of(request).context.clone();
        // A route before this one may have forwarded the request.
        if let Some(route) = request.route() {
            context.set_route_name(route.uri.path());
        }
        context.scope(self.0.handle(request, data)).await
    }
}

fn in_context(mut routes: Vec<Route>) -> Vec<Route> {
    for route in &mut routes {
        route.handler = Box::new(InContext(route.handler.clone()));
    }
    routes
}

/// Gives every response the id of its request.
fn request_id() -> AdHoc {
    AdHoc::on_response("request id", |request, response| {
        Box::pin(async move {
            let id = context_of(request).request_id.clone();
            response.set_raw_header("x-request-id", id);
        })
    })
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;
    let routes = in_context(routes![rename_user]);
    rocket::build()
        .mount("/", routes)
        .attach(request_id())
        .launch()
        .await?;
    recorder.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
