//! The wake of a writer at rest.

use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use super::super::Queue;
use super::{AT, empty, queue};

const LONG: Duration = Duration::from_secs(20);

/// Rests until an event comes, as the writer does, and returns the events.
async fn next(queue: &Arc<Queue>) -> u64 {
    queue.set_resting(true);
    let mut taken = empty(queue);
    while taken.is_empty() {
        let woken = tokio::time::timeout(LONG, queue.woken()).await;
        assert!(woken.is_ok(), "an event woke nobody");
        taken = empty(queue);
    }
    queue.set_resting(false);
    taken.len() as u64
}

/// Records one event at a time, each at some point of the writer's way into its rest.
fn each_event_wakes_the_writer(rounds: u64, record: impl Fn(&Arc<Queue>) + Send + 'static) {
    let queue = queue(1 << 20);
    let taken = Arc::new(AtomicU64::new(0));
    let begin = Arc::new(Barrier::new(2));
    let recording = {
        let (queue, taken, begin) = (Arc::clone(&queue), Arc::clone(&taken), Arc::clone(&begin));
        thread::spawn(move || {
            begin.wait();
            for round in 0..rounds {
                while taken.load(Ordering::Acquire) < round {
                    spin_loop();
                }
                // At any point of the writer's way, which takes some microseconds.
                let pause = round.wrapping_mul(2_654_435_761) % 509;
                for turn in 0..pause {
                    black_box(turn);
                }
                record(&queue);
            }
        })
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    begin.wait();
    runtime.block_on(async {
        let mut count = 0;
        while count < rounds {
            count += next(&queue).await;
            taken.store(count, Ordering::Release);
        }
    });
    recording.join().expect("no panic");
}

/// A step of the writer on its way into a rest.
#[derive(Clone, Copy)]
enum Step {
    Announce,
    Drain,
}

/// Records an event before the step at `place`, on a thread whose buffer was drained before. Returns whether the writer has
/// the event, or is woken for it.
async fn is_noticed(steps: [Step; 2], place: usize) -> bool {
    let queue = queue(1 << 20);
    queue.push(AT, b"earlier");
    empty(&queue);
    let mut taken = 0;
    for (at, step) in steps.into_iter().map(Some).chain([None]).enumerate() {
        if at == place {
            queue.push(AT, b"event");
        }
        match step {
            Some(Step::Announce) => queue.set_resting(true),
            Some(Step::Drain) => taken += empty(&queue).len(),
            None => {}
        }
    }
    let woken = tokio::time::timeout(Duration::from_secs(1), queue.woken());
    taken == 1 || woken.await.is_ok()
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_event_at_any_step_into_a_rest_is_found_or_wakes_the_writer() {
    for place in 0..3 {
        assert!(
            is_noticed([Step::Announce, Step::Drain], place).await,
            "{place}"
        );
    }
    // In the other order, one between the two is neither.
    assert!(!is_noticed([Step::Drain, Step::Announce], 1).await);
}

#[test]
fn no_event_is_missed_by_a_writer_that_is_about_to_rest() {
    each_event_wakes_the_writer(20_000, |queue| queue.push(AT, b"event"));
}

#[test]
fn the_first_event_of_a_new_thread_is_not_missed_by_a_writer_that_is_about_to_rest() {
    each_event_wakes_the_writer(1_000, |queue| {
        thread::scope(|scope| {
            scope.spawn(|| queue.push(AT, b"event"));
        });
    });
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn an_event_wakes_a_writer_that_rests_and_no_other() {
    let queue = queue(1 << 20);
    let is_woken = async || {
        let wake = tokio::time::timeout(Duration::from_secs(1), queue.woken());
        wake.await.is_ok()
    };
    queue.push(AT, b"event");
    assert!(!is_woken().await);
    empty(&queue);
    queue.set_resting(true);
    empty(&queue);
    assert!(!is_woken().await);
    queue.push(AT, b"event");
    assert!(is_woken().await);
    // The thread has room reserved now: the writer is on its way.
    queue.push(AT, b"event");
    assert!(!is_woken().await);
    empty(&queue);
    queue.push(AT, b"event");
    assert!(is_woken().await);
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn room_for_a_unit_of_work_and_a_loss_wake_a_writer_that_rests() {
    let queue = queue(1 << 20);
    queue.set_resting(true);
    empty(&queue);
    assert!(queue.is_unused());
    let room = queue.set_aside(100, 100).expect("room");
    tokio::time::timeout(LONG, queue.woken())
        .await
        .expect("woken by the room");
    assert!(!queue.is_unused());
    queue.give_back(room);
    empty(&queue);
    queue.push(AT, &vec![0; 2 << 20]);
    tokio::time::timeout(LONG, queue.woken())
        .await
        .expect("woken by the loss");
}

#[tokio::test(flavor = "current_thread", start_paused = true)]
async fn a_thread_that_ends_wakes_a_writer_that_rests_and_gives_its_buffer_back() {
    let queue = queue(1 << 20);
    let (record, recorded, end) = (Barrier::new(2), Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        let recording = scope.spawn(|| {
            record.wait();
            queue.push(AT, b"event");
            recorded.wait();
            end.wait();
        });
        record.wait();
        recorded.wait();
        queue.set_resting(true);
        assert_eq!(empty(&queue).len(), 1);
        assert_eq!(queue.buffers.lock().expect("no panic").len(), 1);
        end.wait();
        recording.join().expect("no panic");
    });
    tokio::time::timeout(LONG, queue.woken())
        .await
        .expect("woken by the end");
    empty(&queue);
    assert_eq!(queue.buffers.lock().expect("no panic").len(), 0);
}
