//! A server that runs as a child of this process.

pub(crate) mod child;
pub(crate) mod data;
mod port;
pub(crate) mod watchdog;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use url::Url;

use self::child::Child;
pub(crate) use self::data::accounts;
pub(crate) use self::port::free as free_port;
use self::watchdog::Watchdog;
use crate::server::{Instance, ServerBuilder};
use crate::{Installation, Kind, ServerError, address, command};

/// Settings for tests. A commit reaches the kernel without waiting for the disk, so it survives a killed server, but not a
/// crash of the machine.
pub(crate) const FAST_ARGS: [&str; 3] = [
    "--innodb-flush-log-at-trx-commit=2",
    "--sync-binlog=0",
    "--skip-log-bin",
];

/// Maximum number of ports tried, since a chosen port may be taken before the server uses it.
const PORTS: u32 = 5;
/// Maximum bytes of the server's log in an error.
const LOG_SHOWN: usize = 3000;

/// Server in its own directory.
#[derive(Debug)]
pub(crate) struct Local {
    installation: Installation,
    url: Url,
    args: Vec<String>,
    first_args: Vec<String>,
    before: Vec<String>,
    patience: Duration,
    // The order of the fields is the order of the end: the server, its watchdog, its directory.
    child: Child,
    _watchdog: Watchdog,
    home: TempDir,
    /// Data directory: beside `home` if it is kept, else inside it.
    data: PathBuf,
}

impl Local {
    /// Starts a server on a copy of an initialised data directory.
    pub(crate) fn start(
        installation: Installation,
        builder: ServerBuilder,
    ) -> Result<Self, ServerError> {
        let template = match builder.data.clone() {
            Some(data) => data,
            None => data::template(&installation)?,
        };
        let kept = builder.kept.clone();
        let mut local = Self::new(installation, builder)?;
        match kept {
            Some(name) => local.data = data::kept(&local.installation, &name, &template)?,
            None => data::copy(&template, &local.data)?,
        }
        local.start_on_free_port()?;
        Ok(local)
    }

    /// Creates a server with a home directory, without starting it.
    fn new(installation: Installation, builder: ServerBuilder) -> Result<Self, ServerError> {
        let parent = builder.directory.unwrap_or_else(std::env::temp_dir);
        let home = tempfile::Builder::new()
            .prefix("behavior-trace-")
            .tempdir_in(&parent);
        let home = home.map_err(|e| ServerError::io("create a directory in", &parent, e))?;
        let url = address::local(installation.kind, 0)?;
        let fast = (!builder.durable)
            .then_some(FAST_ARGS)
            .into_iter()
            .flatten()
            .map(str::to_owned);
        Ok(Self {
            url,
            args: fast.chain(builder.args).collect(),
            first_args: builder.first_args,
            before: builder.before,
            patience: builder.patience,
            child: Child::new(home.path()),
            _watchdog: Watchdog::over_directory(home.path())?,
            data: home.path().join("data"),
            home,
            installation,
        })
    }

    fn start_on_free_port(&mut self) -> Result<(), ServerError> {
        let mut attempt = 1;
        loop {
            self.url = address::local(self.installation.kind, free_port()?)?;
            match self.launch(&self.first_args) {
                Err(_)
                    if attempt < PORTS
                        && self.log(LOG_SHOWN).contains("Address already in use") =>
                {
                    attempt += 1;
                }
                outcome => return outcome,
            }
        }
    }

    fn launch(&self, further: &[String]) -> Result<(), ServerError> {
        let answers = || self.socket().exists() && self.sql("SELECT 1").is_ok();
        let started = self
            .child
            .start(&self.server_command(further), self.patience, answers);
        started
            .map_err(|what| ServerError::start(self.installation.kind, what, self.log(LOG_SHOWN)))
    }

    /// Returns the server's binary with all its arguments and further ones.
    fn server_command(&self, further: &[String]) -> Vec<String> {
        let (socket, data) = (self.socket(), self.data());
        let home = self.home.path().display();
        let mut words = self.before.clone();
        words.push(self.installation.server.display().to_string());
        words.extend(data::base_args(&self.installation, &data));
        words.extend([
            format!("--socket={}", socket.display()),
            format!("--pid-file={home}/server.pid"),
            format!("--tmpdir={home}"),
            format!("--port={}", self.url.port().unwrap_or_default()),
            "--bind-address=127.0.0.1".to_owned(),
            "--skip-name-resolve".to_owned(),
            // Tests and benches load files from any directory.
            "--secure-file-priv=".to_owned(),
        ]);
        if self.installation.kind == Kind::MySql {
            words.push("--mysqlx=0".to_owned());
        }
        words.extend(self.args.iter().chain(further).cloned());
        words
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.data.clone()
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.home.path().join("socket")
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.child.pid()
    }

    pub(crate) fn log(&self, bytes: usize) -> String {
        let log = fs::read(self.child.log()).unwrap_or_default();
        command::tail(&String::from_utf8_lossy(&log), bytes).to_owned()
    }

    fn named<T>(&self, outcome: Result<T, String>) -> Result<T, ServerError> {
        outcome
            .map_err(|what| ServerError::start(self.installation.kind, what, self.log(LOG_SHOWN)))
    }
}

impl Instance for Local {
    fn url(&self) -> &Url {
        &self.url
    }

    fn local(&self) -> Result<&Local, ServerError> {
        Ok(self)
    }

    fn sql(&self, statements: &str) -> Result<String, ServerError> {
        let mut client = Command::new(&self.installation.client);
        client.args([
            "--no-defaults",
            "--user=root",
            "--batch",
            "--raw",
            "--skip-column-names",
            "--connect-timeout=5",
        ]);
        client.arg(format!("--socket={}", self.socket().display()));
        command::feed(&mut client, statements)
    }

    fn kill(&self) -> Result<(), ServerError> {
        self.child.kill();
        Ok(())
    }

    fn stop(&self) -> Result<(), ServerError> {
        self.named(self.child.stop(self.patience))
    }

    fn restart(&self) -> Result<(), ServerError> {
        self.stop()?;
        self.launch(&[])
    }

    fn pause(&self) -> Result<(), ServerError> {
        self.named(self.child.pause())
    }

    fn resume(&self) -> Result<(), ServerError> {
        self.named(self.child.resume())
    }
}
