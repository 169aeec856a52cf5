//! An import in a process that is killed.

use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use behavior_trace::import::ImportPosition;

use super::{Move, ROWS, import};

/// Starts an import in another process, kills it in the middle, and returns the last position that it gave.
pub(super) fn killed(one: &Move) -> ImportPosition {
    let mut child = Command::new(env::current_exe().expect("this binary"))
        .args([
            "--exact",
            "importing::interrupted::process",
            "--ignored",
            "--nocapture",
        ])
        .env("IMPORT_GENERATION", one.generation.name())
        .env("IMPORT_OLD", one.old.text())
        .env("IMPORT_NEW", one.new.text())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let lines = BufReader::new(child.stdout.take().expect("piped"))
        .lines()
        .map_while(Result::ok);
    let mut positions = lines.filter_map(|line| {
        line.strip_prefix("position ")?
            .parse::<ImportPosition>()
            .ok()
    });
    let half = u64::from(ROWS / 2);
    let position = positions
        .find(|position| position.last_id() >= half)
        .expect("the middle");
    child.kill().expect("it runs");
    // It was in the middle of a page that counts for nothing.
    let last = positions.last().unwrap_or(position);
    let status = child.wait().expect("ends");
    assert!(!status.success(), "it ended before it was killed");
    assert!(last.last_id() < u64::from(ROWS), "{last}");
    last
}

#[tokio::test]
#[ignore = "the process that the other tests start"]
async fn process() {
    let variable = |name| env::var(name).ok();
    let (Some(generation), Some(old), Some(new)) = (
        variable("IMPORT_GENERATION"),
        variable("IMPORT_OLD"),
        variable("IMPORT_NEW"),
    ) else {
        return;
    };
    // Slow enough to be killed in the middle.
    let import = import(&generation, &old, &new).max_rows_per_second(ROWS / 2);
    let run = import.run(|so_far| println!("position {}", so_far.position));
    run.await.expect("runs");
}
