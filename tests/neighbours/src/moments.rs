//! The beginning and the end of a call: an `async fn` and a function that returns a future behave alike.

#![expect(
    clippy::unused_async,
    reason = "each kind of function, whether it waits or not"
)]

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use async_trait::async_trait;
use behavior_trace::behavior_trace;

use crate::collected::{Collected, block_on, watch};

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

const NONE: [&str; 0] = [];

/// Returns the events of a future that was created without a subscriber and is polled under one.
fn polled_elsewhere<T>(future: impl Future<Output = T>) -> Vec<String> {
    watch(|| block_on(future)).1.events
}

/// Creates a layer that is alive in another subscriber.
fn another_layer() -> tracing::Dispatch {
    Collected::new(behavior_trace_core::Level::Payload).dispatch()
}

#[async_trait]
trait Save {
    async fn save(&self, id: u64, name: String) -> Result<u64, String>;
}

struct Service {
    id: u64,
}

#[async_trait]
impl Save for Service {
    #[behavior_trace(action = "user.save", resource = "User", resource_id = id, payload = (&name, self.id))]
    async fn save(&self, id: u64, name: String) -> Result<u64, String> {
        tokio::task::yield_now().await;
        if name.is_empty() { Err(name) } else { Ok(id) }
    }
}

impl Service {
    #[behavior_trace(action = "user.save", resource = "User", resource_id = id, payload = self.id)]
    fn boxed(&self, id: u64) -> BoxFuture<'_, Result<u64, String>> {
        Box::pin(async move { Ok(id + self.id) })
    }

    #[behavior_trace(action = "user.save", resource = "User", resource_id = id)]
    fn opaque(&self, id: u64) -> impl Future<Output = Result<u64, String>> + Send {
        self.boxed_alone(id)
    }

    #[behavior_trace(action = "user.save", resource = "User", resource_id = self.id)]
    fn forwarded(&self) -> BoxFuture<'_, Result<u64, String>> {
        Box::pin(self.boxed_alone(self.id))
    }

    /// Returns a future that does not hold the captured argument.
    #[behavior_trace(action = "user.save", resource = "User", resource_id = name)]
    fn apart(&self, name: &str) -> BoxFuture<'static, Result<usize, String>> {
        let length = name.len() + usize::from(self.id == 0);
        Box::pin(async move { Ok(length) })
    }

    /// Changes the captured argument before the future uses it.
    #[behavior_trace(action = "user.save", resource = "User", resource_id = id)]
    fn shadowed(&self, id: u64) -> BoxFuture<'_, Result<u64, String>> {
        let id = id + 1;
        Box::pin(async move { Ok(id + self.id) })
    }

    fn boxed_alone(&self, id: u64) -> BoxFuture<'_, Result<u64, String>> {
        Box::pin(async move { Ok(id + self.id) })
    }
}

#[test]
fn a_call_begins_when_its_future_is_first_polled() {
    let _alive = another_layer();
    let service = Service { id: 7 };
    assert_eq!(
        polled_elsewhere(service.save(7, "n".to_owned())),
        ["user.save User id=7 payload=[\"n\",7]"]
    );
    assert_eq!(polled_elsewhere(service.save(7, String::new())), NONE);
    assert_eq!(
        polled_elsewhere(service.boxed(7)),
        ["user.save User id=7 payload=7"]
    );
    let seven = ["user.save User id=7"];
    assert_eq!(polled_elsewhere(service.opaque(7)), seven);
    assert_eq!(polled_elsewhere(service.forwarded()), seven);
    assert_eq!(polled_elsewhere(service.shadowed(7)), seven);
    assert_eq!(
        polled_elsewhere(service.apart("seven")),
        ["user.save User id=seven"]
    );
}

#[test]
fn a_future_that_is_never_polled_is_no_call() {
    let ((), seen) = watch(|| {
        let service = Service { id: 7 };
        drop(service.save(7, "n".to_owned()));
        drop(service.boxed(7));
        drop(service.apart("seven"));
    });
    assert_eq!(seen.events, NONE);
    assert_eq!(seen.tallies, []);
}

thread_local! {
    static DROPS: Cell<u32> = const { Cell::new(0) };
}

/// Value that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        DROPS.set(DROPS.get() + 1);
        panic!("an argument that cannot be dropped");
    }
}

mod dropping {
    use super::{Bomb, BoxFuture, Future, async_trait, behavior_trace};

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) fn sync(id: u64, bomb: Bomb) -> Result<u64, String> {
        let _bomb = &bomb;
        Ok(id)
    }

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) async fn later(id: u64, bomb: Bomb) -> Result<u64, String> {
        tokio::task::yield_now().await;
        let _bomb = &bomb;
        Ok(id)
    }

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) async fn ignored(id: u64, _: Bomb) -> Result<u64, String> {
        Ok(id)
    }

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) fn boxed(id: u64, bomb: Bomb) -> BoxFuture<'static, Result<u64, String>> {
        Box::pin(async move {
            let _bomb = &bomb;
            Ok(id)
        })
    }

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) fn prepared(id: u64, bomb: Bomb) -> BoxFuture<'static, Result<u64, String>> {
        let ready = Some(bomb);
        Box::pin(async move {
            let _ready = &ready;
            Ok(id)
        })
    }

    #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
    pub(super) fn opaque(id: u64, bomb: Bomb) -> impl Future<Output = Result<u64, String>> {
        async move {
            let _bomb = &bomb;
            Ok(id)
        }
    }

    #[async_trait]
    pub(super) trait Drops: Sized + Send + 'static {
        #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
        async fn method(self, id: u64) -> Result<u64, String> {
            let _itself = &self;
            Ok(id)
        }
    }

    impl Drops for Bomb {}

    impl Bomb {
        #[behavior_trace(action = "user.drop", resource = "User", resource_id = id)]
        pub(super) async fn owned(self, id: u64) -> Result<u64, String> {
            let _itself = &self;
            Ok(id)
        }
    }
}

#[test]
fn a_call_whose_argument_cannot_be_dropped_has_not_succeeded() {
    let fails = |work: &dyn Fn()| {
        let (failed, seen) = watch(|| catch_unwind(AssertUnwindSafe(work)).is_err());
        assert!(failed);
        seen.events
    };
    let calls: [(&str, &dyn Fn()); 8] = [
        ("sync", &|| drop(dropping::sync(7, Bomb))),
        ("later", &|| drop(block_on(dropping::later(7, Bomb)))),
        ("ignored", &|| drop(block_on(dropping::ignored(7, Bomb)))),
        ("boxed", &|| drop(block_on(dropping::boxed(7, Bomb)))),
        ("prepared", &|| drop(block_on(dropping::prepared(7, Bomb)))),
        ("opaque", &|| drop(block_on(dropping::opaque(7, Bomb)))),
        ("method", &|| {
            drop(block_on(dropping::Drops::method(Bomb, 7)));
        }),
        ("owned", &|| drop(block_on(Bomb.owned(7)))),
    ];
    for (name, call) in calls {
        assert_eq!(fails(call), NONE, "{name}");
    }
    assert_eq!(DROPS.get(), 8);
}
