//! A running server: a local process, a container or an external server.

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

/// Implementation of a server: a child of this process, a container, or an external server.
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

/// Running server.
///
/// Dropping it ends the server and removes its data. Both also happen when the process dies without dropping it.
#[derive(Debug)]
#[must_use = "a server ends when it is dropped"]
pub struct Server {
    kind: Kind,
    version: String,
    instance: Box<dyn Instance>,
}

impl Server {
    /// Starts a private server with settings for tests.
    pub fn start(kind: Kind) -> Result<Self, ServerError> {
        Self::builder(kind).start()
    }

    /// Returns the builder of a private server.
    pub fn builder(kind: Kind) -> ServerBuilder {
        ServerBuilder {
            kind,
            args: Vec::new(),
            first_args: Vec::new(),
            before: Vec::new(),
            data: None,
            durable: false,
            directory: None,
            kept: None,
            patience: Duration::from_mins(1),
        }
    }

    /// Returns the server that all tests of this process share. It is the server that the environment names
    /// ([`Kind::url_variable`]). Otherwise the first call starts one, which lives as long as the process.
    ///
    /// Leave it unchanged: no global settings, no [`kill`](Self::kill).
    ///
    /// # Errors
    ///
    /// The error of the first call, at every call.
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

    /// Returns the server that the environment names; `None` if it names none.
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

    /// Returns the kind of the server.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the result of `SELECT VERSION()`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Creates the database `name`, and drops an earlier one of that name. Returns its [`url`](Self::url).
    ///
    /// `name` has 1 to 64 letters, digits and underscores. Use the name of the test.
    pub fn database(&self, name: &str) -> Result<String, ServerError> {
        address::check_database(name)?;
        self.sql(&format!(
            "DROP DATABASE IF EXISTS `{name}`; CREATE DATABASE `{name}`"
        ))?;
        Ok(self.url(name))
    }

    /// Returns the URL of a database over TCP: `mysql://user:password@127.0.0.1:port/database?…`. An empty name selects no
    /// database. MySQL uses TLS, MariaDB does not. The user has all rights on every database, and none over the server.
    pub fn url(&self, database: &str) -> String {
        address::with_database(self.instance.url(), database)
    }

    /// Returns the [`url`](Self::url) of a database through a proxy that listens at `proxy`.
    pub fn url_through(&self, proxy: SocketAddr, database: &str) -> Result<String, ServerError> {
        Ok(address::with_database(
            &address::through(self.instance.url(), proxy)?,
            database,
        ))
    }

    /// Returns the URL of a database over the Unix socket, which needs neither password nor TLS.
    pub fn socket_url(&self, database: &str) -> Result<String, ServerError> {
        let socket = self.instance.local()?.socket();
        Ok(format!(
            "mysql://{}@localhost/{database}?socket={}",
            address::USER,
            socket.display()
        ))
    }

    /// Returns `host:port`, the form of [`TcpStream::connect`](std::net::TcpStream::connect).
    pub fn address(&self) -> String {
        address::host_and_port(self.instance.url())
    }

    /// Returns the CA certificate of the server's own. Only MySQL has one. The server's certificate names no host.
    pub fn ca_cert(&self) -> Result<PathBuf, ServerError> {
        match self.kind {
            Kind::MySql => Ok(self.data_dir()?.join("ca.pem")),
            Kind::MariaDb => Err(ServerError::unsupported(
                "give a certificate",
                "MariaDB is started without TLS",
            )),
        }
    }

    /// Returns the server's data directory.
    pub fn data_dir(&self) -> Result<PathBuf, ServerError> {
        Ok(self.instance.local()?.data())
    }

    /// Returns the server's process id; `None` while it does not run.
    pub fn pid(&self) -> Result<Option<u32>, ServerError> {
        Ok(self.instance.local()?.pid())
    }

    /// Returns the end of the server's own log, at most `bytes` of it.
    pub fn log(&self, bytes: usize) -> Result<String, ServerError> {
        Ok(self.instance.local()?.log(bytes))
    }

