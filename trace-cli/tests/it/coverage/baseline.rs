//! Known gaps.

use std::fs;

use super::{coverage, package, verdicts};

const TWO: &str = "
    fn add_order(db: &Db) { db.run(\"INSERT INTO orders VALUES (1)\") }
    mod more { struct Orders; impl Orders { fn sweep(&self) { self.run(\"DELETE FROM orders\") } } }";
const KNOWN: &str = r#"{
  "schema": 1,
  "gaps": [
    {
      "package": "shop",
      "module": "shop",
      "function": "add_order"
    },
    {
      "package": "shop",
      "module": "shop::more",
      "function": "Orders::sweep"
    }
  ]
}
"#;

#[test]
fn gaps_of_the_baseline_are_known_and_new_ones_alone_fail() {
    let shop = package(&[("src/lib.rs", TWO)]);
    let missing = coverage(shop.path(), &["--baseline", "gaps.json"]);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.contains("--write-baseline"), "{missing:?}");

    let written = coverage(
        shop.path(),
        &["--baseline", "gaps.json", "--write-baseline"],
    );
    assert_eq!(written.code, Some(0), "{written:?}");
    let file = shop.path().join("gaps.json");
    assert_eq!(fs::read_to_string(&file).expect("a file"), KNOWN);

    // The lines are others, and the gaps the same.
    let moved = format!("\n\n// moved\n{TWO}");
    fs::write(shop.path().join("src/lib.rs"), &moved).expect("written");
    let known = coverage(shop.path(), &["--baseline", "gaps.json", "--all"]);
    assert_eq!(known.code, Some(0), "{known:?}");
    assert!(
        verdicts(&known).values().all(|verdict| verdict == "known"),
        "{known:?}"
    );

    let more = format!("{moved}\nfn remove_order(db: &Db) {{ db.run(\"DELETE FROM orders\") }}");
    fs::write(shop.path().join("src/lib.rs"), more).expect("written");
    let new = coverage(shop.path(), &["--baseline", "gaps.json"]);
    assert_eq!(new.code, Some(3), "{new:?}");
    assert!(new.err.contains("1 new gap:"), "{new:?}");
    assert_eq!(verdicts(&new).len(), 1, "{new:?}");
    assert!(new.out.contains("remove_order"), "{new:?}");
}

#[test]
fn a_gap_that_was_closed_is_told_of_and_removed_by_writing_again() {
    let shop = package(&[("src/lib.rs", "fn nothing() {}"), ("gaps.json", KNOWN)]);
    let ran = coverage(shop.path(), &["--baseline", "gaps.json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.err.contains("2 gaps of the baseline are none any more"),
        "{ran:?}"
    );
    coverage(
        shop.path(),
        &["--baseline", "gaps.json", "--write-baseline"],
    );
    let written = fs::read_to_string(shop.path().join("gaps.json")).expect("a file");
    assert_eq!(written, "{\n  \"schema\": 1,\n  \"gaps\": []\n}\n");
}

#[test]
fn known_gaps_of_a_file_that_cannot_be_read_stay_in_the_baseline() {
    let shop = package(&[("src/lib.rs", TWO)]);
    let words = ["--baseline", "gaps.json", "--write-baseline"];
    coverage(shop.path(), &words);
    fs::write(shop.path().join("src/lib.rs"), "fn broken( {").expect("written");
    let ran = coverage(shop.path(), &["--baseline", "gaps.json"]);
    assert!(!ran.err.contains("none any more"), "{ran:?}");
    coverage(shop.path(), &words);
    let kept = fs::read_to_string(shop.path().join("gaps.json")).expect("a file");
    assert_eq!(kept, KNOWN);
}

#[test]
fn functions_of_one_name_are_a_gap_each() {
    let one = "impl Save<Order> for Shop { fn save(&self) { self.run(\"DELETE FROM orders\") } }";
    let shop = package(&[("src/lib.rs", one)]);
    let words = ["--baseline", "gaps.json"];
    coverage(shop.path(), &[&words[..], &["--write-baseline"]].concat());
    assert_eq!(coverage(shop.path(), &words).code, Some(0));
    let both = format!("{one}\n{}", one.replace("Order", "User"));
    fs::write(shop.path().join("src/lib.rs"), both).expect("written");
    let new = coverage(shop.path(), &words);
    assert_eq!(new.code, Some(3), "{new:?}");
    assert!(new.err.contains("1 new gap:"), "{new:?}");
    coverage(shop.path(), &[&words[..], &["--write-baseline"]].concat());
    assert_eq!(coverage(shop.path(), &words).code, Some(0));
}

#[test]
fn a_file_that_is_no_baseline_is_refused_with_its_remedy() {
    for text in [
        "",
        "{}",
        "{\"schema\": 2, \"gaps\": []}",
        "{\"schema\": 1, \"gaps\": [{}]}",
    ] {
        let shop = package(&[("src/lib.rs", ""), ("gaps.json", text)]);
        let ran = coverage(shop.path(), &["--baseline", "gaps.json"]);
        assert_eq!(ran.code, Some(2), "{text} {ran:?}");
        assert!(
            ran.err.contains("gaps.json") && ran.err.contains("--write-baseline"),
            "{ran:?}"
        );
    }
}
