//! Statements that write fields, and the path to the functions that they call.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use crate::expression::is_place;
use crate::model::{CapturedField, Closure, FieldKind, Model, Source};

/// Returns the path of the module that expansions call.
pub(crate) fn private(model: &Model) -> TokenStream {
    let renamed = model.facade.as_ref().map(ToTokens::to_token_stream);
    let facade = renamed.unwrap_or_else(|| quote!(::behavior_trace));
    quote!(#facade::__private)
}

/// Passes generated code through a macro if `crate` gives the path to it. A wrong path then causes a single error at the
/// path, because the compiler resolves nothing behind it.
pub(crate) fn found(model: &Model, made: TokenStream) -> TokenStream {
    if model.facade.is_none() {
        return made;
    }
    let private = private(model);
    quote_spanned!(Span::mixed_site()=> #private::found!({ #made }))
}

/// Expands one statement per capture whose source is `wanted`.
pub(crate) fn all(model: &Model, wanted: fn(&Source) -> bool) -> TokenStream {
    model
        .captures
        .iter()
        .filter(|capture| wanted(&capture.source))
        .map(|capture| one(model, capture))
        .collect()
}

/// Returns the captured name, if the only capture is a `resource_id`. Borrowing a name runs no code that needs a guard.
pub(crate) fn only_id(captures: &[CapturedField]) -> Option<&Expr> {
    let mut at_entry = captures
        .iter()
        .filter(|capture| matches!(capture.source, Source::Entry(_)));
    let (first, None) = (at_entry.next()?, at_entry.next()) else {
        return None;
    };
    match &first.source {
        Source::Entry(value @ Expr::Path(_)) if first.field == FieldKind::ResourceId => Some(value),
        _ => None,
    }
}

/// Returns the place of the first closure over the success value, in call order.
pub(crate) fn first_closure(model: &Model) -> Option<Span> {
    let captured = model
        .captures
        .iter()
        .find_map(|capture| match &capture.source {
            Source::Success(closure) => Some(closure),
            Source::Entry(_) => None,
        });
    let first = model.when.as_ref().or(captured)?;
    Some(Span::mixed_site().located_at(first.body.span()))
}

/// Expands the statement for one capture. The value is borrowed, so that naming a `String` does not move it.
fn one(model: &Model, capture: &CapturedField) -> TokenStream {
    let at = Span::mixed_site();
    let (value, parameter) = match &capture.source {
        Source::Entry(value) => (value, None),
        Source::Success(closure) => (&closure.body, Some(&closure.parameter)),
    };
    let place = at.located_at(value.span());
    let method = Ident::new(capture.field.name(), place);
    let value = lent(capture.field, value, place);
    let write = if capture.field.is_text() {
        let said = said(model, &value, place);
        quote_spanned!(place=> #said.#method(__writer);)
    } else {
        quote_spanned!(place=> __writer.#method(#value);)
    };
    let bound = parameter.map(|parameter| quote_spanned!(at=> let #parameter = __ok;));
    if capture.field.is_payload() {
        quote_spanned!(at=> if __writer.wants_payload() { #bound #write })
    } else if bound.is_some() {
        quote_spanned!(at=> { #bound #write })
    } else {
        write
    }
}

/// Expands a borrowed value that is written as text. The form distinguishes text from types that only implement `Display`.
pub(crate) fn said(model: &Model, borrowed: &TokenStream, place: Span) -> TokenStream {
    // All tokens have the place of the value, because the compiler reports errors of the value there.
    let private = private(model).into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    quote_spanned!(place=> #(#private)*::TextOrDisplay::of(#borrowed))
}

/// Returns a value in the form that its method takes.
fn lent(field: FieldKind, value: &Expr, place: Span) -> TokenStream {
    match (field, value) {
        (FieldKind::Diff, Expr::Tuple(sides)) => {
            let sides = sides.elems.iter();
            quote_spanned!(place=> #(&(#sides),)* &[])
        }
        // An iterator is consumed, but a named list is not. The method call finds the list behind references.
        (FieldKind::Ids, value) if is_place(value) => {
            quote_spanned!(place=> (&(#value)).into_iter())
        }
        (FieldKind::Ids, value) => value.to_token_stream(),
        (_, value) => quote_spanned!(place=> &(#value)),
    }
}

/// Expands `when`: skips the event unless the closure returns `true`.
pub(crate) fn when(when: &Closure) -> TokenStream {
    let test = test(when);
    quote_spanned! {Span::mixed_site()=>
        let __holds: ::core::primitive::bool = { #test };
        if !__holds {
            return __writer.skip();
        }
    }
}

/// Expands the body of a closure that returns a `bool`.
pub(crate) fn test(test: &Closure) -> TokenStream {
    let Closure { parameter, body } = test;
    quote_spanned!(Span::mixed_site()=> let #parameter = __ok; #body)
}
