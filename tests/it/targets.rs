//! The targets in the README's table, as far as the installed toolchain has them.

use std::path::Path;
use std::process::Command;

const SUPPORTED: [&str; 7] = [
    "aarch64-apple-darwin",
    "aarch64-apple-ios",
    "aarch64-linux-android",
    "i686-unknown-linux-gnu",
    "x86_64-pc-windows-gnu",
    "x86_64-unknown-freebsd",
    "x86_64-unknown-linux-gnu",
];

/// Unsupported targets: without a clock, without a linker that gathers callsites, or without 64-bit atomics.
const OTHERS: [&str; 5] = [
    "wasm32-unknown-unknown",
    "wasm32-wasip1",
    "x86_64-unknown-illumos",
    "powerpc-unknown-linux-gnu",
    "armv5te-unknown-linux-gnueabi",
];

/// Returns whether the target's standard library is installed.
fn is_installed(target: &str) -> bool {
    let rustc = Command::new("rustc")
        .args(["--print=target-libdir", "--target", target])
        .output()
        .expect("rustc runs");
    let directory = String::from_utf8_lossy(&rustc.stdout).trim().to_owned();
    rustc.status.success() && Path::new(&directory).exists()
}

/// Returns the compiler's errors for the core crate on that target.
fn errors(target: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO"))
        .args([
            "check",
            "--offline",
            "--quiet",
            "--package=behavior-trace-core",
            "--target",
        ])
        .arg(target)
        .env("CARGO_TARGET_DIR", root.join("target/targets"))
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<_> = told
        .lines()
        .filter(|line| line.starts_with("error"))
        .map(str::to_owned)
        .collect();
    assert_eq!(
        output.status.success(),
        errors.is_empty(),
        "{target}: {told}"
    );
    errors
}

#[test]
fn core_compiles_where_it_is_supported_and_says_why_elsewhere() {
    for target in SUPPORTED.into_iter().filter(|target| is_installed(target)) {
        assert_eq!(errors(target), [""; 0], "{target}");
    }
    for target in OTHERS.into_iter().filter(|target| is_installed(target)) {
        let first = errors(target).into_iter().next().unwrap_or_default();
        assert!(
            first.contains("behavior-trace supports Linux, Android, macOS"),
            "{target}: {first}"
        );
    }
}
