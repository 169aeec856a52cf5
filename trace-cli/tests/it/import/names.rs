//! New names for old ones.

use std::fs;

use super::{G3, pairs};

#[tokio::test]
async fn a_file_of_names_maps_what_the_rule_does_not_know() {
    for (from, to) in pairs("cli_import_names").await {
        from.sql(G3.schema);
        from.sql(
            "INSERT INTO maa_event_logging_behavior_trace (event_id, occurred_at, actor_type, action, entity_type, metadata) VALUES \
             (UUID(), '2026-01-02 03:04:05', 'USER', 'report_run', NULL, '{}'), \
             (UUID(), '2026-01-02 03:04:06', 'USER', 'update', 'user', '{}')",
        );
        let names =
            "[[name]]\naction = 'report_run'\nnew_action = 'report.run'\nnew_resource = 'Report'\n";
        fs::write(to.path().join("names.toml"), names).expect("written");
        let report = G3
            .run(&from, &to, &["--names", "names.toml"])
            .lines()
            .remove(0);
        assert_eq!(
            report["notes"].as_array().map(Vec::len),
            Some(0),
            "{report}"
        );
        let rows = to.run(&["query"]).lines();
        let names: Vec<_> = rows
            .iter()
            .map(|row| (row["action"].as_str(), row["resource"].as_str()))
            .collect();
        assert_eq!(
            names,
            [
                (Some("user.update"), Some("User")),
                (Some("report.run"), Some("Report"))
            ],
            "{}",
            to.store
        );
    }
}

#[tokio::test]
async fn a_name_that_the_recorder_would_refuse_exits_with_2() {
    let (from, to) = pairs("cli_import_bad_names").await.remove(0);
    let names = "[[name]]\naction = 'a'\nnew_action = 'report run'\nnew_resource = 'Report'\n";
    fs::write(to.path().join("names.toml"), names).expect("written");
    let ran = G3.run(&from, &to, &["--names", "names.toml"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.err
            .contains("names.toml: `report run` cannot be a new name"),
        "{ran:?}"
    );
    let none = G3.run(&from, &to, &["--names", "none.toml"]);
    assert_eq!(none.code, Some(2), "{none:?}");
}
