//! A buffer is used again, and no frame is lost by it.

use std::thread;

use behavior_trace_buffer::BufferFiles;

use super::collect;

#[test]
fn a_buffer_with_frames_or_with_an_appender_is_not_used_again() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), 1 << 20).unwrap();
    let (mut appender, mut collector) = files.create(4096, 0, "").unwrap();
    assert!(
        collector.is_settled() && collector.reuse(&files).is_none(),
        "the appender lives"
    );
    appender.append(1, b"one").unwrap();
    drop(appender);
    assert!(collector.reuse(&files).is_none(), "not collected");
    collect(&mut collector);
    assert!(collector.reuse(&files).is_none(), "not settled");
    collector.settle(collector.collected());
    let mut appender = collector.reuse(&files).unwrap();
    appender.append(2, b"two").unwrap();
    let kept = collect(&mut collector);
    assert_eq!((kept.len(), &kept[0].2[..]), (1, &b"two"[..]));
    collector.settle(usize::MAX);
    let bytes = std::fs::read(collector.path()).unwrap();
    assert!(
        bytes[448..].iter().all(|&byte| byte == 0),
        "a free buffer holds no event"
    );
}

#[test]
fn a_frame_appended_by_a_thread_that_ends_right_after_is_never_lost() {
    let directory = tempfile::tempdir().unwrap();
    let files = BufferFiles::new(directory.path(), 1 << 20).unwrap();
    let (first, mut collector) = files.create(4096, 0, "").unwrap();
    let mut appender = Some(first);
    let rounds = if cfg!(miri) { 20 } else { 3000 };
    thread::scope(|scope| {
        let (to, from) = std::sync::mpsc::sync_channel::<behavior_trace_buffer::Appender>(0);
        scope.spawn(move || {
            for mut appender in from {
                appender.append(1, b"last").unwrap();
            }
        });
        for round in 0..rounds {
            to.send(appender.take().unwrap()).unwrap();
            let mut frames = 0;
            appender = loop {
                // The writer's order: it looks whether the buffer is free, and collects at its own pace.
                if let Some(next) = collector.reuse(&files) {
                    break Some(next);
                }
                if collector.committed() > collector.collected() {
                    frames += collect(&mut collector).len();
                    collector.settle(usize::MAX);
                }
            };
            assert_eq!(frames, 1, "round {round}");
        }
    });
}
