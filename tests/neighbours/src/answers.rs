//! Responses of handlers: 2xx and 3xx are successes, all others failures.

use std::future::Future;
use std::pin::Pin;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use behavior_trace::behavior_trace;
use behavior_trace_core::Counter;

use crate::collected::{block_on, events, tallies};

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User"];
const UNJUDGED: [Counter; 1] = [Counter::Undetermined];

type Answer = Response;
type Code = StatusCode;
type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

fn response(code: u16) -> Response {
    (status(code), "body").into_response()
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).expect("a code")
}

/// Asserts that each handler is recorded for 204 and 303, and not for 404 and 500.
macro_rules! tells {
    ($($handler:path),* $(,)?) => {$(
        for (code, expected) in [
            (204, &TOUCHED[..]),
            (303, &TOUCHED[..]),
            (404, &NONE[..]),
            (500, &NONE[..]),
        ] {
            let recorded = events(|| block_on(async { let _ = $handler(code).await; }));
            assert_eq!(recorded, expected, "{} of {code}", stringify!($handler));
        }
    )*};
}

#[test]
fn a_status_is_a_success_or_a_failure() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn code(code: u16) -> StatusCode {
        status(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn answer(code: u16) -> Response {
        tokio::task::yield_now().await;
        response(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn with_body(code: u16) -> (StatusCode, Json<u64>) {
        (status(code), Json(7))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn with_headers(code: u16) -> (StatusCode, HeaderMap, Json<u64>) {
        (status(code), HeaderMap::new(), Json(7))
    }
    tells!(code, answer, with_body, with_headers);
}

#[test]
fn an_ok_that_holds_a_failure_is_none() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn code(code: u16) -> Result<StatusCode, String> {
        Ok(status(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User", when = |answer| answer.status().as_u16() > 0)]
    async fn answer(code: u16) -> Result<Response<Body>, String> {
        Ok(response(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn with_body(code: u16) -> axum::response::Result<(StatusCode, Json<u64>)> {
        Ok((status(code), Json(7)))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn nested(code: u16) -> Result<Result<u16, StatusCode>, String> {
        Ok(if code < 400 {
            Ok(code)
        } else {
            Err(status(code))
        })
    }
    tells!(code, answer, with_body, nested);
}

#[test]
fn a_status_is_known_under_every_alias() {
    type Outcome<T> = Result<T, String>;

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn code(code: u16) -> Code {
        status(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn answer(code: u16) -> Answer {
        response(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn in_ok(code: u16) -> Result<Answer, String> {
        Ok(response(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn in_alias(code: u16) -> Outcome<Code> {
        Ok(status(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn in_box(code: u16) -> Box<Answer> {
        Box::new(response(code))
    }
    tells!(code, answer, in_ok, in_alias, in_box);
}

#[test]
fn a_future_of_an_answer_is_judged_when_it_ends() {
    #[behavior_trace(action = "user.touch", resource = "User")]
    fn opaque(code: u16) -> impl Future<Output = StatusCode> {
        async move { status(code) }
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn forwarded(code: u16) -> impl Future<Output = Response> + Send {
        std::future::ready(response(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn boxed(code: u16) -> Pin<Box<dyn Future<Output = Response> + Send>> {
        Box::pin(async move { response(code) })
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn named(code: u16) -> Boxed<'static, Code> {
        Box::pin(std::future::ready(status(code)))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn named_in_ok(code: u16) -> Boxed<'static, Result<Code, String>> {
        Box::pin(std::future::ready(Ok(status(code))))
    }
    tells!(opaque, forwarded, boxed, named, named_in_ok);
}

struct Users;

#[async_trait::async_trait]
trait Answers {
    async fn code(&self, code: u16) -> StatusCode;
    async fn in_ok(&self, code: u16) -> Result<Answer, String>;
}

#[async_trait::async_trait]
impl Answers for Users {
    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn code(&self, code: u16) -> StatusCode {
        status(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    async fn in_ok(&self, code: u16) -> Result<Answer, String> {
        Ok(response(code))
    }
}

#[test]
fn a_method_of_an_async_trait_is_judged_like_any_other() {
    async fn code(code: u16) -> StatusCode {
        Users.code(code).await
    }
    async fn in_ok(code: u16) -> Result<Answer, String> {
        Users.in_ok(code).await
    }
    tells!(code, in_ok);
}

#[test]
fn what_hides_its_status_is_asked_for() {
    #[behavior_trace(action = "user.touch", resource = "User", on = |answer| answer.is_success())]
    async fn told(code: u16) -> impl IntoResponse {
        status(code)
    }

    #[behavior_trace(action = "user.touch", resource = "User", on = always)]
    async fn always(code: u16) -> Result<impl IntoResponse, String> {
        Ok(status(code))
    }
    let of = |code| {
        events(|| {
            block_on(async {
                let _ = told(code).await;
            });
        })
    };
    assert_eq!(
        (of(204), of(404)),
        (TOUCHED.map(str::to_owned).to_vec(), vec![])
    );
    assert_eq!(events(|| block_on(always(404)).is_ok()), TOUCHED);
}

#[test]
fn a_status_that_generic_code_or_an_alias_hides_is_not_recorded() {
    type Swapped = (Json<u64>, StatusCode);

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn generic<T>(value: T) -> Result<T, String> {
        Ok(value)
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn swapped(code: u16) -> Swapped {
        (Json(7), status(code))
    }

    #[behavior_trace(action = "user.touch", resource = "User")]
    fn swapped_in_ok(code: u16) -> Result<Swapped, String> {
        Ok((Json(7), status(code)))
    }
    assert_eq!(tallies(|| generic(status(404)).is_ok()), UNJUDGED);
    assert_eq!(
        tallies(|| generic(Box::new(response(404))).is_ok()),
        UNJUDGED
    );
    assert_eq!(events(|| generic(()).is_ok()), TOUCHED);
    assert_eq!(events(|| generic(7).is_ok()), TOUCHED);
    assert_eq!(tallies(|| swapped(404).1), UNJUDGED);
    assert_eq!(tallies(|| swapped_in_ok(404).is_ok()), UNJUDGED);
}
