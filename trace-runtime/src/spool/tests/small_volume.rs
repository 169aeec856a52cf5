//! A volume that is full, made of memory in a namespace of its own.

use std::path::Path;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::super::file::{Access, connect};
use super::super::slot::Slots;
use super::{Spool, dead_letters, keep, open_slot, row, rows};
use crate::config::Durability;
use crate::spool::SpoolFile as _;
use crate::store::ErrorClass;
use crate::writer::scripted::{Rig, Scripted, names};

/// Set for the process that finds the small volume.
const VOLUME: &str = "BEHAVIOR_TRACE_SMALL_VOLUME";

/// Runs a test of this name again, with a volume of so many bytes in an environment variable.
fn on_a_volume(test: &str, bytes: u64) {
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

fn fill(volume: &Path) {
    use std::io::Write as _;

    let mut file = std::fs::File::create(volume.join("filler")).expect("a file");
    while file.write_all(&[0; 512]).is_ok() {}
}

/// Fills it but for a few pages.
fn fill_but(volume: &Path, bytes: u64) {
    fill(volume);
    let filler = std::fs::File::options()
        .write(true)
        .open(volume.join("filler"));
    let filler = filler.expect("it was made");
    let length = filler.metadata().expect("it is there").len();
    filler.set_len(length - bytes).expect("shorter");
}

fn rig(store: &Scripted, volume: &Path) -> Rig {
    Rig::start(store, |config| {
        config.spool_dir = Some(volume.join("spool"));
        config.durability = Some(Durability::Spool);
        config.spool_bytes = 64 << 20;
    })
}

/// Until it holds, or long enough.
fn until(what: &str, rig: &Rig, volume: &Path, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > Duration::from_secs(30) {
            let (stats, health) = (rig.handle.stats(), rig.handle.health());
            panic!("not {what}: {stats:?}\n{health:?}\n{}", tree(volume));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn tree(directory: &Path) -> String {
    let found = Command::new("find").arg(directory).arg("-ls").output();
    String::from_utf8_lossy(&found.expect("find").stdout).into_owned()
}

#[test]
fn a_spool_that_fills_its_volume_drains_in_place() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_spool_that_fills_its_volume_drains_in_place",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, volume);
    let names = names(9999);
    first.record_all(&names);
    let filler = "x".repeat(100);
    for number in 0..9999 {
        first.record_with(&format!("thing.m{number}"), &format!("{filler:?}"));
    }
    until("the volume is full", &first, volume, || {
        first
            .handle
            .health()
            .cause
            .is_some_and(|cause| cause.contains("full"))
    });
    let stats = first.handle.stats();
    assert!(stats.spooled > 0 && stats.in_memory > 0, "{stats:?}");
    fill(volume);
    // The server is back, the volume still full.
    store.inner().always = None;
    until("all is stored", &first, volume, || {
        let stats = first.handle.stats();
        stats.spooled + stats.in_memory == 0
    });
    let stats = first.handle.stats();
    assert_eq!(stats.stored, stats.accepted, "{stats:?}");
    assert_eq!(
        (stats.dropped.total(), stats.balance()),
        (0, 0),
        "{stats:?}"
    );
    assert_eq!(
        store.actions().len() as u64,
        stats.stored,
        "none was sent twice"
    );
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
}

#[test]
fn a_file_that_is_full_today_is_opened_and_delivered_without_room() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_file_that_is_full_today_is_opened_and_delivered_without_room",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let away = Scripted::default();
    away.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&away, volume);
    first.record_all(&names(5000));
    until("all is spooled", &first, volume, || {
        first.handle.stats().spooled == 5000
    });
    assert!(
        first
            .handle
            .shut_down(Duration::from_secs(10))
            .is_complete()
    );
    fill(volume);
    let back = Scripted::default();
    let second = rig(&back, volume);
    until("all is stored", &second, volume, || {
        second.handle.stats().stored == 5000
    });
    let stats = second.handle.stats();
    assert_eq!((stats.recovered, stats.balance()), (5000, 0), "{stats:?}");
    assert_eq!(back.actions().len(), 5000, "none was sent twice");
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
    // There is room in the place of what was delivered.
    until("it takes rows again", &second, volume, || {
        back.inner().always = Some(ErrorClass::Unavailable);
        second.record("thing.later");
        second.handle.stats().spooled > 0
    });
    assert!(
        second
            .handle
            .shut_down(Duration::from_secs(10))
            .is_complete()
    );
}

