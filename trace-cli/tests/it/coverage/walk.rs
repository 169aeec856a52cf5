//! The files of a crate, and what is not looked into.

use super::{coverage, items, package};

const SQL: &str = "fn add_order(db: &Db) { db.run(\"INSERT INTO orders VALUES (1)\") }";

/// Returns the files of the gaps, and the places that were not looked into, as `file:line reason`.
fn looked(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
    let shop = package(files);
    let (mut gaps, mut unseen) = (Vec::new(), Vec::new());
    for item in items(&coverage(shop.path(), &[])) {
        let file = item["file"].as_str().expect("a file");
        if item["verdict"] == "not_looked_into" {
            unseen.push(format!(
                "{file}:{} {}",
                item["line"],
                item["why"][0].as_str().expect("why")
            ));
        } else {
            gaps.push(file.to_owned());
        }
    }
    (gaps, unseen)
}

#[test]
fn modules_are_found_as_the_compiler_finds_them() {
    let (gaps, unseen) = looked(&[
        (
            "src/lib.rs",
            "mod a; mod b; mod inline { mod c; #[path = \"other.rs\"] mod d; } #[path = \"odd/e.rs\"] mod e;",
        ),
        ("src/a.rs", "mod below; #[path = \"beside.rs\"] mod f;"),
        ("src/a/below.rs", SQL),
        ("src/beside.rs", SQL),
        ("src/b/mod.rs", "mod below;"),
        ("src/b/below.rs", SQL),
        ("src/inline/c.rs", SQL),
        ("src/inline/other.rs", SQL),
        ("src/odd/e.rs", "mod near;"),
        ("src/odd/near.rs", SQL),
        (
            "src/main.rs",
            "mod a; #[cfg_attr(unix, path = \"unix.rs\")] mod platform;",
        ),
        ("src/unix.rs", SQL),
        ("src/bin/tool/main.rs", "mod part;"),
        ("src/bin/tool/part.rs", SQL),
        ("src/unreached.rs", SQL),
    ]);
    assert_eq!(
        gaps,
        [
            "src/a/below.rs",
            "src/b/below.rs",
            "src/beside.rs",
            "src/bin/tool/part.rs",
            "src/inline/c.rs",
            "src/inline/other.rs",
            "src/odd/near.rs",
            "src/unix.rs"
        ]
    );
    assert_eq!(unseen, [""; 0]);
}

#[test]
fn tests_and_benches_are_left_out() {
    let in_test = format!("#![cfg(test)]\n{SQL}");
    let own = format!(
        "#[cfg(test)] mod tests {{ {SQL} }} #[cfg(all(test, unix))] {SQL} #[tokio::test] async {SQL} mod only; #[cfg(test)] mod more;"
    );
    let (gaps, unseen) = looked(&[
        ("src/lib.rs", &own),
        ("src/only.rs", &in_test),
        ("tests/it.rs", SQL),
        ("benches/b.rs", SQL),
        ("build.rs", SQL),
        ("examples/shown.rs", SQL),
    ]);
    assert_eq!(
        (gaps, unseen),
        (vec!["examples/shown.rs".to_owned()], Vec::new())
    );
}

#[test]
fn what_cannot_be_read_is_listed() {
    let (gaps, unseen) = looked(&[
        (
            "src/lib.rs",
            "mod gone;\nmod broken;\nmod binary;\nfn f() {\n    include!(\"x.rs\");\n}\ngenerate!(Orders);\nthread_local! { static A: u8 = 1; }\nmacro_rules! known { () => {} }",
        ),
        ("src/broken.rs", "\nfn f( {"),
    ]);
    assert_eq!(gaps, [""; 0]);
    assert_eq!(
        unseen[0],
        "src/broken.rs:2 cannot be parsed: cannot parse string into token stream"
    );
    assert_eq!(
        unseen[1..],
        [
            "src/lib.rs:1 the file of `mod gone` is not there",
            "src/lib.rs:3 the file of `mod binary` is not there",
            "src/lib.rs:5 a file by `include!`",
            "src/lib.rs:7 what `generate!` generates",
        ]
    );
}

#[test]
fn modules_in_a_circle_and_deep_expressions_come_to_an_end() {
    let deep = format!(
        "{SQL}\nfn deep() -> u8 {{ {}1{} }}",
        "(".repeat(3_000),
        ")".repeat(3_000)
    );
    let (gaps, _) = looked(&[
        ("src/lib.rs", "mod a;"),
        (
            "src/a.rs",
            &format!("#[path = \"../src/a.rs\"] mod again;\n{deep}"),
        ),
    ]);
    assert_eq!(gaps, ["src/a.rs"]);
}
