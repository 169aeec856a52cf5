//! The annotated item: the kind of function and the form of its return type.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, GenericArgument, PathArguments, ReturnType, Signature, Token, Type, TypeParamBound,
    TypePath, Visibility,
};

use crate::diag::helped;
use crate::spelled::{self, Spelled};

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

/// The way in which the end of the function's work is observed.
pub(crate) enum Kind {
    /// The work ends at the return or, if the function returns a boxed future, when the future completes: the type decides.
    Sync,
    Async,
    /// `-> impl Future`, with its output; `_` if the output is not written.
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

/// Returns the error for a function without a body that the parser does not accept (`safe fn` in an `extern` block).
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

/// Returns whether `fn` follows, after nothing but qualifiers.
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
    pub(crate) fn kind(&self) -> Kind {
        if self.signature.asyncness.is_some() {
            return Kind::Async;
        }
        match &self.signature.output {
            ReturnType::Type(_, output) => match bare(output) {
                Type::ImplTrait(opaque) => future_output(&opaque.bounds)
                    .map_or(Kind::Sync, |output| Kind::ImplFuture(Box::new(output))),
                _ => Kind::Sync,
            },
            ReturnType::Default => Kind::Sync,
        }
    }

    /// Returns the type that the function, or the future it returns, finally yields; `None` if it is not written.
    pub(crate) fn yields(&self) -> Option<Type> {
        match (self.kind(), &self.signature.output) {
            (Kind::ImplFuture(output), _) => Some(*output),
            (_, ReturnType::Default) => None,
            (Kind::Async, ReturnType::Type(_, output)) => Some(bare(output).clone()),
            (Kind::Sync, ReturnType::Type(_, output)) => {
                Some(boxed_output(bare(output)).unwrap_or_else(|| bare(output).clone()))
            }
        }
    }

    /// Returns the kind of success that the written return type shows.
    pub(crate) fn spelled(&self) -> Spelled {
        if let (Kind::Sync | Kind::Async, ReturnType::Default) =
            (self.kind(), &self.signature.output)
        {
            return Spelled::Telling;
        }
        self.yields()
            .map_or(Spelled::Anything, |yields| spelled::of(&yields))
    }

    /// Returns the type that the success check receives, as far as it is written: the yielded type, or the output of a type
    /// named `BoxFuture`.
    pub(crate) fn judged(&self) -> Option<Type> {
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

    /// Returns whether the function returns a boxed future that is written as one.
    pub(crate) fn is_boxed(&self) -> bool {
        matches!(self.kind(), Kind::Sync)
            && matches!(&self.signature.output, ReturnType::Type(_, output) if boxed_output(bare(output)).is_some())
    }

    /// Returns whether the written type may be a future: a boxed one, or one with a name like `BoxFuture`.
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
        matches!(self.kind(), Kind::Sync) && is_named || self.is_boxed()
    }
}

/// Returns the type inside parentheses and the invisible groups that `macro_rules!` leaves.
pub(crate) fn bare(mut given: &Type) -> &Type {
    loop {
        given = match given {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            other => return other,
        }
    }
}

/// Returns whether a type is written as a number or `char`.
pub(crate) fn is_number(given: &Type) -> bool {
    const NUMBERS: [&str; 15] = [
        "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32",
        "u64", "u128", "usize",
    ];
    matches!(given, Type::Path(path) if NUMBERS.iter().any(|number| path.path.is_ident(number)))
}

/// Returns the output of a `Future` among the bounds; `_` if there is one and its output is not written.
fn future_output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else {
            return None;
        };
        let last = bound.path.segments.last()?;
        if last.ident != "Future" {
            return None;
        }
        let written = arguments_of(&last.arguments).find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" => {
                Some(bare(&assoc.ty).clone())
            }
            _ => None,
        });
        Some(written.unwrap_or_else(|| syn::parse_quote!(_)))
    })
}

/// Returns the type arguments at the end of a path.
pub(crate) fn arguments(path: &TypePath) -> Vec<&Type> {
    let last = path.path.segments.last();
    let written = last
        .into_iter()
        .flat_map(|last| arguments_of(&last.arguments));
    written
        .filter_map(|argument| match argument {
            GenericArgument::Type(argument) => Some(bare(argument)),
            _ => None,
        })
        .collect()
}

fn arguments_of(arguments: &PathArguments) -> impl Iterator<Item = &GenericArgument> {
    let written = match arguments {
        PathArguments::AngleBracketed(written) => Some(&written.args),
        _ => None,
    };
    written.into_iter().flatten()
}

/// Returns the output of a type written as `Pin<Box<dyn Future<Output = …>>>`.
fn boxed_output(given: &Type) -> Option<Type> {
    let inner = only_argument(given, "Pin").and_then(|pinned| only_argument(pinned, "Box"))?;
    let Type::TraitObject(object) = inner else {
        return None;
    };
    future_output(&object.bounds)
}

fn only_argument<'a>(given: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = given else {
        return None;
    };
    let last = path.path.segments.last()?;
    match arguments_of(&last.arguments).next()? {
        GenericArgument::Type(argument) if last.ident == name => Some(bare(argument)),
        _ => None,
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
