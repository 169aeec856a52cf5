mod limits;
#[cfg(target_os = "linux")]
mod mapped;
mod rest;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use behavior_trace_core::{Counter, Timestamp};

use super::budget::Budget;
use super::{Chunk, DurableAck, Queue};
use crate::stats::{Metric, Stats};

const AT: Timestamp = Timestamp::from_micros(7);

fn queue(bytes: usize) -> Arc<Queue> {
    Arc::new(Queue::new(bytes))
}

/// Records as a layer does: only if there is room.
fn offer(queue: &Arc<Queue>, bytes: &[u8]) -> bool {
    let room = queue.has_room(None);
    if room {
        queue.push(AT, bytes);
    }
    room
}

/// Drains the queue and releases the events, as the writer does.
fn empty(queue: &Arc<Queue>) -> Vec<Vec<u8>> {
    let mut taken = Vec::new();
    let mut chunks = Vec::new();
    queue.drain(|chunk| chunks.push(chunk));
    for mut chunk in chunks {
        let size = chunk.size();
        while let Some(frame) = chunk.next() {
            assert_eq!(frame.occurred_at, AT);
            taken.push(frame.fields.to_vec());
        }
        queue.release(size);
        queue.recycle(chunk.into_bytes());
    }
    let count = taken.len() as u64;
    queue.counters().sub(Metric::InHand, count);
    queue.counters().add(Metric::Stored, count);
    taken
}

fn balanced(queue: &Queue) -> Stats {
    let stats = queue.stats();
    assert_eq!(stats.unaccounted(), 0, "{stats:?}");
    stats
}

#[test]
fn a_thread_has_one_seat_at_each_of_the_queues_it_hands_over_to_in_turn() {
    let queues = [queue(1 << 20), queue(1 << 20), queue(1 << 20)];
    for event in 0..4_u8 {
        for queue in &queues {
            assert!(offer(queue, &[event]));
        }
    }
    for queue in &queues {
        let mut frames = Vec::new();
        queue.drain(|chunk| frames.push(chunk.frames()));
        assert_eq!(frames, [4]);
        assert_eq!(queue.total(Metric::Accepted), 4);
    }
}

#[test]
fn events_of_one_thread_come_out_in_order() {
    let queue = queue(1 << 20);
    let events: Vec<_> = (0..10_000_u32).map(|n| n.to_le_bytes().to_vec()).collect();
    for event in &events {
        assert!(offer(&queue, event));
    }
    assert_eq!(balanced(&queue).in_memory, 10_000);
    assert_eq!(empty(&queue), events);
    assert_eq!(balanced(&queue).in_memory, 0);
}

#[test]
fn a_full_queue_takes_no_more_memory_than_a_tenth_above_its_limit() {
    const LIMIT: usize = 8 << 20;
    // The last two need more than half of a buffer, so each has one alone.
    for size in [40, 400, 30_000, 33_000, 50_000] {
        let queue = queue(LIMIT);
        while offer(&queue, &vec![b'x'; size]) {}
        let mut registration = 0;
        queue.drain(|chunk| registration += chunk.into_bytes().capacity());
        assert!(
            registration >= LIMIT / 10 * 9,
            "{registration} by events of {size}"
        );
        assert!(
            registration <= LIMIT + LIMIT / 10,
            "{registration} by events of {size}"
        );
    }
}

/// Takes the chunks as a backlog does; returns the number of bytes.
fn take_in(queue: &Queue, all: &mut Vec<Chunk>) -> usize {
    let mut came = Vec::new();
    queue.drain(|chunk| came.push(chunk));
    let bytes = came.iter().map(Chunk::size).sum();
    for mut chunk in came {
        if let Some(last) = all.last_mut() {
            last.absorb(&mut chunk);
        }
        if chunk.frames() > 0 {
            all.push(chunk);
        }
    }
    bytes
}

