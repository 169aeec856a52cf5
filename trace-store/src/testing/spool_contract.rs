//! Contract of a spool, for real files and for their model alike.

use std::sync::Arc;

use behavior_trace_core::activity;
use behavior_trace_core::{Activity, Timestamp};
use uuid::Uuid;

use crate::spool::{Letter, OpenedSpool, SpoolFile, SpoolStorage};

fn rows(count: i64) -> Vec<Activity<'static>> {
    let row = |number| {
        activity! {
            event_id: Uuid::new_v4(),
            occurred_at: Timestamp::from_micros(1_700_000_000_000_000 + number),
            actor_type: "USER".into(),
            action: "thing.update".into(),
            resource: "Thing".into(),
            payload: "{}".into(),
            ..Activity::default()
        }
    };
    (0..count).map(row).collect()
}

async fn open<S: SpoolStorage>(storage: &S, held: Option<S::Slot>) -> (S::Spool, u64) {
    let Ok(OpenedSpool { spool, rows, .. }) = storage.open(held).await else {
        panic!("it opens");
    };
    let counted = spool.count(Arc::default()).await.expect("counts");
    assert_eq!(rows.unwrap_or(counted), counted);
    (spool, counted)
}

async fn all<F: SpoolFile>(spool: &mut F) -> (Vec<i64>, Vec<Activity<'static>>) {
    let page = spool.oldest(None, usize::MAX, usize::MAX).await;
    let page = page.expect("reads");
    (page.numbers, page.rows)
}

/// Checks the contract. Each call of `process` represents another process on one directory.
pub async fn spool_contract<S: SpoolStorage>(process: impl Fn() -> S) {
    let storage = process();
    let (mut spool, count) = open(&storage, None).await;
    assert_eq!(count, 0);

    let given = rows(20);
    let last = spool.append(&given[..12]).await.expect("room");
    assert_eq!(spool.append(&given[12..]).await.expect("room"), last + 8);
    let (numbers, found) = all(&mut spool).await;
    let consecutive: Vec<i64> = (last - 11..=last + 8).collect();
    assert_eq!((numbers, found), (consecutive, given.clone()));

    let page = spool
        .oldest(Some(last), 3, usize::MAX)
        .await
        .expect("reads");
    assert_eq!(page.numbers, [last + 1, last + 2, last + 3]);
    let page = spool.oldest(None, 5, 1).await.expect("reads");
    assert_eq!(page.numbers, [last - 11]);
    let page = spool.read(&[last + 8, last, last + 100]).await;
    let page = page.expect("reads");
    assert_eq!(page.numbers, [last, last + 8]);
    assert_eq!(page.rows, [given[11].clone(), given[19].clone()]);

    let changed = activity! {
        payload: "{\"a\":1}".into(),
        ..given[11].clone()
    };
    spool
        .replace(&[(last, changed.clone())])
        .await
        .expect("room");
    assert_eq!(spool.read(&[last]).await.expect("reads").rows, [changed]);

    spool.remove(&[last, last + 1]).await.expect("removes");
    spool.remove(&[last, last + 1]).await.expect("again");
    let present = spool.present(&[last - 1, last, last + 2]).await;
    assert_eq!(present.expect("reads"), [last - 1, last + 2]);

    let letters = [
        Letter {
            number: Some(last + 2),
            row: &given[14],
            reason: "too long",
        },
        Letter {
            number: None,
            row: &rows(1)[0],
            reason: "too long",
        },
    ];
    let kept = spool.add_dead_letters(&letters).await.expect("room");
    assert_eq!(kept, [true, true]);
    assert_eq!(all(&mut spool).await.0.len(), 17);

    // The held slot gives the same file again, although another process came meanwhile.
    let slot = spool.close().await;
    let (other, empty) = open(&process(), None).await;
    assert_eq!(empty, 0);
    let (mut spool, count) = open(&storage, Some(slot)).await;
    assert_eq!(count, 17);
    let last = spool.append(&rows(3)).await.expect("room");
    let (numbers, _) = all(&mut spool).await;
    assert_eq!((numbers.len(), numbers.last()), (20, Some(&last)));
    assert!(spool.salvage().await.expect("looks").is_none());

    // A spool without letters is replaced by an empty file; one with letters is kept.
    let mut other = other;
    other.append(&rows(5)).await.expect("room");
    let Ok(slot) = other.discard().await else {
        panic!("it has no letters");
    };
    let (other, count) = open(&process(), Some(slot)).await;
    assert_eq!(count, 0);
    drop(other.close().await);
    let Err(mut spool) = spool.discard().await else {
        panic!("it has letters");
    };
    assert_eq!(all(&mut spool).await.0.len(), 20);

    // The spool of a live process is not taken over; that of a dead process is, with its letters.
    let heir = process();
    let (mut mine, _) = open(&heir, None).await;
    assert!(heir.open_stale(0).await.expect("looks").is_none());
    drop(spool.close().await);
    let (_, stale) = heir.open_stale(0).await.expect("looks").expect("left");
    let mut stale = stale.spool;
    let mut moved = 0;
    while let Some(rows) = mine.recover(&mut stale).await.expect("moves") {
        moved += rows;
    }
    stale.dissolve().await;
    assert_eq!((moved, all(&mut mine).await.0.len()), (20, 20));
    assert!(heir.open_stale(0).await.expect("looks").is_none());
    while mine.shrink().await.expect("shrinks") {}
    drop(mine.close().await);
    let (mut next, count) = open(&process(), None).await;
    assert!(count == 20 || next.present(&[1]).await.is_ok());
}
