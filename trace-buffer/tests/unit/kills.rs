//! A kill between any two stores, and in the middle of those that are no single word.
#![expect(clippy::unwrap_used, reason = "a test fails at what it did not expect")]

use std::fs;
use std::path::Path;

use crate::journal::{Store, stores};
use crate::{Appender, BufferFiles, Collector};

const BYTES: usize = 2048;

/// What happened to one frame, each as the number of stores before it.
#[derive(Clone, Debug, Default)]
struct Life {
    append_begun: usize,
    appended: Option<usize>,
    passed_on: Option<(usize, [u8; 16])>,
    settle_begun: Option<usize>,
    settled: Option<usize>,
}

/// A run of one buffer, whose stores are written down.
#[derive(Default)]
struct Run {
    stores: Vec<Store>,
    lives: Vec<Life>,
    settled: usize,
}

fn fields(number: usize) -> Vec<u8> {
    format!("frame {number} {}", "x".repeat(number * 5 % 23)).into_bytes()
}

impl Run {
    fn append(&mut self, appender: &mut Appender) {
        let number = self.lives.len();
        let begun = self.stores.len();
        let fields = fields(number);
        let micros = i64::try_from(number).unwrap();
        self.stores
            .extend(stores(|| appender.append(micros, &fields).unwrap()));
        self.lives.push(Life {
            append_begun: begun,
            appended: Some(self.stores.len()),
            ..Life::default()
        });
    }

    fn collect(&mut self, collector: &mut Collector) {
        let base = self.stores.len();
        let mut passed = Vec::new();
        let noted = stores(|| {
            collector.collect(usize::MAX, &mut Vec::new(), |frame| {
                passed.push((crate::journal::count(), frame.micros, frame.id));
            });
        });
        for (at, micros, id) in passed {
            self.lives[usize::try_from(micros).unwrap()].passed_on = Some((base + at, id));
        }
        self.stores.extend(noted);
    }

    fn settle(&mut self, collector: &mut Collector, frames: usize) {
        let begun = self.stores.len();
        let (from, until) = (self.settled, self.settled + frames);
        let bytes: usize = (from..until).map(|n| Appender::size(fields(n).len())).sum();
        let offset = collector.settled() + bytes;
        self.stores.extend(stores(|| collector.settle(offset)));
        for life in &mut self.lives[from..until] {
            life.settle_begun = Some(begun);
            life.settled = Some(self.stores.len());
        }
        self.settled = until;
    }
}

/// Runs a buffer through all that it can do, twice with the same bytes.
fn run(directory: &Path) -> Run {
    let files = BufferFiles::new(directory, BYTES).unwrap();
    let mut run = Run::default();
    let mut made = None;
    run.stores = stores(|| made = Some(files.create(BYTES, 0, "first").unwrap()));
    let (mut appender, mut collector) = made.unwrap();
    for _ in 0..3 {
        run.append(&mut appender);
    }
    run.collect(&mut collector);
    run.settle(&mut collector, 1);
    run.append(&mut appender);
    run.append(&mut appender);
    run.collect(&mut collector);
    run.stores.extend(stores(|| collector.set_policy("second")));
    run.settle(&mut collector, 4);
    drop(appender);
    let mut again = None;
    run.stores
        .extend(stores(|| again = collector.reuse(&files)));
    let mut appender = again.unwrap();
    run.stores.extend(stores(|| collector.set_policy("third")));
    for _ in 0..3 {
        run.append(&mut appender);
    }
    run.collect(&mut collector);
    run.settle(&mut collector, 2);
    run.append(&mut appender);
    run
}

/// Adopts an image as a file. Returns what is found, as the number of each frame with its id.
fn adopt(path: &Path, image: &[u8]) -> Vec<(usize, [u8; 16])> {
    fs::write(path, image).unwrap();
    let Ok(mut collector) = BufferFiles::adopt(path) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    collector.collect(usize::MAX, &mut Vec::new(), |frame| {
        let number = usize::try_from(frame.micros).unwrap();
        assert_eq!(frame.fields.as_bytes(), fields(number));
        found.push((number, frame.id));
    });
    assert_eq!(
        collector.collected(),
        collector.committed(),
        "damage after a mere kill"
    );
    found
}

