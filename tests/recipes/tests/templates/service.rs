//! A change in each handler, and the route of its row.

use std::sync::OnceLock;

use behavior_trace::record;
use behavior_trace::test::Capture;
use tracing_subscriber::prelude::*;

use super::PATHS;

fn install() -> &'static Capture {
    static CAPTURE: OnceLock<Capture> = OnceLock::new();
    CAPTURE.get_or_init(|| {
        let capture = Capture::new();
        tracing_subscriber::registry().with(capture.layer()).init();
        capture
    })
}

/// The change that every handler makes.
pub(crate) async fn change(resource: &'static str) {
    change_blocking(resource);
}

pub(crate) fn change_blocking(resource: &'static str) {
    record!(action = "thing.update", resource = resource);
}

/// Calls each of the paths, and returns the routes of their rows as the guide writes them.
pub(crate) async fn routes(resource: &str, call: impl AsyncFn(&str)) -> [String; 3] {
    install();
    for path in PATHS {
        call(path).await;
    }
    recorded(resource).try_into().expect("a row of each path")
}

/// Returns the routes of the rows about `resource` as the guide writes them.
pub(crate) fn recorded(resource: &str) -> Vec<String> {
    let mut rows = install().activities();
    rows.retain(|row| row.resource == resource);
    let routes = rows.into_iter().map(|row| match row.route_name {
        Some(route) => format!("`{route}`"),
        None => "–".to_owned(),
    });
    routes.collect()
}
