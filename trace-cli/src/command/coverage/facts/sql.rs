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

/// Words behind the name of a table that is truncated.
const AFTER_TRUNCATED: [&str; 4] = ["CASCADE", "CONTINUE", "RESTART", "RESTRICT"];

/// Reads a text. A script that creates a table too is of a schema, with the rows that it begins with.
pub(super) fn read(text: &str) -> Sql {
    let text = without_comments(text);
    let statements: Vec<Vec<&str>> = text.split([';', '(']).map(words).collect();
    let begins = |words: &Vec<&str>, verb: &str| words.first().is_some_and(|word| is(word, verb));
    let creates = |words: &Vec<&str>| begins(words, "CREATE");
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

fn words(statement: &str) -> Vec<&str> {
    statement.split_whitespace().collect()
}

fn is(word: &str, other: &str) -> bool {
    word.eq_ignore_ascii_case(other)
}

/// Returns a text without the comments of SQL, `-- …` and `/* … */`. A marker within quotes is none, but a text of SQL has values
/// in parameters.
fn without_comments(text: &str) -> String {
    let (mut rest, mut found) = (text, String::with_capacity(text.len()));
    while let Some(at) = rest.find(['-', '/']) {
        let (before, from) = rest.split_at(at);
        found.push_str(before);
        rest = if from.starts_with("--") {
            from.find('\n').map_or("", |end| &from[end..])
        } else if let Some(comment) = from.strip_prefix("/*") {
            found.push(' ');
            comment.split_once("*/").map_or("", |(_, rest)| rest)
        } else {
            found.push_str(&from[..1]);
            &from[1..]
        };
    }
    found.push_str(rest);
    found
}

/// Returns the words of a statement that writes. A list of common tables may stand before its verb, behind `)`.
fn written(words: &[&str]) -> Option<String> {
    let mut starts = words
        .iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || words[at - 1].ends_with(')'));
    starts.find_map(|(at, _)| verb(&words[at..]))
}

fn verb(words: &[&str]) -> Option<String> {
    let (verb, rest) = words.split_first()?;
    let is_modifier = |word: &&&str| MODIFIERS.iter().any(|modifier| is(word, modifier));
    let next = rest.iter().find(|word| !is_modifier(word));
    let next_is = |wanted: &str| next.is_some_and(|next| is(next, wanted));
    let has = |skipped: usize, within: usize, wanted: &str| {
        let mut words = rest.iter().skip(skipped).take(within);
        words.any(|word| is(word, wanted))
    };
    let shown = match verb.to_ascii_uppercase().as_str() {
        verb @ ("INSERT" | "REPLACE" | "MERGE") if next_is("INTO") => format!("{verb} INTO"),
        "DELETE" if next_is("FROM") || has(0, 3, "FROM") => "DELETE FROM".to_owned(),
        "TRUNCATE" if next_is("TABLE") || *verb == "TRUNCATE" && is_of_a_table(rest) => {
            "TRUNCATE TABLE".to_owned()
        }
        "UPDATE" if has(1, 12, "SET") => "UPDATE … SET".to_owned(),
        _ => return None,
    };
    Some(shown)
}

/// Returns whether words are the names of tables to truncate, and no sentence.
fn is_of_a_table(words: &[&str]) -> bool {
    let names = words.iter().take_while(|word| word.ends_with(',')).count();
    let after = words.get(names + 1);
    names < words.len() && after.is_none_or(|word| AFTER_TRUNCATED.iter().any(|one| is(word, one)))
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
            "TRUNCATE orders",
            "TRUNCATE orders, users RESTART IDENTITY",
            "/* all; (of them) */ DELETE FROM orders",
            "/* a */ -- b; c\nUPDATE orders SET status = 1",
            "-- it's all; really\nINSERT INTO orders VALUES (1)",
            &format!(
                "WITH {} old AS MATERIALIZED (SELECT 1) DELETE FROM orders",
                "a AS b, ".repeat(80)
            ),
            &format!(
                "WITH old AS (SELECT {}) DELETE FROM orders",
                "a, ".repeat(80)
            ),
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
            "truncate orders",
            "Truncate the text",
            "TRUNCATE IT NOW",
            "a/b -- see INSERT INTO orders",
            "/* DELETE FROM orders */",
            "/*/ DELETE FROM orders */",
            "order.update",
        ] {
            assert_eq!(read(text), Sql::No, "{text}");
        }
    }
}
