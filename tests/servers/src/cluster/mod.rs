//! A cluster of three servers on this machine.

mod galera;
mod group_replication;
mod isolation;

use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::{Kind, Server, ServerBuilder, ServerError};
pub use isolation::Isolation;

/// Number of nodes: two are a majority.
const NODES: usize = 3;
/// Time limit for all nodes to take part.
const PATIENCE: Duration = Duration::from_mins(2);
/// Time between two looks at a node.
const LOOK: Duration = Duration::from_millis(50);
const LOG_SHOWN: usize = 3000;

/// Kind of cluster that the project is tested on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClusterKind {
    /// MySQL's Group Replication with one primary. The group elects a new one when it is lost.
    GroupReplication,
    /// MariaDB's Galera, whose nodes all take writes.
    Galera,
}

impl ClusterKind {
    /// Returns the kind of its servers.
    pub const fn server(self) -> Kind {
        match self {
            Self::GroupReplication => Kind::MySql,
            Self::Galera => Kind::MariaDb,
        }
    }
}

/// Running cluster of three nodes, with the settings of the servers' own where the tests do not need others. Dropping it ends
/// the nodes and removes their data.
#[derive(Debug)]
#[must_use = "a cluster ends when it is dropped"]
pub struct Cluster {
    kind: ClusterKind,
    nodes: Vec<Server>,
    /// Ports at which the nodes of Group Replication listen to each other.
    ports: Vec<u16>,
    /// Scripts that the nodes run, removed after their end.
    _scripts: TempDir,
}

impl Cluster {
    /// Starts three nodes and returns once all of them take part.
    ///
    /// # Errors
    ///
    /// No such server or no Galera, and none that can be fetched, or a failed start, with the server's log.
    pub fn start(kind: ClusterKind) -> Result<Self, ServerError> {
        Self::start_with(kind, &[])
    }

