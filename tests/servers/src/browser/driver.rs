//! The driver's process, which starts the browser in its own process group.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::launch;
use crate::local::child::Child;
use crate::local::watchdog::Watchdog;
use crate::{ChromiumBinaries, ServerError, command};

/// Time limit of a start.
const PATIENCE: Duration = Duration::from_mins(1);
const LOG_SHOWN: usize = 3000;
/// Starts of a driver whose port another program has, and its words for that.
const STARTS: u32 = 10;
const NO_PORT: &str = "port not available";
/// Attempts to remove the directory, and the time between two.
const ATTEMPTS: u32 = 100;
const PAUSE: Duration = Duration::from_millis(20);

/// Running driver.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    _watchdog: Watchdog,
    home: TempDir,
    port: u16,
}

impl Driver {
    /// Starts a driver. It takes a free port of IPv6 and then the same one of IPv4, which another program may have, so it is
    /// started again.
    pub(super) fn start(binaries: &ChromiumBinaries) -> Result<Self, ServerError> {
        for _ in 1..STARTS {
            match Self::start_once(binaries) {
                Err(error) if error.to_string().contains(NO_PORT) => {}
                started => return started,
            }
        }
        Self::start_once(binaries)
    }

    fn start_once(binaries: &ChromiumBinaries) -> Result<Self, ServerError> {
        let home = tempfile::Builder::new()
            .prefix("behavior-trace-browser-")
            .tempdir();
        let home =
            home.map_err(|e| ServerError::io("create a directory in", &std::env::temp_dir(), e))?;
        if let Some(folder) = &binaries.fonts {
            let file = home.path().join(launch::FONTS);
            let fonts = launch::fonts(folder, &home.path().join("fonts"));
            fs::write(&file, fonts).map_err(|e| ServerError::io("write", &file, e))?;
        }
        let mut driver = Self {
            child: Child::new(home.path()),
            _watchdog: Watchdog::over_directory(home.path())?,
            home,
            port: 0,
        };
        let words = launch::driver_words(binaries, driver.home());
        let is_ready = || driver.log().and_then(|log| port(&log)).is_some();
        let started = driver.child.start(&words, PATIENCE, is_ready);
        started.map_err(|what| driver.failed(&what))?;
        driver.port = driver.log().and_then(|log| port(&log)).unwrap_or_default();
        Ok(driver)
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns an error with the end of the log, where the browser writes too.
    pub(super) fn failed(&self, what: &str) -> ServerError {
        let log = self.log().unwrap_or_default();
        let log = command::tail(&log, LOG_SHOWN);
        let why = format!("the driver {what}; the end of its log:\n{log}");
        ServerError::browser("start", why)
    }

    fn log(&self) -> Option<String> {
        let log = fs::read(self.child.log()).ok()?;
        Some(String::from_utf8_lossy(&log).into_owned())
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.child.pid()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.child.kill();
        // A process that dies may still finish a write.
        for _ in 0..ATTEMPTS {
            let _ = fs::remove_dir_all(self.home());
            if !self.home().exists() {
                break;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Reads the port from `ChromeDriver was started successfully on port 41623.`
fn port(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once("started successfully on port ")?;
    let (port, _) = rest.split_once('.')?;
    port.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_read_from_a_whole_line_alone() {
        let line = "ChromeDriver was started successfully on port 41623.\n";
        assert_eq!(port(line), Some(41_623));
        assert_eq!(
            port("ChromeDriver was started successfully on port 41"),
            None
        );
        assert_eq!(port("Starting ChromeDriver 156.0.1.2 on port 0\n"), None);
    }
}
