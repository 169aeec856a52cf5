//! The watchdog, which ends a server whose test process died without ending it.
//!
//! A shell reads from a pipe whose other end belongs only to this process. However this process ends, the kernel closes the
//! pipe; then the shell reads the end of the pipe and cleans up. It waits without polling. It has its own process group, so
//! that Ctrl-C in a terminal does not end it first.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{ServerError, command};

/// Script that ends a server. It moves the directory away first, so that no server can write its id there and start any
/// more (see `child`). It then finds the id of a server that has started, which is also that of its process group.
const END_SERVER: &str = r#"
cat >/dev/null
mv -- "$1" "$1.ended"
read -r pid <"$1.ended/pid" && kill -KILL "-$pid"
rm -rf -- "$1.ended" || { sleep 1; rm -rf -- "$1.ended"; }
"#;
const END_CONTAINER: &str = r#"cat >/dev/null; "$1" rm --force --volumes "$2""#;

/// Cleanup for the case that this process dies before it drops the watchdog.
#[derive(Debug)]
pub(crate) struct Watchdog(Child);

impl Watchdog {
    /// Starts a watchdog for the server with this directory.
    pub(crate) fn over_directory(home: &Path) -> Result<Self, ServerError> {
        Self::spawn(END_SERVER, &[home.as_os_str()])
    }

    /// Starts a watchdog for a container.
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
        // The shell is killed while the pipe is still open, so it can never begin its cleanup.
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
        let mut process = Command::new("sleep")
            .arg("600")
            .process_group(0)
            .spawn()
            .unwrap();
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
