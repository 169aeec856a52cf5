//! Events in mapped buffers.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use behavior_trace_buffer::{AdoptError, BufferFiles};
use behavior_trace_store::spool::{BufferSlot, BufferSlots};
use uuid::Uuid;

use super::super::mapped::FILE;
use super::super::{Chunk, MappedBuffers, NotAdopted, Piece, Queue};
use super::{AT, balanced, offer};
use crate::stats::Metric;

/// A spool directory, and a queue with buffers in it.
struct Host {
    directory: tempfile::TempDir,
    slot: Arc<BufferSlot>,
    queue: Arc<Queue>,
}

impl Host {
    fn new(limit: usize) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let slot = BufferSlots::new(directory.path()).claim().expect("a slot");
        let buffers =
            MappedBuffers::new(slot.directory(), limit, "default").expect("mapped buffers");
        Self {
            directory,
            slot: Arc::new(slot),
            queue: Arc::new(Queue::new(1 << 24).with_mapped(Some(buffers))),
        }
    }

    fn files(&self) -> usize {
        BufferFiles::left(self.slot.directory())
            .expect("the directory")
            .len()
    }

    fn drain(&self) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        self.queue.drain(|chunk| chunks.push(chunk));
        chunks
    }

    /// Does what the writer does with rows that are stored.
    fn store(&self, chunks: Vec<Chunk>) -> Vec<(Uuid, Vec<u8>)> {
        let mut stored = Vec::new();
        for mut chunk in chunks {
            let (size, piece) = (chunk.size(), chunk.piece);
            while let Some(frame) = chunk.next() {
                assert_eq!(frame.occurred_at, AT);
                stored.push((frame.event_id.expect("an id"), frame.fields.to_vec()));
            }
            self.queue.release(size);
            self.queue.settle(piece);
            self.queue.recycle(chunk.into_bytes());
        }
        let count = stored.len() as u64;
        self.queue.counters().sub(Metric::InHand, count);
        self.queue.counters().add(Metric::Stored, count);
        stored
    }

    /// Returns what the next process finds. This one has the files, so copies are looked at.
    fn left(&self) -> Vec<(Uuid, Vec<u8>)> {
        let successor = Queue::new(1 << 24);
        let copies = tempfile::tempdir().expect("a directory");
        let copy = copies.path().join("0.buffer");
        let mut found = Vec::new();
        for path in BufferFiles::left(self.slot.directory()).expect("the directory") {
            fs::write(&copy, fs::read(&path).expect("the file")).expect("a copy");
            let adopted = successor.adopt(&copy, &self.slot, |policy| policy == "default");
            let (mut chunk, complaint) = adopted.expect("adopted");
            assert_eq!(complaint, None);
            fs::remove_file(&copy).expect("removed");
            while let Some(frame) = chunk.next() {
                found.push((frame.event_id.expect("an id"), frame.fields.to_vec()));
            }
        }
        found.sort();
        found
    }
}

fn sorted(mut rows: Vec<(Uuid, Vec<u8>)>) -> Vec<(Uuid, Vec<u8>)> {
    rows.sort();
    rows
}

#[test]
fn an_event_is_in_a_file_when_its_call_returns_and_gone_from_it_when_it_is_stored() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"paid"));
    assert_eq!(host.left().len(), 1, "before the writer has seen it");
    let chunks = host.drain();
    let found = host.left();
    assert_eq!(found.len(), 1, "until it is stored");
    assert_eq!(host.store(chunks), found, "under one id");
    assert_eq!(host.left(), []);
    let file = &BufferFiles::left(host.slot.directory()).expect("files")[0];
    let bytes = fs::read(file).expect("the file");
    assert!(!bytes.windows(4).any(|four| four == b"paid"), "zeroed");
    balanced(&host.queue);
}

#[test]
fn ids_stay_though_a_successor_is_killed_too() {
    let host = Host::new(1 << 24);
    for event in 0..100_u8 {
        assert!(offer(&host.queue, &[event]));
    }
    let first = host.left();
    assert_eq!(host.left(), first);
    assert_eq!(sorted(host.store(host.drain())), first);
}

