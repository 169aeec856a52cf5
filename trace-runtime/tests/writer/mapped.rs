//! The writer and mapped buffers: what a dead process has left, and what this one keeps until it is stored.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use behavior_trace_buffer::BufferFiles;
use behavior_trace_core::{Activity, Admission, Call, Event, Masks, Policy, Timestamp};
use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::spool::BufferSlots;
use tempfile::{TempDir, tempdir};
use uuid::Uuid;

use super::scripted::{LONG, Rig, Scripted, fields, names};
use crate::buffers::Buffers;
use crate::config::{Config, Durability};
use crate::policy::DefaultPolicy;
use crate::queue::{MappedBuffers, Queue};

fn mapped(directory: &TempDir) -> impl FnOnce(&mut Config) + use<> {
    let directory = directory.path().to_owned();
    |config| {
        config.spool_dir = Some(directory);
        config.durability = Some(Durability::Mapped);
    }
}

/// Leaves events as a process does that is killed before its writer has seen them.
fn die_with(directory: &TempDir, policy: &str, actions: &[String]) {
    let slot = BufferSlots::new(directory.path()).claim().expect("a slot");
    let buffers = MappedBuffers::new(slot.directory(), 1 << 24, policy).expect("buffers");
    let queue = Arc::new(Queue::new(1 << 24).with_mapped(Some(buffers)));
    let actions = actions.to_vec();
    // A thread of its own, since one that lives keeps its buffer.
    let recording = std::thread::spawn(move || {
        for action in actions {
            queue.push(Timestamp::now(), fields(&action, "{}").as_bytes());
        }
    });
    recording.join().expect("recorded");
}

/// What the error hook is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn start(&self, store: &Scripted, directory: &TempDir) -> Rig {
        let told = Arc::clone(&self.0);
        Rig::start(store, |config| {
            mapped(directory)(config);
            config.on_error = Some(Arc::new(move |fault| {
                told.lock().expect("told").push(fault.to_string());
            }));
        })
    }

    fn all(&self) -> Vec<String> {
        self.0.lock().expect("told").clone()
    }
}

fn files(directory: &TempDir) -> Vec<PathBuf> {
    let buffers = directory.path().join("buffers");
    (0..8)
        .flat_map(|slot| BufferFiles::left(&buffers.join(slot.to_string())).expect("listed"))
        .collect()
}

fn events_in(files: &[PathBuf]) -> u64 {
    // One that is removed meanwhile is settled.
    let events = |path: &PathBuf| BufferFiles::look(path).map_or(0, |found| found.unsettled);
    files.iter().map(events).sum()
}

#[test]
fn what_a_killed_process_left_is_stored_and_counted_as_recovered() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "default", &names(1500));
    let store = Scripted::default();
    let rig = Rig::start(&store, mapped(&directory));
    rig.record("thing.new");
    let stats = rig.when(|stats| stats.stored == 1501);
    assert_eq!((stats.recovered, stats.accepted), (1500, 1));
    assert_eq!(stats.unaccounted(), 0, "{stats:?}");
    let mut actions = store.actions();
    actions.retain(|action| action != "thing.new");
    assert_eq!(actions, names(1500), "each once, in order");
    rig.handle.shut_down(LONG);
    assert_eq!(files(&directory), Vec::<PathBuf>::new());
}

#[test]
fn another_slot_is_looked_into_too_and_by_a_recorder_without_mapped_buffers() {
    let directory = tempdir().expect("a directory");
    let held = BufferSlots::new(directory.path()).claim().expect("a slot");
    die_with(&directory, "default", &names(3));
    let store = Scripted::default();
    let rig = Rig::start(&store, |config| {
        config.spool_dir = Some(directory.path().to_owned());
        config.durability = Some(Durability::Spool);
    });
    let stats = rig.when(|stats| stats.stored == 3);
    assert_eq!(stats.recovered, 3);
    rig.handle.shut_down(LONG);
    assert_eq!(files(&directory), Vec::<PathBuf>::new());
    drop(held);
}

#[test]
fn events_for_another_policy_wait_and_it_is_told() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "acme::Policy", &names(3));
    let store = Scripted::default();
    let told = Told::default();
    let rig = told.start(&store, &directory);
    rig.record("thing.new");
    let stats = rig.when(|stats| stats.stored == 1);
    assert_eq!(stats.recovered, 0);
    rig.when(|_| {
        told.all()
            .iter()
            .any(|fault| fault.contains("acme::Policy"))
    });
    rig.handle.shut_down(LONG);
    assert_eq!(events_in(&files(&directory)), 3);
}

/// A policy with a name of its own.
struct Named(DefaultPolicy, &'static str);

impl Policy for Named {
    fn admit(&self, call: &Call<'_>) -> Admission {
        self.0.admit(call)
    }

    fn masks(&self) -> &Masks {
        self.0.masks()
    }

    fn finish<'a>(&self, event_id: Uuid, event: &Event<'a>) -> Activity<'a> {
        self.0.finish(event_id, event)
    }

    fn name(&self) -> &str {
        self.1
    }
}

