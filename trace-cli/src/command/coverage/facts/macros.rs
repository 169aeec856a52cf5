//! Calls of macros in a body.

use std::collections::BTreeSet;

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
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

/// Macros that wait for their arguments.
const WAITING: [&str; 4] = ["join", "select", "select_biased", "try_join"];

impl BodyReader<'_, '_> {
    /// Adds what is in the arguments, as expressions as far as they are some, else as loose tokens.
    pub(super) fn macro_call(&mut self, call: &Macro) {
        let Some(last) = call.path.segments.last() else {
            return;
        };
        let called = name(&last.ident);
        if called == "include" {
            self.includes.push(last.ident.span().start().line);
        }
        let pieces = Pieces::of(call);
        let mut inner = BodyReader::new(self.imports);
        inner.has_texts = self.has_texts && !MESSAGES.contains(&called.as_str());
        let waits = WAITING.contains(&called.as_str());
        self.body.macros.insert(called);
        for text in &pieces.texts {
            inner.text(text);
        }
        for expression in &pieces.expressions {
            inner.argument(expression, waits);
        }
        inner.body.calls.extend(pieces.calls);
        inner.body.macros.extend(pieces.macros);
        self.routed.append(&mut inner.routed);
        self.includes.append(&mut inner.includes);
        self.locals.append(&mut inner.locals);
        self.names_active_model |= inner.names_active_model;
        self.of_a_model = inner.of_a_model.take().or(self.of_a_model.take());
        self.body.add(inner.body);
    }
}

/// The arguments of a macro.
#[derive(Default)]
struct Pieces {
    expressions: Vec<Expr>,
    /// Texts and names among tokens that are no expressions.
    texts: Vec<String>,
    calls: Vec<Call>,
    macros: BTreeSet<String>,
}

impl Pieces {
    fn of(call: &Macro) -> Self {
        let mut pieces = Self::default();
        let parse = Punctuated::<Expr, Token![,]>::parse_terminated;
        match call.parse_body_with(parse) {
            Ok(arguments) => pieces.expressions.extend(arguments),
            Err(_) => pieces.read(call.tokens.clone()),
        }
        pieces
    }

    fn read(&mut self, tokens: TokenStream) {
        for piece in split(tokens) {
            match syn::parse2(piece.clone()) {
                Ok(expression) => self.expressions.push(expression),
                Err(_) => self.loose(piece),
            }
        }
    }

    fn loose(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        let mut before = None;
        while let Some(token) = tokens.next() {
            match &token {
                TokenTree::Group(group) => self.read(group.stream()),
                TokenTree::Literal(literal) => {
                    let literal: Result<syn::LitStr, _> = syn::parse_str(&literal.to_string());
                    self.texts.extend(literal.map(|literal| literal.value()));
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
                            self.macros.insert(name(word));
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
        self.calls.push(Call { to, form });
    }
}

/// Splits tokens at commas, semicolons, `=` and `=>`, where one expression ends and another begins.
fn split(tokens: TokenStream) -> Vec<TokenStream> {
    let mut pieces = vec![TokenStream::new()];
    let mut tokens = tokens.into_iter().peekable();
    // The mark before belongs to the next one, as in `!=`.
    let mut is_joint = false;
    while let Some(token) = tokens.next() {
        let mut ends = false;
        if let TokenTree::Punct(mark) = &token {
            let is_alone = mark.spacing() == Spacing::Alone;
            let is_next = |wanted: char, next: Option<&TokenTree>| matches!(next, Some(TokenTree::Punct(next)) if next.as_char() == wanted);
            let is_arrow = !is_alone && is_next('>', tokens.peek());
            ends = match mark.as_char() {
                ',' | ';' => true,
                '=' => !is_joint && (is_alone || is_arrow),
                _ => false,
            };
            if ends && is_arrow {
                tokens.next();
            }
            is_joint = !is_alone && !ends;
        } else {
            is_joint = false;
        }
        match pieces.last_mut() {
            Some(piece) if !ends => piece.extend([token]),
            _ => pieces.push(TokenStream::new()),
        }
    }
    pieces
}
