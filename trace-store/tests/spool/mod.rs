mod damage;
mod dead_letters;
mod drain;
mod letters;
mod list;
mod small_volume;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::Arc;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use tempfile::{TempDir, tempdir};
use uuid::Uuid;

use super::file::{Access, size};
use super::slot::{Slot, Slots};
use super::spool_file::{MOVED, Spool};
use super::{
    Letter, SpoolError, SpoolErrorKind, SpoolFile, SpoolPage, Storage, check, dead_letters,
};
use crate::testing::spool_contract;

const ROOM: u64 = 64 << 20;

fn row(number: i64) -> Activity<'static> {
    activity! {
        event_id: Uuid::new_v4(),
        occurred_at: Timestamp::from_micros(1_700_000_000_000_001 + number),
        actor_type: "USER".into(),
        actor_id: Some(i64::MIN + number),
        action: "thing.update".into(),
        resource: "Thing".into(),
        resource_id: Some("\u{0}\u{1F600}\"\\ \u{2028}".into()),
        payload: r#"{"a":[1e400,"\u0000",{"b":"\ud83d\ude00"}],"n":12345678901234567890}"#.into(),
        user_agent: Some("".into()),
        ..Activity::default()
    }
}

fn rows(count: i64) -> Vec<Activity<'static>> {
    (0..count).map(row).collect()
}

fn directory() -> TempDir {
    let directory = tempdir().expect("a directory");
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(directory.path(), mode).expect("our own directory");
    directory
}

async fn open(directory: &Path) -> (Spool, u64, Option<String>) {
    let slot = Slots::new(directory)
        .claim(0, &mut Vec::new())
        .expect("a slot");
    let (spool, rows, complaint) = open_slot(slot).await.expect("opens");
    let counted = spool.count(Arc::default()).await.expect("counts");
    assert_eq!(rows.unwrap_or(counted), counted);
    (spool, counted, complaint)
}

async fn open_slot(slot: Slot) -> Result<(Spool, Option<u64>, Option<String>), SpoolError> {
    let opened = Spool::open(slot, ROOM).await;
    opened.map_err(|(_, error)| error)
}

#[tokio::test]
async fn files_hold_to_the_contract() {
    let directory = directory();
    spool_contract(|| Storage::new(directory.path(), ROOM)).await;
}

/// Adds one dead letter.
async fn keep(
    spool: &mut Spool,
    number: Option<i64>,
    row: &Activity<'_>,
    reason: &str,
) -> Result<bool, SpoolError> {
    let letter = Letter {
        number,
        row,
        reason,
    };
    let kept = spool.add_dead_letters(&[letter]).await?;
    Ok(kept == [true])
}

#[tokio::test]
async fn rows_come_back_as_they_were_and_in_order() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    let rows = rows(250);
    spool.append(&rows[..100]).await.expect("room");
    spool.append(&rows[100..]).await.expect("room");
    let SpoolPage {
        numbers,
        rows: found,
        ..
    } = spool.oldest(None, 120, usize::MAX).await.expect("reads");
    assert_eq!(found, rows[..120]);
    spool.remove(&numbers).await.expect("removes");
    spool.close().await;
    let (mut spool, count, complaint) = open(directory.path()).await;
    assert_eq!((count, complaint), (130, None));
    let SpoolPage { rows: found, .. } = spool.oldest(None, 1000, usize::MAX).await.expect("reads");
    assert_eq!(found, rows[120..]);
}

#[tokio::test]
async fn a_batch_is_bounded_in_bytes_and_never_empty() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(10)).await.expect("room");
    let SpoolPage { numbers, .. } = spool.oldest(None, 10, 1).await.expect("reads");
    assert_eq!(numbers.len(), 1);
    let SpoolPage { numbers, .. } = spool.oldest(None, 10, 1000).await.expect("reads");
    assert!((2..10).contains(&numbers.len()), "{}", numbers.len());
}

