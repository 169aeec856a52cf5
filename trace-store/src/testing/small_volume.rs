//! A small volume that can be filled: a file system in memory, in a separate namespace.

use std::path::Path;
use std::process::{Command, ExitStatus};

use tempfile::tempdir;

/// Environment variable with the path of the small volume, set for the restarted test process.
pub const VOLUME: &str = "BEHAVIOR_TRACE_SMALL_VOLUME";

/// Runs the named test again in a new process, with a volume of `bytes` bytes whose path is in [`VOLUME`].
pub fn on_a_volume(test: &str, bytes: u64) {
    let directory = tempdir().expect("a directory");
    let program = std::env::current_exe().expect("this test");
    let script = format!(
        "mount -t tmpfs -o size={bytes},mode=0700 tmpfs \"$1\" && exec \"$2\" --exact --nocapture \"$3\""
    );
    let status: std::io::Result<ExitStatus> = Command::new("unshare")
        .args(["-rm", "sh", "-c", &script, "sh"])
        .arg(directory.path())
        .arg(program)
        .arg(test)
        .env(VOLUME, directory.path())
        .status();
    let can = Command::new("unshare").args(["-rm", "true"]).status();
    if can.is_ok_and(|can| can.success()) {
        assert!(
            status.expect("it ran").success(),
            "{test} on a small volume"
        );
        return;
    }
    let told = "no small volume can be made here: `unshare -rm` is refused";
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{told}");
    println!("{test}: {told}; nothing is tested");
}

/// Fills the volume.
pub fn fill(volume: &Path) {
    use std::io::Write as _;

    let mut file = std::fs::File::create(volume.join("filler")).expect("a file");
    while file.write_all(&[0; 512]).is_ok() {}
}

/// Fills the volume except for the given number of bytes.
pub fn fill_but(volume: &Path, bytes: u64) {
    fill(volume);
    let filler = std::fs::File::options()
        .write(true)
        .open(volume.join("filler"));
    let filler = filler.expect("it was made");
    let length = filler.metadata().expect("it is there").len();
    filler.set_len(length - bytes).expect("shorter");
}

/// Lists the content of a directory.
pub fn tree(directory: &Path) -> String {
    let found = Command::new("find").arg(directory).arg("-ls").output();
    String::from_utf8_lossy(&found.expect("find").stdout).into_owned()
}
