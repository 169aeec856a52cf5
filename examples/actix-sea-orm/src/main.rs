//! An actix-web service whose sea-orm transactions are units of work.
//!
//! ```sh
//! cargo run
//! curl -i -X POST -H 'authorization: Bearer 7' localhost:3000/orders/1/approve   # two rows of user 7
//! curl -i -X POST -H 'authorization: Bearer 7' localhost:3000/orders/2/approve   # 409: rolled back, no row
//! ```
//!
//! The orders are in `shop.db`, the activity in `activity.db`.

mod orders;
#[cfg(test)]
mod tests;

use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{App, Error, HttpResponse, HttpServer, error, post, web};
use behavior_trace::{Actor, BehaviorTrace, Context};
use behavior_trace_actix::ContextMiddleware;
use sea_orm::DatabaseConnection;

type Database = web::Data<DatabaseConnection>;

#[post("/orders/{id}/approve")]
async fn approve(database: Database, id: web::Path<i32>) -> Result<HttpResponse, Error> {
    let approved = orders::approve(&database, *id).await;
    approved.map_err(error::ErrorConflict)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Stands for yours, which finds the user by a session or a token.
async fn authenticate(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let header = request.headers().get("authorization");
    let token = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let user: Option<i64> = token.and_then(|token| token.parse().ok());
    let user = user.ok_or_else(|| error::ErrorUnauthorized("pass a bearer token"))?;
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(user));
    }
    next.call(request).await
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recorder = BehaviorTrace::start("sqlite:activity.db")?;
    recorder.install()?;
    let database = orders::open("sqlite:shop.db?mode=rwc").await?;
    let app = move || {
        App::new()
            .app_data(web::Data::new(database.clone()))
            .service(approve)
            .wrap(from_fn(authenticate))
            .wrap(ContextMiddleware::new())
    };
    HttpServer::new(app)
        .bind(("127.0.0.1", 3000))?
        .run()
        .await?;
    println!("{}", recorder.shutdown(Duration::from_secs(5)).await);
    Ok(())
}
