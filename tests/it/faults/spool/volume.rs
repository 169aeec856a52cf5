//! A small volume for a row: a tmpfs in a mount namespace, in which the test runs again.

use std::env;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use rustix::process::geteuid;
use tempfile::TempDir;

/// Variable with the volume's directory, for the test in the namespace.
const PLACE: &str = "FAULTS_VOLUME";
/// Script that mounts a volume at `$1` and runs the rest of its arguments as the same process.
const MOUNT: &str = r#"mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" && shift && exec "$@""#;
const PAGE: usize = 4096;

/// Volume with room for a few thousand rows.
pub(super) struct Volume(PathBuf);

/// File that takes all free space until it is dropped.
pub(super) struct Filler(PathBuf);

impl Volume {
    /// Runs a row with a small volume.
    pub(super) fn small(row: impl FnOnce(&Self)) {
        match env::var_os(PLACE) {
            Some(place) => row(&Self(place.into())),
            None => in_namespace(MOUNT),
        }
    }

    /// Creates a directory for a spool on the volume.
    pub(super) fn directory(&self) -> TempDir {
        tempfile::tempdir_in(&self.0).expect("room for a directory")
    }

    /// Takes all free space.
    pub(super) fn fill(&self) -> Filler {
        let filler = Filler(self.0.join("filler"));
        filler.fill();
        filler
    }
}

impl Filler {
    /// Takes the space that has become free since then, too.
    pub(super) fn fill(&self) {
        let mut options = OpenOptions::new();
        let file = options.create(true).append(true).open(&self.0);
        let mut file: File = file.expect("a file, which takes no room yet");
        loop {
            match file.write_all(&[b'x'; PAGE]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{}: {error}", self.0.display()),
            }
        }
    }
}

impl Drop for Filler {
    fn drop(&mut self) {
        // After a failed test the volume may be gone already.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Runs this test again in a mount namespace, through a script that gets a directory and the command to run. Root needs
/// nothing else for that; other users need a user namespace.
pub(super) fn in_namespace(script: &str) {
    let test = thread::current().name().map(str::to_owned);
    let test = test.filter(|name| name.contains("::"));
    let test = test.expect("a thread with the test's name");
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    command
        .args(["sh", "-c", script, "sh"])
        .arg(directory.path());
    command.arg(env::current_exe().expect("this binary"));
    command.args(["--exact", &test, "--include-ignored", "--nocapture"]);
    command.env(PLACE, directory.path());
    let output = command.output().expect("`unshare` of util-linux");
    let read = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, complained) = (read(&output.stdout), read(&output.stderr));
    // A test that did not run has not passed.
    let has_run = said.contains("1 passed") || said.contains("1 failed");
    assert!(
        has_run,
        "no volume of its own could be made; run as root, or allow user namespaces: {said}{complained}"
    );
    assert!(output.status.success(), "{said}{complained}");
}

/// Returns the directory of the namespace.
pub(super) fn place() -> Option<PathBuf> {
    env::var_os(PLACE).map(|place| Path::new(&place).to_owned())
}
