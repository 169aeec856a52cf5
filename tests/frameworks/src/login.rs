//! axum-login with the sessions of tower-sessions.

use std::convert::Infallible;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{Request, StatusCode, header};
use axum::routing::post;
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend};
use behavior_trace::Actor;
use behavior_trace::http::{ActorLayer, ContextLayer};
use tower_sessions::{MemoryStore, SessionManagerLayer};

use crate::service::{USERS, assert_each_acted_alone, call, install, routes, rows};

#[derive(Clone, Debug)]
struct Account(i64);

impl AuthUser for Account {
    type Id = i64;

    fn id(&self) -> i64 {
        self.0
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"the same for all"
    }
}

#[derive(Clone)]
struct Accounts;

impl AuthnBackend for Accounts {
    type User = Account;
    type Credentials = i64;
    type Error = Infallible;

    async fn authenticate(&self, id: i64) -> Result<Option<Account>, Infallible> {
        Ok(Some(Account(id)))
    }

    async fn get_user(&self, id: &i64) -> Result<Option<Account>, Infallible> {
        tokio::task::yield_now().await;
        Ok(Some(Account(*id)))
    }
}

async fn login(mut session: AuthSession<Accounts>, Path(id): Path<i64>) -> StatusCode {
    session.login(&Account(id)).await.expect("a session");
    StatusCode::NO_CONTENT
}

fn app(resource: &'static str) -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    let actor = ActorLayer::new(|request| {
        let session = request.extensions.get::<AuthSession<Accounts>>()?;
        Some(Actor::user(session.user.as_ref()?.id()))
    });
    routes(resource)
        .route("/login/{id}", post(login))
        .layer(actor)
        .layer(AuthManagerLayerBuilder::new(Accounts, sessions).build())
        .layer(ContextLayer::new())
}

async fn visit(app: Router, id: i64) {
    let login = Request::post(format!("/login/{id}"));
    let answer = call(&app, login.body(Body::empty()).expect("a request")).await;
    let cookie = answer.headers()[header::SET_COOKIE].to_str().expect("text");
    let cookie = cookie.split(';').next().expect("its value").to_owned();
    let update = Request::patch(format!("/accounts/{id}"))
        .header(header::COOKIE, cookie)
        .header("x-request-id", format!("r-{id}"));
    let answer = call(&app, update.body(Body::empty()).expect("a request")).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_users_at_once_are_each_the_actor_of_their_own_rows() {
    install();
    let app = app("Login");
    let visits: Vec<_> = (1..=USERS)
        .map(|id| tokio::spawn(visit(app.clone(), id)))
        .collect();
    for visit in visits {
        visit.await.expect("it ends");
    }
    assert_each_acted_alone("Login");
}

#[tokio::test]
async fn a_visitor_without_a_session_is_anonymous() {
    install();
    let update = Request::patch("/accounts/7");
    call(
        &app("Visitor"),
        update.body(Body::empty()).expect("a request"),
    )
    .await;
    let rows = rows("Visitor");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (&*rows[0].actor_type, rows[0].actor_id),
        ("ANONYMOUS", None)
    );
}
