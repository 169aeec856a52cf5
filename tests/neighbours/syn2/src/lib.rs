//! Attributes that read the function under them with syn 2, the version before the one that ours reads with.

use proc_macro::TokenStream;
use quote::{ToTokens, quote};
use syn::{Item, ItemFn, parse_macro_input};

/// Reads a function, and prints it as it was.
#[proc_macro_attribute]
pub fn reads(_: TokenStream, item: TokenStream) -> TokenStream {
    parse_macro_input!(item as ItemFn)
        .into_token_stream()
        .into()
}

/// Reads any item, and prints it twice: as it was, and as a copy that nobody calls, which is to compile too.
#[proc_macro_attribute]
pub fn copies(_: TokenStream, item: TokenStream) -> TokenStream {
    let item = parse_macro_input!(item as Item);
    quote! {
        #item
        #[allow(dead_code, unused_imports)]
        const _: () = { #item };
    }
    .into()
}
