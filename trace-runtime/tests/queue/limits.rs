//! Events that exceed the limit, wait for room, or come too late.

use super::*;
use crate::deadline::deadline;

#[test]
fn the_budget_holds_and_what_is_over_it_is_counted() {
    let queue = queue(64 << 10);
    let taken = (0..10_000).filter(|_| offer(&queue, &[7; 100])).count();
    let bytes = taken * 112;
    assert!((60 << 10..=65 << 10).contains(&bytes), "{bytes}");
    let stats = balanced(&queue);
    assert_eq!(stats.dropped.queue_full, 10_000 - taken as u64);
    assert_eq!(empty(&queue).len(), taken);
    assert_eq!(queue.budget.used(), 0);
    assert!(offer(&queue, b"room again"));
}

#[test]
fn the_writer_is_called_when_half_comes_to_be_used_and_not_for_what_comes_after() {
    let budget = Budget::new(1000);
    let calls = [400, 200, 300].map(|bytes| budget.reserve(bytes));
    assert_eq!(calls, [false, true, false]);
    budget.release(500);
    assert!(budget.reserve(100));
}

#[test]
fn an_event_larger_than_the_queue_is_refused_alone() {
    let queue = queue(64 << 10);
    assert!(offer(&queue, &vec![0; 70 << 10]));
    assert!(offer(&queue, b"small"));
    let stats = balanced(&queue);
    assert_eq!((stats.dropped.oversize, stats.in_memory), (1, 1));
}

#[test]
fn a_caller_that_waits_is_let_in_as_soon_as_there_is_room() {
    let queue = queue(64 << 10);
    while offer(&queue, &[7; 1000]) {}
    let theirs = Arc::clone(&queue);
    let waiting = thread::spawn(move || theirs.has_room(Some(Duration::from_mins(1))));
    while queue.budget.waiting() == 0 {
        thread::yield_now();
    }
    empty(&queue);
    assert!(waiting.join().expect("no panic"));
}

#[test]
fn a_caller_that_waits_in_vain_is_let_go_at_its_deadline() {
    let queue = queue(64 << 10);
    while offer(&queue, &[7; 1000]) {}
    let begun = Instant::now();
    assert!(!queue.has_room(Some(Duration::from_millis(30))));
    assert!(begun.elapsed() >= Duration::from_millis(30));
    assert_eq!(balanced(&queue).dropped.queue_full, 2);
}

#[test]
fn a_caller_may_wait_for_as_long_as_it_takes() {
    let queue = queue(64 << 10);
    while offer(&queue, &[7; 1000]) {}
    let theirs = Arc::clone(&queue);
    let waiting = thread::spawn(move || theirs.has_room(Some(Duration::MAX)));
    while queue.budget.waiting() == 0 && !waiting.is_finished() {
        thread::yield_now();
    }
    empty(&queue);
    assert!(waiting.join().expect("no panic"));
    let ack = Arc::new(DurableAck::default());
    let registration = Arc::clone(&ack);
    let waiting = thread::spawn(move || registration.wait_until(deadline(Duration::MAX)));
    ack.complete(true);
    assert!(waiting.join().expect("no panic"));
}

