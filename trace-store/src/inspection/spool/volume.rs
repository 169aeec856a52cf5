//! Kind and free space of the file system of a spool directory.

use std::path::Path;

use crate::inspection::finding::{Check, Finding};
use crate::spool;

/// Free space below which an outage of minutes may fill the volume.
const LEAST: u64 = 16 << 20;

pub(super) fn look(directory: &Path, spool_bytes: u64) -> Vec<Finding> {
    let kind = spool::warning(directory).map(|warning| {
        // Its text ends in the remedy.
        let mut finding = Finding::of_error(Check::SpoolVolume, &warning, "choose another one");
        finding.level = crate::inspection::FindingLevel::Warn;
        finding
    });
    let room = match free(directory) {
        Ok(None) => None,
        Ok(Some(free)) => Some(of_room(free, spool_bytes)),
        Err(error) => Some(Finding::unchecked(Check::SpoolVolume, &error)),
    };
    kind.into_iter().chain(room).collect()
}

fn of_room(free: u64, spool_bytes: u64) -> Finding {
    let mib = |bytes: u64| bytes >> 20;
    let found = format!(
        "{} MiB are free, and a spool may take {} MiB",
        mib(free),
        mib(spool_bytes)
    );
    let remedy = "make room on the volume, or let the spool take less (`spool_bytes`)";
    if free < LEAST {
        Finding::fail(Check::SpoolVolume, found, remedy)
    } else if free < spool_bytes {
        Finding::warn(Check::SpoolVolume, found, remedy)
    } else {
        Finding::ok(Check::SpoolVolume, found)
    }
}

/// Returns the bytes that this user may still write; `None` where the system does not show them.
#[cfg(unix)]
fn free(directory: &Path) -> std::io::Result<Option<u64>> {
    let volume = rustix::fs::statvfs(directory)?;
    Ok(Some(volume.f_bavail.saturating_mul(volume.f_frsize)))
}

#[cfg(not(unix))]
fn free(_: &Path) -> std::io::Result<Option<u64>> {
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspection::FindingLevel;

    #[test]
    fn a_volume_needs_room_for_the_spool() {
        const MIB: u64 = 1 << 20;
        for (free, level) in [
            (1024 * MIB, FindingLevel::Ok),
            (1024 * MIB - 1, FindingLevel::Warn),
            (16 * MIB, FindingLevel::Warn),
            (16 * MIB - 1, FindingLevel::Fail),
        ] {
            assert_eq!(of_room(free, 1024 * MIB).level, level, "{free}");
        }
    }
}
