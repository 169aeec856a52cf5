//! A server in a container, where no package can be had.

use std::net::Ipv4Addr;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::local::{free_port, watchdog::Watchdog};
use crate::server::{Instance, ServerBuilder};
use crate::{Kind, ServerError, address, command};

/// The engines, best first.
const ENGINES: [&str; 2] = ["docker", "podman"];
/// How often a starting server is asked whether it answers.
const POLL: Duration = Duration::from_millis(200);

/// A server in a container of its own.
#[derive(Debug)]
pub(crate) struct Container {
    kind: Kind,
    engine: &'static str,
    name: String,
    url: Url,
    patience: Duration,
    _watchdog: Watchdog,
}

impl Container {
    /// A container engine that answers.
    pub(crate) fn engine() -> Option<&'static str> {
        ENGINES
            .into_iter()
            .find(|engine| command::run(Command::new(engine).arg("info")).is_ok())
    }

    pub(crate) fn start(
        engine: &'static str,
        builder: &ServerBuilder,
    ) -> Result<Self, ServerError> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let kind = builder.kind;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("behavior-trace-{}-{}-{number}", kind.name(), process::id());
        let port = free_port()?;
        let watchdog = Watchdog::over_container(engine, &name)?;
        let url = address::local(kind, port)?;
        let container = Self {
            kind,
            engine,
            name,
            url,
            patience: builder.patience,
            _watchdog: watchdog,
        };
        let mut run = Command::new(engine);
        run.args(["run", "--detach", "--name", &container.name]);
        run.arg(format!("--publish={}:{port}:3306", Ipv4Addr::LOCALHOST));
        run.args([
            "--env=MYSQL_ALLOW_EMPTY_PASSWORD=1",
            "--env=MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1",
        ]);
        run.arg(kind.image());
        if !builder.durable {
            run.args(crate::local::FAST_ARGS);
        }
        command::run(run.args(&builder.args))?;
        container.wait()?;
        container.sql(&crate::local::accounts())?;
        Ok(container)
    }

    /// Waits until the server answers over TCP: while it initialises its data, it listens on its socket alone.
    fn wait(&self) -> Result<(), ServerError> {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.sql("SELECT 1") {
                Ok(_) => return Ok(()),
                Err(_) if Instant::now() < deadline => thread::sleep(POLL),
                Err(error) => {
                    let log = self.tell(&["logs", "--tail=40"]).unwrap_or_default();
                    return Err(ServerError::start(
                        self.kind,
                        format!("did not answer in its container: {error}"),
                        log,
                    ));
                }
            }
        }
    }

    fn tell(&self, words: &[&str]) -> Result<String, ServerError> {
        command::run(Command::new(self.engine).args(words).arg(&self.name))
    }
}

impl Instance for Container {
    fn url(&self) -> &Url {
        &self.url
    }

    fn sql(&self, statements: &str) -> Result<String, ServerError> {
        let client = self.kind.client_binaries()[0];
        let mut exec = Command::new(self.engine);
        exec.args([
            "exec",
            "--interactive",
            &self.name,
            client,
            "--protocol=tcp",
            "--host=127.0.0.1",
            "--user=root",
        ]);
        exec.args(["--batch", "--raw", "--skip-column-names"]);
        command::feed(&mut exec, statements)
    }

    fn kill(&self) -> Result<(), ServerError> {
        self.tell(&["kill"]).map(drop)
    }

    fn stop(&self) -> Result<(), ServerError> {
        self.tell(&["stop"]).map(drop)
    }

    fn restart(&self) -> Result<(), ServerError> {
        self.tell(&["restart"])?;
        self.wait()
    }

    fn pause(&self) -> Result<(), ServerError> {
        self.tell(&["pause"]).map(drop)
    }

    fn resume(&self) -> Result<(), ServerError> {
        self.tell(&["unpause"]).map(drop)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = self.tell(&["rm", "--force", "--volumes"]);
    }
}