#[test]
fn a_dead_processs_spool_that_fills_the_volume_is_emptied_where_it_is() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_dead_processs_spool_that_fills_the_volume_is_emptied_where_it_is",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spool = volume.join("spool");
    let claim = || {
        Slots::new(&spool)
            .claim(0, &mut Vec::new())
            .expect("a slot")
    };
    let (mine, dead): (Spool, Spool) = runtime.block_on(async {
        let (mine, ..) = open_slot(claim()).await.expect("opens");
        let (mut dead, ..) = open_slot(claim()).await.expect("opens");
        dead.append(&rows(3000)).await.expect("room");
        (mine, dead)
    });
    runtime.block_on(async {
        drop(mine.close().await);
        drop(dead.close().await);
    });
    fill(volume);
    let store = Scripted::default();
    let rig = rig(&store, volume);
    until("all is stored", &rig, volume, || {
        rig.handle.stats().stored == 3000
    });
    let stats = rig.handle.stats();
    assert_eq!((stats.recovered, stats.balance()), (3000, 0), "{stats:?}");
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
}

#[test]
fn a_file_that_was_opened_full_is_read_by_others_once_there_is_room() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_file_that_was_opened_full_is_read_by_others_once_there_is_room",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spool = volume.join("spool");
    let claim = || {
        Slots::new(&spool)
            .claim(0, &mut Vec::new())
            .expect("a slot")
    };
    runtime.block_on(async {
        let (mut spool, ..) = open_slot(claim()).await.expect("opens");
        spool.append(&rows(100)).await.expect("room");
        keep(&mut spool, None, &row(1), "too long")
            .await
            .expect("room");
        drop(spool.close().await);
        fill(volume);
        let (mut spool, ..) = open_slot(claim()).await.expect("opens");
        for _ in 0..2 {
            assert!(spool.is_alone());
            spool = spool.share().await.expect("it stays as it is");
        }
        std::fs::remove_file(volume.join("filler")).expect("removed");
        spool = spool.share().await.expect("opens");
        assert!(!spool.is_alone());
        let letters = dead_letters(&volume.join("spool")).await;
        assert_eq!(letters.expect("readable").len(), 1);
        let last = spool.append(&rows(1)).await.expect("room");
        assert_eq!(last, 101);
    });
}

#[test]
fn a_full_file_that_holds_dead_letters_is_emptied_by_as_few_rows_as_there_is_room_for() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_full_file_that_holds_dead_letters_is_emptied_by_as_few_rows_as_there_is_room_for",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spool = volume.join("spool");
    let open = async || {
        let slot = Slots::new(&spool).claim(0, &mut Vec::new());
        open_slot(slot.expect("a slot")).await.expect("opens")
    };
    runtime.block_on(async {
        let (mut spool, ..) = open().await;
        spool.append(&rows(3000)).await.expect("room");
        let kept = keep(&mut spool, None, &row(1), "too long").await;
        assert!(kept.expect("room"));
        drop(spool.close().await);
    });
    // The index of the log takes a part of it, and all rows at once would need 700 KB.
    fill_but(volume, 128 << 10);
    let store = Scripted::default();
    let rig = rig(&store, volume);
    let file = volume.join("spool/0/spool.db");
    let is_empty = async || {
        let connection = connect(&file, Access::ReadOnly).await;
        let count = sqlx::query_scalar("SELECT count(*) FROM spool");
        let count = count.fetch_one(&mut connection.expect("connects")).await;
        matches!(count, Ok(0_i64))
    };
    until("empty", &rig, volume, || runtime.block_on(is_empty()));
    let stats = rig.handle.stats();
    assert_eq!((stats.stored, stats.balance()), (3000, 0), "{stats:?}");
    assert_eq!(store.actions().len(), 3000, "none was sent twice");
    let letters = runtime.block_on(dead_letters(&spool));
    assert_eq!(letters.expect("readable").len(), 1);
}
