//! Names the slice in which the linker gathers the call sites.
//!
//! The linker knows a slice by its name alone, across all packages of a program. Two releases of this package, or the same
//! one from two sources, must not share a name; neither must a slice of the host's own.

use std::env;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let package = identifier(&env::var("CARGO_PKG_NAME")?);
    let version = identifier(&env::var("CARGO_PKG_VERSION")?);
    let source = source(&PathBuf::from(env::var("CARGO_MANIFEST_DIR")?));
    let name = format!("{package}_{version}_{source:016X}_CALLSITES");
    let declaration = format!(
        "/// The call sites.\n#[linkme::distributed_slice]\npub static {name}: [Callsite];\npub use {name} as CALLSITES;\n"
    );
    let directory = PathBuf::from(env::var("OUT_DIR")?);
    Ok(fs::write(directory.join("callsites.rs"), declaration)?)
}

fn identifier(text: &str) -> String {
    let known = |letter: char| letter.is_ascii_alphanumeric();
    let letters = text
        .chars()
        .map(|letter| if known(letter) { letter } else { '_' });
    letters.collect::<String>().to_uppercase()
}

/// Tells a registry, a revision in git and a directory from each other, by the last two names of the path: those are the
/// same on every machine, so that builds can be repeated.
fn source(directory: &Path) -> u64 {
    let names = directory.components().rev().take(2);
    let bytes = names.flat_map(|name| name.as_os_str().as_encoded_bytes().to_vec());
    // FNV-1a.
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
