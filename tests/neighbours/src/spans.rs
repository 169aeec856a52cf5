//! The attribute beside `#[instrument]`: the body runs inside the span, and the event is recorded inside it.

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use behavior_trace::behavior_trace;
use tracing::instrument;

use crate::collected::{block_on, events};

const NONE: [&str; 0] = [];
/// Expected event, whose request comes from the span.
const TOUCHED: [&str; 1] = ["user.touch User id=7 request=r-7"];

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Returns the name of the caller's current span.
fn here() -> Option<&'static str> {
    tracing::Span::current()
        .metadata()
        .map(tracing::Metadata::name)
}

#[async_trait]
trait Touch {
    async fn plain(&self, id: u64) -> Result<u64, String>;
    async fn failing(&self, id: u64) -> Result<u64, String>;
    async fn told(&self, id: u64, name: String) -> Result<u64, String>;

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    #[instrument(skip_all, fields(request_id = "r-7"), ret, err)]
    async fn by_default(&self, id: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        assert_eq!(here(), Some("by_default"));
        if id == 0 {
            return Err(String::new());
        }
        Ok(id)
    }
}

struct Users(u64);

#[async_trait]
impl Touch for Users {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.0)]
    #[instrument(skip_all, fields(request_id = "r-7"))]
    async fn plain(&self, id: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        assert_eq!(here(), Some("plain"));
        if id == 0 { Err(String::new()) } else { Ok(id) }
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    #[instrument(skip(self), fields(request_id = "r-7"), err)]
    async fn failing(&self, id: u64) -> Result<u64, String> {
        assert_eq!(here(), Some("failing"));
        Err(id.to_string())
    }

    #[behavior_trace(action = "user.touch", resource = "User", bind = event, payload = |id| id)]
    #[instrument(skip(self), fields(request_id = "r-7"), ret, err)]
    async fn told(&self, id: u64, name: String) -> Result<u64, String> {
        event.resource_id(id);
        tokio::task::yield_now().await;
        assert_eq!(here(), Some("told"));
        Ok(u64::try_from(name.len()).map_err(|error| error.to_string())? + id)
    }
}

#[test]
fn an_async_trait_method_runs_and_is_recorded_in_its_span() {
    let users = Users(7);
    assert_eq!(events(|| block_on(users.plain(1))), TOUCHED);
    assert_eq!(events(|| block_on(users.plain(0))), NONE);
    assert_eq!(events(|| block_on(users.failing(7))), NONE);
    assert_eq!(events(|| block_on(users.by_default(7))), TOUCHED);
    assert_eq!(events(|| block_on(users.by_default(0))), NONE);
    assert_eq!(
        events(|| block_on(users.told(7, String::new()))),
        ["user.touch User id=7 request=r-7 payload=7"]
    );
    let users: Box<dyn Touch> = Box::new(users);
    assert_eq!(events(|| block_on(users.plain(1))), TOUCHED);
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[instrument(fields(request_id = "r-7"), ret, err)]
fn boxed(id: u64) -> Pin<Box<dyn Future<Output = Result<u64, String>> + Send>> {
    Box::pin(async move {
        tokio::task::yield_now().await;
        assert_eq!(here(), Some("boxed"));
        if id == 0 { Err(String::new()) } else { Ok(id) }
    })
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = name.len())]
#[instrument(fields(request_id = "r-7"), ret, err)]
fn aliased<'a>(name: &'a str) -> BoxFuture<'a, Result<&'a str, String>> {
    let length = name.len();
    std::boxed::Box::pin(async move {
        assert_eq!(here(), Some("aliased"));
        tokio::task::yield_now().await;
        Ok(&name[..length])
    })
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[instrument(fields(request_id = "r-7"), ret, err)]
fn opaque<T: Send + std::fmt::Debug>(
    id: u64,
    given: T,
) -> impl Future<Output = Result<u64, String>> + Send {
    async move {
        let _given = given;
        assert_eq!(here(), Some("opaque"));
        Ok(id)
    }
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id, count = |ok| ok)]
#[instrument(fields(request_id = "r-7"), ret, err)]
fn early(id: u64) -> BoxFuture<'static, Result<u64, String>> {
    if id == 0 {
        return Box::pin(async { Err(String::new()) });
    }
    let Some(more) = id.checked_sub(1) else {
        return Box::pin(async move { Ok(id) });
    };
    if more == 0 {
        return Box::pin(work(String::new())).then_length();
    }
    Box::pin(async move {
        assert_eq!(here(), Some("early"));
        Ok(more + 1)
    })
}

trait ThenLength {
    fn then_length(self) -> BoxFuture<'static, Result<u64, String>>;
}

impl<F: Future<Output = Result<String, String>> + Send + 'static> ThenLength for F {
    fn then_length(self) -> BoxFuture<'static, Result<u64, String>> {
        Box::pin(async move { Ok(self.await?.len().try_into().unwrap_or(u64::MAX)) })
    }
}

#[test]
fn a_future_that_is_returned_early_is_recorded_too() {
    assert_eq!(
        events(|| block_on(early(7))),
        ["user.touch User id=7 request=r-7 count=7"]
    );
    assert_eq!(events(|| block_on(early(0))), NONE);
    assert_eq!(
        events(|| block_on(early(1))),
        ["user.touch User id=1 count=0"]
    );
}

