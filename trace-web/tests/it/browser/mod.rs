//! The timeline in a real browser.

mod each_page;
mod looks;
mod rows;
mod scenes;
mod served;

use behavior_trace_servers::Browser;

/// Starts a browser. A test that finds none fails.
fn start() -> Browser {
    Browser::start().unwrap_or_else(|error| panic!("{error}"))
}
