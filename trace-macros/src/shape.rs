//! The item under the attribute: the kind of function, and the hints of its return type.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, ReturnType, Signature, Token, Type, Visibility};

use crate::diag::helped;
use crate::spelled::{self, ReturnSyntax};
use crate::types::{arguments, bare, boxed_output, future_output};

/// The annotated item.
pub(crate) enum Item {
    Function(Box<Function>),
    /// An unreadable function. The compiler reports the error, so the attribute adds none.
    Unfinished(TokenStream),
    /// An item that is no function.
    Other {
        item: TokenStream,
        error: syn::Error,
    },
}

/// A function with an unparsed body.
pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) defaultness: Option<Token![default]>,
    pub(crate) signature: Signature,
    pub(crate) body: Body,
}

pub(crate) enum Body {
    Braced(Group),
    None(Token![;]),
}

/// The kind of a function, which decides how its end is observed.
pub(crate) enum FnKind {
    /// A function that ends when it returns or, if it returns a boxed future, when that future ends. The type decides.
    Sync,
    Async,
    /// A function that returns `impl Future`, with its output; `_` if the output is not written.
    ImplFuture(Box<Type>),
}

pub(crate) fn read(item: TokenStream) -> Item {
    let read_function = |input: ParseStream<'_>| {
        let function = input.parse::<Function>()?;
        if input.is_empty() {
            Ok(function)
        } else {
            Err(input.error("expected one function"))
        }
    };
    match read_function.parse2(item.clone()) {
        Ok(function) => Item::Function(Box::new(function)),
        Err(_) => match misplaced(&item) {
            Some(error) => Item::Other { item, error },
            None => Item::Unfinished(item),
        },
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attributes: input.call(Attribute::parse_outer)?,
            visibility: input.parse()?,
            defaultness: if input.peek(Token![default]) {
                Some(input.parse()?)
            } else {
                None
            },
            signature: input.parse()?,
            body: if input.peek(Token![;]) {
                Body::None(input.parse()?)
            } else {
                match without_invisible(input.parse()?) {
                    TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                        Body::Braced(group)
                    }
                    other => return Err(syn::Error::new(other.span(), "expected a body")),
                }
            },
        })
    }
}

/// Returns the token inside the invisible groups that `macro_rules!` leaves around a `$body:block`.
fn without_invisible(mut token: TokenTree) -> TokenTree {
    while let TokenTree::Group(group) = &token
        && group.delimiter() == Delimiter::None
        && let Some(inside) = group.stream().into_iter().next()
    {
        token = inside;
    }
    token
}

/// Returns the error for an item that is no function, at the keyword that shows it.
fn misplaced(item: &TokenStream) -> Option<syn::Error> {
    let mut tokens = item.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let TokenTree::Ident(word) = token else {
            continue;
        };
        let help = match word.to_string().as_str() {
            "fn" => return bodiless(item),
            "impl" => "put it on each method that changes something",
            "trait" => "put it on the methods of the `impl`",
            "struct" | "enum" | "union" | "mod" | "use" | "static" | "type" | "macro_rules" => {
                "put it on the function that makes the change"
            }
            "const" if !is_function(tokens.clone()) => {
                "put it on the function that makes the change"
            }
            "extern" if !is_function(tokens.clone()) => {
                "put it on a function of your own that calls the foreign one"
            }
            _ => continue,
        };
        let message = format!("`#[behavior_trace]` goes on a function or method, not on `{word}`");
        return Some(syn::Error::new(word.span(), helped(message, help)));
    }
    Some(syn::Error::new(
        Span::call_site(),
        "`#[behavior_trace]` goes on a function or method",
    ))
}

/// Returns the error for a function without a body of a kind that is not parsed otherwise (`safe fn` in an `extern` block).
fn bodiless(item: &TokenStream) -> Option<syn::Error> {
    match item.clone().into_iter().last() {
        Some(TokenTree::Punct(end)) if end.as_char() == ';' => {
            Some(syn::Error::new(end.span(), no_body()))
        }
        _ => None,
    }
}

