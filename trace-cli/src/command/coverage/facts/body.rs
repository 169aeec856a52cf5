//! A walk through one body.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprCall, ExprMethodCall, Item, Macro, Token};

use super::imports::Imports;
use super::sql::{self, Sql};
use super::{Body, Call, Doing, Form, Named, mentions, name, routes};

/// Methods that write where they are awaited, or get a connection.
const WRITES: [&str; 5] = ["delete", "insert", "save", "update", "upsert"];
/// Methods and functions of ORMs and drivers that write in any case.
const CERTAIN_WRITES: [&str; 20] = [
    "bulk_write",
    "delete_by_id",
    "delete_many",
    "delete_one",
    "find_one_and_delete",
    "find_one_and_replace",
    "find_one_and_update",
    "insert_into",
    "insert_many",
    "insert_one",
    "insert_or_ignore_into",
    "insert_or_update",
    "replace_into",
    "replace_one",
    "save_changes",
    "update_by_id",
    "update_many",
    "update_one",
    "upsert_many",
    "upsert_one",
];
/// Functions that write when they are diesel's.
const DIESEL: [&str; 3] = ["update", "delete", "insert_into"];
/// Types whose functions `insert`, `update` and `delete` are an ORM's.
const ENTITIES: [&str; 3] = ["Entity", "ActiveModel", "diesel"];
/// Functions of `fs` that write.
const FILES: [&str; 6] = [
    "write",
    "rename",
    "remove_file",
    "remove_dir_all",
    "copy",
    "hard_link",
];
/// Macros whose texts are for people.
const MESSAGES: [&str; 22] = [
    "anyhow",
    "assert",
    "assert_eq",
    "assert_ne",
    "bail",
    "debug",
    "debug_assert",
    "ensure",
    "eprint",
    "eprintln",
    "error",
    "event",
    "info",
    "log",
    "panic",
    "print",
    "println",
    "span",
    "todo",
    "trace",
    "unreachable",
    "warn",
];

/// What a body has, and what it names besides: items within it, and handlers of routes.
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

struct BodyReader<'i, 'ast> {
    imports: &'i Imports,
    body: Body,
    items: Vec<&'ast Item>,
    routed: Vec<Named>,
    includes: Vec<usize>,
    /// Names of local variables, which are no functions.
    locals: BTreeSet<String>,
    /// The next method call is awaited.
    is_awaited: bool,
    names_active_model: bool,
    /// A call that writes if an `ActiveModel` is near.
    of_a_model: Option<String>,
}

impl<'i, 'ast> BodyReader<'i, 'ast> {
    fn new(imports: &'i Imports) -> Self {
        Self {
            imports,
            body: Body::default(),
            items: Vec::new(),
            routed: Vec::new(),
            includes: Vec::new(),
            locals: BTreeSet::new(),
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

    fn text(&mut self, text: &str) {
        match sql::read(text) {
            Sql::Write(words) => self.body.sql_write = Some(words),
            Sql::Other => self.does(Doing::OtherSql, true),
            Sql::No => {}
        }
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

    fn written_by(&mut self, call: &ExprMethodCall, is_awaited: bool) {
        let method = name(&call.method);
        let has_connection = call.args.iter().any(mentions::is_connection);
        if method == "execute" {
            self.does(Doing::Executes, has_connection);
        } else if CERTAIN_WRITES.contains(&method.as_str()) {
            self.body.orm_write = Some(format!(".{method}(…)"));
        } else if WRITES.contains(&method.as_str())
            && call.args.len() <= 1 + usize::from(has_connection)
        {
            let shown = format!(".{method}(…)");
            if has_connection || is_awaited && !mentions::is_elsewhere(&call.receiver) {
                self.body.orm_write = Some(shown);
            } else {
                self.of_a_model = Some(shown);
            }
        }
    }

    fn called(&mut self, function: &Named, arguments: usize) {
        let qualifier = function.qualifier.as_deref().unwrap_or("");
        let called = function.name.as_str();
        let is_of_entity = ENTITIES.contains(&qualifier) && WRITES.contains(&called);
        let is_diesel = DIESEL.contains(&called)
            && self.imports.is_from(called, "diesel")
            && qualifier.is_empty();
        let is_certain =
            CERTAIN_WRITES.contains(&called) && (arguments > 0 || function.qualifier.is_some());
        if is_of_entity || is_diesel || is_certain {
            self.body.orm_write = Some(format!("{called}(…)"));
        }
        let is_file = qualifier == "fs" && FILES.contains(&called)
            || qualifier == "File" && called == "create";
        if is_file {
            self.body.file_write = Some(format!("{qualifier}::{called}(…)"));
        }
    }

    fn tokens(&mut self, tokens: TokenStream, has_texts: bool) {
        let mut tokens = tokens.into_iter().peekable();
        let mut before = None;
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Group(group) => self.tokens(group.stream(), has_texts),
                TokenTree::Literal(literal) if has_texts => {
                    let literal: Result<syn::LitStr, _> = syn::parse_str(&literal.to_string());
                    if let Ok(literal) = literal {
                        self.text(&literal.value());
                    }
                }
                TokenTree::Ident(word) => {
                    let is_method =
                        matches!(&before, Some(TokenTree::Punct(dot)) if dot.as_char() == '.');
                    match tokens.peek() {
                        Some(TokenTree::Group(group)) => {
                            self.loose_call(name(word), is_method, group.stream());
                        }
                        Some(TokenTree::Punct(mark)) if mark.as_char() == '!' => {
                            self.body.macros.insert(name(word));
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
            before = Some(token);
        }
    }

    /// Adds a call within a macro whose tokens are no expressions.
    fn loose_call(&mut self, name: String, is_method: bool, arguments: TokenStream) {
        let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        let arguments = syn::parse::Parser::parse2(parse, arguments).map_or(0, |all| all.len());
        let to = Named {
            qualifier: None,
            name,
        };
        let form = if is_method {
            Form::Method {
                on_self: false,
                is_awaited: true,
                arguments,
            }
        } else {
            Form::Path { arguments }
        };
        self.body.calls.push(Call { to, form });
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
        self.written_by(call, is_awaited);
        self.routed.extend(routes::of_method(call));
        self.values(call.args.iter());
        let on_self = matches!(&*call.receiver, Expr::Path(path) if path.path.is_ident("self"));
        let to = Named {
            qualifier: None,
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
            self.called(&to, arguments);
            self.body.calls.push(Call {
                to,
                form: Form::Path { arguments },
            });
        }
        visit::visit_expr_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast Macro) {
        let Some(last) = call.path.segments.last() else {
            return;
        };
        let last_name = name(&last.ident);
        if last_name == "include" {
            self.includes.push(last.ident.span().start().line);
        }
        let is_message = MESSAGES.contains(&last_name.as_str());
        self.body.macros.insert(last_name);
        self.tokens(call.tokens.clone(), !is_message);
    }
}
