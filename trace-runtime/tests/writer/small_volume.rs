use std::path::Path;
use std::time::{Duration, Instant};

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp, Uuid};
use behavior_trace_store::delivery::ErrorClass;
use behavior_trace_store::spool::{Letter, OpenedSpool, SpoolFile, SpoolStorage, Storage};
use behavior_trace_store::testing::Intruder;
use behavior_trace_store::testing::small_volume::{VOLUME, fill, fill_but, on_a_volume, tree};

use super::scripted::{Rig, Scripted, names};
use crate::config::Durability;

const ROOM: u64 = 64 << 20;

fn rows(count: i64) -> Vec<Activity<'static>> {
    let row = |number| {
        activity! {
            event_id: Uuid::new_v4(),
            occurred_at: Timestamp::from_micros(1_700_000_000_000_000 + number),
            actor_type: "USER".into(),
            action: "thing.update".into(),
            resource: "Thing".into(),
            payload: r#"{"a":[1,2,3],"n":12345678901234567890}"#.into(),
            ..Activity::default()
        }
    };
    (0..count).map(row).collect()
}

async fn opened(storage: &Storage) -> <Storage as SpoolStorage>::Spool {
    let Ok(OpenedSpool { spool, .. }) = storage.open(None).await else {
        panic!("it opens");
    };
    spool
}

fn rig(store: &Scripted, volume: &Path) -> Rig {
    Rig::start(store, |config| {
        config.spool_dir = Some(volume.join("spool"));
        config.durability = Some(Durability::Spool);
        config.spool_bytes = ROOM;
    })
}

/// Waits until the condition holds, or fails after a while.
fn until(what: &str, rig: &Rig, volume: &Path, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        if begun.elapsed() > Duration::from_secs(30) {
            let (stats, health) = (rig.handle.stats(), rig.handle.health());
            panic!("not {what}: {stats:?}\n{health:?}\n{}", tree(volume));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_spool_that_fills_its_volume_drains_in_place() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "writer::tests::small_volume::a_spool_that_fills_its_volume_drains_in_place",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let store = Scripted::default();
    store.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&store, volume);
    let names = names(9999);
    first.record_all(&names);
    let filler = "x".repeat(100);
    for number in 0..9999 {
        first.record_with(&format!("thing.m{number}"), &format!("{filler:?}"));
    }
    until("the volume is full", &first, volume, || {
        first
            .handle
            .health()
            .cause
            .is_some_and(|cause| cause.contains("full"))
    });
    let stats = first.handle.stats();
    assert!(stats.spooled > 0 && stats.in_memory > 0, "{stats:?}");
    fill(volume);
    // The server is back, but the volume is still full.
    store.inner().always = None;
    until("all is stored", &first, volume, || {
        let stats = first.handle.stats();
        stats.spooled + stats.in_memory == 0
    });
    let stats = first.handle.stats();
    assert_eq!(stats.stored, stats.accepted, "{stats:?}");
    assert_eq!(
        (stats.dropped.total(), stats.unaccounted()),
        (0, 0),
        "{stats:?}"
    );
    assert_eq!(
        store.actions().len() as u64,
        stats.stored,
        "none was sent twice"
    );
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
}

#[test]
fn a_file_that_is_full_today_is_opened_and_delivered_without_room() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "writer::tests::small_volume::a_file_that_is_full_today_is_opened_and_delivered_without_room",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let away = Scripted::default();
    away.inner().always = Some(ErrorClass::Unavailable);
    let first = rig(&away, volume);
    first.record_all(&names(5000));
    until("all is spooled", &first, volume, || {
        first.handle.stats().spooled == 5000
    });
    assert!(
        first
            .handle
            .shut_down(Duration::from_secs(10))
            .is_complete()
    );
    fill(volume);
    let back = Scripted::default();
    let second = rig(&back, volume);
    until("all is stored", &second, volume, || {
        second.handle.stats().stored == 5000
    });
    let stats = second.handle.stats();
    assert_eq!(
        (stats.recovered, stats.unaccounted()),
        (5000, 0),
        "{stats:?}"
    );
    assert_eq!(back.actions().len(), 5000, "none was sent twice");
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
    // The space of delivered rows is reused.
    until("it takes rows again", &second, volume, || {
        back.inner().always = Some(ErrorClass::Unavailable);
        second.record("thing.later");
        second.handle.stats().spooled > 0
    });
    assert!(
        second
            .handle
            .shut_down(Duration::from_secs(10))
            .is_complete()
    );
}

#[test]
fn a_dead_processs_spool_that_fills_the_volume_is_emptied_where_it_is() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "writer::tests::small_volume::a_dead_processs_spool_that_fills_the_volume_is_emptied_where_it_is",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let storage = Storage::new(&volume.join("spool"), ROOM);
    runtime.block_on(async {
        let mine = opened(&storage).await;
        let mut dead = opened(&storage).await;
        dead.append(&rows(3000)).await.expect("room");
        drop(mine.close().await);
        drop(dead.close().await);
    });
    fill(volume);
    let store = Scripted::default();
    let rig = rig(&store, volume);
    until("all is stored", &rig, volume, || {
        rig.handle.stats().stored == 3000
    });
    let stats = rig.handle.stats();
    assert_eq!(
        (stats.recovered, stats.unaccounted()),
        (3000, 0),
        "{stats:?}"
    );
    assert!(!tree(volume).contains("damaged-"), "{}", tree(volume));
}

#[test]
fn a_full_file_that_holds_dead_letters_is_emptied_by_as_few_rows_as_there_is_room_for() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "writer::tests::small_volume::a_full_file_that_holds_dead_letters_is_emptied_by_as_few_rows_as_there_is_room_for",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spool = volume.join("spool");
    runtime.block_on(async {
        let mut spool = opened(&Storage::new(&spool, ROOM)).await;
        spool.append(&rows(3000)).await.expect("room");
        let letter = Letter {
            number: None,
            row: &rows(1)[0],
            reason: "too long",
        };
        let kept = spool.add_dead_letters(&[letter]).await;
        assert_eq!(kept.expect("room"), [true]);
        drop(spool.close().await);
    });
    // The index of the log takes a part of it, and all rows at once would need 700 KB.
    fill_but(volume, 128 << 10);
    let store = Scripted::default();
    let rig = rig(&store, volume);
    until("empty", &rig, volume, || Intruder::at(&spool).rows() == 0);
    let stats = rig.handle.stats();
    assert_eq!((stats.stored, stats.unaccounted()), (3000, 0), "{stats:?}");
    assert_eq!(store.actions().len(), 3000, "none was sent twice");
    let letters = runtime.block_on(behavior_trace_store::dead_letters(&spool));
    assert_eq!(letters.expect("readable").len(), 1);
}
