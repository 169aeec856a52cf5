//! Servers of NATS with JetStream: one alone, or a cluster of three.

mod cluster;

use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use crate::local::child::Child;
use crate::local::free_port;
use crate::local::watchdog::Watchdog;
use crate::provision::{NatsBinary, provision_nats};
use crate::{ServerError, command};
pub use cluster::NatsCluster;

/// Time limit of a start.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit of one look whether it is ready.
const LOOK: Duration = Duration::from_secs(2);
const LOG_SHOWN: usize = 3000;

/// Running server. Dropping it ends the process and removes its data.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct NatsServer {
    name: String,
    binary: NatsBinary,
    address: SocketAddr,
    monitor: SocketAddr,
    // The order of the fields is the order of the end: the process, its watchdog, its directory.
    child: Child,
    _watchdog: Watchdog,
    home: TempDir,
}

/// A server's part in a cluster.
pub(crate) struct Member<'a> {
    pub(crate) name: &'a str,
    pub(crate) route: SocketAddr,
    pub(crate) routes: &'a [SocketAddr],
}

impl NatsServer {
    /// Starts a server with JetStream. Further lines go to its configuration, such as `max_payload: 4096`.
    ///
    /// # Errors
    ///
    /// No server of NATS, and none that can be fetched, or a start that fails, with the end of its log.
    pub fn start(further: &str) -> Result<Self, ServerError> {
        let server = Self::new(provision_nats()?, None, further)?;
        server.launch()?;
        server.wait_until_ready()?;
        Ok(server)
    }

    pub(crate) fn new(
        binary: NatsBinary,
        member: Option<&Member<'_>>,
        further: &str,
    ) -> Result<Self, ServerError> {
        let home = tempfile::Builder::new()
            .prefix("behavior-trace-nats-")
            .tempdir();
        let home =
            home.map_err(|e| ServerError::io("create a directory in", &std::env::temp_dir(), e))?;
        let server = Self {
            name: member.map_or("alone", |member| member.name).to_owned(),
            binary,
            address: local()?,
            monitor: local()?,
            child: Child::new(home.path()),
            _watchdog: Watchdog::over_directory(home.path())?,
            home,
        };
        let file = server.home.path().join("nats.conf");
        fs::write(&file, server.configuration(member, further))
            .map_err(|e| ServerError::io("write", &file, e))?;
        Ok(server)
    }

    fn configuration(&self, member: Option<&Member<'_>>, further: &str) -> String {
        let store = self.home.path().join("store");
        let mut text = format!(
            "server_name: {}\nlisten: \"{}\"\nhttp: \"{}\"\n\
             jetstream {{ store_dir: {:?}, max_memory_store: 64MB, max_file_store: 16GB }}\n{further}\n",
            self.name,
            self.address,
            self.monitor,
            store.display().to_string(),
        );
        if let Some(member) = member {
            let routes = member
                .routes
                .iter()
                .map(|route| format!("\"nats-route://{route}\""));
            let routes: Vec<_> = routes.collect();
            let _ = writeln!(
                text,
                "cluster {{ name: tests, listen: \"{}\", routes: [{}] }}",
                member.route,
                routes.join(", ")
            );
        }
        text
    }

    pub(crate) fn launch(&self) -> Result<(), ServerError> {
        let words = vec![
            self.binary.path.display().to_string(),
            "--config".to_owned(),
            self.home.path().join("nats.conf").display().to_string(),
        ];
        let answers = || TcpStream::connect_timeout(&self.address, LOOK).is_ok();
        let started = self.child.start(&words, PATIENCE, answers);
        started.map_err(|what| self.unusable(&format!("it {what}")))
    }

    /// Waits until JetStream works.
    pub(crate) fn wait_until_ready(&self) -> Result<(), ServerError> {
        let begun = std::time::Instant::now();
        while !self
            .get("/healthz")
            .is_ok_and(|answer| answer.contains(" 200 "))
        {
            if begun.elapsed() > PATIENCE {
                return Err(self.unusable("its JetStream is not ready"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Returns the version of the server.
    pub fn version(&self) -> &str {
        self.binary.version()
    }

    /// Returns its name in a cluster.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the address for clients.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its URL.
    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Returns what its monitoring answers, headers included, such as of `/jsz?streams=true`.
    ///
    /// # Errors
    ///
    /// A server that does not answer.
    pub fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.monitor, LOOK)?;
        stream.set_read_timeout(Some(LOOK))?;
        stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// Kills the process, as a crash.
    pub fn kill(&self) {
        self.child.kill();
    }

    /// Starts it again, with the same data and address.
    ///
    /// # Errors
    ///
    /// A start that fails, with the end of its log.
    pub fn restart(&self) -> Result<(), ServerError> {
        self.child.kill();
        self.launch()
    }

    /// Freezes the process: it accepts connections and answers nothing.
    ///
    /// # Errors
    ///
    /// A process that does not run.
    pub fn pause(&self) -> Result<(), ServerError> {
        self.child.pause().map_err(|what| self.unusable(&what))
    }

    /// Ends a [`pause`](Self::pause).
    ///
    /// # Errors
    ///
    /// A process that does not run.
    pub fn resume(&self) -> Result<(), ServerError> {
        self.child.resume().map_err(|what| self.unusable(&what))
    }

    fn unusable(&self, why: &str) -> ServerError {
        let log = fs::read(self.child.log()).unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        let log = command::tail(&log, LOG_SHOWN);
        let name = Path::new("nats-server").join(&self.name);
        ServerError::unusable(
            name.to_string_lossy(),
            format!("{why}; the end of its log:\n{log}"),
        )
    }
}

pub(crate) fn local() -> Result<SocketAddr, ServerError> {
    Ok((Ipv4Addr::LOCALHOST, free_port()?).into())
}
