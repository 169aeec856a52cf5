//! What ends a server whose test died without ending it.
//!
//! A shell reads from a pipe whose other end is this process's alone. However this process ends, the kernel closes the
//! pipe, the shell reads the end of it, and cleans up. It waits without polling, and in a process group of its own, so
//! that Ctrl-C in a terminal does not end it first.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{ServerError, command};

/// Moves the directory away first: from then on no server can write its id there and start (see `child`), and one that
/// has is found.
const END_SERVER: &str = r#"
cat >/dev/null
mv -- "$1" "$1.ended"
read -r pid <"$1.ended/pid" && kill -KILL "$pid"
rm -rf -- "$1.ended" || { sleep 1; rm -rf -- "$1.ended"; }
"#;
const END_CONTAINER: &str = r#"cat >/dev/null; "$1" rm --force --volumes "$2""#;

/// Cleans up after this process if it dies before dropping this.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Over the server whose directory this is.
    pub(crate) fn over_directory(home: &Path) -> Result<Self, ServerError> {
        Self::spawn(END_SERVER, &[home.as_os_str()])
    }

    /// Over a container.
    pub(crate) fn over_container(engine: &str, name: &str) -> Result<Self, ServerError> {
        Self::spawn(END_CONTAINER, &[OsStr::new(engine), OsStr::new(name)])
    }

    fn spawn(script: &str, args: &[&OsStr]) -> Result<Self, ServerError> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", script, "watchdog"])
            .args(args)
            .process_group(0);
        shell
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let spawned = shell.spawn();
        spawned.map(Self).map_err(|e| {
            ServerError::command(
                command::spelled(&shell),
                "did not start".to_owned(),
                e.to_string(),
            )
        })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Killed while the pipe is still open: it has not begun, and now never will.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_closed_pipe_ends_the_process_and_removes_its_directory() {
        let parent = tempfile::tempdir().unwrap();
        let home = parent.path().join("it's a home");
        fs::create_dir(&home).unwrap();
        let mut process = Command::new("sleep").arg("600").spawn().unwrap();
        fs::write(home.join("pid"), format!("{}\n", process.id())).unwrap();
        let mut watchdog = Watchdog::over_directory(&home).unwrap();
        drop(watchdog.0.stdin.take());
        assert!(!process.wait().unwrap().success());
        watchdog.0.wait().unwrap();
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_watchdog_that_is_dropped_leaves_everything_alone() {
        let home = tempfile::tempdir().unwrap();
        drop(Watchdog::over_directory(home.path()).unwrap());
        assert!(home.path().is_dir());
    }
}
