//! The output beside errors: the function as the user wrote it, so that nothing else fails because of ours.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::shape::Function;
use crate::validate;

/// The function unchanged, but for further attributes of ours, which would be judged a second time.
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

/// An item that is no function.
pub(crate) fn item(item: &TokenStream, error: syn::Error) -> TokenStream {
    let mut tokens = error.into_compile_error();
    item.to_tokens(&mut tokens);
    tokens
}
