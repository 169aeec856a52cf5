//! Names that a file imports.

use std::collections::BTreeMap;

use syn::{ItemUse, UseTree};

use super::{Facts, name};

const ATTRIBUTE: &str = "behavior_trace";
const RECORD: &str = "record";

/// The first name of the path of each import, by the name in the file.
#[derive(Debug, Default)]
pub(super) struct Imports(BTreeMap<String, String>);

impl Imports {
    /// Adds an import. Other names of the attribute and of `record!` hold for the whole package, as a prelude may have them.
    pub(super) fn add(&mut self, item: &ItemUse, facts: &mut Facts) {
        self.tree(&item.tree, &mut Vec::new(), facts);
    }

    /// Returns whether a name comes from a crate.
    pub(super) fn is_from(&self, name: &str, package: &str) -> bool {
        self.0.get(name).is_some_and(|first| first == package)
    }

    fn tree(&mut self, tree: &UseTree, path: &mut Vec<String>, facts: &mut Facts) {
        match tree {
            UseTree::Path(part) => {
                path.push(name(&part.ident));
                self.tree(&part.tree, path, facts);
                path.pop();
            }
            UseTree::Name(last) => self.name(name(&last.ident), path),
            UseTree::Rename(last) => {
                let (from, to) = (name(&last.ident), name(&last.rename));
                let is_ours = path.first().is_some_and(|first| first == ATTRIBUTE);
                if is_ours && from == ATTRIBUTE {
                    facts.attribute_names.insert(to.clone());
                } else if is_ours && from == RECORD {
                    facts.record_names.insert(to.clone());
                }
                self.name(to, path);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.tree(tree, path, facts);
                }
            }
            UseTree::Glob(_) => {}
        }
    }

    fn name(&mut self, name: String, path: &[String]) {
        if let Some(first) = path.first() {
            self.0.insert(name, first.clone());
        }
    }
}
