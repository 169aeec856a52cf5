//! Options, and files that the settings exempt.

use std::fs;

use super::{coverage, fixture, package, verdicts};

const GAP: &str = "fn add_order(db: &Db) { db.run(\"INSERT INTO orders VALUES (1)\") }";

#[test]
fn a_workspace_is_looked_at_as_a_whole_or_by_package() {
    let shop = package(&[
        ("src/lib.rs", ""),
        (
            "api/src/lib.rs",
            "fn remove_order(s: &Service) { domain::close_order(s) }\nfn sweep(db: &Db) { db.run(\"DELETE FROM a\") }\n#[behavior_trace]\nfn empty(db: &Db) { domain::drop_rows(db) }",
        ),
        (
            "domain/src/lib.rs",
            "#[behavior_trace]\npub fn close_order(s: &Service) {}\npub fn drop_rows(db: &Db) { db.run(\"DELETE FROM c\") }\nfn open_gap(db: &Db) { db.run(\"DELETE FROM b\") }",
        ),
    ]);
    let manifest = |name: &str, rest: &str| {
        let text = format!("[package]\nname = \"{name}\"\nedition = \"2024\"\n{rest}");
        fs::write(shop.path().join(name).join("Cargo.toml"), text).expect("written");
    };
    manifest("domain", "");
    manifest("api", "[dependencies]\ndomain = { path = \"../domain\" }\n");
    let root = "[package]\nname = \"shop\"\nedition = \"2024\"\n[workspace]\nmembers = [\"api\", \"domain\"]\n";
    fs::write(shop.path().join("Cargo.toml"), root).expect("written");

    let found = |words: &[&str]| -> Vec<String> {
        let ran = coverage(shop.path(), &[words, &["--all"]].concat());
        verdicts(&ran)
            .into_iter()
            .map(|((file, function), verdict)| format!("{file} {function} {verdict}"))
            .collect()
    };
    let of_api = ["api/src/lib.rs sweep gap"];
    // What another package of the workspace records counts, below and above.
    let of_domain = [
        "domain/src/lib.rs drop_rows covered",
        "domain/src/lib.rs open_gap gap",
    ];
    assert_eq!(found(&[]), [&of_api[..], &of_domain].concat());
    assert_eq!(found(&["--package", "api"]), of_api);
    assert_eq!(found(&["-p", "domain", "-p", "shop"]), of_domain);
    assert_eq!(
        found(&["--manifest-path", "domain/Cargo.toml", "-p", "domain"]),
        of_domain
    );

    let unknown = coverage(shop.path(), &["--package", "apo"]);
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert!(
        unknown.err.contains("pass one of api, domain, shop"),
        "{unknown:?}"
    );
}

#[test]
fn a_glob_of_the_settings_exempts_its_files_with_its_reason() {
    let settings = "[coverage.exempt]\n'src/lib.rs' = 'a sample'\n";
    let shop = package(&[("src/lib.rs", GAP), ("behavior-trace.toml", settings)]);
    let ran = coverage(shop.path(), &["--all"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.out.contains("\"by\":\"a sample\""), "{ran:?}");
    for wrong in ["'src/[' = 'why'", "'src/lib.rs' = ''", "src = 5"] {
        let settings = format!("[coverage.exempt]\n{wrong}\n");
        fs::write(shop.path().join("behavior-trace.toml"), settings).expect("written");
        let ran = coverage(shop.path(), &[]);
        assert_eq!(ran.code, Some(2), "{wrong} {ran:?}");
    }
}

#[test]
fn a_folder_without_a_package_is_a_wrong_call() {
    let folder = tempfile::tempdir().expect("a temporary directory");
    let ran = coverage(folder.path(), &[]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.err.contains("--manifest-path"), "{ran:?}");
    let manifest = fixture().join("Cargo.toml");
    let manifest = manifest.to_str().expect("UTF-8");
    let ran = coverage(folder.path(), &["--manifest-path", manifest, "--quiet"]);
    assert_eq!(ran.code, Some(3), "{ran:?}");
    assert!(!ran.err.contains("candidates"), "{ran:?}");
}
