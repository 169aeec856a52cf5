//! The timeline in a real browser.

mod copy;
mod each_page;
mod focus;
mod hostile;
mod keys;
mod live;
mod looks;
mod measures;
mod media;
mod readme;
mod rows;
mod scenes;
mod served;
mod without_scripts;
mod zone;

use behavior_trace_servers::Browser;

/// Starts a browser. A test that finds none fails.
fn start() -> Browser {
    Browser::start().unwrap_or_else(|error| panic!("{error}"))
}