#[test]
fn buffers_that_are_taken_half_empty_share_one() {
    let queue = queue(1 << 20);
    let mut all: Vec<Chunk> = Vec::new();
    for number in 0..100_u8 {
        for _ in 0..10 {
            assert!(offer(&queue, &[number; 400]));
        }
        take_in(&queue, &mut all);
    }
    assert_eq!(all.len(), 7);
    let mut numbers = Vec::new();
    for chunk in &mut all {
        while let Some(frame) = chunk.next() {
            numbers.push(frame.fields[0]);
        }
        assert_eq!(chunk.frames(), 0);
    }
    let expected: Vec<u8> = (0..100).flat_map(|number| [number; 10]).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn a_buffer_that_shared_some_of_its_events_takes_others_in_their_room() {
    let queue = queue(8 << 20);
    let mut all: Vec<Chunk> = Vec::new();
    let mut bytes = 0;
    for _ in 0..100 {
        // Two thirds of a buffer.
        for _ in 0..100 {
            assert!(offer(&queue, &[7; 400]));
        }
        bytes += take_in(&queue, &mut all);
    }
    let registration: usize = all.into_iter().map(|p| p.into_bytes().capacity()).sum();
    assert!(
        registration <= bytes + bytes / 20,
        "{registration} for {bytes}"
    );
}

#[test]
fn full_buffers_behind_one_that_was_taken_half_empty_stay_as_they_are() {
    let queue = queue(8 << 20);
    let mut all: Vec<Chunk> = Vec::new();
    assert!(offer(&queue, &[7; 400]));
    let mut bytes = take_in(&queue, &mut all);
    for _ in 0..1000 {
        assert!(offer(&queue, &[7; 400]));
    }
    bytes += take_in(&queue, &mut all);
    let frames: Vec<u64> = all.iter().map(Chunk::frames).collect();
    assert_eq!(frames, [1, 154, 154, 154, 154, 154, 154, 76]);
    all.pop();
    let registration: usize = all.into_iter().map(|p| p.into_bytes().capacity()).sum();
    assert!(
        registration <= bytes + bytes / 20,
        "{registration} for {bytes}"
    );
}

#[test]
fn what_a_thread_has_not_filled_stays_with_it_until_all_is_taken() {
    let queue = queue(1 << 20);
    for _ in 0..200 {
        assert!(offer(&queue, &[7; 400]));
    }
    let taken = std::cell::Cell::new(0);
    let count = |chunk: Chunk| taken.set(taken.get() + chunk.frames());
    queue.drain_shared(count);
    assert_eq!(taken.get(), 154);
    queue.drain(count);
    assert_eq!(taken.get(), 200);
}

#[test]
fn events_of_threads_that_have_ended_are_not_lost() {
    let queue = queue(1 << 20);
    for _ in 0..20 {
        let theirs = Arc::clone(&queue);
        thread::spawn(move || (0..50).all(|_| offer(&theirs, b"x")))
            .join()
            .expect("no panic");
    }
    assert_eq!(balanced(&queue).in_memory, 1000);
    assert_eq!(empty(&queue).len(), 1000);
    // Their buffers are gone by now; their counters are kept.
    assert_eq!(balanced(&queue).accepted, 1000);
}

#[test]
fn no_snapshot_counts_a_thread_twice_that_has_just_ended() {
    const THREADS: u64 = 1000;
    let queue = queue(1 << 20);
    let theirs = Arc::clone(&queue);
    let threads = thread::spawn(move || {
        for _ in 0..THREADS {
            let queue = Arc::clone(&theirs);
            let one = thread::spawn(move || assert!(offer(&queue, b"x")));
            one.join().expect("no panic");
            empty(&theirs);
        }
    });
    let mut before = 0;
    while before < THREADS {
        let accepted = queue.stats().accepted;
        assert!(accepted >= before, "{accepted} after {before}");
        before = accepted;
    }
    threads.join().expect("no panic");
}

#[test]
fn many_threads_and_a_writer_lose_and_double_nothing() {
    const THREADS: usize = 4;
    const EACH: usize = 20_000;
    let queue = queue(64 << 20);
    let start = Arc::new(Barrier::new(THREADS));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (queue, start) = (Arc::clone(&queue), Arc::clone(&start));
            thread::spawn(move || {
                start.wait();
                for number in 0..EACH {
                    assert!(offer(&queue, format!("{thread}-{number}").as_bytes()));
                }
            })
        })
        .collect();
    let mut taken = Vec::new();
    while taken.len() < THREADS * EACH {
        taken.extend(empty(&queue));
    }
    for thread in threads {
        thread.join().expect("no panic");
    }
    taken.sort();
    taken.dedup();
    assert_eq!(taken.len(), THREADS * EACH);
    balanced(&queue);
    assert_eq!(queue.budget.used(), 0);
}
