//! The files of a crate: from its root along each `mod x;`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Item, ItemMod, Lit, Meta};

use super::targets::Root;
use crate::command::coverage::facts::{self, Facts, Unseen, attributes};

/// A file of a module, still to be read.
struct Next {
    path: PathBuf,
    /// Folder in which the files of its modules are.
    folder: PathBuf,
    /// Path of the module, such as `shop::orders`.
    module: String,
}

/// A module in a file, while the files of its modules are looked for.
struct Place<'a> {
    /// Folder of the file, to which a `#[path]` of its own modules is relative.
    beside: &'a Path,
    folder: PathBuf,
    module: String,
    is_inline: bool,
}

/// Reads the files of a target, and adds what is in them. A file that another target of the package has is read once.
pub(in super::super) fn walk(root: &Root, seen: &mut BTreeSet<PathBuf>, facts: &mut Facts) {
    let folder = root.path.parent().unwrap_or(Path::new("")).to_path_buf();
    let mut next = vec![Next {
        path: root.path.clone(),
        folder,
        module: root.name.clone(),
    }];
    while let Some(file) = next.pop() {
        // A `#[path]` may lead back, each time by a longer path.
        let known = fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone());
        if !seen.insert(known) {
            continue;
        }
        match parsed(&file.path) {
            Ok(parsed) if attributes::is_test(&parsed.attrs) => {}
            Ok(parsed) => {
                facts::collect(&parsed, &file.path, &file.module, facts);
                let place = Place {
                    beside: file.path.parent().unwrap_or(Path::new("")),
                    folder: file.folder,
                    module: file.module,
                    is_inline: false,
                };
                of_items(&parsed.items, &place, &file.path, &mut next, facts);
            }
            Err((line, reason)) => {
                facts.unseen.push(Unseen::new(&file.path, line, reason));
                facts.unread_files += 1;
            }
        }
        // The texts of a file are kept for its lines, which nothing asks for any more.
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}

fn parsed(path: &Path) -> Result<syn::File, (usize, String)> {
    let text = fs::read_to_string(path).map_err(|error| (1, format!("cannot be read: {error}")))?;
    syn::parse_file(&text).map_err(|error| {
        let line = error.span().start().line;
        (line, format!("cannot be parsed: {error}"))
    })
}

fn of_items(items: &[Item], place: &Place, file: &Path, next: &mut Vec<Next>, facts: &mut Facts) {
    for item in items {
        let Item::Mod(module) = item else { continue };
        if attributes::is_test(&module.attrs) {
            continue;
        }
        let name = facts::name(&module.ident);
        let path = format!("{}::{name}", place.module);
        if let Some((_, items)) = &module.content {
            let folder = match paths(&module.attrs).0 {
                Some(folder) => base(place).join(folder),
                None => place.folder.join(&name),
            };
            let inline = Place {
                folder,
                module: path,
                is_inline: true,
                ..*place
            };
            of_items(items, &inline, file, next, facts);
            continue;
        }
        let found = files(module, &name, place);
        if found.is_empty() {
            let line = module.ident.span().start().line;
            let reason = format!("the file of `mod {name}` is not there");
            facts.unseen.push(Unseen::new(file, line, reason));
            facts.unread_files += 1;
        }
        let module = |(file, folder)| Next {
            path: file,
            folder,
            module: path.clone(),
        };
        next.extend(found.into_iter().map(module));
    }
}

/// Returns the files that a module without a body may have, each with the folder of its own modules.
fn files(module: &ItemMod, name: &str, place: &Place) -> Vec<(PathBuf, PathBuf)> {
    let (path, conditional) = paths(&module.attrs);
    let with_path = |path: &String| {
        let file = base(place).join(path);
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        (file, folder)
    };
    if let Some(path) = path {
        return there(vec![with_path(&path)]);
    }
    let folder = place.folder.join(name);
    let usual = [
        place.folder.join(format!("{name}.rs")),
        folder.join("mod.rs"),
    ];
    let usual = there(usual.map(|file| (file, folder.clone())).to_vec());
    let conditional = there(conditional.iter().map(with_path).collect());
    usual.into_iter().take(1).chain(conditional).collect()
}

fn there(mut files: Vec<(PathBuf, PathBuf)>) -> Vec<(PathBuf, PathBuf)> {
    files.retain(|(file, _)| file.is_file());
    files
}

/// Returns the folder to which a `#[path]` is relative.
fn base<'a>(place: &'a Place) -> &'a Path {
    if place.is_inline {
        &place.folder
    } else {
        place.beside
    }
}

/// Returns the value of `#[path = "…"]`, and those of `#[cfg_attr(…, path = "…")]`.
fn paths(attributes: &[Attribute]) -> (Option<String>, Vec<String>) {
    let (mut path, mut conditional) = (None, Vec::new());
    for attribute in attributes {
        if attribute.path().is_ident("cfg_attr") {
            let nested = attributes::nested(attribute);
            conditional.extend(nested.iter().filter_map(value));
        } else {
            path = path.or_else(|| value(&attribute.meta));
        }
    }
    (path, conditional)
}

fn value(meta: &Meta) -> Option<String> {
    let Meta::NameValue(pair) = meta else {
        return None;
    };
    match &pair.value {
        syn::Expr::Lit(literal) if pair.path.is_ident("path") => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
