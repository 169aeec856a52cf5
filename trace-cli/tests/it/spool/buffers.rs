//! `spool buffers`, and a drain of what is in mapped buffers.

use std::collections::BTreeSet;

use crate::tool::Place;

/// More than a file holds.
const EVENTS: u32 = 1_000;

#[tokio::test]
async fn a_drain_stores_the_events_that_a_killed_process_had_recorded_once() {
    for place in Place::each("cli_drain_buffers").await {
        place.leave_buffers(0..EVENTS);
        let listed = place.run_spool(&["spool", "buffers"]).lines().remove(0);
        assert_eq!(listed["owner_alive"], false);
        let events = listed["events"].as_u64().expect("a number");
        assert!(events > 0, "{listed}");
        let noted = place.run_spool(&["spool", "list", "--output", "table"]);
        assert!(
            noted.err.contains("of killed processes in mapped buffers"),
            "{noted:?}"
        );
        let drained = place.run_spool(&["spool", "drain", "--all"]);
        assert_eq!(drained.code, Some(0), "{drained:?}");
        assert!(
            drained
                .err
                .contains("moved from mapped buffers to the spool"),
            "{drained:?}"
        );
        let rows = place.run(&["query", "--all", "-n", "1000"]).lines();
        assert_eq!(rows.len(), EVENTS as usize, "{}", place.store);
        let ids: BTreeSet<_> = rows
            .iter()
            .map(|row| row["resource_id"].to_string())
            .collect();
        assert_eq!(ids.len(), EVENTS as usize, "{}", place.store);
        let listed = place.run_spool(&["spool", "buffers"]).lines();
        assert!(listed.iter().all(|slot| slot["events"] == 0), "{listed:?}");
    }
}

#[test]
fn a_directory_without_buffers_is_said_to_have_none() {
    let place = Place::sqlite();
    std::fs::create_dir_all(place.spool_dir()).expect("a directory");
    let ran = place.run_spool(&["spool", "buffers"]);
    assert_eq!((ran.code, ran.out.as_str()), (Some(0), ""), "{ran:?}");
    assert!(ran.err.contains("no mapped buffers"), "{ran:?}");
}
