//! A running server, whatever it runs on.

use std::env;
use std::fmt::Debug;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use url::Url;

use crate::container::Container;
use crate::external::External;
use crate::local::Local;
use crate::{Kind, ServerError, address, provision};

/// What a server runs on: a child of this process, a container, or somebody else's machine.
pub(crate) trait Instance: Debug + Send + Sync {
    fn url(&self) -> &Url;
    fn sql(&self, statements: &str) -> Result<String, ServerError>;

    fn local(&self) -> Result<&Local, ServerError> {
        Err(ServerError::unsupported(
            "do this",
            "only a server on this machine that the tests started has it",
        ))
    }
    fn kill(&self) -> Result<(), ServerError>;
    fn stop(&self) -> Result<(), ServerError>;
    fn restart(&self) -> Result<(), ServerError>;
    fn pause(&self) -> Result<(), ServerError>;
    fn resume(&self) -> Result<(), ServerError>;
}

/// A running server.
///
/// It ends, and its data with it, when this is dropped, and also when the process dies without dropping it.
#[derive(Debug)]
#[must_use = "a server ends when it is dropped"]
pub struct Server {
    kind: Kind,
    version: String,
    instance: Box<dyn Instance>,
}

impl Server {
    /// Starts a server of one's own, with settings for tests.
    pub fn start(kind: Kind) -> Result<Self, ServerError> {
        Self::builder(kind).start()
    }

    /// Sets up a server of one's own.
    pub fn builder(kind: Kind) -> ServerBuilder {
        ServerBuilder {
            kind,
            args: Vec::new(),
            durable: false,
            directory: None,
            kept: None,
            patience: Duration::from_mins(1),
        }
    }

    /// The server that all tests of this process share: the one that the environment names
    /// ([`Kind::url_variable`]), else one that is started at the first call and lives as long as the process.
    ///
    /// Leave it as it is: no global settings, no [`kill`](Self::kill).
    ///
    /// # Errors
    ///
    /// Those of the first call, at every call.
    pub fn shared(kind: Kind) -> Result<&'static Self, &'static ServerError> {
        static MYSQL: OnceLock<Result<Server, ServerError>> = OnceLock::new();
        static MARIADB: OnceLock<Result<Server, ServerError>> = OnceLock::new();
        let cell = match kind {
            Kind::MySql => &MYSQL,
            Kind::MariaDb => &MARIADB,
        };
        let start = || Self::named(kind).unwrap_or_else(|| Self::start(kind));
        cell.get_or_init(start).as_ref()
    }

    /// The server that the environment names; `None` if it names none.
    pub fn named(kind: Kind) -> Option<Result<Self, ServerError>> {
        let url = env::var(kind.url_variable())
            .ok()
            .filter(|url| !url.is_empty())?;
        Some(External::open(kind, &url).and_then(|external| Self::over(kind, Box::new(external))))
    }

    fn over(kind: Kind, instance: Box<dyn Instance>) -> Result<Self, ServerError> {
        let version = instance.sql("SELECT VERSION()")?.trim().to_owned();
        Ok(Self {
            kind,
            version,
            instance,
        })
    }

    /// Which server this is.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// What `SELECT VERSION()` says.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Creates the database `name`, dropping what is left of an earlier one, and returns its [`url`](Self::url).
    ///
    /// `name` has 1 to 64 letters, digits and underscores; the name of the test serves well.
    pub fn database(&self, name: &str) -> Result<String, ServerError> {
        address::check_database(name)?;
        self.sql(&format!(
            "DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}`"
        ))?;
        Ok(self.url(name))
    }

    /// The address of a database over TCP (empty: of none): `mysql://user:password@127.0.0.1:port/database?…`, with
    /// TLS on MySQL and without on MariaDB. The user has all rights on every database and none over the server.
    pub fn url(&self, database: &str) -> String {
        address::with_database(self.instance.url(), database)
    }

    /// As [`url`](Self::url), by way of a proxy that listens at `proxy`.
    pub fn url_through(&self, proxy: SocketAddr, database: &str) -> Result<String, ServerError> {
        Ok(address::with_database(
            &address::through(self.instance.url(), proxy)?,
            database,
        ))
    }

    /// The address of a database over the Unix socket, which needs neither password nor TLS.
    pub fn socket_url(&self, database: &str) -> Result<String, ServerError> {
        let socket = self.instance.local()?.socket();
        Ok(format!(
            "mysql://{}@localhost/{database}?socket={}",
            address::USER,
            socket.display()
        ))
    }

