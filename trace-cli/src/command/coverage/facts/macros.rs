//! Calls of macros in a body.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::Visit as _;
use syn::{Expr, Macro, Token};

use super::body::BodyReader;
use super::{Call, Form, Named, name};

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

impl BodyReader<'_, '_> {
    /// Adds what is in the arguments, as expressions where they are some, else as loose tokens.
    pub(super) fn macro_call(&mut self, call: &Macro) {
        let Some(last) = call.path.segments.last() else {
            return;
        };
        let called = name(&last.ident);
        if called == "include" {
            self.includes.push(last.ident.span().start().line);
        }
        let mut inner = BodyReader::new(self.imports);
        inner.has_texts = self.has_texts && !MESSAGES.contains(&called.as_str());
        self.body.macros.insert(called);
        let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        let arguments = call.parse_body_with(parse);
        match &arguments {
            Ok(arguments) => arguments.iter().for_each(|one| inner.visit_expr(one)),
            Err(_) => inner.tokens(call.tokens.clone()),
        }
        self.routed.append(&mut inner.routed);
        self.includes.append(&mut inner.includes);
        self.locals.append(&mut inner.locals);
        self.names_active_model |= inner.names_active_model;
        self.of_a_model = inner.of_a_model.take().or(self.of_a_model.take());
        self.body.add(inner.body);
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut before = None;
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
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
                        // The `!` of `!=` is joint with what follows.
                        Some(TokenTree::Punct(mark))
                            if mark.as_char() == '!' && mark.spacing() == Spacing::Alone =>
                        {
                            self.body.macros.insert(name(word));
                        }
                        _ => {}
                    }
                }
                TokenTree::Punct(_) => {}
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
