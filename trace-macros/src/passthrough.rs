//! The output beside errors: the function as the user wrote it, so that no other error follows.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use crate::shape::Function;
use crate::validate;

/// Returns the function unchanged, but without further `behavior_trace` attributes, which would be checked a second time.
pub(crate) fn function(function: &Function, error: Option<syn::Error>) -> TokenStream {
    let errors = error.map(syn::Error::into_compile_error);
    let attributes = function
        .attributes
        .iter()
        .filter(|attribute| !validate::is_ours(attribute));
    let Function {
        visibility,
        defaultness,
        signature,
        body,
        ..
    } = function;
    quote! { #errors #(#attributes)* #visibility #defaultness #signature #body }
}

/// Returns an item that is no function.
pub(crate) fn item(item: &TokenStream, error: syn::Error) -> TokenStream {
    let error = error.into_compile_error();
    if is_expression(item) {
        // Without braces the error and the expression would become operands.
        quote!({ #error #item })
    } else {
        quote!(#error #item)
    }
}

/// Returns whether the tokens begin like a closure or a block, as no item does.
fn is_expression(item: &TokenStream) -> bool {
    match item.clone().into_iter().next() {
        Some(TokenTree::Punct(mark)) => mark.as_char() == '|',
        Some(TokenTree::Ident(word)) => word == "move" || word == "async",
        Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Brace,
        _ => false,
    }
}