/// Returns a future that it creates inside the span, as it would without the recorder's attribute.
#[behavior_trace(action = "user.touch", resource = "User", resource_id = name)]
#[instrument]
fn forwarded(name: String) -> Pin<Box<dyn Future<Output = Result<String, String>> + Send>> {
    Box::pin(work(name))
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = name)]
#[instrument]
fn forwarded_opaque(name: String) -> impl Future<Output = Result<String, String>> + Send {
    work(name)
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = name)]
#[instrument(skip_all)]
fn forwarded_alias(name: &str) -> BoxFuture<'_, Result<String, String>> {
    if name.is_empty() {
        return Box::pin(async { Err(String::new()) });
    }
    let name = name.to_owned();
    Box::pin(work(name))
}

async fn work(name: String) -> Result<String, String> {
    tokio::task::yield_now().await;
    Ok(name)
}

#[test]
fn a_future_from_elsewhere_is_recorded() {
    let touched = ["user.touch User id=7"];
    assert_eq!(events(|| block_on(forwarded("7".to_owned()))), touched);
    assert_eq!(
        events(|| block_on(forwarded_opaque("7".to_owned()))),
        touched
    );
    assert_eq!(events(|| block_on(forwarded_alias("7"))), touched);
    assert_eq!(events(|| block_on(forwarded_alias(""))), NONE);
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
#[instrument(fields(request_id = "r-7"), ret)]
fn lasting(owner: &str) -> BoxFuture<'static, u64> {
    let owner = owner.to_owned();
    Box::pin(async move {
        assert_eq!(here(), Some("lasting"));
        u64::try_from(owner.len()).unwrap_or_default()
    })
}

#[test]
fn a_function_that_returns_a_future_runs_and_is_recorded_in_its_span() {
    assert_eq!(events(|| block_on(boxed(7))), TOUCHED);
    assert_eq!(events(|| block_on(boxed(0))), NONE);
    assert_eq!(events(|| block_on(aliased("seven: 7"))).len(), 1);
    assert_eq!(events(|| block_on(opaque(7, ()))), TOUCHED);
    assert_eq!(events(|| block_on(lasting(""))), TOUCHED);
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[instrument(fields(request_id = "r-7"), ret, err)]
fn sync(id: u64) -> Result<u64, String> {
    assert_eq!(here(), Some("sync"));
    if id == 0 {
        return Err(String::new());
    }
    Ok(id)
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
#[instrument(fields(request_id = "r-7"), ret, err)]
async fn asynchronous<T: std::fmt::Debug>(id: u64, mut given: Vec<T>) -> Result<u64, String> {
    given.clear();
    assert_eq!(here(), Some("asynchronous"));
    if id == 0 {
        return Err(String::new());
    }
    tokio::task::yield_now().await;
    Ok(id)
}

/// Type without `Debug`.
struct Mute;

#[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
#[instrument(fields(request_id = "r-7"))]
fn ignoring(_: Mute) {
    assert_eq!(here(), Some("ignoring"));
}

#[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
#[instrument(fields(request_id = "r-7"))]
async fn ignoring_later(_: Mute, (_, id): (Mute, u64)) -> u64 {
    assert_eq!(here(), Some("ignoring_later"));
    id
}

#[test]
fn a_plain_function_runs_and_is_recorded_in_its_span() {
    assert_eq!(events(|| sync(7)), TOUCHED);
    assert_eq!(events(|| sync(0)), NONE);
    assert_eq!(events(|| block_on(asynchronous(7, vec![1]))), TOUCHED);
    assert_eq!(events(|| block_on(asynchronous(0, vec![1]))), NONE);
    assert_eq!(events(|| ignoring(Mute)), TOUCHED);
    assert_eq!(
        events(|| block_on(ignoring_later(Mute, (Mute, 7)))),
        TOUCHED
    );
}

/// Functions with `#[instrument]` above the recorder's attribute: the span ends before the call is recorded.
mod above {
    use super::{BoxFuture, async_trait, behavior_trace, here, instrument};

    #[async_trait]
    pub(super) trait Touch {
        #[instrument(skip_all, fields(request_id = "r-7"), ret, err)]
        #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
        async fn touch(&self, id: u64) -> Result<u64, String> {
            tokio::task::yield_now().await;
            assert_eq!(here(), Some("touch"));
            Ok(id)
        }
    }

    impl Touch for () {}

    #[instrument(fields(request_id = "r-7"), ret, err)]
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    pub(super) async fn later(id: u64) -> Result<u64, String> {
        tokio::task::yield_now().await;
        assert_eq!(here(), Some("later"));
        Ok(id)
    }

    #[instrument(fields(request_id = "r-7"), ret, err)]
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    pub(super) fn boxed(id: u64) -> BoxFuture<'static, Result<u64, String>> {
        Box::pin(async move {
            assert_eq!(here(), Some("boxed"));
            if id == 0 {
                return Err(String::new());
            }
            Ok(id)
        })
    }
}

#[test]
fn above_ours_the_span_is_around_the_body_all_the_same() {
    let touched = ["user.touch User id=7"];
    assert_eq!(events(|| block_on(above::Touch::touch(&(), 7))), touched);
    assert_eq!(events(|| block_on(above::later(7))), touched);
    assert_eq!(events(|| block_on(above::boxed(7))), touched);
    assert_eq!(events(|| block_on(above::boxed(0))), NONE);
}
