//! A Prometheus that scrapes an application under test.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::local::child::Child;
use crate::local::free_port;
use crate::local::watchdog::Watchdog;
use crate::{PrometheusBinaries, ServerError, command};

/// Time limit of a start.
const PATIENCE: Duration = Duration::from_mins(1);
/// Time limit of one look whether it is ready.
const LOOK: Duration = Duration::from_secs(2);
const LOG_SHOWN: usize = 3000;

/// Running Prometheus with one target. Dropping it ends the process and removes its data.
#[derive(Debug)]
#[must_use = "it ends when it is dropped"]
pub struct Prometheus {
    address: SocketAddr,
    // The order of the fields is the order of the end: the process, its watchdog, its directory.
    child: Child,
    _watchdog: Watchdog,
    home: TempDir,
}

impl Prometheus {
    /// Starts a Prometheus that scrapes `/metrics` of the target at each interval, and loads files of rules.
    ///
    /// # Errors
    ///
    /// A start that fails, with the end of its log.
    pub fn start(
        binaries: &PrometheusBinaries,
        target: SocketAddr,
        interval: Duration,
        rules: &[PathBuf],
    ) -> Result<Self, ServerError> {
        let home = tempfile::Builder::new()
            .prefix("behavior-trace-prometheus-")
            .tempdir();
        let home =
            home.map_err(|e| ServerError::io("create a directory in", &std::env::temp_dir(), e))?;
        let file = home.path().join("prometheus.yml");
        fs::write(&file, configuration(target, interval, rules))
            .map_err(|e| ServerError::io("write", &file, e))?;
        let prometheus = Self {
            address: (Ipv4Addr::LOCALHOST, free_port()?).into(),
            child: Child::new(home.path()),
            _watchdog: Watchdog::over_directory(home.path())?,
            home,
        };
        let words = prometheus.words(binaries, &file);
        let started = prometheus
            .child
            .start(&words, PATIENCE, || prometheus.is_ready());
        started.map_err(|what| {
            let log = fs::read(prometheus.child.log()).unwrap_or_default();
            let log = String::from_utf8_lossy(&log).into_owned();
            let log = command::tail(&log, LOG_SHOWN);
            ServerError::unusable(
                "prometheus",
                format!("it {what}; the end of its log:\n{log}"),
            )
        })?;
        Ok(prometheus)
    }

    /// Returns the address of its API.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    fn words(&self, binaries: &PrometheusBinaries, file: &Path) -> Vec<String> {
        vec![
            binaries.server.display().to_string(),
            format!("--config.file={}", file.display()),
            format!(
                "--storage.tsdb.path={}",
                self.home.path().join("data").display()
            ),
            format!("--web.listen-address={}", self.address),
        ]
    }

    fn is_ready(&self) -> bool {
        let asked = || {
            let mut stream = TcpStream::connect_timeout(&self.address, LOOK)?;
            stream.set_read_timeout(Some(LOOK))?;
            stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n")?;
            let mut answer = [0; 12];
            stream.read_exact(&mut answer)?;
            Ok::<_, std::io::Error>(answer)
        };
        asked().is_ok_and(|answer| answer.ends_with(b" 200"))
    }
}

/// Returns the configuration. A text in quotes is JSON, which is YAML.
fn configuration(target: SocketAddr, interval: Duration, rules: &[PathBuf]) -> String {
    let rules: Vec<String> = rules
        .iter()
        .map(|file| format!("{:?}", file.display().to_string()))
        .collect();
    let rules = rules.join(", ");
    let interval = interval.as_millis();
    format!(
        "global:\n  scrape_interval: {interval}ms\n  scrape_timeout: {interval}ms\n  evaluation_interval: {interval}ms\n\
         rule_files: [{rules}]\n\
         scrape_configs:\n  - job_name: application\n    static_configs:\n      - targets: [\"{target}\"]\n"
    )
}
