//! Gaps that are known: a file without lines, so that an edit elsewhere changes nothing in it.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::output::SCHEMA;

/// A gap by its names.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gap {
    pub(super) package: String,
    pub(super) module: String,
    pub(super) function: String,
}

#[derive(Debug, Deserialize, Serialize)]
struct Contents {
    schema: u32,
    gaps: BTreeSet<Gap>,
}

/// The known gaps, and their file.
#[derive(Debug)]
pub(super) struct Baseline {
    path: PathBuf,
    pub(super) gaps: BTreeSet<Gap>,
}

impl Baseline {
    /// Reads a file. One that is not there is an error, unless it is to be written.
    pub(super) fn read(path: &Path, is_written: bool) -> Result<Self, Failure> {
        let gaps = match fs::read_to_string(path) {
            Ok(text) => parse(path, &text)?,
            Err(error) if is_written && error.kind() == io::ErrorKind::NotFound => BTreeSet::new(),
            Err(error) => {
                let path = path.display();
                let help = "--write-baseline writes it";
                return Err(Failure::usage(format!(
                    "{path} cannot be read: {error}; {help}"
                )));
            }
        };
        Ok(Self {
            path: path.to_path_buf(),
            gaps,
        })
    }

    /// Replaces the gaps of the packages that were read whole, adds those found in others, and writes the file.
    pub(super) fn write(
        &self,
        found: BTreeSet<Gap>,
        packages: &BTreeSet<&str>,
    ) -> Result<(), Failure> {
        let kept = self
            .gaps
            .iter()
            .filter(|gap| !packages.contains(gap.package.as_str()));
        let gaps = kept.cloned().chain(found).collect();
        let text = serde_json::to_string_pretty(&Contents {
            schema: SCHEMA,
            gaps,
        });
        let text = text.map_err(|error| Failure::failed(error.to_string()))? + "\n";
        fs::write(&self.path, text).map_err(|error| {
            Failure::failed(format!(
                "{} cannot be written: {error}",
                self.path.display()
            ))
        })
    }

    /// Returns the number of known gaps of these packages that are none any more.
    pub(super) fn outdated(&self, found: &BTreeSet<Gap>, packages: &BTreeSet<&str>) -> usize {
        let of_packages = self
            .gaps
            .iter()
            .filter(|gap| packages.contains(gap.package.as_str()));
        of_packages.filter(|gap| !found.contains(gap)).count()
    }
}

fn parse(path: &Path, text: &str) -> Result<BTreeSet<Gap>, Failure> {
    let contents: Result<Contents, _> = serde_json::from_str(text);
    let path = path.display();
    match contents {
        Ok(contents) if contents.schema == SCHEMA => Ok(contents.gaps),
        Ok(contents) => Err(Failure::usage(format!(
            "{path} has the form {}, and this release reads {SCHEMA}; use the release that wrote it, or --write-baseline with another file",
            contents.schema
        ))),
        Err(error) => Err(Failure::usage(format!(
            "{path} is no baseline ({error}); restore it, or remove it and pass --write-baseline"
        ))),
    }
}