    /// `host:port`, as [`TcpStream::connect`](std::net::TcpStream::connect) takes it.
    pub fn address(&self) -> String {
        address::host_and_port(self.instance.url())
    }

    /// The certificate that the server's own is signed with. MySQL alone has one; it names no host.
    pub fn ca_cert(&self) -> Result<PathBuf, ServerError> {
        match self.kind {
            Kind::MySql => Ok(self.data_dir()?.join("ca.pem")),
            Kind::MariaDb => Err(ServerError::unsupported(
                "give a certificate",
                "MariaDB is started without TLS",
            )),
        }
    }

    /// The server's data directory.
    pub fn data_dir(&self) -> Result<PathBuf, ServerError> {
        Ok(self.instance.local()?.data())
    }

    /// The server's process id; `None` while it does not run.
    pub fn pid(&self) -> Result<Option<u32>, ServerError> {
        Ok(self.instance.local()?.pid())
    }

    /// The end of the server's own log, at most `bytes` of it.
    pub fn log(&self, bytes: usize) -> Result<String, ServerError> {
        Ok(self.instance.local()?.log(bytes))
    }

    /// Runs `statements` as root with the server's own command-line client; returns the rows, a line for each, values
    /// between tabs.
    ///
    /// Waits as long as the server does not answer (while it is [paused](Self::pause), say).
    pub fn sql(&self, statements: &str) -> Result<String, ServerError> {
        self.instance.sql(statements)
    }

    /// Kills the server as a crash does (`SIGKILL`). It stays down until [`restart`](Self::restart).
    pub fn kill(&self) -> Result<(), ServerError> {
        self.instance.kill()
    }

    /// Stops the server in its own good order. It stays down until [`restart`](Self::restart).
    pub fn stop(&self) -> Result<(), ServerError> {
        self.instance.stop()
    }

    /// Starts the server again with the same data on the same port; stops it first if it runs. Returns once it answers.
    pub fn restart(&self) -> Result<(), ServerError> {
        self.instance.restart()
    }

    /// Freezes the server (`SIGSTOP`): connections are accepted by the kernel and nothing answers.
    pub fn pause(&self) -> Result<(), ServerError> {
        self.instance.pause()
    }

    /// Lets a [paused](Self::pause) server go on.
    pub fn resume(&self) -> Result<(), ServerError> {
        self.instance.resume()
    }
}

/// Sets up a [`Server`] of one's own.
#[derive(Debug, Clone)]
#[must_use = "nothing starts before `start`"]
pub struct ServerBuilder {
    pub(crate) kind: Kind,
    pub(crate) args: Vec<String>,
    pub(crate) durable: bool,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) kept: Option<String>,
    pub(crate) patience: Duration,
}

impl ServerBuilder {
    /// Adds an argument of the server's binary, such as `--innodb-buffer-pool-size=256M`. Later ones win.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Leaves durability at the server's defaults (each commit synced; MySQL's binary log on), for benches and crash
    /// tests of the machine. By default a commit reaches the kernel, which survives [`Server::kill`], and there is no
    /// binary log.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Puts the server's directory below this one instead of the temporary directory, which may not be a disk. Keep it
    /// short: a socket's path has at most 107 bytes.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Keeps the data under this name in the cache directory, so that it outlives the server and is there again at the next
    /// start with the same name. One server at a time uses it; [`stop`](Server::stop) it before it is dropped, or the next
    /// start begins with a recovery.
    pub fn kept(mut self, name: impl Into<String>) -> Self {
        self.kept = Some(name.into());
        self
    }

    /// How long a start may take until the server answers (default 60 s).
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts the server and returns once it answers.
    ///
    /// # Errors
    ///
    /// When there is no such server and none can be fetched (`is_missing`), or it does not start; then with its log.
    pub fn start(self) -> Result<Server, ServerError> {
        let kind = self.kind;
        let missing = match provision(kind) {
            Ok(installation) => {
                return Server::over(kind, Box::new(Local::start(installation, self)?));
            }
            Err(error) => error,
        };
        if self.kept.is_some() {
            // A container has its data inside, and somebody else's server is theirs.
            return Err(missing);
        }
        if let Some(engine) = Container::engine() {
            return Server::over(kind, Box::new(Container::start(engine, &self)?));
        }
        match Server::named(kind) {
            Some(named) if self.args.is_empty() && !self.durable => named,
            _ => Err(missing),
        }
    }
}
