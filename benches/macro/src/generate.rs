//! Crates of many functions each, alike but for their attribute.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::report;

/// How many functions a library has: a third each sync with a `Result`, async methods, and sync with a plain value.
pub(crate) const FUNCTIONS: u32 = 300;

/// One crate.
pub(crate) struct Crate {
    /// What is written above its functions.
    pub(crate) name: &'static str,
    pub(crate) package: String,
    pub(crate) path: PathBuf,
}

struct Variant {
    name: &'static str,
    dependency: &'static str,
    attribute: fn(u32) -> String,
}

const VARIANTS: [Variant; 4] = [
    Variant {
        name: "bare",
        dependency: "",
        attribute: |_| String::new(),
    },
    Variant {
        name: "behavior_trace",
        dependency: "behavior-trace = { path = \"ROOT\", default-features = false }",
        attribute: |number| {
            format!(
                "#[behavior_trace::behavior_trace(action = \"user.update{number}\", resource = \"User\", resource_id = id)]"
            )
        },
    },
    Variant {
        name: "instrument",
        dependency: "tracing = \"0.1\"",
        attribute: |_| "#[tracing::instrument]".to_owned(),
    },
    Variant {
        name: "instrument_skip_all",
        dependency: "tracing = \"0.1\"",
        attribute: |_| "#[tracing::instrument(skip_all)]".to_owned(),
    },
];

/// Writes a library for each attribute.
pub(crate) fn libraries() -> io::Result<Vec<Crate>> {
    let write = |variant: &Variant| {
        let source = source(variant.attribute, FUNCTIONS);
        write(
            variant,
            format!("bench_{}", variant.name),
            "lib.rs",
            &source,
        )
    };
    VARIANTS.iter().map(write).collect()
}

/// Writes a program of so many functions for each attribute.
pub(crate) fn programs(functions: u32) -> io::Result<Vec<Crate>> {
    let write = |variant: &Variant| {
        let source = source(variant.attribute, functions) + &main(functions);
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

fn source(attribute: fn(u32) -> String, functions: u32) -> String {
    let mut source = String::from(
        "#[derive(Debug)]\npub struct Store { pub rows: Vec<(u64, String)> }\n\
         pub async fn tick() {}\n",
    );
    for number in 0..functions {
        let attribute = attribute(number);
        // Writing to a `String` does not fail.
        let _ = match number % 3 {
            0 => write!(
                source,
                "{attribute}\n{}",
                SYNC.replace("NN", &number.to_string())
            ),
            1 => {
                let method = METHOD.replace("NN", &number.to_string());
                let driven = DRIVEN.replace("NN", &number.to_string());
                write!(source, "impl Store {{\n{attribute}\n{method}}}\n{driven}")
            }
            _ => write!(
                source,
                "{attribute}\n{}",
                PLAIN.replace("NN", &number.to_string())
            ),
        };
    }
    source
}

/// Holds on to all functions, and calls none.
fn main(functions: u32) -> String {
    let mut main = String::from("fn main() {\n");
    for number in 0..functions {
        let kind = ["sync", "driven", "plain"][number as usize % 3];
        // Writing to a `String` does not fail.
        let _ = writeln!(
            main,
            "    std::hint::black_box({kind}_{number} as *const ());"
        );
    }
    main + "}\n"
}

const SYNC: &str = r#"pub fn sync_NN(id: u64, name: &str) -> Result<u64, String> {
    if name.is_empty() {
        return Err("empty".to_owned());
    }
    let mut sum = id;
    for byte in name.bytes() {
        sum = sum.wrapping_add(u64::from(byte));
    }
    let parsed: u64 = name.parse::<u64>().map_err(|error| error.to_string())?;
    Ok(sum + parsed + NN)
}
"#;

const METHOD: &str = r#"pub async fn method_NN(&mut self, id: u64, name: String) -> Result<usize, String> {
    tick().await;
    if let Some(row) = self.rows.iter_mut().find(|row| row.0 == id) {
        row.1 = name;
    } else if name.is_empty() {
        return Err("empty".to_owned());
    } else {
        self.rows.push((id, name));
    }
    tick().await;
    Ok(self.rows.len() + NN)
}
"#;

/// Makes the compiler generate the method's future, which a library alone would not.
const DRIVEN: &str = "pub fn driven_NN(store: &mut Store) -> std::pin::Pin<Box<dyn Future<Output = Result<usize, String>> + '_>> {
    Box::pin(store.method_NN(NN, String::new()))
}
";

const PLAIN: &str = r"pub fn plain_NN(id: u64, rows: &[u64]) -> u64 {
    let mut best = id;
    for (place, row) in rows.iter().enumerate() {
        if *row > best {
            best = *row;
        }
        best ^= place as u64;
    }
    let doubled = best.checked_mul(2).unwrap_or(best);
    doubled + NN
}
";
