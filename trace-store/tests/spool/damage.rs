//! Files that SQLite calls damaged, and files that are only temporarily unusable.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::salvage::pages::has_odd_free_list;
use super::super::slot::Slots;
use super::super::{SpoolErrorKind, SpoolFile, dead_letters};
use super::{Slot, Spool, directory, keep, open, open_slot, row, rows};

fn claim(directory: &Path) -> Slot {
    Slots::new(directory)
        .claim(0, &mut Vec::new())
        .expect("a slot")
}

/// Opens the spool as after a run in which SQLite reported damage.
async fn open_suspected(directory: &Path) -> (Spool, Option<String>) {
    let mut slot = claim(directory);
    slot.suspected = true;
    let (spool, _, complaint) = open_slot(slot).await.expect("opens");
    (spool, complaint)
}

fn damaged_files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory.join("0")).expect("ours");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let is_damaged = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("damaged-") && name.ends_with(".db")
    };
    paths.filter(is_damaged).collect()
}

/// Returns the numbers of rows, dead letters and lost rows, and the reports.
async fn salvage(spool: &mut Spool) -> (u64, u64, u64, Vec<String>) {
    let (mut rows, mut letters, mut lost, mut reports) = (0, 0, 0, Vec::new());
    while let Some(step) = spool.salvage().await.expect("goes on") {
        rows += step.rows;
        letters += step.letters;
        lost += step.lost;
        reports.extend(step.report);
    }
    (rows, letters, lost, reports)
}

fn change(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).expect("readable");
    change(&mut bytes);
    fs::write(path, bytes).expect("writable");
}

#[tokio::test]
async fn a_damaged_file_is_kept_and_what_can_be_read_is_saved_and_the_rest_counted() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage, u64, u64); 6] = [
        ("header", |bytes| bytes[0] = b'X', 1000, 0),
        ("first page", |bytes| bytes[..4096].fill(0xff), 1000, 0),
        ("root", |bytes| bytes[2 * 4096] = 0xff, 1000, 0),
        ("cut off", |bytes| bytes.truncate(50), 0, 0),
        (
            "a page in the middle",
            |bytes| {
                let middle = bytes.len() / 2 / 4096 * 4096;
                bytes[middle..middle + 4096].fill(0xff);
            },
            980,
            1,
        ),
        (
            "the last pages",
            |bytes| bytes.truncate(bytes.len() / 4096 / 2 * 4096),
            0,
            0,
        ),
    ];
    for (name, damage, at_least, lost_at_least) in damages {
        let directory = directory();
        let (mut spool, ..) = open(directory.path()).await;
        spool.append(&rows(1000)).await.expect("room");
        spool.close().await;
        change(&directory.path().join("0/spool.db"), damage);
        let before = fs::read(directory.path().join("0/spool.db")).expect("readable");
        let (mut spool, complaint) = open_suspected(directory.path()).await;
        let complaint = complaint.expect(name);
        assert!(complaint.contains("damaged-"), "{name}: {complaint}");
        // The spool accepts rows before any old row is read.
        spool.append(&rows(10)).await.expect(name);
        let (saved, _, lost, reports) = salvage(&mut spool).await;
        assert!(saved >= at_least && saved <= 1000, "{name}: {saved}");
        assert!(lost >= lost_at_least, "{name}: {lost}");
        if lost_at_least > 0 {
            assert_eq!(saved + lost, 1000, "{name}");
        }
        assert!(reports[0].contains("damaged-"), "{name}: {reports:?}");
        spool.close().await;
        let kept = damaged_files(directory.path());
        assert_eq!(kept.len(), 1, "{name}");
        assert!(fs::read(&kept[0]).expect("readable") == before, "{name}");
        let (mut spool, again, complaint) = open(directory.path()).await;
        assert_eq!((again, complaint), (saved + 10, None), "{name}");
        assert!(spool.salvage().await.expect("looks").is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_flipped_byte_anywhere_loses_no_row_that_can_be_read() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(300)).await.expect("room");
    keep(&mut spool, None, &row(1), "too long")
        .await
        .expect("room");
    spool.close().await;
    let path = directory.path().join("0/spool.db");
    let sound = fs::read(&path).expect("readable");
    for page in 0..sound.len() / 4096 {
        for place in [0, 3, 7, 2000, 4000] {
            let _ = fs::remove_dir_all(directory.path().join("0"));
            drop(claim(directory.path()));
            let mut bytes = sound.clone();
            bytes[page * 4096 + place] ^= 0x40;
            fs::write(&path, bytes).expect("writable");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            fs::set_permissions(&path, mode).expect("ours");
            let mut slot = claim(directory.path());
            slot.suspected = true;
            let (mut spool, complaint) = match open_slot(slot).await {
                Ok((spool, _, complaint)) => (spool, complaint),
                // The header names a later format.
                Err(error) => {
                    assert_eq!(error.kind(), SpoolErrorKind::Newer, "{page} {place}");
                    continue;
                }
            };
            let (saved, _, lost, _) = salvage(&mut spool).await;
            let mut found = 0;
            let mut after = None;
            loop {
                let read = spool.oldest(after, 1000, usize::MAX).await;
                let page = read.expect("sound");
                found += page.rows.len() as u64 + page.buried;
                match page.numbers.last() {
                    Some(newest) => after = Some(*newest),
                    None => break,
                }
            }
            if complaint.is_some() {
                // It is unknown whether a page without rows held some.
                let may_lack = if saved == 300 { 20 } else { 0 };
                assert!(saved <= found, "{page} {place}");
                assert!(
                    saved + lost >= 300 && saved + lost <= 300 + may_lack,
                    "{page} {place}: {saved} {lost}"
                );
            } else {
                assert_eq!(found, 300, "{page} {place}");
            }
            spool.close().await;
        }
    }
}