#[test]
fn whoever_waits_for_an_event_that_is_dropped_is_let_go() {
    let queue = queue(64 << 10);
    let ack = queue.push_durable(AT, b"x").expect("it is taken");
    queue.drain(drop);
    let begun = Instant::now();
    assert!(!ack.wait_until(begun + Duration::from_secs(10)));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_call_that_was_told_there_is_no_room_is_counted_once_it_has_succeeded() {
    let queue = queue(64 << 10);
    while offer(&queue, &[7; 1000]) {}
    assert!(queue.is_full());
    queue.drop_newest();
    assert_eq!(balanced(&queue).dropped.queue_full, 2);
    queue.close();
    queue.drop_newest();
    assert_eq!(balanced(&queue).dropped.after_shutdown, 1);
}

#[test]
fn what_comes_after_the_end_is_counted_as_late() {
    let queue = queue(64 << 10);
    assert!(queue.has_room(None));
    queue.seal();
    // One event admitted before the close, and one offered after it.
    queue.push(AT, b"x");
    assert!(!offer(&queue, b"y"));
    let stats = balanced(&queue);
    assert_eq!((stats.dropped.after_shutdown, stats.in_memory), (2, 0));
}

#[test]
fn a_forked_child_neither_waits_nor_records() {
    let mut child = Queue::new(64 << 10);
    child.pid = child.pid.wrapping_add(1);
    let child = Arc::new(child);
    // State after a fork: locked by a thread that does not exist in the child.
    let _held = child.shared.lock().expect("free");
    let _seats = child.buffers.lock().expect("free");
    for _ in 0..3 {
        if child.has_room(None) {
            child.push(AT, b"x");
        }
    }
    assert!(child.forked.load(Ordering::Relaxed));
    assert_eq!(child.counters().get(Metric::Forked), 3);
    assert!(!child.has_room(Some(Duration::from_mins(1))));
}

#[test]
fn a_forked_child_sees_what_a_thread_with_a_seat_has_lost_there() {
    let queue = queue(1 << 20);
    assert!(offer(&queue, b"before the fork"));
    queue.forked.store(true, Ordering::Relaxed);
    queue.budget.close();
    // State after a fork: locked by a thread that does not exist in the child.
    let _seats = queue.buffers.lock().expect("free");
    for _ in 0..3 {
        assert!(!offer(&queue, b"lost"));
    }
    assert_eq!(queue.counters().get(Metric::Forked), 3);
}

/// Runs short threads, each of which loses one event.
fn short_threads(queue: &Arc<Queue>, count: usize) {
    for _ in 0..count {
        let theirs = Arc::clone(queue);
        let lost = thread::spawn(move || !offer(&theirs, b"late"));
        assert!(lost.join().expect("no panic"));
    }
}

#[test]
fn threads_that_begin_after_the_end_leave_no_seat_behind() {
    let ends: [fn(&Queue); 2] = [Queue::close, Queue::seal];
    for end in ends {
        let queue = queue(64 << 10);
        end(&queue);
        short_threads(&queue, 100);
        assert_eq!(queue.buffers.lock().expect("free").len(), 0);
        let stats = balanced(&queue);
        assert_eq!((stats.accepted, stats.dropped.after_shutdown), (100, 100));
    }
}

#[test]
fn threads_that_end_after_the_end_take_their_seats_along_and_leave_their_counts() {
    let queue = queue(1 << 20);
    let (sat, end) = (Barrier::new(9), Barrier::new(9));
    thread::scope(|threads| {
        for _ in 0..8 {
            threads.spawn(|| {
                assert!(offer(&queue, b"in time"));
                sat.wait();
                end.wait();
                assert!(!offer(&queue, b"late"));
            });
        }
        sat.wait();
        queue.seal();
        assert_eq!(empty(&queue).len(), 8);
        end.wait();
    });
    // A scope waits for its closures, but not for the end of its threads.
    let patience = Instant::now() + Duration::from_secs(10);
    while queue.buffers.lock().expect("free").len() > 0 {
        assert!(Instant::now() < patience, "a buffer is left behind");
        thread::yield_now();
    }
    let stats = balanced(&queue);
    assert_eq!((stats.accepted, stats.dropped.after_shutdown), (16, 8));
}

#[test]
fn a_thread_that_ends_between_the_seal_and_the_last_drain_loses_nothing() {
    let queue = queue(1 << 20);
    let theirs = Arc::clone(&queue);
    let (sat, sealed) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let (theirs_sat, theirs_sealed) = (Arc::clone(&sat), Arc::clone(&sealed));
    let thread = thread::spawn(move || {
        assert!(offer(&theirs, b"in time"));
        theirs_sat.wait();
        theirs_sealed.wait();
    });
    sat.wait();
    queue.seal();
    sealed.wait();
    thread.join().expect("no panic");
    assert_eq!(balanced(&queue).in_memory, 1);
    assert_eq!(empty(&queue), [b"in time"]);
    assert_eq!(queue.buffers.lock().expect("free").len(), 0);
    assert_eq!(balanced(&queue).stored, 1);
}

#[test]
fn threads_of_a_forked_child_leave_no_seat_behind() {
    let mut child = Queue::new(64 << 10);
    child.pid = child.pid.wrapping_add(1);
    let child = Arc::new(child);
    for _ in 0..100 {
        let theirs = Arc::clone(&child);
        let thread = thread::spawn(move || offer(&theirs, b"x"));
        thread.join().expect("no panic");
    }
    assert_eq!(child.buffers.lock().expect("free").len(), 0);
    let stats = balanced(&child);
    assert_eq!((stats.accepted, stats.dropped.forked), (100, 100));
}

#[test]
fn what_waits_in_units_counts_against_the_same_limit() {
    let queue = queue(64 << 10);
    let mut registration = 0;
    while let Ok(bytes) = queue.set_aside(1000, 5000) {
        assert!((1000..=5000).contains(&bytes), "{bytes}");
        registration += bytes;
    }
    assert!(
        (64 << 10..66 << 10).contains(&registration),
        "{registration}"
    );
    assert!(queue.is_full());
    assert!(!offer(&queue, b"no room"));
    queue.give_back(registration);
    assert_eq!(queue.budget.used(), 0);
    assert!(offer(&queue, b"room again"));
    assert_eq!(queue.set_aside(65 << 10, 66 << 10), Err(Counter::Oversize));
    queue.close();
    assert_eq!(queue.set_aside(1, 1), Err(Counter::QueueFull));
}
