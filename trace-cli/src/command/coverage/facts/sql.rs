//! Texts of SQL, by their words.

/// What a text is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sql {
    /// It writes, with its first words.
    Write(String),
    /// It reads, or changes a session or a schema.
    Other,
    /// It is no SQL.
    No,
}

/// Words with which a statement begins that writes no rows.
const OTHERS: [&str; 21] = [
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BEGIN",
    "CALL",
    "COMMIT",
    "CREATE",
    "DROP",
    "EXPLAIN",
    "GRANT",
    "LOCK",
    "PRAGMA",
    "RELEASE",
    "ROLLBACK",
    "SAVEPOINT",
    "SELECT",
    "SET",
    "SHOW",
    "START",
    "VACUUM",
    "WITH",
];

/// Words between a verb and what it writes to.
const MODIFIERS: [&str; 12] = [
    "ABORT",
    "DELAYED",
    "FAIL",
    "HIGH_PRIORITY",
    "IGNORE",
    "LOW_PRIORITY",
    "ONLY",
    "OR",
    "QUICK",
    "REPLACE",
    "ROLLBACK",
    "UPDATE",
];

/// Reads a text. A script that creates a table too is of a schema, with the rows that it begins with.
pub(super) fn read(text: &str) -> Sql {
    let statements: Vec<Vec<String>> = text.split([';', '(']).map(words).collect();
    let begins = |words: &Vec<String>, verb: &str| words.first().is_some_and(|word| word == verb);
    let creates = |words: &Vec<String>| begins(words, "CREATE");
    if !statements.iter().any(creates)
        && let Some(words) = statements.iter().find_map(|words| written(words))
    {
        return Sql::Write(words);
    }
    let first = statements.first();
    if first.is_some_and(|words| OTHERS.iter().any(|verb| begins(words, verb))) {
        return Sql::Other;
    }
    Sql::No
}

fn words(statement: &str) -> Vec<String> {
    let without_comments = statement
        .lines()
        .map(|line| line.split("--").next().unwrap_or(""));
    let text: Vec<&str> = without_comments.collect();
    let words = text.join(" ");
    words
        .split_whitespace()
        .take(64)
        .map(str::to_ascii_uppercase)
        .collect()
}

/// Returns the words of a statement that writes. A list of common tables may stand before its verb, behind `)`.
fn written(words: &[String]) -> Option<String> {
    let mut starts = words
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || words[at - 1].ends_with(')'));
    starts.find_map(|(at, _)| verb(&words[at..]))
}

fn verb(words: &[String]) -> Option<String> {
    let (verb, rest) = words.split_first()?;
    let mut after = rest
        .iter()
        .skip_while(|word| MODIFIERS.contains(&word.as_str()));
    let next = after.next().map(String::as_str);
    let is = match verb.as_str() {
        "INSERT" | "REPLACE" | "MERGE" => next == Some("INTO"),
        "DELETE" => next == Some("FROM") || rest.iter().take(3).any(|word| word == "FROM"),
        "TRUNCATE" => next == Some("TABLE"),
        "UPDATE" => rest.iter().skip(1).take(12).any(|word| word == "SET"),
        _ => false,
    };
    is.then(|| match verb.as_str() {
        "UPDATE" => "UPDATE … SET".to_owned(),
        verb => format!(
            "{verb} {}",
            if verb == "DELETE" {
                "FROM"
            } else {
                next.unwrap_or("")
            }
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_writes_rows_is_found_wherever_it_begins() {
        for text in [
            "INSERT INTO orders (id) VALUES (?)",
            "insert ignore into orders values (1)",
            "INSERT OR REPLACE INTO orders VALUES (1)",
            "\n    UPDATE orders\n    SET status = ?",
            "UPDATE orders o JOIN users u ON u.id = o.user SET o.status = 1",
            "DELETE FROM orders WHERE id = $1",
            "DELETE o FROM orders o",
            "REPLACE INTO orders VALUES (1)",
            "MERGE INTO orders USING more ON (id = key)",
            "WITH moved AS (DELETE FROM orders RETURNING *) SELECT * FROM moved",
            "WITH old AS (SELECT id FROM orders) UPDATE orders SET status = 1",
            "BEGIN; DELETE FROM orders; COMMIT",
            "-- all of them\nDELETE FROM orders",
            "TRUNCATE TABLE orders",
        ] {
            assert!(matches!(read(text), Sql::Write(_)), "{text}");
        }
    }

    #[test]
    fn queries_sessions_schemas_and_sentences_write_nothing() {
        for text in [
            "SELECT * FROM orders FOR UPDATE",
            "select deleted from orders",
            "CREATE TABLE orders (id INTEGER); INSERT INTO orders VALUES (1)",
            "PRAGMA journal_mode = WAL",
            "SET time_zone = '+00:00'",
        ] {
            assert_eq!(read(text), Sql::Other, "{text}");
        }
        for text in [
            "",
            "Update failed; set a timeout",
            "update the user",
            "could not insert into the cache",
            "Delete this order",
            "merge conflicts",
            "order.update",
        ] {
            assert_eq!(read(text), Sql::No, "{text}");
        }
    }
}
