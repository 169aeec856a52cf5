//! What the attribute refuses, and what it says: one file per rule, named after it. And what the compiler says of
//! annotated functions as it does of others.
//!
//! The messages are pinned to the toolchain of `rust-toolchain.toml`; `TRYBUILD=overwrite` writes them anew.

#[test]
fn what_cannot_work_is_refused_with_advice() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("../tests/it/ui/refuse/*.rs");
    cases.compile_fail("../tests/it/ui/warn/*.rs");
}
