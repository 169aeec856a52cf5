//! Kind and free space of the file system of a spool directory.

use std::path::Path;

use crate::inspection::finding::{Check, Finding};
use crate::spool::{self, SpoolInfo};

/// Free space below which an outage of minutes may fill the volume.
const LEAST: u64 = 16 << 20;

pub(super) fn look(directory: &Path, slots: &[SpoolInfo], spool_bytes: u64) -> Vec<Finding> {
    let kind = spool::warning(directory).map(|warning| {
        // Its text ends in the remedy.
        let mut finding = Finding::of_error(Check::SpoolVolume, &warning, "choose another one");
        finding.level = crate::inspection::FindingLevel::Warn;
        finding
    });
    let room = match free(directory) {
        Ok(None) => None,
        Ok(Some(free)) => Some(of_room(free, growth(slots, spool_bytes))),
        Err(error) => Some(Finding::unchecked(Check::SpoolVolume, &error)),
    };
    kind.into_iter().chain(room).collect()
}

/// Returns the bytes by which the spools may still grow: those of the processes that run, or the one that the next process
/// uses. Their rows have their room already.
fn growth(slots: &[SpoolInfo], spool_bytes: u64) -> u64 {
    let of = |slot: &SpoolInfo| spool_bytes.saturating_sub(slot.bytes);
    let alive: Vec<_> = slots
        .iter()
        .filter(|slot| slot.owner_alive)
        .map(of)
        .collect();
    if alive.is_empty() {
        return slots.first().map_or(spool_bytes, of);
    }
    alive.into_iter().fold(0, u64::saturating_add)
}

fn of_room(free: u64, growth: u64) -> Finding {
    let mib = |bytes: u64| bytes >> 20;
    let found = format!(
        "{} MiB are free, and the spools in use may take {} MiB more",
        mib(free),
        mib(growth)
    );
    let remedy = "make room on the volume, or let the spool take less (`spool_bytes`)";
    if free < LEAST {
        Finding::fail(Check::SpoolVolume, found, remedy)
    } else if free < growth {
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

    #[test]
    fn the_rows_of_a_spool_have_their_room() {
        let slot = |bytes, owner_alive| SpoolInfo {
            owner_alive,
            bytes,
            ..SpoolInfo::default()
        };
        for (slots, expected) in [
            (vec![], 100),
            (vec![slot(30, false), slot(90, false)], 70),
            (vec![slot(30, false), slot(90, true)], 10),
            (vec![slot(30, true), slot(90, true), slot(101, true)], 80),
        ] {
            assert_eq!(growth(&slots, 100), expected, "{slots:?}");
        }
        assert_eq!(growth(&[slot(0, true), slot(0, true)], u64::MAX), u64::MAX);
    }
}
