//! Methods: every `self`, every kind of trait.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use behavior_trace::behavior_trace;

use crate::macros::collected::{block_on, events};

struct Users {
    id: u64,
    names: Vec<String>,
}

fn users() -> Users {
    Users {
        id: 7,
        names: vec!["Ada".to_owned()],
    }
}

const TOUCHED: [&str; 1] = ["user.touch User id=7"];

impl Users {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn by_value(self) -> Vec<String> {
        self.names
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn by_mut_value(mut self) -> Vec<String> {
        self.names.push(String::new());
        self.names
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn by_reference(&self) -> &str {
        &self.names[0]
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |_| self.id)]
    fn after_success(&self) -> usize {
        self.names.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn by_mutable_reference(&mut self) -> &mut String {
        self.names.push(String::new());
        &mut self.names[0]
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn boxed(self: Box<Self>) -> usize {
        self.names.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn counted(self: Rc<Self>) -> usize {
        self.names.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn shared(self: &Arc<Self>) -> usize {
        Arc::strong_count(self)
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    fn pinned(self: Pin<&mut Self>) -> usize {
        self.names.len()
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    async fn later(&mut self, name: String) -> Result<&str, String> {
        tokio::task::yield_now().await;
        self.names.push(name);
        Ok(&self.names[0])
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    async fn consumed(self) -> Self {
        tokio::task::yield_now().await;
        self
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |made| made.id)]
    fn made() -> Self {
        users()
    }
}

#[test]
fn every_receiver_is_fine() {
    assert_eq!(events(|| users().by_value()), TOUCHED);
    assert_eq!(events(|| users().by_mut_value()), TOUCHED);
    assert_eq!(events(|| users().by_reference().len()), TOUCHED);
    assert_eq!(events(|| users().after_success()), TOUCHED);
    assert_eq!(events(|| users().by_mutable_reference().clear()), TOUCHED);
    assert_eq!(events(|| Box::new(users()).boxed()), TOUCHED);
    assert_eq!(events(|| Rc::new(users()).counted()), TOUCHED);
    assert_eq!(events(|| Arc::new(users()).shared()), TOUCHED);
    assert_eq!(events(|| Pin::new(&mut users()).pinned()), TOUCHED);
    assert_eq!(
        events(|| block_on(users().later(String::new())).is_ok()),
        TOUCHED
    );
    assert_eq!(events(|| block_on(users().consumed()).id), TOUCHED);
    assert_eq!(events(|| Users::made().id), TOUCHED);
}

trait Store {
    type Answer;

    fn id(&self) -> u64;

    fn save(&self) -> Self::Answer;

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id())]
    fn touch(&self) -> Result<u64, u64> {
        Ok(self.id())
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id())]
    async fn touch_later(&self) -> Result<u64, u64> {
        tokio::task::yield_now().await;
        Ok(self.id())
    }

    fn update(&self) -> impl Future<Output = Result<u64, u64>> + Send;
}

impl Store for Users {
    type Answer = Result<u64, String>;

    fn id(&self) -> u64 {
        self.id
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = |id| id)]
    fn save(&self) -> Self::Answer {
        if self.id == 0 {
            Err("no id".to_owned())
        } else {
            Ok(self.id)
        }
    }

    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.id)]
    async fn update(&self) -> Result<u64, u64> {
        tokio::task::yield_now().await;
        Ok(self.id)
    }
}

#[test]
fn methods_of_traits_are_fine_where_they_have_a_body() {
    assert_eq!(events(|| users().touch()), TOUCHED);
    assert_eq!(events(|| block_on(users().touch_later())), TOUCHED);
    assert_eq!(events(|| block_on(users().update())), TOUCHED);
    assert_eq!(events(|| users().save().is_ok()), TOUCHED);
    assert_eq!(
        events(|| Users {
            id: 0,
            names: Vec::new()
        }
        .save()
        .is_ok()),
        [""; 0]
    );
}

/// Trait with the expansion of an `async_trait` method, which the attribute receives.
trait Boxing {
    fn put<'life, 'this>(
        &'life self,
        id: u64,
    ) -> Pin<Box<dyn Future<Output = Result<u64, u64>> + Send + 'this>>
    where
        'life: 'this,
        Self: 'this;
}

impl Boxing for Users {
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = id, payload = |id| id)]
    fn put<'life, 'this>(
        &'life self,
        id: u64,
    ) -> Pin<Box<dyn Future<Output = Result<u64, u64>> + Send + 'this>>
    where
        'life: 'this,
        Self: 'this,
    {
        Box::pin(async move {
            let this = self;
            tokio::task::yield_now().await;
            if id == 0 { Err(this.id) } else { Ok(this.id) }
        })
    }
}

#[test]
fn a_boxed_method_is_recorded_when_its_future_ends_and_through_dyn() {
    let users: &dyn Boxing = &users();
    assert_eq!(
        events(|| block_on(users.put(7))),
        ["user.touch User id=7 payload=7"]
    );
    assert_eq!(events(|| block_on(users.put(0))), [""; 0]);
    assert_eq!(events(|| drop(users.put(7))), [""; 0]);
}

struct Holder<'a, T: ?Sized>(&'a T);

impl<'a, T> Holder<'a, T>
where
    T: ToString + ?Sized,
    for<'b> &'b T: Sized,
{
    #[behavior_trace(action = "user.touch", resource = "User", resource_id = self.0.to_string())]
    fn touch<'b: 'a>(&'b self, _other: &'b str) -> Result<&'a T, std::fmt::Error> {
        Ok(self.0)
    }
}

#[test]
fn generics_lifetimes_and_bounds_stay_as_they_are() {
    assert_eq!(events(|| Holder(&7_u64).touch("").is_ok()), TOUCHED);
}
