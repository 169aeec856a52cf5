//! Files that no process of ours left as they are.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use behavior_trace_buffer::{AdoptError, Appender, BufferFiles, Collector};

use super::collect;

/// Makes a file with these frames, and returns its bytes and the offset behind each frame.
fn file(directory: &Path, frames: &[&[u8]]) -> (Vec<u8>, Vec<usize>) {
    let files = BufferFiles::new(directory, 1 << 20).unwrap();
    let (mut appender, collector) = files.create(1024, 0, "default").unwrap();
    let mut ends = vec![appender.end()];
    for frame in frames {
        appender.append(1_700_000_000_000_000, frame).unwrap();
        ends.push(appender.end());
    }
    let bytes = fs::read(collector.path()).unwrap();
    collector.remove().unwrap();
    (bytes, ends)
}

fn adopt(directory: &Path, bytes: &[u8]) -> Result<Collector, AdoptError> {
    let path = directory.join("left");
    fs::write(&path, bytes).unwrap();
    BufferFiles::adopt(&path)
}

#[test]
fn a_byte_that_changed_ends_what_a_file_holds_at_its_frame() {
    let directory = tempfile::tempdir().unwrap();
    let frames: [&[u8]; 4] = [
        b"the first",
        b"",
        b"one in the middle",
        b"the last one of them",
    ];
    let (bytes, ends) = file(directory.path(), &frames);
    for (number, fields) in frames.iter().enumerate() {
        // The padding is not under the checksum.
        let begin = ends[number];
        for at in begin..begin + 24 + fields.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let mut collector = adopt(directory.path(), &changed).unwrap();
            let kept = collect(&mut collector);
            assert_eq!(kept.len(), number, "byte {at}");
            assert_eq!(collector.collected(), begin);
            assert!(!collector.is_settled());
        }
    }
}

#[test]
fn a_file_of_another_release_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let (mut bytes, _) = file(directory.path(), &[b"kept"]);
    for version in [0, 2, 255] {
        bytes[7] = version;
        let error = adopt(directory.path(), &bytes).unwrap_err();
        assert!(
            matches!(error, AdoptError::Version(_)),
            "{version}: {error}"
        );
        assert_eq!(fs::read(directory.path().join("left")).unwrap(), bytes);
    }
}

#[test]
fn a_head_with_any_other_byte_is_damaged_or_finds_fewer_frames_and_none_that_never_was() {
    let directory = tempfile::tempdir().unwrap();
    let frames: [&[u8]; 3] = [b"one", b"two", b"three"];
    let (bytes, _) = file(directory.path(), &frames);
    for at in 0..448 {
        for value in [
            0,
            1,
            0x80,
            0xff,
            bytes[at] ^ 1,
            bytes[at] ^ 8,
            bytes[at].wrapping_add(24),
        ] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let Ok(mut collector) = adopt(directory.path(), &changed) else {
                continue;
            };
            for (_, _, fields) in collect(&mut collector) {
                assert!(
                    frames.contains(&&fields[..]),
                    "byte {at} is {value}: {fields:?}"
                );
            }
            assert!(collector.policy().len() <= behavior_trace_buffer::POLICY_NAME * 3);
            collector.settle(usize::MAX);
        }
    }
}

#[test]
fn hostile_offsets_and_lengths_end_in_nothing_read() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, ends) = file(directory.path(), &[b"one", b"two"]);
    let size = bytes.len() as u64;
    for (committed, settled) in [
        (u64::MAX, 448),
        (size + 8, 448),
        (size, size),
        (448, 448),
        (0, 0),
        (447, 448),
        (448, 449),
        (456, 456),
        (size, 464),
        (u64::MAX - 7, u64::MAX - 7),
        (1 << 63, 448),
        (488, 448),
        (size - 8, 448),
    ] {
        let mut changed = bytes.clone();
        changed[320..328].copy_from_slice(&committed.to_ne_bytes());
        changed[384..392].copy_from_slice(&settled.to_ne_bytes());
        if let Ok(mut collector) = adopt(directory.path(), &changed) {
            assert!(collect(&mut collector).len() <= 2);
        }
    }
    for length in [u32::MAX, u32::MAX - 7, 1 << 31, 1024, 577, 4, 2, 0] {
        let mut changed = bytes.clone();
        changed[ends[0] + 8..ends[0] + 12].copy_from_slice(&length.to_le_bytes());
        let mut collector = adopt(directory.path(), &changed).unwrap();
        assert!(collect(&mut collector).is_empty(), "{length}");
    }
}

#[test]
fn a_file_of_any_other_size_or_kind_is_no_buffer() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, _) = file(directory.path(), &[b"one"]);
    for cut in [1, 7, 8, 327, 447] {
        let error = adopt(directory.path(), &bytes[..cut]).unwrap_err();
        assert!(matches!(error, AdoptError::Damaged(_)), "{cut}: {error}");
    }
    // A file that was made and got no further.
    for unfinished in [&[][..], &[0; 1024]] {
        let error = adopt(directory.path(), unfinished).unwrap_err();
        assert!(matches!(error, AdoptError::Unfinished(_)), "{error}");
    }
    for cut in 448..bytes.len() {
        if let Ok(mut collector) = adopt(directory.path(), &bytes[..cut]) {
            assert!(collect(&mut collector).len() <= 1);
        }
    }
    let error = BufferFiles::adopt(directory.path()).unwrap_err();
    assert!(matches!(error, AdoptError::Io(..)), "{error}");
    let error = BufferFiles::adopt(&directory.path().join("none")).unwrap_err();
    assert!(matches!(error, AdoptError::Io(..)), "{error}");
    assert!(error.to_string().contains("none"));
}