/// Returns the message for a function without a body.
pub(crate) fn no_body() -> String {
    helped(
        "this function has no body to watch",
        "put the attribute on the implementations, or on a function that calls it",
    )
}

/// Returns whether `fn` follows, apart from qualifiers.
fn is_function(tokens: impl Iterator<Item = TokenTree>) -> bool {
    for token in tokens {
        match token {
            TokenTree::Ident(word) if word == "fn" => return true,
            TokenTree::Ident(word) if word == "async" || word == "unsafe" || word == "extern" => {}
            TokenTree::Literal(_) => {}
            _ => return false,
        }
    }
    false
}

impl Function {
    pub(crate) fn kind(&self) -> FnKind {
        if self.signature.asyncness.is_some() {
            return FnKind::Async;
        }
        match &self.signature.output {
            ReturnType::Type(_, output) => match bare(output) {
                Type::ImplTrait(opaque) => future_output(&opaque.bounds)
                    .map_or(FnKind::Sync, |output| FnKind::ImplFuture(Box::new(output))),
                _ => FnKind::Sync,
            },
            ReturnType::Default => FnKind::Sync,
        }
    }

    /// Returns the type that the function, or the future it returns, finally yields; `None` if it is not written.
    pub(crate) fn yields(&self) -> Option<Type> {
        match (self.kind(), &self.signature.output) {
            (FnKind::ImplFuture(output), _) => Some(*output),
            (_, ReturnType::Default) => None,
            (FnKind::Async, ReturnType::Type(_, output)) => Some(bare(output).clone()),
            (FnKind::Sync, ReturnType::Type(_, output)) => {
                Some(boxed_output(bare(output)).unwrap_or_else(|| bare(output).clone()))
            }
        }
    }

    /// Returns the syntax of the return type.
    pub(crate) fn spelled(&self) -> ReturnSyntax {
        if let (FnKind::Sync | FnKind::Async, ReturnType::Default) =
            (self.kind(), &self.signature.output)
        {
            return ReturnSyntax::Outcome;
        }
        self.yields()
            .map_or(ReturnSyntax::Anything, |yields| spelled::of(&yields))
    }

    /// Returns the type that is finally checked, as far as its spelling shows: the yielded type, or the output of a
    /// `BoxFuture`.
    pub(crate) fn checked(&self) -> Option<Type> {
        let yields = self.yields()?;
        let output = match &yields {
            Type::Path(path) => {
                let last = path.path.segments.last()?;
                let is_future = last.ident == "BoxFuture" || last.ident == "LocalBoxFuture";
                arguments(path).pop().filter(|_| is_future).cloned()
            }
            _ => None,
        };
        Some(output.unwrap_or(yields))
    }

    /// Returns whether the function visibly returns a boxed future.
    pub(crate) fn is_boxed(&self) -> bool {
        matches!(self.kind(), FnKind::Sync)
            && matches!(&self.signature.output, ReturnType::Type(_, output) if boxed_output(bare(output)).is_some())
    }

    /// Returns whether the function may return a future by its spelling: a boxed one, or one under a name like `BoxFuture`.
    pub(crate) fn may_return_future(&self) -> bool {
        let ReturnType::Type(_, output) = &self.signature.output else {
            return false;
        };
        let is_named = match bare(output) {
            Type::Path(path) => path.path.segments.last().is_some_and(|last| {
                let name = last.ident.to_string();
                name.ends_with("Future") || name.ends_with("Fut")
            }),
            _ => false,
        };
        matches!(self.kind(), FnKind::Sync) && is_named || self.is_boxed()
    }
}

impl ToTokens for Body {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Braced(group) => group.to_tokens(tokens),
            Self::None(semicolon) => semicolon.to_tokens(tokens),
        }
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for attribute in &self.attributes {
            attribute.to_tokens(tokens);
        }
        self.visibility.to_tokens(tokens);
        self.defaultness.to_tokens(tokens);
        self.signature.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}
