//! Rebinding of parameters inside the executed body. They are dropped at the same place and in the same order as before.
//! Values that are assigned to them may borrow them mutably.

use proc_macro2::{Group, Ident, Punct, Span, TokenStream, TokenTree};
use quote::{format_ident, quote_spanned};
use syn::{Attribute, FnArg, Pat, PatType, Receiver, ReceiverKind, Signature, Token, Type};

use crate::types::{bare, is_number};

/// A signature, and the statements that bind its parameters again.
pub(crate) struct Rebound {
    pub(crate) signature: Signature,
    pub(crate) statements: TokenStream,
}

/// Rebinds the parameters of a function.
///
/// Types, names and patterns stay. A `mut` moves inside, where it is needed. `_` gets a name, by itself and in a tuple.
/// Other parts that a pattern omits, such as the second field in `User { a, .. }`, stay outside and are dropped last. A name
/// would move them, which not every type allows.
pub(crate) fn parameters(signature: &Signature, private: &TokenStream) -> Rebound {
    let mut signature = signature.clone();
    let mut statements = TokenStream::new();
    for (place, argument) in signature.inputs.iter_mut().enumerate() {
        match argument {
            FnArg::Receiver(receiver) => statements.extend(whole_self(receiver)),
            FnArg::Typed(argument) => {
                let attributes = conditions(&argument.attrs);
                if is_settled(argument) {
                    // Neither drop nor reassignment is possible, so the place of the binding makes no difference.
                } else {
                    // Omitted parts of an argument are dropped after its bound parts, in order.
                    let mut left_out = Vec::new();
                    let hidden = Hidden { private, place };
                    hidden.name_wildcards(&mut argument.pat, &attributes, &mut left_out);
                    statements.extend(left_out.into_iter().rev());
                    rebind_leaves(&mut argument.pat, &attributes, &mut statements);
                }
            }
        }
    }
    Rebound {
        signature,
        statements,
    }
}

/// Returns a statement that captures an owned `self` as a whole. A closure captures only the parts that its body names, such
/// as `self.name`.
fn whole_self(receiver: &Receiver) -> Option<TokenStream> {
    let attributes = conditions(&receiver.attrs);
    let name = &receiver.self_token;
    is_owned(receiver).then(|| quote_spanned!(Span::mixed_site()=> #(#attributes)* let _ = &#name;))
}

/// Returns whether the function owns `self`, which cannot get another name.
pub(crate) fn owns_self(signature: &Signature) -> bool {
    matches!(signature.inputs.first(), Some(FnArg::Receiver(receiver)) if is_owned(receiver))
}

fn is_owned(receiver: &Receiver) -> bool {
    match &receiver.kind {
        ReceiverKind::Value => true,
        ReceiverKind::Typed(_, given) => !matches!(bare(given), Type::Reference(_)),
        _ => false,
    }
}

/// Returns the attributes that may remove a parameter.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .cloned()
        .collect()
}

/// Returns whether an argument is a plain name of a type that needs no drop: a reference, a pointer, a number.
pub(crate) fn is_settled(argument: &PatType) -> bool {
    let is_constant = match &*argument.pat {
        Pat::Ident(name) => name.mutability.is_none() && name.subpat.is_none(),
        _ => false,
    };
    is_constant
        && match bare(&argument.ty) {
            Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) => true,
            other => is_number(other),
        }
}

/// Hidden names for the parts that one parameter omits.
struct Hidden<'a> {
    private: &'a TokenStream,
    place: usize,
}

