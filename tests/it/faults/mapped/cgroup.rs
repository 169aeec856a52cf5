//! A control group with little memory.

use std::fs;
use std::path::{Path, PathBuf};

/// Enough for the application and a full queue, and soon full.
const LIMIT: &str = "201326592";

/// A group that is removed when it is dropped, after its processes have ended.
pub(super) struct Group(PathBuf);

impl Group {
    /// Makes a group, if this user may.
    pub(super) fn make() -> Option<Self> {
        let first = [
            ("/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
            ("/sys/fs/cgroup", "memory.max"),
        ];
        let mut made = first.iter().filter_map(|(root, limit)| {
            let path = Path::new(root).join(format!("behavior-trace-{}", std::process::id()));
            fs::create_dir(&path).ok()?;
            let group = Self(path);
            fs::write(group.0.join(limit), LIMIT).ok()?;
            Some(group)
        });
        made.next()
    }

    /// Returns the file into which a process writes its id to enter.
    pub(super) fn entrance(&self) -> PathBuf {
        self.0.join("cgroup.procs")
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
