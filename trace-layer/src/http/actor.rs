//! The actor of a request, from what the authentication left in it.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{self, Poll};

use behavior_trace_core::{Actor, Context, WithContext};
use http::Request;
use http::request::Parts;
use tower_layer::Layer;
use tower_service::Service;

use super::panicked;
use super::request_context::OuterContext;

type ActorOf = Arc<dyn Fn(&Parts) -> Option<Actor> + Send + Sync>;

/// A layer that sets the actor of a request, by a function of what is known of the request.
///
/// The function is called once a request, before the handler. It finds what the authentication put into the extensions,
/// such as a session or the claims of a token. Place the layer inside of the authentication; inside or outside of
/// [`ContextLayer`](super::ContextLayer) makes no difference. `None` leaves an actor as it is. A panic of the function is
/// counted, and the request goes on without an actor.
///
/// A handler that logs somebody in or out sets the actor itself, by `Context::current()` and `set_actor`.
///
/// ```
/// # #[cfg(feature = "axum")] {
/// use behavior_trace::Actor;
/// use behavior_trace::http::{ActorLayer, ContextLayer};
///
/// #[derive(Clone)]
/// struct Claims { user: i64 }
///
/// let app: axum::Router = axum::Router::new()
///     .route("/users/{id}", axum::routing::patch(async || "changed"))
///     .layer(ActorLayer::new(|request| {
///         let claims = request.extensions.get::<Claims>()?;
///         Some(Actor::user(claims.user))
///     }))
///     // .layer(…, the authentication, which inserts the claims)
///     .layer(ContextLayer::new());
/// # }
/// ```
#[derive(Clone)]
pub struct ActorLayer {
    actor: ActorOf,
}

impl ActorLayer {
    /// Creates a layer that asks `actor` for each request.
    pub fn new(actor: impl Fn(&Parts) -> Option<Actor> + Send + Sync + 'static) -> Self {
        Self {
            actor: Arc::new(actor),
        }
    }
}

impl fmt::Debug for ActorLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorLayer").finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ActorLayer {
    type Service = ActorService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        ActorService {
            inner,
            actor: self.actor.clone(),
        }
    }
}

/// The actor of a request that has no context yet, for a [`ContextLayer`](super::ContextLayer) further inside.
#[derive(Clone)]
pub(super) struct KnownActor(pub(super) Actor);

/// A service that sets the actor of each request; see [`ActorLayer`].
#[derive(Clone)]
pub struct ActorService<S> {
    inner: S,
    actor: ActorOf,
}

impl<S: fmt::Debug> fmt::Debug for ActorService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ActorService")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

impl<S> ActorService<S> {
    /// Returns the context of the request, which has its actor.
    fn context(&self, parts: &mut Parts) -> Context {
        let asked = catch_unwind(AssertUnwindSafe(|| (self.actor)(parts)));
        let actor = asked.unwrap_or_else(|_| {
            panicked();
            None
        });
        let outer = parts.extensions.get().cloned();
        let is_known = outer.is_some();
        let context = outer.map_or_else(
            // One that the application keeps there.
            || {
                parts
                    .extensions
                    .get::<Context>()
                    .cloned()
                    .unwrap_or_default()
            },
            |OuterContext(context)| context,
        );
        if let Some(actor) = actor {
            context.set_actor(actor.clone());
            if !is_known {
                parts.extensions.insert(KnownActor(actor));
            }
        }
        context
    }
}

impl<S, B> Service<Request<B>> for ActorService<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = WithContext<S::Future>;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut parts, body) = request.into_parts();
        let context = self.context(&mut parts);
        let request = Request::from_parts(parts, body);
        // The call itself is in scope too: a service between the two may make it on another task.
        let future = context.clone().in_scope(|| self.inner.call(request));
        context.scope(future)
    }
}