#[test]
fn events_that_wait_for_a_policy_are_taken_when_it_comes_to_this_recorder() {
    // Of a long name, the beginning is in the files.
    let long: &'static str = "acme::Policy<&str>".repeat(20).leak();
    let directory = tempdir().expect("a directory");
    let slots = BufferSlots::new(directory.path());
    // One slot will be the recorder's own, and one is another's.
    let first = slots.claim().expect("a slot");
    die_with(&directory, long, &names(3));
    drop(first);
    die_with(&directory, long, &names(4));
    let store = Scripted::default();
    let told = Told::default();
    let rig = told.start(&store, &directory);
    rig.when(|_| told.all().len() == 2);
    let policy = |name| Arc::new(Named(DefaultPolicy::default(), name));
    rig.handle.set_policy(policy("another"));
    rig.record("thing.new");
    rig.when(|stats| stats.stored == 1);
    rig.handle.set_policy(policy(long));
    let stats = rig.when(|stats| stats.stored == 8);
    assert_eq!((stats.recovered, stats.unaccounted()), (7, 0), "{stats:?}");
    assert_eq!(told.all().len(), 2, "{:?}", told.all());
    rig.handle.shut_down(LONG);
    assert_eq!(files(&directory), Vec::<PathBuf>::new());
}

#[test]
fn events_are_kept_until_they_are_stored_and_no_longer() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    let rig = Rig::start(&store, mapped(&directory));
    rig.record_all(&names(700));
    rig.when(|stats| stats.stored == 700);
    rig.when(|_| events_in(&files(&directory)) == 0);
}

#[test]
fn what_is_in_the_spool_is_in_no_buffer() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = Rig::start(&store, mapped(&directory));
    rig.record_all(&names(700));
    rig.when(|stats| stats.spooled == 700);
    rig.when(|_| events_in(&files(&directory)) == 0);
}

#[test]
fn a_file_that_is_no_buffer_is_left_and_told_once() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "default", &names(1));
    let slot: &Path = &directory.path().join("buffers/0");
    let strange = slot.join("0000000099.buffer");
    std::fs::write(&strange, vec![7; 9000]).expect("written");
    let store = Scripted::default();
    let told = Told::default();
    let rig = told.start(&store, &directory);
    rig.when(|stats| stats.stored == 1);
    rig.when(|_| !told.all().is_empty());
    let told = told.all();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("99.buffer"), "{told:?}");
    assert!(strange.exists());
}

#[tokio::test]
async fn a_program_without_a_recorder_moves_events_to_the_spool_under_their_ids() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "default", &names(2500));
    die_with(&directory, "acme::Policy", &names(3));
    let buffers = Buffers::new(directory.path());
    let info = &buffers.list().expect("listed")[0];
    assert_eq!((info.owner_alive, info.events), (false, 2503));
    assert_eq!(info.policies, ["acme::Policy"]);
    let moved = buffers.move_to_spool(1 << 26).await.expect("moved");
    assert_eq!((moved.events, moved.waiting), (2500, 3));
    assert_eq!(moved.problems, Vec::<String>::new());
    assert_eq!(buffers.list().expect("listed")[0].events, 3);
    let again = buffers.move_to_spool(1 << 26).await.expect("moved");
    assert_eq!((again.events, again.waiting), (0, 3));
    let store = Scripted::default();
    let rig = Rig::start(&store, mapped(&directory));
    let stats = rig.when(|stats| stats.stored == 2500);
    assert_eq!(stats.recovered, 2500);
}

#[tokio::test]
async fn the_buffers_of_a_running_process_are_listed_and_left_alone() {
    let directory = tempdir().expect("a directory");
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let rig = Rig::start(&store, mapped(&directory));
    rig.record("thing.new");
    let buffers = Buffers::new(directory.path());
    let info = &buffers.list().expect("listed")[0];
    assert!(info.owner_alive, "{info:?}");
    let moved = buffers.move_to_spool(1 << 26).await.expect("moved");
    assert_eq!(moved.events, 0);
}

#[tokio::test]
async fn a_spool_that_is_full_leaves_the_rest_in_its_buffers() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "default", &names(20_000));
    let buffers = Buffers::new(directory.path());
    let full = buffers.move_to_spool(2 << 20).await.expect_err("full");
    assert!(full.to_string().contains("full"), "{full}");
    let left: u64 = buffers
        .list()
        .expect("listed")
        .iter()
        .map(|info| info.events)
        .sum();
    assert!(left > 0 && left < 20_000, "{left}");
    let moved = buffers.move_to_spool(1 << 30).await.expect("moved");
    assert_eq!(moved.events, left);
}

#[test]
fn a_buffer_that_was_in_use_is_taken_by_a_later_search() {
    let directory = tempdir().expect("a directory");
    die_with(&directory, "default", &names(3));
    // Of this process, as by a thread that outlives its recorder.
    let holder = BufferFiles::adopt(&files(&directory)[0]).expect("adopted");
    die_with(&directory, "acme::Policy", &names(4));
    let store = Scripted::default();
    let told = Told::default();
    let rig = told.start(&store, &directory);
    rig.when(|_| told.all().len() == 2);
    assert!(
        told.all()
            .iter()
            .any(|why| why.contains("is in use by this process"))
    );
    drop(holder);
    // A policy that buffers wait for begins a search.
    let policy = Named(DefaultPolicy::default(), "acme::Policy");
    rig.handle.set_policy(Arc::new(policy));
    let stats = rig.when(|stats| stats.stored == 7);
    assert_eq!((stats.recovered, stats.unaccounted()), (7, 0), "{stats:?}");
    assert_eq!(told.all().len(), 2, "{:?}", told.all());
    rig.handle.shut_down(LONG);
    assert_eq!(files(&directory), Vec::<PathBuf>::new());
}