#[tokio::test]
async fn damage_that_is_seen_when_rows_are_looked_for_is_seen_a_second_time_at_once() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(1000)).await.expect("room");
    let delivered: Vec<_> = (501..=1000).collect();
    spool.remove(&delivered).await.expect("removes");
    spool.close().await;
    change(&directory.path().join("0/spool.db"), |bytes| {
        bytes[2 * 4096] ^= 0xff;
    });
    // Another process died and left the slot; no damage is known.
    let slots = Slots::new(directory.path());
    let stale = slots.stale(0).expect("looks").expect("left behind");
    let (mut spool, _, complaint) = open_slot(stale).await.expect("opens");
    assert!(complaint.expect("told").contains("damaged-"));
    let (saved, _, lost, reports) = salvage(&mut spool).await;
    // Delivered rows are on free pages, which look like others.
    assert_eq!((saved, lost), (500, 0), "{reports:?}");
    assert!(reports[0].contains("; 1 pages"), "{reports:?}");
}

#[tokio::test]
async fn a_salvage_that_ends_in_the_middle_goes_on_at_the_next_start_and_saves_each_row_once() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(3000)).await.expect("room");
    for number in 0..5 {
        let kept = keep(&mut spool, None, &row(number), "too long").await;
        assert!(kept.expect("room"));
    }
    spool.close().await;
    change(&directory.path().join("0/spool.db"), |bytes| {
        let middle = bytes.len() / 2 / 4096 * 4096;
        bytes[middle..middle + 4096].fill(0xff);
    });
    let (mut spool, _) = open_suspected(directory.path()).await;
    let (mut saved, mut letters, mut lost) = (0, 0, 0);
    loop {
        // Each process completes one more step.
        let step = spool.salvage().await.expect("goes on");
        spool.close().await;
        let Some(step) = step else { break };
        saved += step.rows;
        letters += step.letters;
        lost += step.lost;
        (spool, ..) = open(directory.path()).await;
    }
    assert_eq!((saved + lost, letters), (3000, 5));
    assert!((1..100).contains(&lost), "{lost}");
    let (mut spool, count, _) = open(directory.path()).await;
    assert_eq!(count, saved);
    let mut times: Vec<_> = Vec::new();
    let mut after = None;
    loop {
        let page = spool.oldest(after, 1000, usize::MAX).await.expect("sound");
        let Some(newest) = page.numbers.last() else {
            break;
        };
        after = Some(*newest);
        times.extend(page.rows.iter().map(|row| row.occurred_at));
    }
    times.sort_unstable();
    times.dedup();
    assert_eq!(times.len() as u64, saved);
    let letters = dead_letters(directory.path()).await.expect("readable");
    assert_eq!(letters.len(), 5);
}

#[tokio::test]
async fn what_is_no_damage_leaves_the_file_where_it_is() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(100)).await.expect("room");
    spool.close().await;
    // A directory in place of the log, which SQLite cannot open even for root.
    let log = directory.path().join("0/spool.db-wal");
    fs::create_dir(&log).expect("made");
    for _ in 0..5 {
        let error = open_slot(claim(directory.path()))
            .await
            .expect_err("no log");
        assert_eq!(error.kind(), SpoolErrorKind::Unusable, "{error}");
        assert!(error.to_string().contains("spool.db"), "{error}");
    }
    assert!(damaged_files(directory.path()).is_empty());
    fs::remove_dir(&log).expect("removed");
    assert_eq!(open(directory.path()).await.1, 100);
}

