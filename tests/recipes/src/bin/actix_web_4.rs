use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, error, patch, web};
use behavior_trace::{Actor, BehaviorTrace, Context, behavior_trace};
use behavior_trace_actix::ContextMiddleware;

#[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
async fn rename(id: u64, name: &str) -> Result<(), &'static str> {
    // … change the user …
    if name.is_empty() {
        Err("a user needs a name")
    } else {
        Ok(())
    }
}

#[patch("/users/{id}")]
async fn rename_user(id: web::Path<u64>, name: String) -> Result<HttpResponse, Error> {
    rename(*id, &name)
        .await
        .map_err(error::ErrorUnprocessableEntity)?;
    Ok(HttpResponse::Ok().finish())
}

/// Stands for yours, which finds the user by a session or a token. It runs inside of the context.
async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(7));
    }
    next.call(request).await
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;
    let app = || {
        App::new()
            .service(rename_user)
            .wrap(from_fn(authenticate))
            .wrap(ContextMiddleware::new())
    };
    HttpServer::new(app)
        .bind(behavior_trace_recipes::address())?
        .run()
        .await?;
    recorder.shutdown(Duration::from_secs(5)).await;
    Ok(())
}
