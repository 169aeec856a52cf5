//! What the recorder adds to a service: packages, processor time of a clean release build, and bytes of the program. Other crates
//! beside it are what a service of this kind has anyway.

mod sources;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo;
use crate::error::BenchError;
use crate::options::Options;
use sources::{BARE, PROGRAMS, Program};

/// Ticks of `/proc/self/stat` per second, which Linux fixes for programs.
const TICKS: f64 = 100.0;

/// What one program takes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    packages: usize,
    /// Seconds of one core for a clean build, which no other program on the machine changes much.
    seconds: f64,
    /// Without symbols.
    bytes: u64,
}

/// Runs the measurement. It has no target: it is for those who choose their features.
pub(crate) fn run(_: Options) -> Result<usize, BenchError> {
    let bare = measure(&BARE)?;
    println!(
        "{:58} {:>9} {:>12} {:>9}",
        "", "packages", "CPU, build", "program"
    );
    println!("{}", line(BARE.name, &bare, None));
    for program in &PROGRAMS {
        println!("{}", line(program.name, &measure(program)?, Some(&bare)));
    }
    Ok(0)
}

fn line(name: &str, cost: &Cost, bare: Option<&Cost>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    match bare {
        None => format!(
            "{name:58} {:>9} {:>10.1} s {:>5.1} MiB",
            cost.packages,
            cost.seconds,
            mebibytes(cost.bytes)
        ),
        Some(bare) => format!(
            "{name:58} {:>+9} {:>+10.1} s {:>+5.1} MiB",
            cost.packages.cast_signed() - bare.packages.cast_signed(),
            cost.seconds - bare.seconds,
            mebibytes(cost.bytes) - mebibytes(bare.bytes)
        ),
    }
}

fn measure(program: &Program) -> Result<Cost, BenchError> {
    let folder = cargo::workspace().join("target/programs");
    write(&folder, program)?;
    // The first call resolves and fetches, which is no part of a build.
    let tree = call(&folder, &["tree", "--edges=normal", "--prefix=none"])?;
    call(&folder, &["fetch"])?;
    let built = folder.join("target");
    if built.exists() {
        fs::remove_dir_all(&built).map_err(|error| failed(&built, error))?;
    }
    let before = processor_time_of_children()?;
    call(&folder, &["build", "--release", "--quiet"])?;
    let seconds = processor_time_of_children()? - before;
    let binary = built.join("release/service");
    let bytes = fs::metadata(&binary).map_err(|error| failed(&binary, error))?;
    Ok(Cost {
        packages: packages_of(&tree).len(),
        seconds,
        bytes: bytes.len(),
    })
}

/// Writes the program in the place of the last one. It keeps the lock file of the workspace, so that versions are those of the
/// tests.
fn write(folder: &Path, program: &Program) -> Result<(), BenchError> {
    let workspace = cargo::workspace();
    let source = folder.join("src");
    fs::create_dir_all(&source).map_err(|error| failed(&source, error))?;
    let lock = folder.join("Cargo.lock");
    fs::copy(workspace.join("Cargo.lock"), &lock).map_err(|error| failed(&lock, error))?;
    for (name, text) in [
        ("Cargo.toml", program.manifest(&workspace)),
        ("src/main.rs", program.source()),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn call(folder: &PathBuf, words: &[&str]) -> Result<String, BenchError> {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // What the caller's own build is told is not for this one.
    command
        .args(words)
        .current_dir(folder)
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTFLAGS");
    cargo::output(&format!("cargo {}", words.join(" ")), &mut command)
}

/// Returns name and version of each package in the output of `cargo tree --prefix=none`.
fn packages_of(tree: &str) -> BTreeSet<&str> {
    tree.lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .filter(|line| !line.is_empty())
        .collect()
}

/// Returns the seconds that the ended children of this process have run.
fn processor_time_of_children() -> Result<f64, BenchError> {
    let path = Path::new("/proc/self/stat");
    let text = fs::read_to_string(path).map_err(|error| failed(path, error))?;
    children(&text).ok_or_else(|| BenchError::source("/proc/self/stat", "has no times"))
}

/// Reads the times of the children, in the 16th and 17th field. The second field may hold blanks.
fn children(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut times = rest.split(' ').skip(13).map(str::parse::<f64>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some((user + system) / TICKS)
}

fn failed(path: &Path, error: std::io::Error) -> BenchError {
    BenchError::source(path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_the_children_are_read() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 4194304 1 2 3 4 50 60 1234 66 20 0 1 0 9 0 0";
        assert_eq!(children(stat), Some(13.0));
        assert_eq!(children("7 (a) S 1"), None);
    }

    #[test]
    fn a_package_counts_once() {
        let tree = "service v0.0.0 (/x)\na v1.0.0\nb v1.0.0\na v1.0.0 (*)\n\n";
        assert_eq!(packages_of(tree).len(), 3);
    }
}