#[tokio::test]
async fn damaged_files_are_never_removed() {
    let directory = directory();
    for number in 1..=6 {
        let (mut spool, _) = open_suspected(directory.path()).await;
        salvage(&mut spool).await;
        spool.append(&rows(10)).await.expect("room");
        spool.close().await;
        change(&directory.path().join("0/spool.db"), |bytes| {
            bytes[4096..].fill(0xff);
        });
        let (spool, complaint) = open_suspected(directory.path()).await;
        assert!(complaint.is_some());
        spool.close().await;
        assert_eq!(damaged_files(directory.path()).len(), number);
    }
}

#[tokio::test]
async fn a_text_that_is_none_is_a_dead_letter_and_holds_up_nobody() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    sqlx::raw_sql("INSERT INTO spool (row) VALUES (CAST(x'ff80' AS TEXT)), (7), (x'00')")
        .execute(&mut spool.connection)
        .await
        .expect("written");
    spool.append(&rows(2)).await.expect("room");
    let page = spool.oldest(None, 10, usize::MAX).await.expect("reads");
    assert_eq!((page.rows.len(), page.buried), (2, 3));
}

#[tokio::test]
async fn a_crash_while_a_file_is_set_aside_leaves_it_with_its_rows() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(100)).await.expect("room");
    spool.close().await;
    let slot = directory.path().join("0");
    // The file has both names: the crash was between link and removal.
    fs::hard_link(slot.join("spool.db"), slot.join("damaged-1.db")).expect("linked");
    let (mut spool, count, _) = open(directory.path()).await;
    assert_eq!(count, 100);
    assert!(spool.salvage().await.expect("looks").is_none());
    spool.close().await;
    // The file is set aside, and the new one is not yet in its place.
    fs::rename(slot.join("spool.db"), slot.join("damaged-1.db")).expect("renamed");
    let slots = Slots::new(directory.path());
    let stale = slots.stale(0).expect("looks").expect("there is something");
    let (mut spool, ..) = open_slot(stale).await.expect("opens");
    assert_eq!(salvage(&mut spool).await.0, 100);
}

#[tokio::test]
async fn room_is_given_back_a_little_at_a_time() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    let mut numbers = Vec::new();
    for _ in 0..10 {
        let last = spool.append(&rows(2000)).await.expect("room");
        numbers.extend(last - 1999..=last);
    }
    let path = directory.path().join("0/spool.db");
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    spool.remove(&numbers).await.expect("removes");
    let mut steps = 0;
    while spool.shrink().await.expect("shrinks") {
        steps += 1;
    }
    assert!(steps > 0);
    let log = directory.path().join("0/spool.db-wal");
    assert!(size(&path) + size(&log) < 64 << 10, "{}", size(&path));
    let counted = spool.count(Arc::default()).await;
    assert_eq!(counted.expect("counts"), 0);
}

#[tokio::test]
async fn a_free_list_that_names_a_page_in_use_is_seen_before_rows_are_written_over() {
    let directory = directory();
    let (mut spool, ..) = open(directory.path()).await;
    spool.append(&rows(1000)).await.expect("room");
    let delivered: Vec<_> = (501..=1000).collect();
    spool.remove(&delivered).await.expect("removes");
    let path = directory.path().join("0/spool.db");
    // The free list is sound in the log, and then in the file.
    assert!(!has_odd_free_list(&path));
    spool.close().await;
    assert!(!has_odd_free_list(&path));
    change(&path, |bytes| {
        let bytes_at = |at: usize| bytes[at..at + 4].try_into().expect("four bytes");
        let list = u32::from_be_bytes(bytes_at(32)) as usize;
        // The first entry of the list now names a page with rows.
        let at = (list - 1) * 4096 + 8;
        assert_eq!(bytes[11 * 4096], 13);
        bytes[at..at + 4].copy_from_slice(&12_u32.to_be_bytes());
    });
    let slot = claim(directory.path());
    let (mut spool, _, complaint) = open_slot(slot).await.expect("opens");
    assert!(complaint.expect("told").contains("damaged-"));
    spool.append(&rows(600)).await.expect("room");
    let (saved, _, lost, reports) = salvage(&mut spool).await;
    assert_eq!((saved, lost), (500, 0), "{reports:?}");
    assert_eq!(spool.count(Arc::default()).await.expect("counts"), 0);
    let page = spool.oldest(None, 2000, usize::MAX).await.expect("reads");
    assert_eq!(page.rows.len(), 1100);
}
