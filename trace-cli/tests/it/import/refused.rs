//! Rows that the database refuses.

use serde_json::Value;

use super::{G3, pairs, stored};

#[tokio::test]
async fn a_refused_row_is_in_the_report_and_exits_with_3() {
    for (from, to) in pairs("cli_import_refused").await {
        G3.record(&from, 40);
        to.sql("ALTER TABLE operational_activity ADD CONSTRAINT not_this CHECK (event_id <> (SELECTED))".replace(
            "(SELECTED)",
            &format!("'{}'", from.sql("SELECT event_id FROM maa_event_logging_behavior_trace WHERE id = 17").trim()),
        ).as_str());
        let words = ["--state", "import.state"];
        let ran = G3.run(&from, &to, &words);
        assert_eq!(ran.code, Some(3), "{ran:?}");
        assert!(
            ran.err
                .contains("refused 1 row, in the old table alone now, such as id 17: "),
            "{ran:?}"
        );
        assert!(ran.err.contains("not_this"), "{ran:?}");
        let report: Value = serde_json::from_str(&ran.out).expect("JSON");
        assert_eq!(
            (report["stored"].as_u64(), report["refused"].as_u64()),
            (Some(39), Some(1))
        );
        let notes = report["notes"].as_array().expect("notes");
        let note = notes
            .iter()
            .find(|note| note["reason"] == "refused")
            .expect("a note");
        assert!(
            note["detail"]
                .as_str()
                .is_some_and(|answer| answer.contains("not_this")),
            "{note}"
        );
        assert_eq!(stored(&to), (39, 39), "{}", to.store);

        // The next run of the same command has nothing to read, and still says it.
        let again = G3.run(&from, &to, &words);
        assert_eq!(again.code, Some(3), "{again:?}");
        let table = G3.run(&from, &to, &[&words[..], &["--output", "table"]].concat());
        assert!(table.out.contains("refused  1\n"), "{table:?}");

        // A run from the first row stores it, once the cause is gone.
        to.sql("ALTER TABLE operational_activity DROP CONSTRAINT not_this");
        G3.run(&from, &to, &[]).ok();
        assert_eq!(stored(&to), (40, 40), "{}", to.store);
    }
}