#[test]
fn events_of_many_threads_and_full_buffers_are_all_found_once() {
    let host = Host::new(1 << 24);
    let threads: Vec<_> = (0..4_u8)
        .map(|thread| {
            let queue = Arc::clone(&host.queue);
            thread::spawn(move || {
                for event in 0..1000_u32 {
                    let mut fields = vec![thread; 200];
                    fields.extend(event.to_le_bytes());
                    assert!(offer(&queue, &fields));
                }
            })
        })
        .collect();
    let mut stored = Vec::new();
    let mut kept = Vec::new();
    while threads.iter().any(|thread| !thread.is_finished()) {
        kept.extend(host.drain());
        if kept.len() > 3 {
            stored.extend(host.store(std::mem::take(&mut kept)));
            host.queue.tidy_buffers();
        }
    }
    for thread in threads {
        thread.join().expect("recorded");
    }
    kept.extend(host.drain());
    let left = host.left();
    let rest = host.store(kept);
    assert_eq!(sorted(rest.clone()), left);
    stored.extend(rest);
    assert_eq!(stored.len(), 4000);
    let mut ids: Vec<_> = stored.iter().map(|(id, _)| *id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4000);
    let mut events: Vec<_> = stored.into_iter().map(|(_, event)| event).collect();
    events.sort();
    events.dedup();
    assert_eq!(events.len(), 4000);
    assert_eq!(balanced(&host.queue).stored, 4000);
}

#[test]
fn threads_that_come_and_go_reuse_files() {
    let host = Host::new(1 << 24);
    for _ in 0..200 {
        let queue = Arc::clone(&host.queue);
        let recorded = thread::spawn(move || offer(&queue, &[7; 100])).join();
        assert!(recorded.expect("recorded"));
        host.store(host.drain());
        host.queue.tidy_buffers();
    }
    assert!(host.files() < 8, "{} files", host.files());
}

#[test]
fn a_piece_is_settled_only_after_those_before_it_and_a_full_buffer_is_used_again() {
    let host = Host::new(1 << 24);
    for _ in 0..2000 {
        assert!(offer(&host.queue, &[1; 300]));
    }
    let files = host.files();
    assert!(files >= 10, "{files} files");
    let chunks = host.drain();
    host.queue.tidy_buffers();
    assert!(host.files() >= files, "nothing is settled");
    host.store(chunks);
    host.queue.tidy_buffers();
    for _ in 0..2000 {
        assert!(offer(&host.queue, &[1; 300]));
    }
    // Beside them are those that were made ready while the buffers were full.
    assert!(host.files() <= 2 * files + 3, "{} files", host.files());
}

#[test]
fn events_beyond_the_limit_of_files_are_on_the_heap_and_it_is_told() {
    let host = Host::new(2 * FILE);
    for _ in 0..1000 {
        assert!(offer(&host.queue, &[1; 300]));
    }
    assert_eq!(host.files(), 2);
    let chunks = host.drain();
    let on_heap = chunks.iter().filter(|chunk| chunk.piece.is_none());
    assert!(on_heap.map(Chunk::frames).sum::<u64>() > 500);
    let frames: u64 = chunks.iter().map(Chunk::frames).sum();
    assert_eq!(frames, 1000);
    let told = host.queue.tidy_buffers().not_made.expect("a reason");
    assert!(told.to_string().contains("131072"), "{told}");
    let again = host.queue.tidy_buffers().not_made;
    assert!(again.is_none(), "the second time");
}

#[test]
fn an_event_larger_than_a_buffer_has_a_file_of_its_own() {
    let host = Host::new(1 << 24);
    let large = vec![5; 3 * FILE];
    assert!(offer(&host.queue, &large));
    assert!(offer(&host.queue, b"after"));
    let found: Vec<_> = host.left().into_iter().map(|(_, event)| event).collect();
    assert_eq!(found.len(), 2);
    assert!(found.contains(&large));
    host.store(host.drain());
    host.queue.tidy_buffers();
    let largest = BufferFiles::left(host.slot.directory())
        .expect("files")
        .iter()
        .map(|path| fs::metadata(path).expect("a file").len())
        .max();
    assert_eq!(largest, Some(FILE as u64), "it is not kept as a spare");
}

#[test]
fn events_whose_buffer_is_locked_are_in_a_file_too() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"own"));
    // While the writer looks at the buffer of a thread, the thread's events take the shared way.
    host.queue.push_to_shared(&super::super::Frame {
        occurred_at: AT,
        event_id: None,
        fields: b"shared",
    });
    host.queue.counters().add(Metric::Accepted, 1);
    let found: Vec<_> = host.left().into_iter().map(|(_, event)| event).collect();
    assert_eq!(found.len(), 2);
    assert_eq!(host.store(host.drain()).len(), 2);
    balanced(&host.queue);
}

