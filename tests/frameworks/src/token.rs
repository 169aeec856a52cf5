//! A signed token, which an extractor of the handler checks too.

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{Request, StatusCode, header};
use axum::middleware::from_extractor;
use behavior_trace::Actor;
use behavior_trace::http::{ActorLayer, ContextLayer};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};

use crate::service::{USERS, assert_each_acted_alone, call, install, routes, rows};

const SECRET: &[u8] = b"a secret of the tests, long enough";

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
}

impl Claims {
    fn of(parts: &Parts) -> Option<Self> {
        let header = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        let token = header.strip_prefix("Bearer ")?;
        let key = DecodingKey::from_secret(SECRET).ok()?;
        let token = decode::<Self>(token, &key, &Validation::new(Algorithm::HS256));
        Some(token.ok()?.claims)
    }

    fn token(id: i64, secret: &[u8]) -> String {
        let claims = Self {
            sub: id.to_string(),
            exp: 4_102_444_800,
        };
        let key = EncodingKey::from_secret(secret).expect("a key");
        encode(&Header::default(), &claims, &key).expect("a token")
    }
}

/// Refuses a request without a valid token, and leaves its claims to those further inside.
impl<S: Sync> FromRequestParts<S> for Claims {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        tokio::task::yield_now().await;
        let claims = Self::of(parts).ok_or(StatusCode::UNAUTHORIZED)?;
        parts.extensions.insert(claims.clone());
        Ok(claims)
    }
}

fn app(resource: &'static str) -> Router {
    routes(resource)
        .layer(ActorLayer::new(|request| {
            let claims = request.extensions.get::<Claims>()?;
            Some(Actor::user(claims.sub.parse::<i64>().ok()?))
        }))
        .layer(from_extractor::<Claims>())
        .layer(ContextLayer::new())
}

fn update(id: i64, token: &str) -> Request<Body> {
    let request = Request::patch(format!("/accounts/{id}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header("x-request-id", format!("r-{id}"));
    request.body(Body::empty()).expect("a request")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_tokens_at_once_are_each_the_actor_of_their_own_rows() {
    install();
    let app = app("Token");
    let calls = (1..=USERS).map(|id| {
        let app = app.clone();
        tokio::spawn(async move { call(&app, update(id, &Claims::token(id, SECRET))).await })
    });
    for answer in calls.collect::<Vec<_>>() {
        let answer = answer.await.expect("it ends");
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
    assert_each_acted_alone("Token");
}

#[tokio::test]
async fn a_forged_token_makes_no_row() {
    install();
    let forged = Claims::token(7, b"another secret, as long as the first");
    let answer = call(&app("Forged"), update(7, &forged)).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(rows("Forged"), []);
}
