//! Files that the settings exempt, each with its reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::failure::Failure;

/// Globs of exempt files, relative to the folder of the settings.
#[derive(Debug)]
pub(super) struct Exempt {
    globs: Vec<(PathBuf, GlobMatcher, String)>,
}

impl Exempt {
    pub(super) fn new<'s>(
        settings: impl Iterator<Item = (&'s Path, &'s BTreeMap<String, String>)>,
    ) -> Result<Self, Failure> {
        let mut globs = Vec::new();
        for (folder, exempt) in settings {
            let folder = std::path::absolute(Path::new(".").join(folder))?;
            for (glob, reason) in exempt {
                globs.push((folder.clone(), matcher(glob, reason)?, reason.clone()));
            }
        }
        Ok(Self { globs })
    }

    /// Returns the reason for a file.
    pub(super) fn reason(&self, file: &Path) -> Option<String> {
        let found = self.globs.iter().find(|(folder, glob, _)| {
            file.strip_prefix(folder)
                .is_ok_and(|file| glob.is_match(file))
        });
        found.map(|(_, _, reason)| reason.clone())
    }
}

fn matcher(glob: &str, reason: &str) -> Result<GlobMatcher, Failure> {
    if reason.trim().is_empty() {
        return Err(Failure::usage(format!(
            "coverage.exempt: `{glob}` has no reason; write why its functions are not recorded"
        )));
    }
    let built = GlobBuilder::new(glob).literal_separator(true).build();
    let built = built.map_err(|error| {
        let help = "write a path such as `src/cache/**`, relative to the file of settings";
        Failure::usage(format!(
            "coverage.exempt: `{glob}` is no glob ({}); {help}",
            error.kind()
        ))
    })?;
    Ok(built.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(glob: &str, reason: &str) -> Result<Exempt, Failure> {
        let globs = BTreeMap::from([(glob.to_owned(), reason.to_owned())]);
        Exempt::new([(Path::new("/shop"), &globs)].into_iter())
    }

    #[test]
    fn a_glob_is_relative_to_the_folder_of_its_file() {
        let exempt = of("src/cache/**", "a cache").expect("sound");
        assert_eq!(
            exempt
                .reason(Path::new("/shop/src/cache/a/b.rs"))
                .as_deref(),
            Some("a cache")
        );
        assert_eq!(exempt.reason(Path::new("/shop/src/cached.rs")), None);
        assert_eq!(exempt.reason(Path::new("/other/src/cache/a.rs")), None);
        let exempt = of("src/*.rs", "all").expect("sound");
        assert_eq!(exempt.reason(Path::new("/shop/src/a/b.rs")), None);
    }

    #[test]
    fn a_glob_that_is_none_and_a_reason_that_is_none_are_errors_with_a_remedy() {
        let error = of("src/[", "why").expect_err("no glob").to_string();
        assert!(error.contains("`src/[` is no glob"), "{error}");
        let error = of("src/**", " ").expect_err("no reason").to_string();
        assert!(error.contains("write why"), "{error}");
    }
}
