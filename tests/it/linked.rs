//! Names that the linker merges across a whole program, and features that cargo unifies across it.

use std::fs;
use std::path::Path;
use std::process::Command;

use behavior_trace::{BehaviorTrace, behavior_trace, catalogue};
use behavior_trace_core::__private::linkme;
use fork::{Fork, fork, waitpid};
use uuid::Uuid;

#[expect(
    unsafe_code,
    reason = "what `linkme` writes for a slice of one's own is"
)]
mod hosts {
    use super::linkme;

    /// The application's own slice.
    #[linkme::distributed_slice]
    #[linkme(crate = linkme)]
    pub(super) static CALLSITES: [u64];

    #[linkme::distributed_slice(CALLSITES)]
    #[linkme(crate = linkme)]
    static ONE: u64 = 1;
}

#[behavior_trace(action = "linked.update", resource = "Linked")]
fn update() {}

#[test]
fn a_slice_of_the_hosts_own_is_told_from_ours() {
    update();
    assert_eq!(hosts::CALLSITES.static_slice(), [1]);
    let listed = |action| {
        catalogue()
            .iter()
            .any(|callsite| callsite.action() == action)
    };
    assert!(listed("linked.update"));
    let trace = BehaviorTrace::builder().database_url("memory:").build();
    let _ = trace.expect("a sound configuration").stats();
}

/// Program with two releases of the core crate: this one, and an older one that another dependency still uses.
const PROGRAM: &str = r#"
macro_rules! uses {
    ($core:ident, $action:literal) => {
        pub fn work() { $core::__private::callsite!(SITE = new($action, "User", &[]) in "", "work";); }
        pub fn listed() -> Vec<&'static str> {
            $core::catalogue().into_iter().map(|callsite| callsite.action()).collect()
        }
    };
}
mod new { uses!(new_core, "user.new"); }
mod old { uses!(old_core, "user.old"); }
fn main() {
    new::work();
    old::work();
    assert_eq!(new::listed(), ["user.new"]);
    assert_eq!(old::listed(), ["user.old"]);
    assert_eq!(new_core::calls_without_layer() + old_core::calls_without_layer(), 0);
}
"#;

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory");
    for entry in fs::read_dir(from).expect("a directory") {
        let entry = entry.expect("an entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a file type").is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Cuts the tables of `manifest` that name what only its own tests and benches use: among them is the facade, by a
/// path that a copy does not have.
fn without_what_tests_need(manifest: &str) -> String {
    let mut kept = true;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            kept = !(line.starts_with("[dev-dependencies") || line.starts_with("[[bench]]"));
        }
        kept
    });
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn two_releases_of_our_core_in_one_program_know_nothing_of_each_other() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path();
    copy(&root.join("trace-core"), &place.join("core"));
    let manifest = fs::read_to_string(root.join("Cargo.toml")).expect("our manifest");
    let inherited = manifest
        .split("\n[package]\n")
        .next()
        .expect("the workspace");
    let (_, inherited) = inherited.split_once("resolver =").expect("its members");
    // Both releases can share the domain crate, which has no state.
    let domain = root.join("trace-domain").display().to_string();
    let inherited = inherited.replace("path = \"trace-domain\"", &format!("path = \"{domain}\""));
    let workspace =
        format!("[workspace]\nmembers = [\"core\", \"program\"]\nresolver ={inherited}");
    fs::write(place.join("Cargo.toml"), workspace).expect("written");
    fs::copy(root.join("Cargo.lock"), place.join("Cargo.lock")).expect("a copy");
    let core = place.join("core/Cargo.toml");
    let text = fs::read_to_string(&core).expect("core's manifest");
    let text = text.replace("\nversion.workspace = true", "\nversion = \"0.0.9\"");
    fs::write(core, without_what_tests_need(&text)).expect("written");
    fs::create_dir_all(place.join("program/src")).expect("a directory");
    fs::write(place.join("program/src/main.rs"), PROGRAM).expect("written");
    let program = format!(
        "[package]\nname = \"program\"\nedition = \"2024\"\n[dependencies]\n\
         old_core = {{ package = \"behavior-trace-core\", path = \"../core\" }}\n\
         new_core = {{ package = \"behavior-trace-core\", path = \"{}\" }}\n",
        root.join("trace-core").display()
    );
    fs::write(place.join("program/Cargo.toml"), program).expect("written");
    let output = Command::new(env!("CARGO"))
        .args(["run", "--offline", "--quiet", "--package", "program"])
        .env("CARGO_TARGET_DIR", root.join("target/two-cores"))
        .current_dir(place)
        .output()
        .expect("cargo runs");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// Checks that a fork copies no used random generator. Cargo unifies the recorder's features of `uuid` with the
/// application's.
#[test]
fn ids_drawn_after_a_fork_are_not_those_of_the_parent_or_of_a_sibling() {
    let directory = tempfile::tempdir().expect("a directory");
    let _warm = Uuid::new_v4();
    let children: Vec<_> = (0..4)
        .map(|child| {
            let file = directory.path().join(child.to_string());
            match fork().expect("another process") {
                Fork::Child => {
                    let ids: [Uuid; 8] = std::array::from_fn(|_| Uuid::new_v4());
                    let written = fs::write(file, ids.map(|id| id.to_string()).join("\n"));
                    std::process::exit(i32::from(written.is_err()));
                }
                Fork::Parent(pid) => (pid, file),
            }
        })
        .collect();
    let mut ids: Vec<String> = (0..8).map(|_| Uuid::new_v4().to_string()).collect();
    for (pid, file) in children {
        waitpid(pid).expect("a child of ours");
        let drawn = fs::read_to_string(file).expect("what the child drew");
        ids.extend(drawn.lines().map(str::to_owned));
    }
    assert_eq!(ids.len(), 40);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 40, "an id was drawn twice");
}
