//! The seeds of the fuzz targets in `fuzz/`, run without a fuzzer on every change.

use std::fs;
use std::path::Path;

#[path = "../../fuzz/fuzz_targets/rules.rs"]
mod rules;

/// Runs `rule` on each seed as it is, with one bit of each byte flipped, and cut off at each length.
fn seeds(target: &str, rule: fn(&[u8])) {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(directory).expect("the corpus is there") {
        let seed = fs::read(entry.expect("it can be listed").path()).expect("it can be read");
        rule(&seed);
        for at in 0..seed.len() {
            rule(&seed[..at]);
            for bit in 0..8 {
                let mut changed = seed.clone();
                changed[at] ^= 1 << bit;
                rule(&changed);
            }
        }
        count += 1;
    }
    assert!(count > 3, "only {count} seeds for {target}");
}

#[test]
fn no_seed_and_nothing_near_it_breaks_a_rule() {
    seeds("traceparent", rules::traceparent);
    seeds("forwarded", rules::forwarded);
    seeds("ids", rules::ids);
    seeds("token", rules::token);
    seeds("buffer", rules::buffer);
}

#[test]
fn the_seeds_of_buffers_hold_frames_of_this_release() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/buffer");
    let copy = tempfile::tempdir().expect("a directory");
    for (seed, frames) in [
        ("empty", 0),
        ("one", 1),
        ("three", 3),
        ("settled", 1),
        ("torn", 1),
    ] {
        let path = copy.path().join(seed);
        fs::copy(directory.join(seed), &path).expect("a copy");
        let mut buffer = behavior_trace_buffer::BufferFiles::adopt(&path).expect("a buffer");
        let found = buffer.collect(usize::MAX, &mut Vec::new(), |_| ());
        assert_eq!(
            found, frames,
            "{seed}: make the seeds again after a change of the layout"
        );
    }
}
