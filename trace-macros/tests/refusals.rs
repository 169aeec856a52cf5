//! What the attribute refuses, and what it says: one file per rule, named after it.
//!
//! The messages are pinned to the toolchain of `rust-toolchain.toml`; `TRYBUILD=overwrite` writes them anew.

#[test]
fn what_cannot_work_is_refused_with_advice() {
    trybuild::TestCases::new().compile_fail("../tests/it/ui/refuse/*.rs");
}
