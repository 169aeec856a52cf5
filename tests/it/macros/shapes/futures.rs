//! Functions whose work ends after they return.

use std::future::Future;
use std::pin::Pin;

use behavior_trace::behavior_trace;

use crate::macros::collected::{block_on, events};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;
type LocalBoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

const NONE: [&str; 0] = [];
const TOUCHED: [&str; 1] = ["user.touch User id=7"];

const fn assert_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn an_async_function_records_when_it_has_ended() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    async fn touch(id: u64) -> Result<u64, u64> {
        tokio::task::yield_now().await;
        if id == 0 {
            return Err(id);
        }
        Ok(id)
    }
    assert_eq!(events(|| block_on(assert_send(touch(7)))), TOUCHED);
    assert_eq!(events(|| block_on(touch(0))), NONE);
    assert_eq!(events(|| drop(touch(7))), NONE);
}

#[test]
fn an_opaque_future_forwarded_from_elsewhere_is_watched() {
    async fn inner(id: u64) -> Result<u64, u64> {
        tokio::task::yield_now().await;
        if id == 0 { Err(id) } else { Ok(id) }
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn forwarded(id: u64) -> impl Future<Output = Result<u64, u64>> + Send + 'static {
        inner(id)
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn lent(id: &u64) -> impl Future<Output = u64> + '_ {
        async move { *id }
    }
    assert_eq!(events(|| block_on(assert_send(forwarded(7)))), TOUCHED);
    assert_eq!(events(|| block_on(forwarded(0))), NONE);
    assert_eq!(events(|| block_on(lent(&7))), TOUCHED);
}

#[test]
fn a_boxed_future_is_watched_under_any_name() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id)]
    fn aliased(id: &u64) -> BoxFuture<'_, Result<u64, u64>> {
        if *id == 1 {
            return Box::pin(async { Err(1) });
        }
        Box::pin(async move { Ok(*id) })
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn local(id: u64) -> LocalBoxFuture<'static, Result<u64, u64>> {
        Box::pin(async move {
            let id = std::rc::Rc::new(id);
            tokio::task::yield_now().await;
            Ok(*id)
        })
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
    fn plain() -> Pin<Box<dyn Future<Output = u64> + Send + Sync>> {
        Box::pin(async { 1 })
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id, on = some)]
    fn chosen(id: u64) -> BoxFuture<'static, Option<u64>> {
        Box::pin(async move { (id > 0).then_some(id) })
    }
    assert_eq!(events(|| block_on(aliased(&7))), TOUCHED);
    assert_eq!(events(|| block_on(aliased(&1))), NONE);
    assert_eq!(events(|| block_on(local(7))), TOUCHED);
    assert_eq!(events(|| block_on(plain())), TOUCHED);
    assert_eq!(
        events(|| (block_on(chosen(7)), block_on(chosen(0)))),
        TOUCHED
    );
}

#[test]
fn a_boxed_recursion_records_each_success() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = depth)]
    fn deep(depth: u64) -> BoxFuture<'static, Result<(), ()>> {
        Box::pin(async move {
            if depth > 1 {
                deep(depth - 1).await?;
            }
            Ok(())
        })
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = depth)]
    fn plain(depth: u64) -> u64 {
        if depth > 1 { plain(depth - 1) + 1 } else { 1 }
    }
    let expected = [
        "user.touch User id=1",
        "user.touch User id=2",
        "user.touch User id=3",
    ];
    assert_eq!(events(|| block_on(deep(3))), expected);
    assert_eq!(events(|| plain(3)), expected);
}

#[test]
fn blocks_and_closures_in_the_body_keep_their_scope() {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = 7)]
    async fn touch(texts: &[&str]) -> Result<u64, std::num::ParseIntError> {
        let one = async { texts[0].parse::<u64>() };
        let parse = |text: &str| {
            if text.is_empty() {
                return Ok(0);
            }
            text.parse::<u64>()
        };
        let later = async |text: &str| parse(text);
        let sum = one.await? + later(texts[1]).await?;
        let inner: Result<u64, std::num::ParseIntError> =
            async { Ok(texts[1].parse::<u64>()? + sum) }.await;
        inner
    }
    assert_eq!(events(|| block_on(touch(&["1", "2"]))), TOUCHED);
    assert_eq!(events(|| block_on(touch(&["x", "2"]))), NONE);
}

#[test]
fn the_handle_goes_along_into_a_boxed_future() {
    #[behavior_trace(action = "user.touch", resource = "User", bind = event)]
    fn touch(id: u64) -> BoxFuture<'static, Result<u64, u64>> {
        Box::pin(async move {
            tokio::task::yield_now().await;
            event.resource_id(id);
            if id == 0 { Err(id) } else { Ok(id) }
        })
    }

    #[behavior_trace(action = "user.touch", resource = "User", bind = event)]
    fn opaque(id: u64) -> impl Future<Output = u64> + Send {
        async move {
            note(&event, id).await;
            id
        }
    }

    async fn note(event: &behavior_trace::EventHandle, id: u64) {
        tokio::task::yield_now().await;
        event.resource_id(id);
    }
    assert_eq!(events(|| block_on(assert_send(touch(7)))), TOUCHED);
    assert_eq!(events(|| block_on(touch(0))), NONE);
    assert_eq!(events(|| block_on(assert_send(opaque(7)))), TOUCHED);
}

#[test]
fn a_future_stays_small() {
    async fn bare(block: [u8; 256]) -> usize {
        tokio::task::yield_now().await;
        block.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = block.len())]
    async fn watched(block: [u8; 256]) -> usize {
        tokio::task::yield_now().await;
        block.len()
    }
    let bare = std::mem::size_of_val(&bare([0; 256]));
    let watched = std::mem::size_of_val(&watched([0; 256]));
    assert!(
        watched <= 2 * bare + 128,
        "{watched} bytes, {bare} without the attribute"
    );
}
