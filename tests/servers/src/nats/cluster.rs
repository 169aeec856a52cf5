//! A cluster of three servers.

use std::net::SocketAddr;

use super::{Member, NatsServer, local};
use crate::ServerError;
use crate::provision::provision_nats;

const NAMES: [&str; 3] = ["one", "two", "three"];

/// Running cluster of three servers, two of which are a majority. Dropping it ends them and removes their data.
#[derive(Debug)]
#[must_use = "a cluster ends when it is dropped"]
pub struct NatsCluster {
    servers: Vec<NatsServer>,
}

impl NatsCluster {
    /// Starts three servers and returns once all of them take part. Further lines go to the configuration of each.
    ///
    /// # Errors
    ///
    /// No server of NATS, and none that can be fetched, or a start that fails, with the end of its log.
    pub fn start(further: &str) -> Result<Self, ServerError> {
        let binary = provision_nats()?;
        let routes: Vec<SocketAddr> = NAMES.iter().map(|_| local()).collect::<Result<_, _>>()?;
        let servers: Vec<NatsServer> = NAMES
            .iter()
            .zip(&routes)
            .map(|(name, route)| {
                let member = Member {
                    name,
                    route: *route,
                    routes: &routes,
                };
                let server = NatsServer::new(binary.clone(), Some(&member), further)?;
                server.launch()?;
                Ok(server)
            })
            .collect::<Result<_, ServerError>>()?;
        let cluster = Self { servers };
        cluster.wait_until_whole()?;
        Ok(cluster)
    }

    /// Waits until all servers take part.
    ///
    /// # Errors
    ///
    /// They do not within a minute. The error has the end of a log.
    pub fn wait_until_whole(&self) -> Result<(), ServerError> {
        self.servers
            .iter()
            .try_for_each(NatsServer::wait_until_ready)
    }

    /// Returns the servers. One that is killed and then [restarted](NatsServer::restart) takes part again by itself.
    pub fn servers(&self) -> &[NatsServer] {
        &self.servers
    }

    /// Returns the server of a name.
    pub fn server(&self, name: &str) -> Option<&NatsServer> {
        self.servers.iter().find(|server| server.name() == name)
    }

    /// Returns the URL with all servers as its hosts.
    pub fn url(&self) -> String {
        let hosts = self
            .servers
            .iter()
            .map(|server| server.address().to_string());
        format!("nats://{}", hosts.collect::<Vec<_>>().join(","))
    }
}