#[tokio::test]
async fn a_full_spool_keeps_what_it_has_and_takes_more_when_some_has_left() {
    let directory = directory();
    let slot = Slots::new(directory.path())
        .claim(0, &mut Vec::new())
        .expect("a slot");
    let (mut spool, ..) = Spool::open(slot, 256 << 10).await.expect("opens");
    let rows = rows(200);
    let mut kept = 0;
    let error = loop {
        match spool.append(&rows).await {
            Ok(_) => kept += 200,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), SpoolErrorKind::Full);
    let SpoolPage { numbers, .. } = spool
        .oldest(None, usize::MAX, usize::MAX)
        .await
        .expect("reads");
    assert_eq!(numbers.len(), kept);
    spool.remove(&numbers).await.expect("removes");
    spool.append(&rows).await.expect("room again");
}

#[tokio::test]
async fn files_are_private() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(1)).await.expect("room");
    let mode = |path: &Path| fs::metadata(path).expect("is there").permissions().mode() & 0o777;
    let slot = directory.path().join("0");
    assert_eq!(mode(&slot), 0o700);
    for entry in fs::read_dir(&slot).expect("ours") {
        let path = entry.expect("readable").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn a_directory_that_others_can_write_to_or_that_is_a_link_is_refused() {
    let outer = directory();
    let complaint = |path: &Path| check(path).expect_err("refused").to_string();
    let open = outer.path().join("open");
    fs::create_dir(&open).expect("made");
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).expect("set");
    assert!(complaint(&open).contains("777"));
    let link = outer.path().join("link");
    symlink(outer.path(), &link).expect("made");
    assert!(complaint(&link).contains("symbolic link"));
    let file = outer.path().join("file");
    fs::write(&file, "x").expect("written");
    assert!(complaint(&file).contains("not a directory"));
}

#[test]
fn a_spool_file_that_is_a_link_is_refused() {
    let directory = directory();
    let slots = Slots::new(directory.path());
    drop(slots.claim(0, &mut Vec::new()).expect("a slot"));
    let lock = directory.path().join("0/lock");
    fs::remove_file(&lock).expect("removed");
    symlink("/etc/hostname", &lock).expect("made");
    let mut complaints = Vec::new();
    let slot = slots.claim(0, &mut complaints).expect("another");
    assert_eq!((slot.number(), complaints.len()), (1, 1));
}

#[tokio::test]
async fn two_users_of_one_directory_have_a_spool_each_and_the_dead_ones_is_taken_over() {
    let directory = directory();
    let (mut first, ..) = open(directory.path()).await;
    let (mut second, ..) = open(directory.path()).await;
    first.append(&rows(3)).await.expect("room");
    second.append(&rows(1200)).await.expect("room");
    keep(&mut second, None, &row(9), "too long")
        .await
        .expect("room");
    let slots = Slots::new(directory.path());
    assert!(slots.stale(0).expect("looks").is_none());
    drop(second);
    let slot = slots.stale(0).expect("looks").expect("left behind");
    let (mut stale, count, _) = Spool::open(slot, ROOM).await.expect("opens");
    assert_eq!(count, None);
    assert_eq!(stale.count(Arc::default()).await.expect("counts"), 1200);
    let mut moved = 0;
    while let Some(rows) = first.recover(&mut stale).await.expect("moves") {
        moved += rows;
    }
    stale.dissolve().await;
    assert_eq!(moved, 1200);
    assert!(slots.stale(0).expect("looks").is_none());
    let SpoolPage { numbers, .. } = first.oldest(None, 5000, usize::MAX).await.expect("reads");
    assert_eq!(numbers.len(), 1203);
}

