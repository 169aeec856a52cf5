//! The hosts of a URL, and the one to begin with.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::mysql::MySqlConnectOptions;

/// Hosts of a URL in its order, and the index of the one to begin with. Clones share the index.
#[derive(Clone)]
pub(crate) struct Hosts {
    all: Arc<[Arc<MySqlConnectOptions>]>,
    first: Arc<AtomicUsize>,
}

impl Hosts {
    pub(super) fn new(all: Vec<MySqlConnectOptions>) -> Self {
        Self {
            all: all.into_iter().map(Arc::new).collect(),
            first: Arc::default(),
        }
    }

    /// Returns hosts with changed options, and a turn of their own.
    pub(super) fn map(&self, change: impl Fn(&MySqlConnectOptions) -> MySqlConnectOptions) -> Self {
        Self::new(self.all.iter().map(|host| change(host)).collect())
    }

    /// Returns the options of the first host of the URL.
    pub(crate) fn front(&self) -> &Arc<MySqlConnectOptions> {
        &self.all[0]
    }

    /// Returns all hosts, in the order of the URL.
    pub(super) fn all(&self) -> &[Arc<MySqlConnectOptions>] {
        &self.all
    }

    /// Returns whether the URL has several hosts.
    pub(crate) fn are_several(&self) -> bool {
        self.all.len() > 1
    }

    /// Returns the host of a URL with a single one.
    pub(super) fn only(&self) -> Option<&Arc<MySqlConnectOptions>> {
        match &*self.all {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Sets the host that the next turn begins with; behind the last one it is the first.
    pub(super) fn begin_at(&self, index: usize) {
        self.first.store(index, Ordering::Relaxed);
    }

    /// Begins behind this host, unless the turn has moved on.
    fn leave(&self, index: usize) {
        let count = self.all.len();
        let turn = self.first.load(Ordering::Relaxed);
        if count > 1 && turn % count == index {
            self.begin_at(index + 1);
        }
    }

    /// Returns the stay of a session at this host.
    pub(super) fn stay(&self, index: usize) -> Stay {
        Stay {
            hosts: self.clone(),
            index,
            is_over: false,
        }
    }

    /// Returns the hosts and their indices, each once.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = (usize, &Arc<MySqlConnectOptions>)> {
        let first = self.first.load(Ordering::Relaxed);
        let count = self.all.len();
        (0..count).map(move |step| {
            let index = (first + step) % count;
            (index, &self.all[index])
        })
    }
}

/// A session's stay at a host. A session that is dropped without its end was lost: the host is away, or it answers and lets
/// every write wait, like a node without a quorum. So the next session is looked for at the other hosts first.
#[derive(Debug)]
pub(super) struct Stay {
    hosts: Hosts,
    index: usize,
    is_over: bool,
}

impl Stay {
    /// Ends the stay as planned.
    pub(super) fn end(mut self) {
        self.is_over = true;
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        if !self.is_over {
            self.hosts.leave(self.index);
        }
    }
}

impl fmt::Debug for Hosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The driver's options would print the password.
        write!(f, "Hosts({})", self.all.len())
    }
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
