//! Comparison of a found column with its reference.

use super::found::FoundColumn;
use super::reference::Column;

/// Result of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    /// It holds what the recorder writes, and reads as the recorder expects.
    Same,
    /// It holds nearly all that the recorder writes. The text names the difference, and the type is the one to change to.
    Differs { how: String, to: String },
    /// It does not hold what the recorder writes. The text names the reason.
    Unfit(String),
}

/// Compares a column with its reference.
pub(super) fn compare(reference: &Column, found: &FoundColumn, is_mariadb: bool) -> Comparison {
    if reference.may_be_null() && !found.may_be_null {
        return unfit(found, "it takes no NULL");
    }
    let differences = match reference.width() {
        Some(width) => text(reference, found, width),
        None => match reference.name {
            "id" => id(found),
            "occurred_at" => time(found),
            "payload" => json(found, is_mariadb),
            _ => integer(found),
        },
    };
    let mut differences = match differences {
        Ok(differences) => differences,
        Err(reason) => return unfit(found, reason),
    };
    if found.may_be_null && !reference.may_be_null() {
        differences.push("may be NULL".to_owned());
    }
    if differences.is_empty() {
        return Comparison::Same;
    }
    Comparison::Differs {
        how: format!("`{}` {}", reference.name, differences.join(" and ")),
        to: wider(reference, found),
    }
}

fn unfit(found: &FoundColumn, reason: &str) -> Comparison {
    let FoundColumn {
        name, column_type, ..
    } = found;
    Comparison::Unfit(format!("`{name}` is {column_type}: {reason}"))
}

fn text(reference: &Column, found: &FoundColumn, width: u64) -> Result<Vec<String>, &'static str> {
    let mut differences = Vec::new();
    match found.type_name() {
        "char" | "varchar" if found.width().is_some_and(|found| found >= width) => {}
        "char" | "varchar" => differences.push(format!(
            "is {} and not {}",
            found.column_type, reference.data_type
        )),
        _ => return Err("the recorder writes CHAR or VARCHAR"),
    }
    let collation = reference.collation().unwrap_or_default();
    if found.collation != collation {
        differences.push(format!(
            "compares by {} and not {collation}",
            found.collation
        ));
    }
    Ok(differences)
}

fn id(found: &FoundColumn) -> Result<Vec<String>, &'static str> {
    if !found.is_auto_increment {
        return Err("the server has to number the rows (AUTO_INCREMENT)");
    }
    let is_large = found.type_name() == "bigint" && found.is_unsigned();
    Ok(difference(!is_large, found))
}

fn time(found: &FoundColumn) -> Result<Vec<String>, &'static str> {
    match (found.type_name(), found.width()) {
        ("datetime", Some(6)) => Ok(Vec::new()),
        ("timestamp", _) => Err(
            "a session's time zone would move its times; the recorder writes DATETIME(6) in UTC",
        ),
        _ => Err("it does not hold microseconds; the recorder writes DATETIME(6)"),
    }
}

fn json(found: &FoundColumn, is_mariadb: bool) -> Result<Vec<String>, &'static str> {
    match found.type_name() {
        "json" => Ok(Vec::new()),
        // MariaDB's JSON is LONGTEXT with a check.
        "longtext" => Ok(difference(!is_mariadb, found)),
        "mediumtext" => Ok(difference(true, found)),
        _ => Err("it does not hold JSON of 64 KiB"),
    }
}

fn integer(found: &FoundColumn) -> Result<Vec<String>, &'static str> {
    match found.type_name() {
        "bigint" => Ok(difference(found.is_unsigned(), found)),
        "int" | "mediumint" | "smallint" => Ok(difference(true, found)),
        _ => Err("the recorder writes BIGINT"),
    }
}

fn difference(differs: bool, found: &FoundColumn) -> Vec<String> {
    let how = differs.then(|| format!("is {}", found.column_type));
    how.into_iter().collect()
}

/// Returns the type to change to: the reference's, or the found one if it is wider, so that nothing is cut.
fn wider(reference: &Column, found: &FoundColumn) -> String {
    match (reference.width(), found.width()) {
        (Some(reference), Some(found_width)) if found_width > reference => {
            found.column_type.to_uppercase()
        }
        _ => reference.data_type.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::reference::Reference;
    use super::*;

    fn found(column_type: &str, collation: &str) -> FoundColumn {
        FoundColumn {
            name: "x".to_owned(),
            column_type: column_type.to_owned(),
            may_be_null: true,
            collation: collation.to_owned(),
            ..FoundColumn::default()
        }
    }

    fn compared(name: &str, found: &FoundColumn) -> Comparison {
        let columns = Reference::read().columns;
        let column = columns.into_iter().find(|column| column.name == name);
        compare(&column.expect(name), found, true)
    }

    #[track_caller]
    fn differs(name: &str, found: &FoundColumn, how: &str, to: &str) {
        let expected = Comparison::Differs {
            how: how.to_owned(),
            to: to.to_owned(),
        };
        assert_eq!(compared(name, found), expected);
    }

    #[test]
    fn widths_and_types_of_the_reference_are_the_same() {
        let same = |name, found: &FoundColumn| {
            assert_eq!(compared(name, found), Comparison::Same, "{name}");
        };
        same("actor_id", &found("bigint(20)", ""));
        same("actor_id", &found("bigint", ""));
        same("correlation_id", &found("char(36)", "utf8mb4_bin"));
        same("route_name", &found("varchar(500)", "utf8mb4_bin"));
        let filled = |found: FoundColumn| FoundColumn {
            may_be_null: false,
            ..found
        };
        same("occurred_at", &filled(found("datetime(6)", "")));
        same("payload", &filled(found("longtext", "utf8mb4_bin")));
        same("event_id", &filled(found("char(36)", "ascii_bin")));
    }

    #[test]
    fn what_can_be_changed_is_a_difference() {
        differs(
            "actor_id",
            &found("bigint(20) unsigned", ""),
            "`actor_id` is bigint(20) unsigned",
            "BIGINT",
        );
        differs(
            "payload",
            &found("json", ""),
            "`payload` may be NULL",
            "JSON",
        );
        differs(
            "user_agent",
            &found("varchar(255)", "utf8mb4_unicode_ci"),
            "`user_agent` is varchar(255) and not VARCHAR(512) and compares by utf8mb4_unicode_ci and not utf8mb4_bin",
            "VARCHAR(512)",
        );
        differs(
            "route_name",
            &found("varchar(500)", "latin1_swedish_ci"),
            "`route_name` compares by latin1_swedish_ci and not utf8mb4_bin",
            "VARCHAR(500)",
        );
    }

    #[test]
    fn what_the_recorder_cannot_write_to_is_unfit() {
        let unfit = |name, found: &FoundColumn| {
            let compared = compared(name, found);
            assert!(matches!(compared, Comparison::Unfit(_)), "{compared:?}");
        };
        unfit("occurred_at", &found("timestamp(6)", ""));
        unfit("occurred_at", &found("datetime", ""));
        unfit("event_id", &found("binary(16)", ""));
        unfit("resource_id", &found("bigint(20)", ""));
        unfit("payload", &found("varchar(255)", "utf8mb4_bin"));
        unfit("id", &found("bigint(20) unsigned", ""));
        let required = FoundColumn {
            may_be_null: false,
            ..found("varchar(64)", "utf8mb4_bin")
        };
        unfit("request_id", &required);
    }
}
