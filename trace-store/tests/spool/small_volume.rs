use std::path::Path;

use super::super::slot::Slots;
use super::{dead_letters, keep, open_slot, row, rows};
use crate::spool::SpoolFile as _;
use crate::testing::small_volume::{VOLUME, fill, on_a_volume};

#[test]
fn a_file_that_was_opened_full_is_read_by_others_once_there_is_room() {
    let Some(volume) = std::env::var_os(VOLUME) else {
        return on_a_volume(
            "spool::tests::small_volume::a_file_that_was_opened_full_is_read_by_others_once_there_is_room",
            6 << 20,
        );
    };
    let volume = Path::new(&volume);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let spool = volume.join("spool");
    let claim = || {
        Slots::new(&spool)
            .claim(0, &mut Vec::new())
            .expect("a slot")
    };
    runtime.block_on(async {
        let (mut spool, ..) = open_slot(claim()).await.expect("opens");
        spool.append(&rows(100)).await.expect("room");
        keep(&mut spool, None, &row(1), "too long")
            .await
            .expect("room");
        drop(spool.close().await);
        fill(volume);
        let (mut spool, ..) = open_slot(claim()).await.expect("opens");
        for _ in 0..2 {
            assert!(spool.is_alone());
            spool = spool.share().await.expect("it stays as it is");
        }
        std::fs::remove_file(volume.join("filler")).expect("removed");
        spool = spool.share().await.expect("opens");
        assert!(!spool.is_alone());
        let letters = dead_letters(&volume.join("spool")).await;
        assert_eq!(letters.expect("readable").len(), 1);
        let last = spool.append(&rows(1)).await.expect("room");
        assert_eq!(last, 101);
    });
}
