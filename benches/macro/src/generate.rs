//! Generation of crates with many functions each, identical except for their attribute.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::report;
use crate::source::Kinds;

/// Number of functions of a library.
pub(crate) const FUNCTIONS: u32 = 300;

/// A generated crate.
pub(crate) struct Crate {
    /// The attribute above its functions.
    pub(crate) name: &'static str,
    pub(crate) package: String,
    pub(crate) path: PathBuf,
}

struct Variant {
    name: &'static str,
    dependency: &'static str,
    attribute: fn(u32, &str) -> String,
}

const VARIANTS: [Variant; 4] = [
    Variant {
        name: "bare",
        dependency: "",
        attribute: |_, _| String::new(),
    },
    Variant {
        name: "behavior_trace",
        dependency: "behavior-trace = { path = \"ROOT\", default-features = false }",
        attribute: |number, id| {
            format!(
                "#[behavior_trace::behavior_trace(action = \"user.update{number}\", resource = \"User\", resource_id = {id})]"
            )
        },
    },
    Variant {
        name: "instrument",
        dependency: "tracing = \"0.1\"",
        attribute: |_, _| "#[tracing::instrument]".to_owned(),
    },
    Variant {
        name: "instrument_skip_all",
        dependency: "tracing = \"0.1\"",
        attribute: |_, _| "#[tracing::instrument(skip_all)]".to_owned(),
    },
];

/// Writes a library of these kinds for each attribute.
pub(crate) fn libraries(kinds: &Kinds) -> io::Result<Vec<Crate>> {
    let write = |variant: &Variant| {
        let source = kinds.functions(variant.attribute, FUNCTIONS);
        let package = format!("bench_{}_{}", kinds.name, variant.name);
        write(variant, package, "lib.rs", &source)
    };
    VARIANTS.iter().map(write).collect()
}

/// Writes a program with this number of functions for each attribute.
pub(crate) fn programs(kinds: &Kinds, functions: u32) -> io::Result<Vec<Crate>> {
    let write = |variant: &Variant| {
        let source = kinds.functions(variant.attribute, functions) + &kinds.main(functions);
        let package = format!("program_{}_{functions}", variant.name);
        write(variant, package, "main.rs", &source)
    };
    VARIANTS.iter().map(write).collect()
}

fn write(variant: &Variant, package: String, file: &str, source: &str) -> io::Result<Crate> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap_or(Path::new("."));
    let path = report::folder().join("macro").join(&package);
    fs::create_dir_all(path.join("src"))?;
    let manifest = format!(
        "[package]\nname = \"{package}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n{}\n",
        variant
            .dependency
            .replace("ROOT", &root.display().to_string()),
    );
    fs::write(path.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), path.join("Cargo.lock"))?;
    fs::write(path.join("src").join(file), source)?;
    Ok(Crate {
        name: variant.name,
        package,
        path,
    })
}
