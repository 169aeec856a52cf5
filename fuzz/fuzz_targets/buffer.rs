#![no_main]
//! See `rules::buffer`.

#[expect(dead_code, reason = "each target uses one rule")]
mod rules;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rules::buffer(bytes));
