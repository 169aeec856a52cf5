//! A walk through the items of a file, down to its functions.

use std::path::Path;

use syn::{Attribute, Block, Expr, ImplItem, Item, ItemImpl, ItemTrait, Signature, TraitItem};

use super::body::Reading;
use super::imports::Imports;
use super::scope::Scope;
use super::{Facts, Function, attributes, body, name, signature};

/// Adds the functions of a file.
pub(in super::super) fn collect(file: &syn::File, path: &Path, module: &str, facts: &mut Facts) {
    facts.files += 1;
    let mut imports = Imports::default();
    add_imports(&file.items, &mut imports, facts);
    let mut walk = Walk {
        path,
        imports: &imports,
        facts,
    };
    walk.items(&file.items, &Scope::module(module.to_owned()));
}

fn add_imports(items: &[Item], imports: &mut Imports, facts: &mut Facts) {
    for item in items {
        match item {
            Item::Use(item) => imports.add(item, facts),
            Item::Mod(module) if !attributes::is_test(&module.attrs) => {
                if let Some((_, items)) = &module.content {
                    add_imports(items, imports, facts);
                }
            }
            _ => {}
        }
    }
}

pub(super) struct Walk<'a> {
    pub(super) path: &'a Path,
    imports: &'a Imports,
    pub(super) facts: &'a mut Facts,
}

impl Walk<'_> {
    fn items<'ast>(&mut self, items: impl IntoIterator<Item = &'ast Item>, scope: &Scope) {
        for item in items {
            self.item(item, scope);
        }
    }

    fn item(&mut self, item: &Item, scope: &Scope) {
        match item {
            Item::Fn(item) => self.function(&item.attrs, &item.sig, &item.block, scope),
            Item::Impl(item) => self.implementation(item, scope),
            Item::Trait(item) => self.definition(item, scope),
            Item::Mod(item) if !attributes::is_test(&item.attrs) => {
                let module = format!("{}::{}", scope.module, name(&item.ident));
                if let Some((_, items)) = &item.content {
                    self.items(items, &Scope::module(module));
                }
            }
            Item::Const(item) => self.constant(&name(&item.ident), &item.expr, scope),
            Item::Static(item) => self.constant(&name(&item.ident), &item.expr, scope),
            Item::Macro(item) => self.generated(item),
            Item::Verbatim(tokens) => {
                let line = tokens
                    .clone()
                    .into_iter()
                    .next()
                    .map_or(1, |first| first.span().start().line);
                self.unseen(line, "a form of an item that the parser does not know");
            }
            _ => {}
        }
    }

    fn implementation(&mut self, item: &ItemImpl, scope: &Scope) {
        if attributes::is_test(&item.attrs) {
            return;
        }
        let scope = scope.of_implementation(item);
        for item in &item.items {
            match item {
                ImplItem::Fn(item) => self.function(&item.attrs, &item.sig, &item.block, &scope),
                ImplItem::Const(item) => self.constant(&name(&item.ident), &item.expr, &scope),
                ImplItem::Macro(item) => self.generated_by(&item.mac),
                _ => {}
            }
        }
    }

    fn definition(&mut self, item: &ItemTrait, scope: &Scope) {
        if attributes::is_test(&item.attrs) {
            return;
        }
        let scope = scope.of_trait(item);
        for item in &item.items {
            match item {
                TraitItem::Fn(item) => {
                    if let Some(block) = &item.default {
                        self.function(&item.attrs, &item.sig, block, &scope);
                    }
                }
                TraitItem::Macro(item) => self.generated_by(&item.mac),
                _ => {}
            }
        }
    }

    fn function(
        &mut self,
        attributes: &[Attribute],
        signature: &Signature,
        block: &Block,
        scope: &Scope,
    ) {
        if attributes::is_test(attributes) {
            return;
        }
        let name = name(&signature.ident);
        let shown = format!("{}{name}", scope.prefix);
        let mut function = Function {
            module: scope.module.clone(),
            owner: scope.owner.clone(),
            file: self.path.to_path_buf(),
            line: signature.ident.span().start().line,
            attributes: attributes::read(attributes),
            route: attributes::route(attributes),
            name,
            shown: shown.clone(),
            ..Function::default()
        };
        signature::read(signature, &mut function);
        let Reading {
            body,
            items,
            routed,
            includes,
        } = body::read(block, self.imports);
        function.body = body;
        self.facts.functions.push(function);
        self.facts.routed.extend(routed);
        self.includes(&includes);
        self.items(items, &scope.of_function(&shown));
    }

    /// Adds a constant with SQL, or with the routes of a router.
    fn constant(&mut self, name: &str, value: &Expr, scope: &Scope) {
        let Reading {
            body,
            items,
            routed,
            includes,
        } = body::read_expression(value, self.imports);
        if body.sql_write.is_some() {
            self.facts.sql_constants.insert(name.to_owned());
        }
        self.facts.routed.extend(routed);
        self.includes(&includes);
        self.items(items, scope);
    }
}