#[tokio::test]
async fn rows_behind_a_whole_piece_that_cannot_be_read_are_taken_over_too() {
    let directory = directory();
    let (mut first, ..) = open(directory.path()).await;
    let (mut second, ..) = open(directory.path()).await;
    sqlx::query(
        "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT ?) \
         INSERT INTO spool (row) SELECT 'half a row' FROM n",
    )
    .bind(size(MOVED))
    .execute(&mut second.connection)
    .await
    .expect("written");
    second.append(&rows(3)).await.expect("room");
    let mut moved = 0;
    while let Some(rows) = first.recover(&mut second).await.expect("moves") {
        moved += rows;
    }
    assert_eq!(moved, 3);
    let letters = dead_letters(directory.path()).await.expect("readable");
    assert_eq!(letters.len(), MOVED);
}

#[tokio::test]
async fn a_file_of_a_later_release_is_left_untouched() {
    let directory = directory();
    let (spool, ..) = open(directory.path()).await;
    spool.close().await;
    let path = directory.path().join("0/spool.db");
    let mut bytes = fs::read(&path).expect("readable");
    bytes[63] = 99;
    fs::write(&path, &bytes).expect("writable");
    let slot = Slots::new(directory.path())
        .claim(0, &mut Vec::new())
        .expect("a slot");
    let Err((_, error)) = Spool::open(slot, ROOM).await else {
        panic!("a later format was opened");
    };
    assert_eq!(error.kind(), SpoolErrorKind::Newer);
    assert_eq!(fs::read(&path).expect("readable"), bytes);
}

/// Leaves a file of the first format with one row, as a dead process of that release did.
async fn leave_first_format(directory: &Path) {
    let slot = Slots::new(directory)
        .claim(0, &mut Vec::new())
        .expect("a slot");
    let path = slot.file();
    drop(slot);
    drop(super::slot::private_file(&path).expect("made"));
    let mut connection = super::file::connect(&path, Access::Shared)
        .await
        .expect("connects");
    for settings in [super::file::LAYOUT, super::file::SETTINGS] {
        let settings = sqlx::raw_sql(settings);
        settings.execute(&mut connection).await.expect("set");
    }
    sqlx::raw_sql(
        "CREATE TABLE spool (seq INTEGER PRIMARY KEY AUTOINCREMENT, row TEXT NOT NULL); PRAGMA user_version = 1",
    )
    .execute(&mut connection)
    .await
    .expect("made");
    sqlx::query("INSERT INTO spool (row) VALUES (?)")
        .bind(crate::wire::encode(&row(1)))
        .execute(&mut connection)
        .await
        .expect("written");
    sqlx::Connection::close(connection).await.expect("closes");
}

#[tokio::test]
async fn a_file_of_the_first_format_is_upgraded_with_its_rows() {
    let directory = directory();
    leave_first_format(directory.path()).await;
    let (mut spool, count, complaint) = open(directory.path()).await;
    assert_eq!((count, complaint), (1, None));
    keep(&mut spool, None, &row(2), "why")
        .await
        .expect("has the place");
}

#[tokio::test]
async fn a_commit_is_on_disk_before_it_returns() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    let synchronous: i64 = sqlx::query_scalar("PRAGMA synchronous")
        .fetch_one(&mut spool.connection)
        .await
        .expect("told");
    let journal: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut spool.connection)
        .await
        .expect("told");
    // 2 is FULL: each commit syncs the log.
    assert_eq!((synchronous, journal.as_str()), (2, "wal"));
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let outer = directory();
    let theirs = outer.path().join("theirs");
    fs::create_dir(&theirs).expect("made");
    let mode = fs::Permissions::from_mode(0o700);
    fs::set_permissions(&theirs, mode).expect("ours");
    let user = rustix::process::geteuid().as_raw();
    let given = std::os::unix::fs::chown(&theirs, Some(user + 1), None);
    // Only root can give a directory away. For other users, the root of the file system belongs to someone else.
    let theirs = if given.is_ok() {
        &theirs
    } else {
        Path::new("/")
    };
    let complaint = check(theirs).expect_err("refused").to_string();
    assert!(complaint.contains("belongs to the user"), "{complaint}");
}
