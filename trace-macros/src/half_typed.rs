//! Replacement of an incomplete body. The compiler parses the body before the attribute and has reported the error. If the
//! expansion contained the body, the compiler would parse it again and repeat the error for all of it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Block, ReturnType, Type};

use crate::shape::{Body, FnKind, Function};
use crate::tokens::mention;

/// Returns a function that satisfies the signature, in place of an incomplete one that the compiler has already rejected.
/// Returns `None` if that is not certain. An editor gets the original tokens, since it looks for the cursor there.
pub(crate) fn replaced(function: &Function) -> Option<TokenStream> {
    let Body::Braced(body) = &function.body else {
        return None;
    };
    let is_half_typed = is_compiler() && syn::parse2::<Block>(body.to_token_stream()).is_err();
    is_half_typed.then(|| endless(function)).flatten()
}

/// Returns a function with a body that compiles for any return type. It never runs.
fn endless(function: &Function) -> Option<TokenStream> {
    let Function {
        attributes,
        visibility,
        defaultness,
        signature,
        ..
    } = function;
    let body = match (function.kind(), &signature.output) {
        (FnKind::ImplFuture(_), _) => quote!(async { loop {} }),
        (_, ReturnType::Type(_, output)) if hides_type(output) => return None,
        _ => quote!(loop {}),
    };
    Some(quote! {
        #(#attributes)*
        #[allow(unused, clippy::all, clippy::pedantic)]
        #visibility #defaultness #signature { #body }
    })
}

fn hides_type(output: &Type) -> bool {
    let word = Ident::new("impl", Span::call_site());
    mention(output.to_token_stream(), &word)
}

/// Returns whether the macro runs in rustc or an equivalent, and not in an editor.
fn is_compiler() -> bool {
    const COMPILERS: [&str; 4] = ["rustc", "clippy-driver", "rustdoc", "miri"];
    let program = std::env::current_exe().ok();
    let name = program
        .as_deref()
        .and_then(std::path::Path::file_stem)
        .and_then(std::ffi::OsStr::to_str);
    proc_macro::is_available() && name.is_some_and(|name| COMPILERS.contains(&name))
}