/// Checks what is found after a kill that `done` stores came before, and perhaps a part of the next one.
fn check(lives: &[Life], done: usize, found: &[(usize, [u8; 16])]) {
    let numbers: Vec<_> = found.iter().map(|(number, _)| *number).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "{done}: {numbers:?}");
    for (number, life) in lives.iter().enumerate() {
        let found = found.iter().find(|(found, _)| *found == number);
        let returned = life.appended.is_some_and(|at| at <= done);
        let may_be_gone = life.settle_begun.is_some_and(|at| at <= done);
        if returned && !may_be_gone {
            assert!(
                found.is_some(),
                "frame {number} is lost after {done} stores"
            );
        }
        if life.append_begun > done || life.settled.is_some_and(|at| at <= done) {
            assert!(
                found.is_none(),
                "frame {number} is there after {done} stores"
            );
        }
        if let (Some((_, id)), Some((passed, first))) = (found, life.passed_on)
            && passed <= done
        {
            assert_eq!(
                *id, first,
                "frame {number} has another id after {done} stores"
            );
        }
    }
}

fn apply(image: &mut [u8], (at, bytes, _): &Store) {
    image[*at..at + bytes.len()].copy_from_slice(bytes);
}

/// Plays the stores, and calls `look` with each file that a kill can leave, and the number of whole stores in it.
fn kills(stores: &[Store], bytes: usize, mut look: impl FnMut(&[u8], usize)) {
    let step = if cfg!(miri) { 16 } else { 3 };
    let mut image = vec![0; bytes];
    look(&image, 0);
    for (done, store) in stores.iter().enumerate() {
        let (at, bytes, is_ordered) = store;
        // Nothing orders bytes that are no word: a part from either end may be there, or the next bytes and not these.
        for part in (0..bytes.len()).step_by(step).filter(|_| !is_ordered) {
            for torn in [0..part, part..bytes.len()] {
                let mut image = image.clone();
                image[at + torn.start..at + torn.end].copy_from_slice(&bytes[torn]);
                look(&image, done);
            }
        }
        if let Some(next) = stores.get(done + 1)
            && !is_ordered
            && !next.2
        {
            let mut image = image.clone();
            apply(&mut image, next);
            look(&image, done);
        }
        apply(&mut image, store);
        look(&image, done + 1);
    }
}

#[test]
fn no_kill_between_two_stores_loses_a_frame_or_gives_it_another_id() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("left");
    let run = run(directory.path());
    assert!(run.stores.len() > 40, "{} stores", run.stores.len());
    let mut killed = 0;
    kills(&run.stores, BYTES, |image, done| {
        let found = adopt(&path, image);
        check(&run.lives, done, &found);
        killed += 1;
    });
    assert!(killed > 150, "{killed} kills");
}

#[test]
fn a_successor_that_is_killed_in_turn_leaves_the_same_frames_with_the_same_ids() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("left");
    let run = run(directory.path());
    let whole: Vec<_> = run.stores.iter().filter(|store| store.2).cloned().collect();
    assert!(whole.len() > 20);
    let mut killed = 0;
    let mut image = vec![0; BYTES];
    for store in &run.stores {
        apply(&mut image, store);
        if !store.2 {
            continue;
        }
        // The first successor's stores, and the frames that it passes on, each with the number of stores before it.
        fs::write(&path, &image).unwrap();
        let mut passed = Vec::new();
        let noted = stores(|| {
            let Ok(mut collector) = BufferFiles::adopt(&path) else {
                return;
            };
            let take = |frame: crate::Frame<'_>| {
                passed.push((crate::journal::count(), frame.micros, frame.id));
            };
            collector.collect(usize::MAX, &mut Vec::new(), take);
            collector.settle(collector.collected());
        });
        let settle = noted
            .iter()
            .position(|(at, ..)| *at == crate::layout::SETTLED);
        let mut second = image.clone();
        for done in 0..=noted.len() {
            let found = adopt(&path, &second);
            let is_settled = settle.is_some_and(|settle| done > settle);
            assert_eq!(found.len(), if is_settled { 0 } else { passed.len() });
            for ((number, id), (at, micros, first)) in found.iter().zip(&passed) {
                assert_eq!(*number, usize::try_from(*micros).unwrap());
                assert!(*at > done || id == first, "another id for {number}");
            }
            if let Some(store) = noted.get(done) {
                apply(&mut second, store);
            }
            killed += 1;
        }
    }
    assert!(killed > 40, "{killed} kills");
}
