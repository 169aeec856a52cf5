//! Catalogues of a real crate, built by Cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::settings;
use crate::tool::Place;

const FILE: &str = "behavior-trace.catalogue.json";

const TEST: &str = r#"
use shop as _;

#[test]
fn the_catalogue_is_committed() {
    behavior_trace::catalogue::assert_committed("behavior-trace.catalogue.json");
}
"#;

const APPROVE: &str = r#"
    #[behavior_trace::behavior_trace(action = "order.approve", resource = "Order", resource_id = id)]
    pub fn approve(id: u64) -> Result<(), String> { if id == 0 { Err(String::new()) } else { Ok(()) } }
"#;

const CREATE: &str = r#"
    #[behavior_trace::behavior_trace(action = "order.create", resource = "Order", payload = total, resource_id = 1)]
    pub fn create<T>(total: u32, _of: T) {}

    pub fn note(verb: &str) {
        behavior_trace::record!(action = format!("note.{verb}"), resource = "Note");
        behavior_trace::record!(action = "note.archive", resource = "Note");
    }
"#;

/// A crate in a folder that each run reuses, beside the compiled dependencies.
struct Shop(PathBuf);

impl Shop {
    fn new(name: &str, profile: &str, orders: &str) -> Self {
        let root = root();
        let folder = root.join("target/catalogue").join(name);
        for part in ["src", "tests"] {
            fs::create_dir_all(folder.join(part)).expect("a folder");
        }
        let manifest = format!(
            "[package]\nname = \"shop\"\nedition = \"2024\"\n[workspace]\n[dependencies]\n\
             behavior-trace = {{ path = \"{}\", default-features = false }}\n{profile}",
            root.display()
        );
        fs::write(folder.join("Cargo.toml"), manifest).expect("written");
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("a copy");
        fs::write(folder.join("tests/catalogue.rs"), TEST).expect("written");
        let _ = fs::remove_file(folder.join(FILE));
        let shop = Self(folder);
        shop.with(orders);
        shop
    }

    /// Replaces the source.
    fn with(&self, orders: &str) {
        let source = format!("pub mod orders {{{orders}}}\n");
        fs::write(self.0.join("src/lib.rs"), source).expect("written");
    }

    fn test(&self, variable: &str) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo
            .args(["test", "--offline", "--quiet", "--test", "catalogue"])
            .env("CARGO_TARGET_DIR", root().join("target/catalogue/target"))
            .env("BEHAVIOR_TRACE_CATALOGUE", variable)
            .current_dir(&self.0);
        cargo.output().expect("cargo runs")
    }

    /// Returns the catalogue after the test wrote it.
    fn written(&self) -> String {
        let output = self.test("write");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{message}");
        fs::read_to_string(self.0.join(FILE)).expect("the catalogue")
    }

    fn file(&self) -> String {
        self.0.join(FILE).display().to_string()
    }
}

fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("the workspace")
}

#[test]
fn two_builds_are_equal_and_a_rename_exits_with_3_until_it_is_listed_with_its_reason() {
    let first = Shop::new("one", "", &[APPROVE, CREATE].concat());
    let unoptimized = first.written();
    // Another folder, other lines, another order, another layout of the objects.
    let second = Shop::new(
        "two",
        "[profile.dev.package.shop]\ncodegen-units = 1\nopt-level = 2\n",
        &["\n\n// moved\n", CREATE, "\n", APPROVE].concat(),
    );
    assert_eq!(second.written(), unoptimized);
    assert_eq!(unoptimized.lines().count(), 9, "{unoptimized}");
    assert!(!unoptimized.contains(".rs"), "{unoptimized}");
    assert!(second.test("").status.success());

    second.with(&[CREATE, &APPROVE.replace("order.approve", "order.accept")].concat());
    let failed = second.test("");
    let message = String::from_utf8_lossy(&failed.stdout).into_owned();
    assert!(!failed.status.success(), "{message}");
    for part in [
        "\n- {\"action\":\"order.approve\",",
        "\n+ {\"action\":\"order.accept\",",
        "\nto keep the new catalogue, run the test with BEHAVIOR_TRACE_CATALOGUE=write",
    ] {
        assert!(message.contains(part), "{part} in {message}");
    }
    second.written();

    let place = Place::sqlite();
    let (old, new) = (first.file(), second.file());
    let diff = || place.run(&["catalogue", "diff", &old, &new]);
    assert_eq!(diff().code, Some(3), "{:?}", diff());
    settings(
        &place,
        "[renames]\n\"order.approve\" = { to = \"order.accept\", reason = \"as people call it\" }",
    );
    assert_eq!(diff().code, Some(0), "{:?}", diff());
    settings(
        &place,
        "[renames]\n\"order.approve\" = { to = \"order.accept\" }",
    );
    let unfounded = diff();
    assert_eq!(unfounded.code, Some(2), "{unfounded:?}");
    assert!(
        unfounded.err.contains("missing field `reason`"),
        "{unfounded:?}"
    );
}
