//! Queue, spool and store under any order of events, outages, late commits, crashes and restarts.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::LocalSet;
use tokio::time::sleep;

use super::scripted::{LONG, Mode, Rig, Scripted};
use crate::pipeline::{RecorderHandle, storage_of};
use crate::stats::DeliveryReport;
use crate::writer::Writer;

#[derive(Clone, Debug)]
enum Act {
    Record(usize),
    /// The writer works for some milliseconds.
    Work(u64),
    Store(Mode),
    Flush,
    /// The process ends at any point, and the next one starts.
    Crash,
    /// The process shuts down within some milliseconds, and the next one starts.
    Shutdown(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let mode = prop_oneof![
        3 => Just(Mode::Up),
        2 => Just(Mode::Away),
        2 => Just(Mode::LosesAnswers),
        2 => Just(Mode::CommitsLate),
    ];
    prop_oneof![
        6 => (1..120_usize).prop_map(Act::Record),
        6 => (1..40_u64).prop_map(Act::Work),
        4 => mode.prop_map(Act::Store),
        1 => Just(Act::Flush),
        2 => Just(Act::Crash),
        1 => (30..200_u64).prop_map(Act::Shutdown),
    ]
}

/// Successive processes with one spool directory and one store.
struct World {
    runtime: Runtime,
    directory: TempDir,
    store: Scripted,
    /// Tasks of the writer, dropped with it in a crash.
    process: LocalSet,
    handle: RecorderHandle,
    recorded: usize,
    may_be_lost: u64,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let store = Scripted::default();
        let (process, handle) = start(&store, &directory);
        Self {
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("a runtime"),
            directory,
            store,
            process,
            handle,
            recorded: 0,
            may_be_lost: 0,
        }
    }

    fn act(&mut self, act: &Act) {
        match act {
            Act::Record(count) => {
                for _ in 0..*count {
                    Rig::record_at(&self.handle, &format!("thing.n{:06}", self.recorded));
                    self.recorded += 1;
                }
            }
            Act::Work(millis) => self.work(Duration::from_millis(*millis)),
            Act::Store(mode) => self.store.set(mode.clone()),
            Act::Flush => {
                let before = self.handle.stats().recovered;
                let report = self.asked(|handle| handle.flush_blocking(Duration::from_millis(300)));
                if report.is_complete() {
                    let stats = self.handle.stats();
                    assert_eq!(stats.unaccounted(), 0, "{stats:?}");
                    // What a dead process left may be found after the flush.
                    let found = stats.recovered - before;
                    assert!(stats.in_memory <= found, "{stats:?}");
                }
            }
            Act::Crash => {
                self.may_be_lost += self.handle.stats().in_memory;
                self.next_process();
            }
            Act::Shutdown(millis) => {
                let millis = *millis;
                let report =
                    self.asked(move |handle| handle.shut_down(Duration::from_millis(millis)));
                let stats = self.handle.stats();
                assert_eq!(stats.unaccounted(), 0, "{stats:?}");
                // A disk that does not answer in time leaves the rest pending, and the report counts it.
                assert!(stats.in_memory <= report.pending, "{stats:?}, {report:?}");
                self.may_be_lost += stats.dropped.total() + stats.in_memory;
                self.next_process();
            }
        }
    }

    fn work(&mut self, time: Duration) {
        self.process
            .block_on(&self.runtime, async { sleep(time).await });
    }

    /// Makes a request from another thread, as an application does, while the writer works.
    fn asked(
        &mut self,
        ask: impl FnOnce(&RecorderHandle) -> DeliveryReport + Send + 'static,
    ) -> DeliveryReport {
        let handle = self.handle.clone();
        let asker = thread::spawn(move || ask(&handle));
        while !asker.is_finished() {
            self.work(Duration::from_millis(5));
        }
        asker.join().expect("no panic")
    }

    fn next_process(&mut self) {
        // The old process first: its lock on the spool goes with it.
        self.process = LocalSet::new();
        (self.process, self.handle) = start(&self.store, &self.directory);
    }

    /// Checks that a working store receives every event that was not lost. The last process finds events in its spool at
    /// once. On a busy machine it recovers some of them only at its next search.
    fn arrive(&mut self) {
        self.act(&Act::Shutdown(5000));
        self.store.set(Mode::Up);
        let begun = Instant::now();
        loop {
            self.work(Duration::from_millis(5));
            let spooled = self.handle.stats().spooled;
            let arrived = spooled == 0 && self.lost() <= self.may_be_lost;
            if arrived || begun.elapsed() > LONG {
                break;
            }
        }
        let stats = self.handle.stats();
        assert_eq!((stats.unaccounted(), stats.spooled), (0, 0), "{stats:?}");
    }

    /// Returns the number of events that are not in the store.
    fn lost(&self) -> u64 {
        (self.recorded - self.store.actions().len()) as u64
    }
}

fn start(store: &Scripted, directory: &TempDir) -> (LocalSet, RecorderHandle) {
    let shared = Rig::shared(|config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.statement_timeout = Duration::from_millis(10);
    });
    let mut writer = Writer::new(
        Arc::clone(&shared),
        store.again(),
        storage_of(&shared.config),
    );
    let process = LocalSet::new();
    process.spawn_local(async move {
        writer.run().await;
        writer.answer_all();
    });
    (process, RecorderHandle::of(shared))
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(24),
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_event_is_stored_twice_and_only_what_was_in_memory_is_lost(acts in prop::collection::vec(act(), 1..25)) {
        let mut world = World::new();
        for act in &acts {
            world.act(act);
        }
        world.arrive();
        let stored = world.store.actions();
        let mut distinct = stored.clone();
        distinct.dedup();
        prop_assert_eq!(stored.len(), distinct.len());
        let lost = world.lost();
        prop_assert!(lost <= world.may_be_lost, "{lost} lost, {} allowed", world.may_be_lost);
    }
}
