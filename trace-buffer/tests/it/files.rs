//! The files of a directory: names, modes, limits, and a disk that is full.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt as _, symlink};

use behavior_trace_buffer::{AdoptError, Appender, BufferFiles, NotAppended, POLICY_NAME};

use super::{collect, collect_until};

const ROOM: usize = 1 << 20;

#[test]
#[cfg_attr(miri, ignore = "Miri has no shared mappings of files")]
fn a_file_that_is_there_already_stays_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (
        BufferFiles::new(directory.path(), ROOM).unwrap(),
        BufferFiles::new(directory.path(), ROOM).unwrap(),
    );
    let (mut appender, first) = one.create(4096, 0, "").unwrap();
    appender.append(7, b"kept").unwrap();
    let (_, second) = other.create(4096, 0, "").unwrap();
    assert_ne!(first.path(), second.path());
    let path = first.path().to_owned();
    drop((appender, first));
    let mut found = BufferFiles::adopt(&path).unwrap();
    assert_eq!(collect(&mut found)[0].2, b"kept");
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no shared mappings of files")]
fn a_file_has_one_owner_in_a_process_and_is_looked_at_by_any() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let (mut appender, mut collector) = files.create(4096, 0, "mine").unwrap();
    let path = collector.path().to_owned();
    let is_in_use = || matches!(BufferFiles::adopt(&path), Err(AdoptError::InUse(_)));
    let look = || BufferFiles::look(&path).unwrap();
    assert!(is_in_use());
    for number in 1..4 {
        appender.append(number, b"frame").unwrap();
    }
    collect_until(&mut collector, Appender::size(5) + 448);
    collector.settle(usize::MAX);
    let found = look();
    assert_eq!((found.unsettled, found.bytes), (2, 4096));
    assert_eq!(found.policy, "mine");
    // The appender alone is an owner, and so is an adopted collector.
    drop(collector);
    assert!(is_in_use());
    drop(appender);
    let mut adopted = BufferFiles::adopt(&path).unwrap();
    assert!(is_in_use());
    assert_eq!(collect(&mut adopted).len(), 2);
    assert_eq!(look(), found);
    adopted.settle(usize::MAX);
    assert_eq!(look().unsettled, 0);
    adopted.remove().unwrap();
    assert!(matches!(BufferFiles::look(&path), Err(AdoptError::Io(..))));
}

#[test]
fn a_file_with_the_last_of_all_numbers_is_passed_over() {
    let directory = tempfile::tempdir().unwrap();
    let last = directory.path().join(format!("{}.buffer", u64::MAX));
    fs::write(&last, b"").unwrap();
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let (_, collector) = files.create(4096, 0, "").unwrap();
    assert_ne!(collector.path(), last);
    assert_eq!(fs::metadata(last).unwrap().len(), 0);
}

#[test]
fn buffers_are_listed_in_the_order_in_which_they_were_made_and_other_files_are_not() {
    let directory = tempfile::tempdir().unwrap();
    for name in [
        "spool.db",
        "+3.buffer",
        "x.buffer",
        "3.buffer.damaged",
        ".buffer",
        "11.buffer",
        "9.buffer",
    ] {
        fs::write(directory.path().join(name), b"").unwrap();
    }
    let left = BufferFiles::left(directory.path()).unwrap();
    let names: Vec<_> = left.iter().map(|path| path.file_name().unwrap()).collect();
    assert_eq!(names, ["9.buffer", "11.buffer"]);
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let (_, collector) = files.create(4096, 0, "").unwrap();
    assert!(collector.path().ends_with("0000000012.buffer"));
    assert!(
        BufferFiles::left(&directory.path().join("none"))
            .unwrap()
            .is_empty()
    );
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no shared mappings of files")]
fn a_file_is_for_its_owner_alone_and_its_room_is_taken_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let (_, collector) = files.create(100_000, 0, "").unwrap();
    let found = fs::metadata(collector.path()).unwrap();
    assert_eq!(found.mode() & 0o7777, 0o600);
    assert_eq!(found.len(), 100_000);
    assert!(found.blocks() * 512 >= 100_000, "{} blocks", found.blocks());
}

#[test]
fn the_limit_is_for_all_buffers_and_a_removed_one_makes_room() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), 10_000).unwrap();
    let (_, first) = files.create(6000, 0, "").unwrap();
    let error = files.create(6000, 0, "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(BufferFiles::left(directory.path()).unwrap().len(), 1);
    assert_eq!(files.bytes(), 6000);
    files.remove(first).unwrap();
    assert_eq!(files.bytes(), 0);
    files.create(6000, 0, "").unwrap();
}

