//! `import`.

mod generations;
mod names;
mod refused;
mod resumed;
mod wrong;

use std::path::Path;
use std::process::Command;

use behavior_trace_servers::Php;

use crate::tool::{Place, Ran};

/// A generation of an old table, and how the tool brings it along.
#[derive(Clone, Copy)]
struct Old {
    name: &'static str,
    schema: &'static str,
    words: &'static [&'static str],
}

const G1: Old = Old {
    name: "g1",
    schema: include_str!("../../../../tests/php/schema/g1.sql"),
    words: &["import", "php"],
};
const G2: Old = Old {
    name: "g2",
    schema: include_str!("../../../../tests/php/schema/g2.sql"),
    words: &["import", "php"],
};
const G3: Old = Old {
    name: "g3",
    schema: include_str!("../../../../tests/php/schema/g3.sql"),
    words: &["import", "php", "--zone-of-writer", "Europe/Berlin"],
};
const SPATIE_V4: Old = Old {
    name: "spatie-v4",
    schema: include_str!("../../../../tests/php/schema/spatie-v4.sql"),
    words: &[
        "import",
        "spatie",
        "--zone-of-writer",
        "UTC",
        "--session-zone",
        "+00:00",
    ],
};
const SPATIE_V5: Old = Old {
    name: "spatie-v5",
    schema: include_str!("../../../../tests/php/schema/spatie-v5.sql"),
    words: &[
        "import",
        "spatie",
        "--zone-of-writer",
        "UTC",
        "--session-zone",
        "+00:00",
    ],
};

impl Old {
    /// Creates the old table, and lets PHP record rows into it.
    fn record(self, place: &Place, rows: u32) {
        place.sql(self.schema);
        let php = Php::find().unwrap_or_else(|error| panic!("{error}"));
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/php/record.php");
        let recorder = php.recorder(&script, self.name, &place.url);
        let mut recorder = recorder.unwrap_or_else(|error| panic!("{error}"));
        let rows = format!("--rows={rows}");
        let ran = recorder
            .args([&rows, "--transaction=500"])
            .output()
            .expect("PHP starts");
        assert!(ran.status.success(), "{ran:?}");
    }

    /// Returns a command that imports from one place into another.
    fn command(self, from: &Place, to: &Place, words: &[&str]) -> Command {
        let mut command = to.command(self.words);
        command
            .args(words)
            .env("BEHAVIOR_TRACE_IMPORT_URL", &from.url);
        command
    }

    fn run(self, from: &Place, to: &Place, words: &[&str]) -> Ran {
        let mut command = self.command(from, to, &[&["--pause-factor", "0"], words].concat());
        Ran::of(command.output().expect("the tool runs"))
    }
}

/// Returns pairs of an old and a new place: on each server, the new table migrated.
async fn pairs(test: &str) -> Vec<(Place, Place)> {
    let olds = Place::servers(&format!("{test}_old"));
    let news = Place::servers(test);
    for new in &news {
        new.migrate().await;
    }
    olds.into_iter().zip(news).collect()
}

/// Returns the number of rows and of different events in the new table.
fn stored(place: &Place) -> (usize, usize) {
    let rows = place.run(&["query", "--all", "-n", "1000"]).lines();
    let events = rows.iter().map(|row| row["event_id"].to_string());
    let events: std::collections::BTreeSet<_> = events.collect();
    (rows.len(), events.len())
}
