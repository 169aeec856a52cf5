use super::super::found::FoundColumn;
use super::*;

const UNIQUE: &str = "occurred_at, event_id";

fn key(name: &str, is_unique: bool, columns: &str) -> FoundKey {
    FoundKey {
        name: name.to_owned(),
        is_unique,
        columns: columns.to_owned(),
    }
}

/// Returns the recorder's own table.
fn ours() -> FoundTable {
    let reference = Reference::read();
    let columns = reference.columns.iter().map(|column| FoundColumn {
        name: column.name.to_owned(),
        column_type: column.data_type.to_lowercase(),
        may_be_null: column.may_be_null(),
        collation: column.collation().unwrap_or_default().to_owned(),
        has_default: false,
        is_auto_increment: column.name == "id",
    });
    let mut keys: Vec<_> = reference
        .keys
        .iter()
        .map(|found| key(found.name, found.is_unique, found.columns))
        .collect();
    keys.push(key("PRIMARY", true, "id"));
    FoundTable {
        kind: "BASE TABLE".to_owned(),
        engine: "InnoDB".to_owned(),
        is_mariadb: false,
        columns: columns.collect(),
        keys,
    }
}

/// Returns a table of the first generation of the PHP package.
fn first_generation() -> FoundTable {
    let mut table = ours();
    for column in &mut table.columns {
        match &*column.name {
            "actor_id" => column.column_type = "bigint unsigned".to_owned(),
            "payload" => column.may_be_null = true,
            _ => {}
        }
        if !column.collation.is_empty() {
            column.collation = "utf8mb4_unicode_ci".to_owned();
        }
    }
    table.keys = vec![
        key("PRIMARY", true, "id"),
        key("idx_occurred", false, "occurred_at, id"),
        key("idx_correlation", false, "correlation_id"),
        key("idx_resource", false, "resource, resource_id"),
    ];
    table
}

fn judged(found: &FoundTable) -> Verdict {
    judge(&Reference::read(), found)
}

#[track_caller]
fn planned(found: &FoundTable) -> Plan {
    match judged(found) {
        Verdict::Usable(plan) => plan,
        Verdict::Refused(reason) => panic!("{reason}"),
    }
}

#[track_caller]
fn refused(found: &FoundTable, parts: &[&str]) {
    let Verdict::Refused(reason) = judged(found) else {
        panic!("{found:?}");
    };
    for part in parts {
        assert!(reason.contains(part), "{part}: {reason}");
    }
}

#[test]
fn nothing_is_left_to_do_to_the_recorders_own_table() {
    assert_eq!(planned(&ours()), Plan::default());
}

#[test]
fn a_key_that_an_operator_dropped_is_not_missed() {
    let mut table = ours();
    table
        .keys
        .retain(|key| key.is_unique || key.columns == "occurred_at, id");
    assert_eq!(planned(&table), Plan::default());
}

#[test]
fn the_unique_key_alone_is_added_first() {
    let mut table = ours();
    table.keys.retain(|key| key.columns != UNIQUE);
    let plan = planned(&table);
    let statement = "ALTER TABLE operational_activity ADD UNIQUE KEY operational_activity_event (occurred_at, event_id), \
         ALGORITHM=INPLACE, LOCK=NONE";
    assert_eq!(plan.key.as_deref(), Some(statement));
    assert_eq!(plan.changes, [""; 0]);
}

#[test]
fn the_first_generation_is_taken_over_in_two_steps() {
    let plan = planned(&first_generation());
    assert!(plan.key.is_some());
    assert_eq!(plan.differences.len(), 12, "{:?}", plan.differences);
    for part in [
        "MODIFY actor_id BIGINT NULL",
        "MODIFY payload JSON NOT NULL",
        "MODIFY event_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL",
        "RENAME INDEX `idx_occurred` TO operational_activity_cursor",
        "RENAME INDEX `idx_correlation` TO operational_activity_correlation",
        "ADD KEY operational_activity_history (resource, resource_id, occurred_at)",
    ] {
        assert!(
            plan.changes.iter().any(|change| change == part),
            "{part}: {:?}",
            plan.changes
        );
    }
}

#[test]
fn the_second_generation_is_named_and_refused() {
    let mut table = first_generation();
    for column in &mut table.columns {
        let renamed = match &*column.name {
            "resource" => "entity_type",
            "resource_id" => "entity_id",
            "payload" => "metadata",
            _ => continue,
        };
        column.name = renamed.to_owned();
    }
    refused(
        &table,
        &[
            "PHP package's of a later release",
            "`metadata`",
            "lacks `resource`, `resource_id`, `payload`",
            "RENAME TABLE",
        ],
    );
}

#[test]
fn a_strangers_table_is_refused_with_its_columns() {
    let mut table = ours();
    table.columns.truncate(1);
    table.columns[0].name = "widget".to_owned();
    refused(
        &table,
        &["not the recorder's", "columns `widget`", "lacks `id`"],
    );
}

#[test]
fn a_table_that_cannot_hold_the_rows_is_refused_with_the_reason() {
    let mut table = ours();
    table.columns.push(FoundColumn {
        name: "tenant".to_owned(),
        column_type: "int".to_owned(),
        ..FoundColumn::default()
    });
    refused(&table, &["`tenant` has no default"]);
    table.columns[14].has_default = true;
    assert_eq!(planned(&table), Plan::default());

    let mut table = ours();
    table.columns[2].column_type = "timestamp(6)".to_owned();
    refused(&table, &["`occurred_at` is timestamp(6)", "DATETIME(6)"]);
}

#[test]
fn a_view_another_engine_and_another_unique_key_are_refused() {
    let view = FoundTable {
        kind: "VIEW".to_owned(),
        ..ours()
    };
    refused(&view, &["is a view"]);
    let old = FoundTable {
        engine: "MyISAM".to_owned(),
        ..ours()
    };
    refused(&old, &["MyISAM", "ENGINE=InnoDB"]);
    let mut keyed = ours();
    keyed.keys.push(key("u", true, "event_id"));
    refused(&keyed, &["`u` (event_id)", "DROP INDEX `u`"]);
    let mut partitioned = ours();
    partitioned
        .keys
        .push(key("p", true, "id, occurred_at, event_id"));
    assert_eq!(planned(&partitioned), Plan::default());
}
