//! The rows of each generation come along.

use serde_json::{Value, json};

use super::{G1, G2, G3, Old, SPATIE_V4, SPATIE_V5, pairs, stored};
use crate::tool::{Place, shown};

const ROWS: u32 = 1_500;

async fn comes_along(old: Old) {
    for (from, to) in pairs(&format!("cli_import_{}", old.name.replace('-', "_"))).await {
        old.record(&from, ROWS);
        let dry = old.run(&from, &to, &["--dry-run"]).lines().remove(0);
        assert_eq!(
            (&dry["dry_run"], &dry["read"], &dry["stored"]),
            (&json!(true), &json!(ROWS), &json!(0))
        );
        assert_eq!(dry["generation"], old.name);
        assert!(
            dry["notes"]
                .as_array()
                .is_some_and(|notes| !notes.is_empty()),
            "{dry}"
        );
        assert_eq!(stored(&to), (0, 0));

        let report = old.run(&from, &to, &[]).lines().remove(0);
        let keys = ["schema", "read", "stored", "refused", "last_id", "end_id"];
        let numbers = keys.map(|key| report[key].as_u64().expect("a number"));
        let rows = u64::from(ROWS);
        assert_eq!(numbers, [1, rows, rows, 0, rows, rows], "{report}");
        assert_eq!(report["notes"], dry["notes"]);
        assert_eq!(stored(&to), (ROWS as usize, ROWS as usize), "{}", to.store);

        old.run(&from, &to, &[]).ok();
        assert_eq!(stored(&to), (ROWS as usize, ROWS as usize), "{}", to.store);
    }
}

macro_rules! each {
    ($($test:ident: $old:ident)*) => {$(
        #[tokio::test]
        async fn $test() {
            comes_along($old).await;
        }
    )*};
}

each! {
    the_first_generation_comes_along: G1
    the_second_generation_comes_along: G2
    the_third_generation_comes_along: G3
    spatie_version_4_comes_along: SPATIE_V4
    spatie_version_5_comes_along: SPATIE_V5
}

#[tokio::test]
async fn rows_go_into_sqlite_and_into_the_database_of_the_old_table() {
    for from in Place::servers("cli_import_same") {
        G3.record(&from, 50);
        let sqlite = Place::sqlite();
        sqlite.migrate().await;
        let report = G3.run(&from, &sqlite, &[]).lines().remove(0);
        assert_eq!(report["stored"], 50, "{}", from.store);
        assert_eq!(stored(&sqlite), (50, 50));

        // Without a URL of its own, the old table is in the database.
        from.migrate().await;
        from.run(G3.words).ok();
        assert_eq!(stored(&from), (50, 50), "{}", from.store);
    }
}

#[tokio::test]
async fn a_dry_run_says_in_a_table_what_will_not_fit_and_why() {
    let (from, to) = pairs("cli_import_table").await.remove(0);
    from.sql(G3.schema);
    from.sql(
        "INSERT INTO maa_event_logging_behavior_trace (id, event_id, occurred_at, actor_type, action, entity_type, metadata) VALUES \
         (4, UUID(), '2026-01-02 03:04:05', 'USER', 'update', 'user', '[]'), \
         (6, UUID(), '2026-01-02 03:04:06', 'USER', 'update', NULL, '{\"diff\": 1}')",
    );
    let table = G3.run(&from, &to, &["--dry-run", "--output", "table"]).ok();
    shown("import-dry-run", &table, &[]);

    let json = G3.run(&from, &to, &["--dry-run", "--output", "json"]).ok();
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["schema"], 1);
    let note = json!({
        "reason": "payload_empty_list", "rows": 1, "example_id": 4,
        "why": "the payload is `[]`, PHP's empty array, and becomes `{}`", "detail": null,
    });
    assert_eq!(json["notes"][1], note);
    let csv = G3.run(&from, &to, &["--dry-run", "--output", "csv"]).ok();
    let heading =
        "table,generation,dry_run,read,stored,refused,last_id,end_id,elapsed_seconds,notes";
    assert_eq!(csv.lines().next(), Some(heading));
}