    /// Runs `statements` as root with the server's own command-line client. Returns one line per row, with tabs between the
    /// values.
    ///
    /// It waits while the server does not answer, for example while it is [paused](Self::pause).
    pub fn sql(&self, statements: &str) -> Result<String, ServerError> {
        self.instance.sql(statements)
    }

    /// Kills the server (`SIGKILL`), as a crash does. It stays down until [`restart`](Self::restart).
    pub fn kill(&self) -> Result<(), ServerError> {
        self.instance.kill()
    }

    /// Stops the server normally. It stays down until [`restart`](Self::restart).
    pub fn stop(&self) -> Result<(), ServerError> {
        self.instance.stop()
    }

    /// Starts the server again with the same data on the same port. Stops it first if it runs. Returns once it answers.
    pub fn restart(&self) -> Result<(), ServerError> {
        self.instance.restart()
    }

    /// Freezes the server (`SIGSTOP`): the kernel accepts connections, but the server does not answer.
    pub fn pause(&self) -> Result<(), ServerError> {
        self.instance.pause()
    }

    /// Lets a [paused](Self::pause) server continue.
    pub fn resume(&self) -> Result<(), ServerError> {
        self.instance.resume()
    }
}

/// Builder of a private [`Server`].
#[derive(Debug, Clone)]
#[must_use = "nothing starts before `start`"]
pub struct ServerBuilder {
    pub(crate) kind: Kind,
    pub(crate) args: Vec<String>,
    /// Arguments of the first start alone.
    pub(crate) first_args: Vec<String>,
    /// A program that runs the server, and its arguments.
    pub(crate) before: Vec<String>,
    /// Data directory to begin with a copy of.
    pub(crate) data: Option<PathBuf>,
    pub(crate) durable: bool,
    pub(crate) directory: Option<PathBuf>,
    pub(crate) kept: Option<String>,
    pub(crate) patience: Duration,
}

impl ServerBuilder {
    /// Adds an argument of the server's binary, such as `--innodb-buffer-pool-size=256M`. Later arguments override earlier ones.
    pub fn arg(mut self, arg: impl Into<String>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds an argument that the server gets at its first start, and not when it is [restarted](Server::restart).
    pub(crate) fn first_arg(mut self, arg: impl Into<String>) -> Self {
        self.first_args.push(arg.into());
        self
    }

    /// Lets a program start the server, whose words follow its own. It has to become the server by `exec`.
    pub(crate) fn before<const N: usize>(mut self, words: [String; N]) -> Self {
        self.before.extend(words);
        self
    }

    /// Lets the server begin with a copy of another one's data directory.
    pub(crate) fn data(mut self, directory: impl Into<PathBuf>) -> Self {
        self.data = Some(directory.into());
        self
    }

    /// Keeps the server's default durability, for benches and for crash tests of the machine: each commit is synced, and
    /// MySQL's binary log is on. Without it a commit only reaches the kernel, which survives [`Server::kill`], and there is no
    /// binary log.
    pub fn durable(mut self) -> Self {
        self.durable = true;
        self
    }

    /// Sets the parent of the server's directory. Default: the temporary directory, which may not be on a disk. Keep the path
    /// short, since a socket's path has at most 107 bytes.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Keeps the data under this name in the cache directory. It outlives the server, and the next start with this name finds
    /// it again. Only one server at a time may use it. [`stop`](Server::stop) the server before dropping it; otherwise the next
    /// start begins with a recovery.
    pub fn kept(mut self, name: impl Into<String>) -> Self {
        self.kept = Some(name.into());
        self
    }

    /// Sets the time limit of a start until the server answers. Default: 60 s.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Starts the server and returns once it answers.
    ///
    /// # Errors
    ///
    /// No such server and none that can be fetched (`is_missing`), or a failed start, with the server's log.
    pub fn start(self) -> Result<Server, ServerError> {
        let kind = self.kind;
        let missing = match provision(kind) {
            Ok(installation) => {
                return Server::over(kind, Box::new(Local::start(installation, self)?));
            }
            Err(error) => error,
        };
        let is_plain = self.first_args.is_empty() && self.before.is_empty();
        if self.kept.is_some() || !is_plain {
            // A container has its data inside and always starts alike, and an external server is not managed by the tests.
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
