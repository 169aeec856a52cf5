//! Each host of a URL by itself, for an inspection.

use std::sync::Arc;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
use tokio::time::timeout;

use super::classify::not_connected;
use super::connect::{Connected, refused};
use super::hosts::Hosts;
use super::options::{Options, is_this_machine};
use super::session::Session;
use super::set_up::{learn, set_up};
use super::variables::Variables;
use crate::store::purpose::Purpose;
use crate::store::{ErrorClass, StoreError};

/// Time limit for one host. A host that hangs leaves time for the next.
const PER_HOST: Duration = Duration::from_secs(5);

/// The outcome of reaching one host.
#[derive(Debug)]
pub(crate) struct HostOutcome {
    /// `host:port`, or the path of a socket.
    pub(crate) name: String,
    pub(crate) outcome: Result<Reached, StoreError>,
}

/// A host that was reached.
#[derive(Debug)]
pub(crate) struct Reached {
    pub(crate) session: Session,
    /// The session lacks a setting that the recorder needs, for this reason.
    pub(crate) unset: Option<StoreError>,
    pub(crate) version: String,
    pub(crate) is_read_only: bool,
    pub(crate) transport: Transport,
}

/// The way to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transport {
    /// The traffic does not leave this machine.
    pub(crate) is_near: bool,
    pub(crate) is_socket: bool,
    pub(crate) verifies: Verifies,
}

/// What a session over TLS verifies of the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verifies {
    Nothing,
    /// The authority that signed it.
    Authority,
    /// The authority, and the name of the host.
    Identity,
}

impl Options {
    /// Reaches each host in the order of the URL.
    pub(crate) async fn reach_each(&self, purpose: Purpose) -> Vec<HostOutcome> {
        let mut outcomes = Vec::new();
        for (index, host) in self.hosts.all().iter().enumerate() {
            let answer = timeout(PER_HOST, reach(&self.hosts, index, purpose)).await;
            outcomes.push(HostOutcome {
                name: name(host),
                outcome: answer.unwrap_or_else(|_| Err(no_answer())),
            });
        }
        outcomes
    }
}

async fn reach(hosts: &Hosts, index: usize, purpose: Purpose) -> Result<Reached, StoreError> {
    let host = &hosts.all()[index];
    let connected = host.connect().await;
    let mut connection = connected.map_err(|error| refused(host, &error))?;
    let set = set_up(&mut connection, purpose).await;
    let variables = Variables::read(&mut connection).await;
    let variables = variables.map_err(|error| not_connected(&error))?;
    let learned = match &set {
        Ok(learned) => *learned,
        Err(_) => learn(&variables)?,
    };
    let connected = Connected {
        connection,
        learned,
        host: Arc::clone(host),
        index,
    };
    Ok(Reached {
        session: Session::over(connected, purpose, hosts).await?,
        unset: set.err(),
        version: variables.get(&["version"]).unwrap_or_default().to_owned(),
        is_read_only: learned.is_read_only,
        transport: Transport::of(host),
    })
}

impl Transport {
    fn of(host: &MySqlConnectOptions) -> Self {
        let is_socket = host.get_socket().is_some();
        Self {
            is_near: is_socket || is_this_machine(host.get_host()),
            is_socket,
            verifies: match host.get_ssl_mode() {
                MySqlSslMode::VerifyIdentity => Verifies::Identity,
                MySqlSslMode::VerifyCa => Verifies::Authority,
                _ => Verifies::Nothing,
            },
        }
    }
}

fn name(host: &MySqlConnectOptions) -> String {
    match host.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", host.get_host(), host.get_port()),
    }
}

fn no_answer() -> StoreError {
    let limit = PER_HOST.as_secs();
    StoreError::new(
        ErrorClass::Unavailable,
        format!(
            "no answer within {limit} s; check that the server runs, and that no firewall is between"
        ),
    )
}
