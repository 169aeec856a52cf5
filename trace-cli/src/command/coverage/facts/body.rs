//! A walk through one body.

use std::collections::BTreeSet;

use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprMethodCall, Item, Macro};

use super::imports::Imports;
use super::sql::{self, Sql};
use super::writes::{self, MethodWrite};
use super::{Body, Call, Doing, Form, Named, mentions, name, routes};

/// Contents of a body, with the items within it and the handlers of routes.
pub(super) struct Reading<'ast> {
    pub(super) body: Body,
    pub(super) items: Vec<&'ast Item>,
    pub(super) routed: Vec<Named>,
    pub(super) includes: Vec<usize>,
}

pub(super) fn read<'ast>(block: &'ast Block, imports: &Imports) -> Reading<'ast> {
    let mut reader = BodyReader::new(imports);
    reader.visit_block(block);
    reader.finish()
}

pub(super) fn read_expression<'ast>(expression: &'ast Expr, imports: &Imports) -> Reading<'ast> {
    let mut reader = BodyReader::new(imports);
    reader.visit_expr(expression);
    reader.finish()
}

pub(super) struct BodyReader<'i, 'ast> {
    pub(super) imports: &'i Imports,
    pub(super) body: Body,
    items: Vec<&'ast Item>,
    pub(super) routed: Vec<Named>,
    pub(super) includes: Vec<usize>,
    /// Names of local variables, which are no functions.
    pub(super) locals: BTreeSet<String>,
    /// Its texts may be SQL; those of a message are not.
    pub(super) has_texts: bool,
    /// The next method call is awaited.
    is_awaited: bool,
    pub(super) names_active_model: bool,
    /// A call that writes if an `ActiveModel` is near.
    pub(super) of_a_model: Option<String>,
}

impl<'i, 'ast> BodyReader<'i, 'ast> {
    pub(super) fn new(imports: &'i Imports) -> Self {
        Self {
            imports,
            body: Body::default(),
            items: Vec::new(),
            routed: Vec::new(),
            includes: Vec::new(),
            locals: BTreeSet::new(),
            has_texts: true,
            is_awaited: false,
            names_active_model: false,
            of_a_model: None,
        }
    }

    fn finish(mut self) -> Reading<'ast> {
        if self.names_active_model && self.body.orm_write.is_none() {
            self.body.orm_write = self.of_a_model.take();
        }
        let locals = &self.locals;
        let is_function = |call: &Call| {
            call.form != Form::Value
                || call.to.qualifier.is_some()
                || !locals.contains(&call.to.name)
        };
        self.body.calls.retain(is_function);
        Reading {
            body: self.body,
            items: self.items,
            routed: self.routed,
            includes: self.includes,
        }
    }

    fn does(&mut self, doing: Doing, is: bool) {
        if is {
            self.body.does.insert(doing);
        }
    }

    fn method_writes(&mut self, write: MethodWrite) {
        match write {
            MethodWrite::No => {}
            MethodWrite::Executes => self.does(Doing::Executes, true),
            MethodWrite::Writes(call) => self.body.orm_write = Some(call),
            MethodWrite::OfAModel(call) => self.of_a_model = Some(call),
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        if !self.has_texts {
            return;
        }
        match sql::read(text) {
            Sql::Write(words) => self.body.sql_write = Some(words),
            Sql::Other => self.does(Doing::OtherSql, true),
            Sql::No => {}
        }
    }

    /// Reads an argument of a macro, which may wait for it.
    pub(super) fn argument(&mut self, expression: &'ast Expr, waits: bool) {
        self.does(Doing::Awaits, waits);
        self.is_awaited = waits && matches!(expression, Expr::MethodCall(_));
        self.visit_expr(expression);
    }

    fn values<'a>(&mut self, arguments: impl Iterator<Item = &'a Expr>) {
        for argument in arguments {
            if let Expr::Path(path) = argument
                && let Some(to) = Named::of(&path.path)
            {
                self.body.calls.push(Call {
                    to,
                    form: Form::Value,
                });
            }
        }
    }
}

impl<'ast> Visit<'ast> for BodyReader<'_, 'ast> {
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}

    fn visit_item(&mut self, item: &'ast Item) {
        self.items.push(item);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.text(&text.value());
    }

    fn visit_pat_ident(&mut self, local: &'ast syn::PatIdent) {
        self.locals.insert(name(&local.ident));
        visit::visit_pat_ident(self, local);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.names_active_model |= path
            .segments
            .iter()
            .any(|segment| segment.ident == "ActiveModel");
        if let Some(last) = path.segments.last() {
            let name = last.ident.to_string();
            let is_constant =
                |char: char| char.is_ascii_uppercase() || char == '_' || char.is_ascii_digit();
            if name.len() > 1 && name.chars().all(is_constant) {
                self.body.constants.insert(name);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_field(&mut self, field: &'ast syn::ExprField) {
        if let (Expr::Path(base), syn::Member::Named(member)) = (&*field.base, &field.member)
            && base.path.is_ident("self")
            && mentions::is_of_store(&name(member))
        {
            self.body.store_field = Some(name(member));
        }
        visit::visit_expr_field(self, field);
    }

    fn visit_expr_await(&mut self, waits: &'ast syn::ExprAwait) {
        self.does(Doing::Awaits, true);
        self.is_awaited = matches!(&*waits.base, Expr::MethodCall(_));
        visit::visit_expr_await(self, waits);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        let is_awaited = std::mem::take(&mut self.is_awaited);
        let method = name(&call.method);
        let arguments = call.args.len();
        self.does(
            Doing::Locks,
            arguments == 0 && ["lock", "write", "borrow_mut"].contains(&method.as_str()),
        );
        self.method_writes(writes::of_method(call, is_awaited));
        self.routed.extend(routes::of_method(call));
        self.values(call.args.iter());
        let on_self = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"));
        let to = Named {
            qualifier: mentions::last_name(&call.receiver),
            name: method,
        };
        let form = Form::Method {
            on_self,
            is_awaited,
            arguments,
        };
        self.body.calls.push(Call { to, form });
        visit::visit_expr_method_call(self, call);
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        self.routed.extend(routes::of_call(call));
        self.values(call.args.iter());
        if let Expr::Path(function) = &*call.func
            && let Some(to) = Named::of(&function.path)
        {
            let arguments = call.args.len();
            if let Some(orm) = writes::of_function(&to, arguments, self.imports) {
                self.body.orm_write = Some(orm);
            }
            if let Some(file) = writes::of_file(&to) {
                self.body.file_write = Some(file);
            }
            self.body.calls.push(Call {
                to,
                form: Form::Path { arguments },
            });
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        self.macro_call(call);
    }
}