impl Hidden<'_> {
    /// Replaces each `_` with a hidden name. `_` binds nothing, so its value would stay outside and be dropped last. Every
    /// tuple may be destructured; other types may not allow it.
    fn name_wildcards(
        &self,
        pattern: &mut Pat,
        attributes: &[Attribute],
        left_out: &mut Vec<TokenStream>,
    ) {
        let private = self.private;
        let at = Span::mixed_site();
        match pattern {
            Pat::Wild(_) => {
                let hidden =
                    format_ident!("__argument{}_{}", self.place, left_out.len(), span = at);
                *pattern = Pat::Verbatim(quote_spanned!(at=> #private::ignored!(#hidden)));
                left_out.push(quote_spanned!(at=> #(#attributes)* let __ignored = #hidden;));
            }
            Pat::Tuple(tuple) => tuple
                .elems
                .iter_mut()
                .for_each(|part| self.name_wildcards(part, attributes, left_out)),
            Pat::Paren(paren) => self.name_wildcards(&mut paren.pat, attributes, left_out),
            _ => {}
        }
    }
}

/// Returns the statements that bind the leaves of a pattern again, and moves a `mut` there.
pub(crate) fn leaves(pattern: &mut Pat, attributes: &[Attribute]) -> TokenStream {
    let mut statements = TokenStream::new();
    rebind_leaves(pattern, attributes, &mut statements);
    statements
}

/// Binds the leaves of a pattern again, in order.
fn rebind_leaves(pattern: &mut Pat, attributes: &[Attribute], statements: &mut TokenStream) {
    let mut walk = |pattern: &mut Pat| rebind_leaves(pattern, attributes, statements);
    match pattern {
        Pat::Ident(leaf) => {
            let mutability = if leaf.by_ref.is_none() {
                leaf.mutability.take()
            } else {
                None
            };
            if let Some((_, inner)) = &mut leaf.subpat {
                walk(inner);
            }
            statements.extend(rebind(&leaf.ident, mutability, attributes));
        }
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(walk),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(walk),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(walk),
        Pat::Struct(fields) => fields
            .fields
            .iter_mut()
            .for_each(|field| walk(&mut field.pat)),
        Pat::Reference(reference) => walk(&mut reference.pat),
        Pat::Paren(paren) => walk(&mut paren.pat),
        _ => {}
    }
}

pub(crate) fn rebind(
    name: &Ident,
    mutability: Option<Token![mut]>,
    attributes: &[Attribute],
) -> TokenStream {
    // A leading underscore marks a name as unused, but this statement uses it.
    let allowed = name.to_string().starts_with('_').then(|| {
        quote_spanned!(Span::mixed_site()=> #[allow(clippy::used_underscore_binding, clippy::no_effect_underscore_binding)])
    });
    quote_spanned!(Span::mixed_site()=> #(#attributes)* #allowed let #mutability #name = #name;)
}

/// Splits a body into its inner attributes and the rest, both with their places. The braces are generated at the same place,
/// because the compiler would report the user's braces as unused.
pub(crate) fn split_inner_attributes(body: &Group) -> (TokenStream, Group) {
    let mut tokens = body.stream().into_iter().peekable();
    let mut inner = TokenStream::new();
    while let Some(attribute) = take_inner_attribute(&mut tokens) {
        inner.extend(attribute);
    }
    (inner, in_our_braces(body, tokens.collect()))
}

/// Returns generated braces at the place of the user's braces.
pub(crate) fn in_our_braces(users: &Group, inside: TokenStream) -> Group {
    let mut ours = Group::new(users.delimiter(), inside);
    ours.set_span(Span::mixed_site().located_at(users.span()));
    ours
}

fn take_inner_attribute(
    tokens: &mut (impl Iterator<Item = TokenTree> + Clone),
) -> Option<[TokenTree; 3]> {
    let mut ahead = tokens.clone();
    let found = [ahead.next()?, ahead.next()?, ahead.next()?];
    let is = |token: &TokenTree, mark: char| matches!(token, TokenTree::Punct(punct) if Punct::as_char(punct) == mark);
    let is_inner =
        is(&found[0], '#') && is(&found[1], '!') && matches!(found[2], TokenTree::Group(_));
    is_inner.then(|| {
        *tokens = ahead;
        found
    })
}