#[test]
fn sizes_beyond_all_files_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), usize::MAX).unwrap();
    for (bytes, fields) in [
        (usize::MAX, 0),
        (0, usize::MAX),
        (1 << 40, 0),
        (usize::MAX - 8, usize::MAX - 50),
    ] {
        let error = files.create(bytes, fields, "").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }
    assert_eq!(files.bytes(), 0);
    assert!(BufferFiles::left(directory.path()).unwrap().is_empty());
}

#[test]
fn a_full_buffer_refuses_a_frame_and_keeps_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let (mut appender, mut collector) = files.create(0, 100, "").unwrap();
    assert!(appender.has_room(100) && !appender.has_room(usize::MAX));
    assert_eq!(appender.append(1, &[7; 105]), Err(NotAppended::Full));
    appender.append(2, &[8; 100]).unwrap();
    assert!(!appender.has_room(0));
    assert_eq!(appender.append(3, &[]), Err(NotAppended::Full));
    let kept = collect(&mut collector);
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].0, &kept[0].2[..]), (2, &[8; 100][..]));
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no shared mappings of files")]
fn a_symbolic_link_is_neither_followed_nor_written_over() {
    let directory = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(elsewhere.path(), ROOM).unwrap();
    let (mut appender, collector) = files.create(4096, 0, "").unwrap();
    appender.append(1, b"theirs").unwrap();
    let link = directory.path().join("0000000000.buffer");
    let here = BufferFiles::new(directory.path(), ROOM).unwrap();
    symlink(collector.path(), &link).unwrap();
    assert!(matches!(BufferFiles::adopt(&link), Err(AdoptError::Io(..))));
    let before = fs::read(collector.path()).unwrap();
    let (_, own) = here.create(4096, 0, "").unwrap();
    assert_ne!(own.path(), link);
    assert_eq!(fs::read(collector.path()).unwrap(), before);
}

#[test]
#[cfg_attr(miri, ignore = "Miri has no shared mappings of files")]
fn names_of_policies_come_back_and_a_long_one_is_cut_between_characters() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let long = "ä".repeat(POLICY_NAME);
    let odd = format!("x{long}");
    for name in ["", "default", "日本語の方針", &long, &odd, "short again"] {
        let (_, mut made) = files.create(4096, 0, name).unwrap();
        let policy = made.policy();
        assert!(
            name.starts_with(&policy) && policy.len() + 2 > name.len().min(POLICY_NAME),
            "{policy}"
        );
        for next in ["another", name] {
            made.set_policy(next);
            assert!(next.starts_with(&made.policy()));
            assert_eq!(
                BufferFiles::look(made.path()).unwrap().policy,
                made.policy()
            );
        }
    }
}

#[test]
#[cfg(not(miri))]
fn a_disk_without_room_makes_no_buffer_and_leaves_no_file() {
    use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

    let directory = tempfile::tempdir().unwrap();
    let small = c"size=256k";
    if let Err(error) = mount(
        "none",
        directory.path(),
        "tmpfs",
        MountFlags::empty(),
        small,
    ) {
        eprintln!("not shown here: a mount needs more rights ({error})");
        return;
    }
    let files = BufferFiles::new(directory.path(), ROOM).unwrap();
    let mut made = Vec::new();
    let error = loop {
        match files.create(100_000, 0, "") {
            Ok(buffer) => made.push(buffer),
            Err(error) => break error,
        }
    };
    let (left, used) = (
        BufferFiles::left(directory.path()).unwrap().len(),
        files.bytes(),
    );
    // What was made has its room: each page takes a frame, although the disk is full.
    for (appender, _) in &mut made {
        while appender.append(1, &[5; 1000]).is_ok() {}
    }
    let frames: Vec<_> = made
        .iter_mut()
        .map(|(_, collector)| collect(collector).len())
        .collect();
    drop((made, files));
    unmount(directory.path(), UnmountFlags::DETACH).unwrap();
    assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    assert_eq!((left, used), (2, 200_000));
    assert_eq!(frames, [97, 97]);
}

#[test]
#[cfg(not(miri))]
fn a_limit_on_the_size_of_files_is_an_error_and_no_signal() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    // In a child, because the limit is the process's. The signal would end it.
    let code = super::in_child(move || {
        let usual = getrlimit(Resource::Fsize);
        let low = Rlimit {
            current: Some(8192),
            maximum: usual.maximum,
        };
        setrlimit(Resource::Fsize, low).unwrap();
        let files = BufferFiles::new(&path, ROOM).unwrap();
        let refused = files.create(100_000, 0, "").is_err();
        let made = files.create(8192, 0, "").is_ok();
        refused && made && files.bytes() == 8192
    });
    assert_eq!(code, Some(0));
    assert_eq!(BufferFiles::left(directory.path()).unwrap().len(), 1);
}