#[test]
fn a_huge_file_of_holes_is_read_in_steps() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, _) = file(directory.path(), &[b"one"]);
    let path = directory.path().join("left");
    let mut huge = bytes;
    let size = 1_u64 << 30;
    huge[320..328].copy_from_slice(&size.to_ne_bytes());
    fs::write(&path, &huge).unwrap();
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(size).unwrap();
    let mut collector = BufferFiles::adopt(&path).unwrap();
    let mut scratch = Vec::new();
    let frames = collector.collect(usize::MAX, &mut scratch, |_| ());
    assert_eq!(frames, 1);
    assert!(scratch.capacity() < 1 << 20, "{} bytes", scratch.capacity());
    file.set_len(size + 1).unwrap();
    let error = BufferFiles::adopt(&path).unwrap_err();
    assert!(matches!(error, AdoptError::Damaged(_)), "{error}");
}

#[test]
fn a_head_that_was_lost_before_frames_is_damage_and_not_an_empty_file() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, ends) = file(directory.path(), &[b"kept"]);
    let mut headless = bytes;
    headless[..ends[0]].fill(0);
    let error = adopt(directory.path(), &headless).unwrap_err();
    assert!(matches!(error, AdoptError::Damaged(_)), "{error}");
    headless.fill(0);
    let error = adopt(directory.path(), &headless).unwrap_err();
    assert!(matches!(error, AdoptError::Unfinished(_)), "{error}");
}

/// Frames by their fields, each with its id.
type Ids = HashMap<Vec<u8>, [u8; 16]>;

/// Size of a page, in bytes.
const PAGE: usize = 4096;

/// Uses a buffer of three pages twice. Returns its states, and each frame with the id that its own process had for it.
fn states(directory: &Path) -> (Vec<Vec<u8>>, Ids) {
    let files = BufferFiles::new(directory, 1 << 20).unwrap();
    let (appender, mut collector) = files.create(3 * PAGE, 0, "default").unwrap();
    let (mut appender, mut states, mut ids) = (Some(appender), Vec::new(), HashMap::new());
    for turn in 0..2 {
        let mut own = appender.take().unwrap();
        let mut number = 0_usize;
        // Frames of one turn begin where frames of the other do not.
        while own.has_room(400) {
            let fields = format!("turn {turn} frame {number} {}", "x".repeat(300 + turn * 50));
            own.append(7, fields.as_bytes()).unwrap();
            number += 1;
            if number.is_multiple_of(10) {
                states.push(fs::read(collector.path()).unwrap());
            }
        }
        drop(own);
        for (_, id, fields) in collect(&mut collector) {
            assert!(ids.insert(fields, id).is_none());
        }
        collector.settle(collector.settled() + 5 * Appender::size(330));
        states.push(fs::read(collector.path()).unwrap());
        collector.settle(usize::MAX);
        states.push(fs::read(collector.path()).unwrap());
        appender = collector.reuse(&files);
    }
    collector.remove().unwrap();
    (states, ids)
}

#[test]
fn a_frame_has_one_id_whatever_state_of_each_page_a_failed_machine_has_left() {
    let directory = tempfile::tempdir().unwrap();
    let (states, ids) = states(directory.path());
    let different: HashSet<_> = ids.values().collect();
    assert_eq!(different.len(), ids.len());
    let (mut files, mut frames) = (0, HashSet::new());
    for head in &states {
        for middle in &states {
            for end in &states {
                let pages = [&head[..PAGE], &middle[PAGE..2 * PAGE], &end[2 * PAGE..]];
                let mut adopted = adopt(directory.path(), &pages.concat()).unwrap();
                for (_, id, fields) in collect(&mut adopted) {
                    assert_eq!(ids[&fields], id, "another id");
                    frames.insert(fields);
                }
                files += 1;
            }
        }
    }
    assert!(files > 300, "{files} files");
    assert!(
        frames.len() * 10 > ids.len() * 9,
        "{} of {}",
        frames.len(),
        ids.len()
    );
}

#[test]
fn a_key_that_changed_or_a_frame_of_another_file_is_read_as_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, _) = file(directory.path(), &[b"kept"]);
    for bit in 0..128 {
        let mut changed = bytes.clone();
        changed[16 + bit / 8] ^= 1 << (bit % 8);
        let mut adopted = adopt(directory.path(), &changed).unwrap();
        assert_eq!(collect(&mut adopted), [], "bit {bit}");
    }
    let (mut other, ends) = file(directory.path(), &[b"kept"]);
    other[ends[0]..ends[1]].copy_from_slice(&bytes[ends[0]..ends[1]]);
    assert_eq!(collect(&mut adopt(directory.path(), &other).unwrap()), []);
}

#[test]
fn a_file_set_aside_replaces_none() {
    let directory = tempfile::tempdir().unwrap();
    let (bytes, _) = file(directory.path(), &[b"kept"]);
    let kept: Vec<_> = (0..3)
        .map(|_| {
            adopt(directory.path(), &bytes)
                .unwrap()
                .set_aside()
                .unwrap()
        })
        .collect();
    assert!(kept.iter().all(|path| fs::read(path).unwrap() == bytes));
    assert!(kept[0] != kept[1] && kept[1] != kept[2]);
    assert!(!directory.path().join("left").exists());
}