#[test]
fn frames_for_another_policy_stay_where_they_are() {
    let host = Host::new(1 << 24);
    host.queue.set_policy_name("acme::Policy");
    host.queue.tidy_buffers();
    assert!(offer(&host.queue, b"theirs"));
    host.queue.seal();
    let _in_memory = host.drain();
    host.queue.close_buffers();
    let mut taken = 0;
    for path in BufferFiles::left(host.slot.directory()).expect("files") {
        let refused = Queue::new(1 << 20).adopt(&path, &host.slot, |policy| policy == "default");
        let Err(NotAdopted::Policy(name)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(name, "acme::Policy");
        let adopted = Queue::new(1 << 20).adopt(&path, &host.slot, |policy| policy == name);
        taken += adopted.expect("adopted").0.frames();
    }
    assert_eq!(taken, 1);
}

#[test]
fn a_damaged_file_is_renamed_or_it_is_told_that_it_is_not() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"read"));
    assert!(offer(&host.queue, b"damaged"));
    let bytes = fs::read(&BufferFiles::left(host.slot.directory()).expect("files")[0]);
    let mut bytes = bytes.expect("the file");
    let at = bytes.windows(7).position(|seven| seven == b"damaged");
    bytes[at.expect("the event")] ^= 1;
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("0.buffer");
    for is_there in [true, false] {
        fs::write(&path, &bytes).expect("a copy");
        let successor = Queue::new(1 << 20);
        let adopted = successor.adopt(&path, &host.slot, |_| true);
        let (chunk, complaint) = adopted.expect("adopted");
        assert_eq!(chunk.frames(), 1);
        assert!(
            complaint
                .expect("a part that is not read")
                .contains("0.buffer")
        );
        if !is_there {
            fs::remove_file(&path).expect("removed by another");
        }
        successor.settle(chunk.piece);
        let told = successor.tidy_buffers().not_renamed;
        assert_eq!(told.len(), usize::from(!is_there), "{told:?}");
        assert!(told.iter().all(|why| why.contains("0.buffer")), "{told:?}");
        assert!(successor.tidy_buffers().not_renamed.is_empty(), "told once");
        let names = fs::read_dir(directory.path()).expect("listed");
        let names: Vec<_> = names
            .map(|entry| entry.expect("an entry").file_name())
            .collect();
        assert_eq!(names, ["0.damaged"], "one name for one file");
    }
}

#[test]
fn the_end_removes_settled_files_and_leaves_the_others() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"stored"));
    host.store(host.drain());
    let queue = Arc::clone(&host.queue);
    thread::spawn(move || offer(&queue, b"not stored"))
        .join()
        .expect("recorded");
    host.queue.seal();
    let _in_memory = host.drain();
    host.queue.close_buffers();
    let found: Vec<_> = host.left().into_iter().map(|(_, event)| event).collect();
    assert_eq!(found, [b"not stored".to_vec()]);
}

#[test]
fn what_stays_at_the_end_can_be_adopted_in_this_process_while_its_threads_live() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"not stored"));
    let path = BufferFiles::left(host.slot.directory()).expect("the directory");
    let adopt = || Queue::new(1 << 20).adopt(&path[0], &host.slot, |_| true);
    host.queue.seal();
    let _in_memory = host.drain();
    assert!(matches!(
        adopt(),
        Err(NotAdopted::File(AdoptError::InUse(_)))
    ));
    host.queue.close_buffers();
    let (chunk, complaint) = adopt().expect("adopted");
    assert_eq!((chunk.frames(), complaint), (1, None));
}

#[test]
fn a_piece_of_a_held_buffer_is_left_for_the_next_process() {
    let host = Host::new(1 << 24);
    assert!(offer(&host.queue, b"lost in a panic"));
    let chunks = host.drain();
    host.queue.hold_unsettled();
    host.store(chunks);
    assert_eq!(host.left().len(), 1);
    host.queue.settle(None::<Piece>);
}

#[test]
fn slots_of_two_hosts_do_not_meet() {
    let host = Host::new(1 << 24);
    let other = BufferSlots::new(host.directory.path())
        .claim()
        .expect("a second slot");
    assert_ne!(other.directory(), host.slot.directory());
    let left = BufferSlots::new(host.directory.path()).left(0, |_: &Path| Ok(true));
    assert!(left.expect("looks").is_none(), "both are locked");
}
