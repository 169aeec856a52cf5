//! The verdict on each function of the fixture.

use std::fs;
use std::path::Path;

use super::{Score, coverage, fixture, items};

/// A function of the fixture, with what stands above it.
#[derive(Debug)]
struct Expected {
    file: String,
    line: u64,
    name: String,
    changes: bool,
    verdict: String,
}

fn expected(folder: &Path, under: &Path, all: &mut Vec<Expected>) {
    let mut entries: Vec<_> = fs::read_dir(folder.join(under))
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    entries.sort();
    for entry in entries {
        let path = under.join(entry);
        if folder.join(&path).is_dir() {
            expected(folder, &path, all);
            continue;
        }
        let text = fs::read_to_string(folder.join(&path)).expect("a file");
        let lines: Vec<&str> = text.lines().collect();
        for (at, line) in lines.iter().enumerate() {
            let Some(words) = line.trim().strip_prefix("//= ") else {
                continue;
            };
            let (truth, verdict) = words.split_once(' ').expect("two words");
            let is_function = |at: &usize| lines[*at].contains("fn ");
            let at = (at + 1..lines.len()).find(is_function).expect("a function");
            let (_, name) = lines[at].split_once("fn ").expect("a name");
            let name = name.split(['(', '<']).next().expect("a name");
            all.push(Expected {
                file: path.display().to_string(),
                line: at as u64 + 1,
                name: name.to_owned(),
                changes: truth == "changes",
                verdict: verdict.to_owned(),
            });
        }
    }
}

