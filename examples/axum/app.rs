//! The service: users that can be created, renamed and deleted.

#![expect(
    clippy::unused_async,
    reason = "a handler is async whether it waits or not"
)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Path, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{patch, post};
use axum::{Router, body::Bytes};
use behavior_trace::context::propagate;
use behavior_trace::http::ContextLayer;
use behavior_trace::query::Reader;
use behavior_trace::web::{Timeline, Viewer};
use behavior_trace::{Actor, Context, behavior_trace};

/// Returns the routes, with the authentication and the request context.
pub(crate) fn app(context: ContextLayer) -> Router {
    Router::new()
        .route("/users", post(create))
        .route("/users/{id}", patch(rename).delete(delete))
        .layer(middleware::from_fn(authenticate))
        // Last, so that it is outermost: a refused login has a request id, too.
        .layer(context)
        .with_state(Users::default())
}

/// Returns the page of the recorded activity. Everyone on this machine may read it; an application asks its login.
pub(crate) fn activity(reader: Reader, stop: impl Future<Output = ()> + Send + 'static) -> Router {
    Timeline::new(reader)
        .viewer(|_| async { Some(Viewer::new("everyone on this machine")) })
        .router(stop)
}

/// Replaces a real authentication: a client that sends `Bearer 7` is user 7. From here on it is the actor of all events of
/// the request.
async fn authenticate(request: Request, next: Next) -> Result<Response, StatusCode> {
    let token = request.headers().get(header::AUTHORIZATION);
    let user = token
        .and_then(|token| token.to_str().ok()?.strip_prefix("Bearer "))
        .and_then(|user| user.parse::<i64>().ok())
        .ok_or(StatusCode::UNAUTHORIZED)?;
    if let Some(context) = Context::current() {
        context.set_actor(Actor::user(user));
    }
    Ok(next.run(request).await)
}

async fn create(State(users): State<Users>, name: String) -> Result<String, StatusCode> {
    let user = users.create(&name).await?;
    // Work that continues after the response still belongs to this request.
    tokio::spawn(propagate(async move { users.welcome(user.id).await }));
    Ok(user.id.to_string())
}

async fn rename(
    State(users): State<Users>,
    Path(id): Path<u64>,
    name: String,
) -> Result<(), StatusCode> {
    users.rename(id, &name).await
}

async fn delete(
    State(users): State<Users>,
    Path(id): Path<u64>,
    _: Bytes,
) -> Result<(), StatusCode> {
    users.delete(id).await
}

/// The store of the users.
#[derive(Clone, Default)]
struct Users {
    names: Arc<Mutex<BTreeMap<u64, String>>>,
}

struct User {
    id: u64,
}

// The code below does not know requests or actors, and yet every row names both.
impl Users {
    #[behavior_trace(action = "user.create", resource = "User", resource_id = |user| user.id)]
    async fn create(&self, name: &str) -> Result<User, StatusCode> {
        if name.is_empty() {
            return Err(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let mut names = self.names();
        let id = names.last_key_value().map_or(1, |(last, _)| last + 1);
        names.insert(id, name.to_owned());
        Ok(User { id })
    }

    #[behavior_trace(action = "user.update", resource = "User", resource_id = id)]
    async fn rename(&self, id: u64, name: &str) -> Result<(), StatusCode> {
        let mut names = self.names();
        let known = names.get_mut(&id).ok_or(StatusCode::NOT_FOUND)?;
        name.clone_into(known);
        Ok(())
    }

    #[behavior_trace(action = "user.delete", resource = "User", resource_id = id)]
    async fn delete(&self, id: u64) -> Result<(), StatusCode> {
        let gone = self.names().remove(&id);
        gone.map(drop).ok_or(StatusCode::NOT_FOUND)
    }

    #[behavior_trace(action = "welcome.assign", resource = "User", resource_id = id)]
    async fn welcome(&self, id: u64) {
        tokio::task::yield_now().await;
    }

    fn names(&self) -> MutexGuard<'_, BTreeMap<u64, String>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
