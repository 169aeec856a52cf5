//! Arguments that are patterns, under `#[async_trait]`.

use behavior_trace::behavior_trace;

use crate::collected::{block_on, events};

struct User {
    id: u64,
    name: String,
}

struct Users(u64);

#[async_trait::async_trait]
trait Store {
    async fn put(&self, pair: (u64, String)) -> Result<u64, String>;
    async fn save(&self, user: User, note: &str) -> Result<u64, String>;
    async fn own(self, list: [u64; 2]) -> u64;
    async fn keep(&mut self, pair: (u64, u64), _: String) -> u64;
}

#[async_trait::async_trait]
impl Store for Users {
    #[behavior_trace(action = "user.put", resource = "User", resource_id = id, reason = name)]
    async fn put(&self, (id, name): (u64, String)) -> Result<u64, String> {
        tokio::task::yield_now().await;
        drop(name);
        Ok(id + self.0)
    }

    #[behavior_trace(action = "user.save", resource = "User", resource_id = id, reason = note, payload = |_| id)]
    async fn save(&self, User { id, mut name }: User, note: &str) -> Result<u64, String> {
        name.push('!');
        if name == "!" { Err(name) } else { Ok(id) }
    }

    #[behavior_trace(action = "user.own", resource = "User", resource_id = first, count = |sum| *sum)]
    async fn own(self, [first, second]: [u64; 2]) -> u64 {
        first + second + self.0
    }

    #[behavior_trace(action = "user.keep", resource = "User", resource_id = first, bind = event)]
    async fn keep(&mut self, (first, mut second): (u64, u64), _: String) -> u64 {
        second += 1;
        self.0 = second;
        event.reason("kept");
        first
    }
}

#[test]
fn what_a_pattern_binds_is_captured_in_an_async_trait() {
    let mut users = Users(1);
    let user = |name: &str| User {
        id: 7,
        name: name.to_owned(),
    };
    assert_eq!(
        events(|| block_on(users.put((7, "Ada".to_owned())))),
        ["user.put User id=7 reason=Ada"]
    );
    assert_eq!(
        events(|| block_on(users.save(user("Ada"), "why"))),
        ["user.save User id=7 payload=7 reason=why"]
    );
    assert_eq!(events(|| block_on(users.save(user(""), "why"))), [""; 0]);
    assert_eq!(
        events(|| block_on(users.keep((7, 8), String::new()))),
        ["user.keep User id=7 reason=kept"]
    );
    assert_eq!(
        events(|| block_on(users.own([1, 2]))),
        ["user.own User id=1 count=12"]
    );
}
