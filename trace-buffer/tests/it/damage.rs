//! Files that no process of ours left as they are.

use std::fs;
use std::path::Path;

use behavior_trace_buffer::{AdoptError, BufferFiles, Collector};

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
        // Neither the id, nor the padding, nor the four bytes of zero are under the checksum.
        let begin = ends[number];
        let checked = (begin..begin + 12).chain(begin + 16..begin + 24);
        for at in checked.chain(begin + 40..begin + 40 + fields.len()) {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            let mut collector = adopt(directory.path(), &changed).unwrap();
            let kept = collect(&mut collector, &mut 0);
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
            bytes[at].wrapping_add(40),
        ] {
            let mut changed = bytes.clone();
            changed[at] = value;
            let Ok(mut collector) = adopt(directory.path(), &changed) else {
                continue;
            };
            for (_, _, fields) in collect(&mut collector, &mut 0) {
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
            assert!(collect(&mut collector, &mut 0).len() <= 2);
        }
    }
    for length in [u32::MAX, u32::MAX - 7, 1 << 31, 1024, 577, 4, 2, 0] {
        let mut changed = bytes.clone();
        changed[ends[0] + 8..ends[0] + 12].copy_from_slice(&length.to_le_bytes());
        let mut collector = adopt(directory.path(), &changed).unwrap();
        assert!(collect(&mut collector, &mut 0).is_empty(), "{length}");
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
            assert!(collect(&mut collector, &mut 0).len() <= 1);
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
    let frames = collector.collect(usize::MAX, &mut scratch, || [1; 16], |_| ());
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

#[test]
fn after_a_failure_of_the_machine_only_frames_with_an_id_are_taken() {
    let directory = tempfile::tempdir().unwrap();
    let (mut bytes, ends) = file(directory.path(), &[b"sent", b"sent, or not"]);
    bytes[ends[0] + 24] = 7;
    let mut same = adopt(directory.path(), &bytes).unwrap();
    assert_eq!(collect(&mut same, &mut 0).len(), 2);
    drop(same);
    bytes[16] ^= 1;
    let mut other = adopt(directory.path(), &bytes).unwrap();
    assert_eq!(collect(&mut other, &mut 0).len(), 1);
    assert_eq!(other.collected(), ends[1]);
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
