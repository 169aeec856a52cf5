//! Kind of volume that a spool directory is on.

use std::fs;
use std::path::{Path, PathBuf};

/// File systems whose locks and shared memory may be on another machine, where SQLite's write-ahead log is not safe. EFS
/// appears as `nfs4`.
const REMOTE: [&str; 16] = [
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ceph",
    "glusterfs",
    "lustre",
    "gpfs",
    "beegfs",
    "fuse.sshfs",
    "fuse.glusterfs",
    "fuse.ceph",
    "fuse.s3fs",
];

/// Returns a warning if spooled rows would not survive the machine, or are not safe on this file system. Only Linux reports
/// the kind.
pub fn warning(directory: &Path) -> Option<String> {
    warning_of(&kind(directory)?)
        .map(|why| format!("the spool directory {} {why}", directory.display()))
}

/// Returns the kind of the directory's file system. Only Linux reports it.
pub(super) fn kind(directory: &Path) -> Option<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    kind_of(&mounts, &directory.canonicalize().ok()?).map(str::to_owned)
}

fn warning_of(kind: &str) -> Option<String> {
    match kind {
        "tmpfs" | "ramfs" => Some(format!(
            "is in memory ({kind}): it survives the process, not the machine; choose one on a disk"
        )),
        kind if REMOTE.contains(&kind) => Some(format!(
            "is on a network file system ({kind}): SQLite's write-ahead log is not safe there; choose one on a local disk"
        )),
        _ => None,
    }
}

/// Returns the kind of a path's file system: that of the longest mount point that contains the path, and of equal ones the
/// last.
fn kind_of<'a>(mounts: &'a str, path: &Path) -> Option<&'a str> {
    mounts
        .lines()
        .filter_map(|line| {
            let (before, after) = line.split_once(" - ")?;
            let point = before.split(' ').nth(4).map(unescape)?;
            let kind = after.split(' ').next()?;
            path.starts_with(&point).then_some((point, kind))
        })
        .max_by_key(|(point, _)| point.components().count())
        .map(|(_, kind)| kind)
}

/// Decodes the octal numbers that the kernel writes for blanks and backslashes.
fn unescape(text: &str) -> PathBuf {
    let places = [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ];
    let text = places.iter().fold(text.to_owned(), |text, (code, place)| {
        text.replace(code, place)
    });
    PathBuf::from(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
        22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n\
        23 22 0:20 / /run rw,nosuid shared:5 - tmpfs tmpfs rw,size=1g\n\
        24 23 8:2 / /run/kept rw - xfs /dev/sda2 rw\n\
        25 22 0:21 / /mnt/a\\040b rw - tmpfs none rw\n";

    #[test]
    fn the_nearest_mount_point_decides() {
        for (path, kind) in [
            ("/var/spool/activity", "ext4"),
            ("/run/activity", "tmpfs"),
            ("/runner", "ext4"),
            ("/run/kept/activity", "xfs"),
            ("/mnt/a b/activity", "tmpfs"),
        ] {
            assert_eq!(kind_of(MOUNTS, Path::new(path)), Some(kind), "{path}");
        }
    }

    #[test]
    fn a_spool_on_a_network_file_system_is_warned_of() {
        for kind in ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"] {
            let warning = warning_of(kind).expect("warned of");
            assert!(warning.contains(kind), "{warning}");
        }
        for kind in ["ext4", "xfs", "btrfs", "zfs", "overlay", "apfs"] {
            assert_eq!(warning_of(kind), None, "{kind}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_spool_in_memory_is_warned_of() {
        let memory = Path::new("/dev/shm");
        let mounts = fs::read_to_string("/proc/self/mountinfo").expect("the kernel tells");
        let is_in_memory = kind_of(&mounts, memory) == Some("tmpfs");
        let told = warning(memory);
        assert_eq!(told.is_some(), is_in_memory, "{told:?}");
        assert_eq!(warning(Path::new("/proc")), None);
    }
}
