//! Where an item is: its module, and what its name begins with.

use syn::{ItemImpl, ItemTrait, Type, TypeParamBound};

use super::name;

/// Where an item is.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) module: String,
    /// What the name of a function begins with, such as `Orders::`.
    pub(super) prefix: String,
    pub(super) owner: Option<String>,
}

impl Scope {
    pub(super) fn module(module: String) -> Self {
        Self {
            module,
            prefix: String::new(),
            owner: None,
        }
    }

    /// Returns the scope within an implementation.
    pub(super) fn of_implementation(&self, item: &ItemImpl) -> Self {
        let owner = type_name(&item.self_ty);
        let path = item.trait_.as_ref().map(|(path, _)| path);
        let prefix = match path.and_then(|path| path.segments.last()) {
            Some(last) => format!("<{owner} as {}>::", name(&last.ident)),
            None => format!("{owner}::"),
        };
        self.within(&prefix, owner)
    }

    /// Returns the scope within the definition of a trait.
    pub(super) fn of_trait(&self, item: &ItemTrait) -> Self {
        let owner = name(&item.ident);
        self.within(&format!("{owner}::"), owner)
    }

    /// Returns the scope within the body of a function, by the name that is shown.
    pub(super) fn of_function(&self, shown: &str) -> Self {
        Self {
            prefix: format!("{shown}::"),
            owner: None,
            module: self.module.clone(),
        }
    }

    fn within(&self, prefix: &str, owner: String) -> Self {
        Self {
            module: self.module.clone(),
            prefix: format!("{}{prefix}", self.prefix),
            owner: Some(owner),
        }
    }
}

/// Returns the last name of a type.
fn type_name(of: &Type) -> String {
    match of {
        Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|last| name(&last.ident))
            .unwrap_or_default(),
        Type::Reference(reference) => type_name(&reference.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        Type::TraitObject(object) => {
            let first = object.bounds.first();
            first.map_or_else(
                || "dyn".to_owned(),
                |bound| match bound {
                    TypeParamBound::Trait(bound) => bound
                        .path
                        .segments
                        .last()
                        .map(|last| name(&last.ident))
                        .unwrap_or_default(),
                    _ => "dyn".to_owned(),
                },
            )
        }
        _ => "_".to_owned(),
    }
}
