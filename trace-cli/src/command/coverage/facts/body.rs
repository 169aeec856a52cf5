//! What one body does, as a walk through it finds it.

use std::collections::BTreeSet;

use syn::visit::Visit as _;
use syn::{Block, Expr, Item};

use super::imports::Imports;
use super::sql::{self, Sql};
use super::writes::MethodWrite;
use super::{Body, Call, Doing, Form, Named};

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
    pub(super) items: Vec<&'ast Item>,
    pub(super) routed: Vec<Named>,
    pub(super) includes: Vec<usize>,
    /// Names of local variables, which are no functions.
    pub(super) locals: BTreeSet<String>,
    /// Its texts may be SQL; those of a message are not.
    pub(super) has_texts: bool,
    /// The next method call is awaited.
    pub(super) is_awaited: bool,
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

    pub(super) fn does(&mut self, doing: Doing, is: bool) {
        if is {
            self.body.does.insert(doing);
        }
    }

    pub(super) fn method_writes(&mut self, write: MethodWrite) {
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

    pub(super) fn values<'a>(&mut self, arguments: impl Iterator<Item = &'a Expr>) {
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
