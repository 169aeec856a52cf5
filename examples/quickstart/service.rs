//! The service: three functions that change something, each with one line that describes the change.

#![expect(clippy::unused_async, reason = "a store that would wait")]

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use behavior_trace::behavior_trace;
use serde::Serialize;

#[derive(Clone, Serialize)]
pub(crate) struct User {
    pub(crate) id: u64,
    name: String,
    email: String,
    password: String,
}

#[derive(Default)]
pub(crate) struct Change {
    pub(crate) email: Option<String>,
    pub(crate) password: Option<String>,
}

#[derive(Debug)]
pub(crate) struct NoSuchUser(u64);

impl fmt::Display for NoSuchUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no user {}", self.0)
    }
}

#[derive(Default)]
pub(crate) struct Users {
    by_id: Mutex<BTreeMap<u64, User>>,
}

impl Users {
    #[behavior_trace(action = "user.create", resource = "User", resource_id = |user| user.id, payload = |user| user)]
    pub(crate) async fn create(&self, name: &str, email: &str, password: &str) -> User {
        let mut users = self.lock();
        let id = users.last_key_value().map_or(1, |(last, _)| last + 1);
        let user = User {
            id,
            name: name.to_owned(),
            email: email.to_owned(),
            password: password.to_owned(),
        };
        users.insert(id, user.clone());
        user
    }

    #[behavior_trace(action = "user.update", resource = "User", resource_id = id, bind = event)]
    pub(crate) async fn update(&self, id: u64, change: Change) -> Result<User, NoSuchUser> {
        let mut users = self.lock();
        let user = users.get_mut(&id).ok_or(NoSuchUser(id))?;
        let before = user.clone();
        if let Some(email) = change.email {
            user.email = email;
        }
        if let Some(password) = change.password {
            user.password = password;
        }
        event.diff(&before, user);
        Ok(user.clone())
    }

    #[behavior_trace(action = "user.delete", resource = "User", resource_id = id, on = some)]
    pub(crate) fn remove(&self, id: u64) -> Option<User> {
        self.lock().remove(&id)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, User>> {
        self.by_id.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
