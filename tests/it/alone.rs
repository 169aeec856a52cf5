//! Separate processes for tests that install a global subscriber.

use std::env;
use std::process::Command;
use std::sync::Arc;

use behavior_trace_layer::BehaviorTraceLayer;
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

use crate::collected::Collected;

const ALONE: &str = "BEHAVIOR_TRACE_TEST_ALONE";

/// Runs `work` in a separate process, which runs only this test. `test` is its name in `cargo test`.
pub(crate) fn alone(test: &str, work: impl FnOnce()) {
    alone_with(test, &[], work);
}

/// Runs `work` as [`alone`] does, with additional environment variables.
pub(crate) fn alone_with(test: &str, variables: &[(&str, &str)], work: impl FnOnce()) {
    if env::var_os(ALONE).is_some() {
        return work();
    }
    let exe = env::current_exe().expect("this test runs");
    let output = Command::new(exe)
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .envs(variables.iter().copied())
        .output()
        .expect("this test runs again");
    let told = String::from_utf8_lossy(&output.stdout);
    let also = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}{also}");
    assert!(
        told.contains("1 passed"),
        "no test is called {test}: {told}"
    );
}

/// Installs the layer for the whole process, as a service does.
pub(crate) fn install() -> Arc<Collected> {
    let sink = Collected::new();
    let layer = BehaviorTraceLayer::new(sink.clone());
    registry().with(layer).init();
    sink
}

/// Runs a future on a runtime with several threads.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build()
        .expect("a runtime starts")
        .block_on(future)
}
