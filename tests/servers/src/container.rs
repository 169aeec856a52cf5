//! A server in a container, for machines without packages of it.

use std::net::Ipv4Addr;
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::local::{free_port, watchdog::Watchdog};
use crate::server::{Instance, ServerBuilder};
use crate::{Kind, ServerError, address, command};

/// Container engines, best first.
const ENGINES: [&str; 2] = ["docker", "podman"];
/// Interval of the checks whether a starting server answers.
const POLL: Duration = Duration::from_millis(200);

/// Server in its own container.
#[derive(Debug)]
pub(crate) struct Container {
    kind: Kind,
    engine: String,
    name: String,
    url: Url,
    patience: Duration,
    _watchdog: Watchdog,
}

impl Container {
    /// Finds a container engine that works.
    pub(crate) fn engine() -> Option<String> {
        ENGINES
            .into_iter()
            .find(|engine| command::run(Command::new(engine).arg("info")).is_ok())
            .map(str::to_owned)
    }

    pub(crate) fn start(engine: String, builder: &ServerBuilder) -> Result<Self, ServerError> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let kind = builder.kind;
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = format!("behavior-trace-{}-{}-{number}", kind.name(), process::id());
        let port = free_port()?;
        let watchdog = Watchdog::over_container(&engine, &name)?;
        let url = address::local(kind, port)?;
        let container = Self {
            kind,
            engine,
            name,
            url,
            patience: builder.patience,
            _watchdog: watchdog,
        };
        let mut run = Command::new(&container.engine);
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

    /// Waits until the server answers over TCP. While it initialises its data, it listens only on its socket.
    fn wait(&self) -> Result<(), ServerError> {
        let deadline = Instant::now() + self.patience;
        loop {
            match self.sql("SELECT 1") {
                Ok(_) => return Ok(()),
                Err(_) if Instant::now() < deadline => thread::sleep(POLL),
                Err(error) => {
                    let what = format!("did not answer in its container: {error}");
                    return Err(ServerError::start(self.kind, what, self.log()));
                }
            }
        }
    }

    /// Returns the end of the server's output, which is mostly on standard error.
    fn log(&self) -> String {
        let output = Command::new(&self.engine)
            .args(["logs", "--tail=40", &self.name])
            .output();
        output.map_or_else(
            |e| e.to_string(),
            |output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        )
    }

    fn tell(&self, words: &[&str]) -> Result<String, ServerError> {
        command::run(Command::new(&self.engine).args(words).arg(&self.name))
    }
}

impl Instance for Container {
    fn url(&self) -> &Url {
        &self.url
    }

    fn sql(&self, statements: &str) -> Result<String, ServerError> {
        let client = self.kind.client_binaries()[0];
        let mut exec = Command::new(&self.engine);
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
        if self.kind == Kind::MariaDb {
            // With TLS the client would check a certificate that root, without a password, cannot verify.
            exec.arg("--skip-ssl");
        }
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

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;
    use crate::Server;

    /// Creates an engine that logs its calls, and whose server answers at the third query.
    fn engine(dir: &Path) -> String {
        let engine = dir.join("engine");
        let script = r#"#!/bin/sh
here=${0%/*}
echo "$*" >>"$here/calls"
case $1 in
    exec) cat >>"$here/asked"; echo >>"$here/asked"; [ "$(wc -l <"$here/asked")" -ge 3 ] ;;
    logs) echo "the server's log" >&2 ;;
esac
"#;
        fs::write(&engine, script).unwrap();
        fs::set_permissions(&engine, Permissions::from_mode(0o755)).unwrap();
        engine.display().to_string()
    }

    #[test]
    fn a_container_is_waited_for_given_its_accounts_and_removed() {
        let dir = tempfile::tempdir().unwrap();
        let builder = Server::builder(Kind::MariaDb).arg("--max-connections=17");
        let container = Container::start(engine(dir.path()), &builder).unwrap();
        container.pause().unwrap();
        let name = container.name.clone();
        drop(container);
        let calls = fs::read_to_string(dir.path().join("calls")).unwrap();
        let calls: Vec<&str> = calls.lines().collect();
        assert!(
            calls[0].starts_with(&format!("run --detach --name {name} --publish=127.0.0.1:")),
            "{calls:?}"
        );
        assert!(
            calls[0].ends_with(
                " mariadb:11 --innodb-flush-log-at-trx-commit=2 --sync-binlog=0 --skip-log-bin \
                 --max-connections=17"
            ),
            "{calls:?}"
        );
        assert_eq!(
            calls[calls.len() - 2..],
            [
                format!("pause {name}"),
                format!("rm --force --volumes {name}")
            ]
        );
        assert!(
            fs::read_to_string(dir.path().join("asked"))
                .unwrap()
                .contains("CREATE USER 'trace'")
        );
    }

    #[test]
    fn a_container_that_does_not_answer_shows_its_log_and_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let builder = Server::builder(Kind::MySql).patience(Duration::ZERO);
        let error = Container::start(engine(dir.path()), &builder)
            .unwrap_err()
            .to_string();
        assert!(error.ends_with("the server's log\n"), "{error}");
        let calls = fs::read_to_string(dir.path().join("calls")).unwrap();
        assert!(
            calls
                .lines()
                .last()
                .is_some_and(|call| call.starts_with("rm --force")),
            "{calls}"
        );
    }
}