    /// Starts three nodes with further arguments of the server's binary.
    ///
    /// # Errors
    ///
    /// As [`start`](Self::start).
    pub fn start_with(kind: ClusterKind, arguments: &[&str]) -> Result<Self, ServerError> {
        let scripts = tempfile::tempdir()
            .map_err(|e| ServerError::io("make a folder in", &std::env::temp_dir(), e))?;
        let ports = match kind {
            ClusterKind::GroupReplication => group_replication::ports(NODES)?,
            ClusterKind::Galera => Vec::new(),
        };
        let builders = match kind {
            ClusterKind::GroupReplication => group_replication::builders(&ports),
            ClusterKind::Galera => galera::builders(NODES, scripts.path())?,
        };
        let builders = builders
            .into_iter()
            .map(|builder| arguments.iter().fold(builder, |node, word| node.arg(*word)));
        let nodes = match kind {
            ClusterKind::GroupReplication => group_replication::form(start_at_once(builders)?)?,
            ClusterKind::Galera => galera::form(builders, scripts.path())?,
        };
        let cluster = Self {
            kind,
            nodes,
            ports,
            _scripts: scripts,
        };
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// Returns the kind of the cluster.
    pub const fn kind(&self) -> ClusterKind {
        self.kind
    }

    /// Returns the nodes. A node that is killed and then [restarted](Server::restart) joins again by itself.
    pub fn nodes(&self) -> &[Server] {
        &self.nodes
    }

    /// Creates the database `name`, and returns the URL with all nodes as its hosts.
    ///
    /// # Errors
    ///
    /// A name that is no identifier, or a cluster that takes no writes.
    pub fn database(&self, name: &str) -> Result<String, ServerError> {
        let Some(primary) = self.writable() else {
            return Err(ServerError::unusable("the cluster", "no node takes writes"));
        };
        let url = self.nodes[primary].database(name)?;
        let hosts: Vec<_> = self.nodes.iter().map(Server::address).collect();
        Ok(url.replace(&hosts[primary], &hosts.join(",")))
    }

    /// Returns the URL of a database on one node alone.
    pub fn url_of(&self, node: usize, database: &str) -> String {
        self.nodes[node].url(database)
    }

    /// Returns the first node that takes part and takes writes. It must not be asked while a node is paused.
    pub fn writable(&self) -> Option<usize> {
        (0..self.nodes.len()).find(|node| {
            let question = match self.kind {
                ClusterKind::GroupReplication => group_replication::IS_PRIMARY,
                ClusterKind::Galera => galera::IS_SYNCED,
            };
            is_true(&self.nodes[*node], question)
        })
    }

    /// Drops all packets between a node of Group Replication and the others, until the result is dropped. Clients reach it.
    ///
    /// # Errors
    ///
    /// A cluster of Galera, whose `gmcast.isolate` does the same, or no right to change the rules of the network: it takes root
    /// and `nft`.
    pub fn isolate(&self, node: usize) -> Result<Isolation, ServerError> {
        let Some(port) = self.ports.get(node) else {
            let why = "it is isolated by `gmcast.isolate`";
            return Err(ServerError::unusable("a node of Galera", why));
        };
        let others = self.ports.iter().filter(|other| *other != port);
        Isolation::of(*port, &others.copied().collect::<Vec<_>>())
    }

    /// Makes a node that has lost the others the whole cluster, as an operator does. Nodes that are started then join it.
    ///
    /// # Errors
    ///
    /// The node refuses, or takes no writes within two minutes.
    pub fn go_on_alone(&self, node: usize) -> Result<(), ServerError> {
        let alone = &self.nodes[node];
        match self.kind {
            ClusterKind::GroupReplication => {
                group_replication::force(alone, self.ports[node])?;
                wait_for(alone, group_replication::IS_PRIMARY)
            }
            ClusterKind::Galera => {
                alone.sql(galera::BOOTSTRAP)?;
                wait_for(alone, galera::IS_SYNCED)
            }
        }
    }

    /// Waits until all nodes take part.
    ///
    /// # Errors
    ///
    /// They do not within two minutes. The error has the ends of their logs.
    pub fn wait_until_whole(&self) -> Result<(), ServerError> {
        let question = match self.kind {
            ClusterKind::GroupReplication => group_replication::ALL_ONLINE,
            ClusterKind::Galera => galera::ALL_SYNCED,
        };
        self.nodes
            .iter()
            .try_for_each(|node| wait_for(node, question))
    }
}

/// Waits until a node answers the question with 1.
fn wait_for(node: &Server, question: &str) -> Result<(), ServerError> {
    let begun = Instant::now();
    while !is_true(node, question) {
        if begun.elapsed() > PATIENCE {
            let log = node.log(LOG_SHOWN).unwrap_or_default();
            let why = format!("it takes no part; the end of its log:\n{log}");
            return Err(ServerError::unusable(node.address(), why));
        }
        thread::sleep(LOOK);
    }
    Ok(())
}

fn is_true(node: &Server, question: &str) -> bool {
    let answer = node.sql(question).unwrap_or_default();
    answer.trim() == "1"
}

/// Starts servers at once and returns when all answer.
fn start_at_once(
    builders: impl Iterator<Item = ServerBuilder>,
) -> Result<Vec<Server>, ServerError> {
    thread::scope(|scope| {
        let starts: Vec<_> = builders
            .map(|builder| scope.spawn(|| builder.start()))
            .collect();
        let joined = starts.into_iter().map(|start| {
            start
                .join()
                .unwrap_or_else(|_| Err(ServerError::unusable("a node", "its start panicked")))
        });
        joined.collect()
    })
}

/// Returns `127.0.0.1:port` for each port.
fn addresses(ports: &[u16]) -> String {
    let hosts: Vec<_> = ports.iter().map(|port| local(*port)).collect();
    hosts.join(",")
}

fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loses_a_node_and_finds_it_again(kind: ClusterKind) {
        let cluster = Cluster::start(kind).expect("a cluster");
        let url = cluster.database("a_cluster").expect("a database");
        for node in cluster.nodes() {
            assert!(url.contains(&node.address()), "{url}");
        }
        let table = "CREATE TABLE a_cluster.shop (id INT PRIMARY KEY)";
        cluster.nodes()[0].sql(table).expect("a table");
        cluster.nodes()[1].kill().expect("dies");
        cluster.nodes()[1].restart().expect("starts again");
        cluster.wait_until_whole().expect("joins again");
        assert_eq!(cluster.writable(), Some(0));
        let tables = cluster.nodes()[1].sql("SHOW TABLES IN a_cluster");
        assert_eq!(tables.expect("an answer").trim(), "shop");
    }

    #[test]
    fn a_group_loses_a_node_and_finds_it_again() {
        loses_a_node_and_finds_it_again(ClusterKind::GroupReplication);
    }

    #[test]
    fn a_galera_cluster_loses_a_node_and_finds_it_again() {
        loses_a_node_and_finds_it_again(ClusterKind::Galera);
    }
}
