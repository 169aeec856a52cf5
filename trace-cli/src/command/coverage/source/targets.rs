//! The packages of a workspace and the roots of their targets, as `cargo metadata` has them. Nothing is compiled.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, TargetKind};

use crate::failure::Failure;

/// The packages of a workspace.
pub(in super::super) struct Packages {
    pub(in super::super) root: PathBuf,
    pub(in super::super) all: Vec<Package>,
}

/// A package with the roots of its targets, the library first.
#[derive(Debug)]
pub(in super::super) struct Package {
    pub(in super::super) name: String,
    pub(in super::super) roots: Vec<Root>,
    /// Names of the packages of the workspace that it uses.
    uses: Vec<String>,
}

/// The root of a target.
#[derive(Debug)]
pub(in super::super) struct Root {
    /// Name of the crate, with which the paths of its modules begin.
    pub(in super::super) name: String,
    pub(in super::super) path: PathBuf,
}

impl Packages {
    /// Asks cargo for the members of the workspace.
    pub(in super::super) fn find(manifest: Option<&Path>) -> Result<Self, Failure> {
        let mut command = MetadataCommand::new();
        command.no_deps();
        if let Some(path) = manifest {
            command.manifest_path(path);
        }
        let found = command.exec().map_err(|error| {
            let error = error.to_string();
            let help = "run it in a package, or pass --manifest-path PATH";
            Failure::usage(format!("no package was found ({}); {help}", error.trim()))
        })?;
        Ok(Self {
            root: found.workspace_root.clone().into_std_path_buf(),
            all: members(&found),
        })
    }

    /// Fails if a name is of no package. All packages are read in any case: those that are used, and those of callers.
    pub(in super::super) fn check(&self, names: &[String]) -> Result<(), Failure> {
        if let Some(unknown) = names.iter().find(|name| self.named(name).is_none()) {
            let known: Vec<&str> = self.all.iter().map(|one| one.name.as_str()).collect();
            return Err(Failure::usage(format!(
                "`{unknown}` is no package of this workspace; pass one of {}",
                known.join(", ")
            )));
        }
        Ok(())
    }

    /// Returns the names of a package and of those that it uses, directly or not.
    pub(in super::super) fn reached(&self, name: &str) -> BTreeSet<String> {
        let (mut reached, mut next) = (BTreeSet::new(), vec![name.to_owned()]);
        while let Some(name) = next.pop() {
            if let Some(package) = self.named(&name)
                && reached.insert(name)
            {
                next.extend(package.uses.iter().cloned());
            }
        }
        reached
    }

    fn named(&self, name: &str) -> Option<&Package> {
        self.all.iter().find(|package| package.name == name)
    }
}

fn members(found: &Metadata) -> Vec<Package> {
    let members: Vec<_> = found.workspace_packages();
    let is_member = |name: &str| members.iter().any(|member| member.name.as_str() == name);
    let mut packages: Vec<Package> = members
        .iter()
        .map(|package| {
            let uses = package.dependencies.iter().filter(|one| one.path.is_some());
            let mut roots: Vec<(bool, Root)> = package
                .targets
                .iter()
                .filter(|target| !target.kind.iter().any(is_left_out))
                .map(|target| {
                    let root = Root {
                        name: target.name.replace('-', "_"),
                        path: target.src_path.clone().into_std_path_buf(),
                    };
                    (target.is_bin() || target.is_example(), root)
                })
                .collect();
            roots.sort_by_key(|(is_program, _)| *is_program);
            Package {
                name: package.name.to_string(),
                roots: roots.into_iter().map(|(_, root)| root).collect(),
                uses: uses
                    .map(|one| one.name.clone())
                    .filter(|name| is_member(name))
                    .collect(),
            }
        })
        .collect();
    packages.sort_by(|one, other| one.name.cmp(&other.name));
    packages
}

/// Returns whether a target is a test, a bench or a build script.
fn is_left_out(kind: &TargetKind) -> bool {
    matches!(
        kind,
        TargetKind::Test | TargetKind::Bench | TargetKind::CustomBuild
    )
}
