//! moto, as a folder of Python packages.

use std::path::PathBuf;
use std::process::Command;

use crate::{ServerError, cache, command};

const VERSION: &str = "5.2.5";
const REMEDY: &str = "install Python 3 with pip, which fetches it";

/// Finds moto and what it needs in the cache directory, or fetches it with pip, once. Returns the folder of packages.
///
/// # Errors
///
/// No Python or no pip, and packages that cannot be fetched, with the remedy.
pub fn provision_moto() -> Result<PathBuf, ServerError> {
    let fetched = cache::once(&format!("moto-{VERSION}"), |partial, _| {
        let mut pip = Command::new("python3");
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--root-user-action",
            "ignore",
        ]);
        pip.arg("--target").arg(partial);
        command::run(pip.arg(format!("moto[s3,server]=={VERSION}"))).map(drop)
    });
    fetched.map_err(|why| ServerError::unusable("moto", format!("{why}; {REMEDY}")))
}