#[test]
fn each_function_of_the_fixture_gets_its_verdict() {
    let ran = coverage(&fixture(), &["--all"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    let mut functions = Vec::new();
    expected(&fixture(), Path::new("src"), &mut functions);
    assert!(functions.len() >= 40, "{} functions", functions.len());

    let mut found = items(&ran);
    found.retain(|item| item["verdict"] != "not_looked_into");
    let mut score = Score::default();
    let mut wrong = Vec::new();
    for function in &functions {
        let is_it = |item: &serde_json::Value| {
            item["file"] == function.file.as_str() && item["line"] == function.line
        };
        let item = found.iter().position(is_it).map(|at| found.remove(at));
        score.add(function.changes, item.is_some());
        let verdict = item.as_ref().map_or("none", |item| {
            let shown = item["function"].as_str().expect("a name");
            assert!(shown.ends_with(&function.name), "{item}");
            item["verdict"].as_str().expect("a verdict")
        });
        if verdict != function.verdict {
            wrong.push(format!("{function:?}: {verdict}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(found.is_empty(), "without a line above them: {found:#?}");
    score.check("fixture");
}

#[test]
fn a_report_says_why_and_by_what_and_counts_on_standard_error() {
    let ran = coverage(&fixture(), &["--all", "--output", "json"]);
    let report: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(report["schema"], 1);
    let items = report["items"].as_array().expect("items");
    let of = |function: &str| {
        let found = items.iter().find(|item| item["function"] == function);
        found.unwrap_or_else(|| panic!("{function} in {items:#?}"))
    };
    let covered = of("move_out");
    assert_eq!(covered["package"], "shop");
    assert_eq!(covered["module"], "shop::accounts");
    assert_eq!(covered["by"], "its caller `transfer`");
    assert_eq!(of("create_order")["by"], "its call of `Orders::create`");
    assert_eq!(of("Orders::create")["by"], "its attribute");
    assert_eq!(of("refund")["by"], "`record!` in it");
    assert_eq!(of("seed")["by"], "rows of a demonstration");
    let why = of("Orders::cancel")["why"].as_array().expect("reasons");
    assert_eq!(why[0], "SQL of `CANCEL`");
    assert!(ran.err.contains("candidates, of which"), "{ran:?}");
    assert!(ran.err.contains("exempt = \"why\""), "{ran:?}");
}

#[test]
fn the_report_is_a_table_of_gaps_unless_all_is_asked_for() {
    let ran = coverage(&fixture(), &["--output", "table"]);
    for text in [
        "src/bin/worker.rs:10",
        "purge",
        "SQL `DELETE FROM`",
        "gap",
        "src/generated.rs:3",
        "the file of `mod missing` is not there",
    ] {
        assert!(ran.out.contains(text), "{text} in {}", ran.out);
    }
    assert!(!ran.out.contains("covered"), "{}", ran.out);
}

#[test]
fn nothing_is_compiled_and_nothing_is_written() {
    coverage(&fixture(), &[]);
    for name in ["target", "Cargo.lock"] {
        assert!(!fixture().join(name).exists(), "{name}");
    }
}

#[test]
fn what_a_macro_takes_is_read_whether_it_is_expressions_or_not() {
    let source = "
        struct Orders;
        impl Orders { #[behavior_trace] async fn create(total: u8) {} }
        async fn add_both(db: &Db) { tokio::join!(Orders::create(1), Orders::create(2)) }
        async fn add_one(db: &Db) { tokio::select! { _ = create_one(1) => {} } }
        #[behavior_trace] async fn create_one(total: u8) {}
        async fn sweep(db: &Db) { tokio::try_join!(order.delete(db), other.delete(db)); }
        async fn log(db: &Db) { info!(\"DELETE FROM orders\"); }";
    let shop = super::package(&[("src/lib.rs", source)]);
    let ran = coverage(shop.path(), &["--all"]);
    let shown: Vec<String> = super::verdicts(&ran)
        .into_iter()
        .map(|((_, function), verdict)| format!("{function} {verdict}"))
        .collect();
    let expected = ["add_both covered", "add_one covered", "sweep gap"];
    assert_eq!(shown, expected, "{ran:?}");
}

/// Returns the functions of a source with their verdicts.
fn judged(source: &str) -> Vec<String> {
    let shop = super::package(&[("src/lib.rs", source)]);
    let ran = coverage(shop.path(), &["--all"]);
    let shown = super::verdicts(&ran).into_iter();
    shown
        .map(|((_, function), verdict)| format!("{function} {verdict}"))
        .collect()
}

#[test]
fn a_method_of_a_collection_is_not_taken_for_a_function_of_its_name() {
    let source = "
        struct Ledger;
        impl Ledger {
            #[behavior_trace] fn insert(&self, at: usize, row: u8) {}
            #[behavior_trace] async fn push(&self, row: u8) {}
        }
        fn add_rows(db: &Db) { rows.insert(0, 1); db.run(\"INSERT INTO rows VALUES (1)\") }
        fn add_entry(ledger: &Ledger) { ledger.insert(0, 1); db.run(\"INSERT INTO rows VALUES (1)\") }
        async fn add_last(ledger: &Ledger) { tokio::join!(a.push(1), b.push(2)); db.run(\"INSERT INTO a VALUES (1)\") }
        async fn add_later(ledger: &Ledger) { let row = ledger.push(1); row.await; db.run(\"INSERT INTO a VALUES (1)\") }";
    let expected = [
        "add_entry covered",
        "add_last covered",
        "add_later covered",
        "add_rows gap",
    ];
    let found = judged(source);
    let of_free: Vec<_> = found.iter().filter(|one| one.starts_with("add_")).collect();
    assert_eq!(of_free, expected, "{found:?}");
}

#[test]
fn the_pieces_of_a_macro_are_read_as_expressions() {
    let source = "
        async fn close(a: &A) { tokio::select! { _ = order.delete(db) => {}, () = wait() => {} } }
        async fn sweep(a: &A) { tokio::select! { done = orders.delete() => done, () = wait() => {} } }
        fn routes() { mount! { base => \"/\", routing => post(take); } }
        fn take(a: u8) {}
        fn look(a: &A) { page! { <p>{ rows.get(0) }</p> if a == b && c != d { e <= f } } }";
    assert_eq!(judged(source), ["close gap", "sweep gap", "take gap"]);
}
