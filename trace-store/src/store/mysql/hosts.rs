//! A URL with several hosts: one server of them at a time, the first whose session may write.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sqlx::mysql::{MySqlConnectOptions, MySqlConnection};
use tokio::time::timeout;

use super::options::Options;
use super::set_up::Learned;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Time limit for one of several hosts, so that one that hangs leaves time for the next.
const PER_HOST: Duration = Duration::from_secs(3);

/// Hosts of a URL in its order, and the index of the one that was writable last. Clones share the index.
#[derive(Clone)]
pub(crate) struct Hosts {
    all: Arc<[Arc<MySqlConnectOptions>]>,
    last: Arc<AtomicUsize>,
}

/// A session on one of the hosts.
pub(super) struct Connected {
    pub(super) connection: MySqlConnection,
    pub(super) learned: Learned,
    /// The options of the host that answered.
    pub(super) host: Arc<MySqlConnectOptions>,
}

impl Hosts {
    pub(super) fn new(all: Vec<MySqlConnectOptions>) -> Self {
        Self {
            all: all.into_iter().map(Arc::new).collect(),
            last: Arc::default(),
        }
    }

    /// Returns the options of the first host.
    #[cfg(test)]
    pub(crate) fn first(&self) -> &Arc<MySqlConnectOptions> {
        &self.all[0]
    }

    /// Returns the hosts, beginning with the one that was writable last.
    fn in_turn(&self) -> impl Iterator<Item = (usize, &Arc<MySqlConnectOptions>)> {
        let last = self.last.load(Ordering::Relaxed);
        let count = self.all.len();
        (0..count).map(move |step| {
            let index = (last + step) % count;
            (index, &self.all[index])
        })
    }
}

impl Options {
    /// Connects to the first host whose session may write, and sets the session up. With a single host, a server that may not
    /// write is found by the statement that it refuses. For reading, a server that may not write is better than none.
    pub(super) async fn connected(&self, purpose: Purpose) -> Result<Connected, StoreError> {
        if let [only] = &*self.hosts.all {
            return self.connected_to(only, purpose).await;
        }
        let mut read_only = None;
        let mut failures = Vec::new();
        let mut class = ErrorClass::ReadOnly;
        for (index, host) in self.hosts.in_turn() {
            let name = format!("{}:{}", host.get_host(), host.get_port());
            let answer = timeout(PER_HOST, self.connected_to(host, purpose)).await;
            match answer.unwrap_or_else(|_| Err(no_answer())) {
                Ok(connected) if connected.learned.is_read_only => {
                    failures.push(format!("{name} is read-only"));
                    read_only.get_or_insert(connected);
                }
                Ok(connected) => {
                    self.hosts.last.store(index, Ordering::Relaxed);
                    return Ok(connected);
                }
                Err(error) => {
                    class = error.class();
                    failures.push(format!("{name}: {error}"));
                }
            }
        }
        match read_only {
            Some(connected) if purpose == Purpose::Reader => Ok(connected),
            // A host that may not write now may do so soon, as after a failover.
            Some(_) => Err(none_of(ErrorClass::ReadOnly, &failures)),
            None => Err(none_of(class, &failures)),
        }
    }
}

fn no_answer() -> StoreError {
    StoreError::new(
        ErrorClass::Unavailable,
        format!("no answer within {} s", PER_HOST.as_secs()),
    )
}

fn none_of(class: ErrorClass, failures: &[String]) -> StoreError {
    StoreError::new(
        class,
        format!("no host of the URL takes writes: {}", failures.join("; ")),
    )
}

/// Splits a URL with several hosts, `mysql://user@a,b:3307/db`, into one URL for each.
pub(super) fn split(text: &str) -> Vec<String> {
    let one = || vec![text.to_owned()];
    let Some((scheme, rest)) = text.split_once("://") else {
        return one();
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let (account, hosts) = match authority.rsplit_once('@') {
        Some((account, hosts)) => (format!("{account}@"), hosts),
        None => (String::new(), authority),
    };
    if !hosts.contains(',') {
        return one();
    }
    let urls = hosts
        .split(',')
        .map(|host| format!("{scheme}://{account}{host}{path}"));
    urls.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_host_gets_a_url_of_its_own() {
        assert_eq!(
            split("mysql://u:p,w@a,b:3307,[::1]:1/db?ssl-mode=required"),
            [
                "mysql://u:p,w@a/db?ssl-mode=required",
                "mysql://u:p,w@b:3307/db?ssl-mode=required",
                "mysql://u:p,w@[::1]:1/db?ssl-mode=required",
            ]
        );
        for one in [
            "mysql://u:p,w@a/db",
            "mysql://a/db?x=1,2",
            "nonsense",
            "mysql://a/d,b",
        ] {
            assert_eq!(split(one), [one]);
        }
    }
}
