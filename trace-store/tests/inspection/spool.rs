//! Inspection of a spool directory.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, symlink};
use std::path::Path;

use behavior_trace_core::Timestamp;
use tempfile::{TempDir, tempdir_in};

use super::table::row;
use super::{Check, Finding, FindingLevel, Inspection, checked, finds, of};
use crate::spool::{Letter, OpenedSpool, SpoolFile as _, SpoolStorage as _, Storage};
use crate::store::DatabaseUrl;
use crate::testing::small_volume::{VOLUME, on_a_volume};

/// Creates a directory beside this program, which is not in memory.
fn directory() -> TempDir {
    let program = std::env::current_exe().expect("this program");
    let directory = tempdir_in(program.parent().expect("a folder")).expect("a directory");
    set_mode(directory.path(), 0o700);
    directory
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("ours");
}

async fn inspected(directory: &Path) -> Vec<Finding> {
    let inspection = Inspection::new(&DatabaseUrl::memory()).spool_dir(directory);
    checked(inspection.spool_bytes(1 << 20).run().await)
}

async fn opened(directory: &Path) -> crate::spool::OpenedSpool<impl crate::spool::SpoolFile> {
    let opened = Storage::new(directory, 64 << 20).open(None).await;
    opened.unwrap_or_else(|_| panic!("no spool"))
}

#[tokio::test]
async fn an_own_directory_on_a_disk_is_found_well() {
    let directory = directory();
    let findings = inspected(directory.path()).await;
    let checks: Vec<_> = findings
        .iter()
        .map(|finding| finding.check.name())
        .collect();
    assert_eq!(
        checks,
        [
            "url",
            "connection",
            "spool-directory",
            "spool-volume",
            "spool-slots",
            "spool-damage",
            "dead-letters"
        ]
    );
    assert!(
        findings
            .iter()
            .all(|finding| finding.level == FindingLevel::Ok),
        "{findings:#?}"
    );
    let inspection = Inspection::new(&DatabaseUrl::memory()).spool_dir(directory.path());
    let findings = inspection.spool_bytes(u64::MAX).run().await;
    finds(
        &findings,
        Check::SpoolVolume,
        FindingLevel::Warn,
        "are free",
    );
}

#[tokio::test]
async fn a_directory_that_is_not_the_users_alone_is_named() {
    let outer = directory();
    let path = outer.path().join("spool");
    let findings = inspected(&path).await;
    finds(
        &findings,
        Check::SpoolDirectory,
        FindingLevel::Warn,
        "does not exist",
    );
    assert!(!path.exists());
    symlink(&path, &path).expect("a link to itself");
    finds(
        &inspected(&path).await,
        Check::SpoolDirectory,
        FindingLevel::Fail,
        "cannot be looked at",
    );
    fs::remove_file(&path).expect("removed");
    fs::create_dir(&path).expect("made");
    for (mode, level, text) in [
        (0o755, FindingLevel::Warn, "look into"),
        (0o770, FindingLevel::Fail, "write to"),
        (0o700, FindingLevel::Ok, "alone"),
    ] {
        set_mode(&path, mode);
        let findings = inspected(&path).await;
        let remedy = finds(&findings, Check::SpoolDirectory, level, text);
        assert_eq!(
            remedy.contains("chmod 700 "),
            level != FindingLevel::Ok,
            "{remedy}"
        );
    }
    let link = outer.path().join("link");
    symlink(&path, &link).expect("made");
    finds(
        &inspected(&link).await,
        Check::SpoolDirectory,
        FindingLevel::Fail,
        "symbolic link",
    );
    let file = outer.path().join("file");
    fs::write(&file, "x").expect("written");
    set_mode(&file, 0o600);
    let findings = inspected(&file).await;
    finds(
        &findings,
        Check::SpoolDirectory,
        FindingLevel::Fail,
        "no directory",
    );
    finds(
        &findings,
        Check::SpoolSlots,
        FindingLevel::Warn,
        "not checked",
    );
    // Only root may give a directory away.
    if rustix::process::geteuid().is_root() {
        chown(&path, Some(12_345), None).expect("given away");
        finds(
            &inspected(&path).await,
            Check::SpoolDirectory,
            FindingLevel::Fail,
            "belongs to the user 12345",
        );
    }
}

#[tokio::test]
async fn rows_of_a_process_that_is_gone_are_warned_of() {
    let directory = directory();
    let OpenedSpool { mut spool, .. } = opened(directory.path()).await;
    spool
        .append(&[row("USER", Timestamp::now())])
        .await
        .expect("room");
    finds(
        &inspected(directory.path()).await,
        Check::SpoolSlots,
        FindingLevel::Ok,
        "1 rows wait in 1 slots, of which 1 are in use",
    );
    drop(spool);
    let findings = inspected(directory.path()).await;
    let remedy = finds(
        &findings,
        Check::SpoolSlots,
        FindingLevel::Warn,
        "slot 0 has 1 rows",
    );
    assert!(remedy.contains("spool drain 0"), "{remedy}");
}

#[tokio::test]
async fn dead_letters_are_warned_of() {
    let directory = directory();
    let OpenedSpool { mut spool, .. } = opened(directory.path()).await;
    let row = row("USER", Timestamp::now());
    let letter = Letter {
        number: None,
        row: &row,
        reason: "too long",
    };
    spool.add_dead_letters(&[letter]).await.expect("room");
    let findings = inspected(directory.path()).await;
    let remedy = finds(
        &findings,
        Check::DeadLetters,
        FindingLevel::Warn,
        "1 rows were refused",
    );
    assert!(remedy.contains("dead-letters list"), "{remedy}");
}

#[tokio::test]
async fn a_damaged_file_fails_and_an_unreadable_one_is_warned_of() {
    let directory = directory();
    drop(opened(directory.path()).await);
    let slot = directory.path().join("0");
    let text = "a text of some length that no SQLite has ever written into a file";
    fs::write(slot.join("spool.db"), text).expect("written");
    let findings = inspected(directory.path()).await;
    finds(
        &findings,
        Check::SpoolDamage,
        FindingLevel::Fail,
        "0/spool.db` is damaged",
    );
    finds(
        &findings,
        Check::SpoolSlots,
        FindingLevel::Ok,
        "0 rows wait",
    );
    fs::remove_file(slot.join("spool.db")).expect("removed");
    fs::remove_file(slot.join("lock")).expect("removed");
    symlink(slot.join("lock"), slot.join("lock")).expect("a link to itself");
    let findings = inspected(directory.path()).await;
    finds(
        &findings,
        Check::SpoolSlots,
        FindingLevel::Warn,
        "not checked: slot 0: ",
    );
    finds(&findings, Check::SpoolDamage, FindingLevel::Ok, "no file");
    fs::write(slot.join("damaged-1.db"), "x").expect("written");
    finds(
        &inspected(directory.path()).await,
        Check::SpoolDamage,
        FindingLevel::Fail,
        "damaged-1.db",
    );
}

/// The volume is in memory, and has 2 MiB.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_small_volume_in_memory_fails() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        let test = "inspection::tests::spool::a_small_volume_in_memory_fails";
        on_a_volume(test, 2 << 20);
        return;
    };
    let findings = inspected(Path::new(&volume)).await;
    let [kind, room] = of(&findings, Check::SpoolVolume)[..] else {
        panic!("{findings:#?}");
    };
    assert_eq!(
        (kind.level, room.level),
        (FindingLevel::Warn, FindingLevel::Fail)
    );
    assert!(kind.found.contains("is in memory (tmpfs)"), "{kind:#?}");
}
