//! Macros of BehaviorTrace: the attribute and `record!`. Use them through the facade, `behavior-trace`.

mod args;
mod call;
mod capture;
mod diag;
mod early;
mod erase;
mod exempt;
mod expand;
mod expression;
mod half_typed;
mod inline_body;
mod known;
mod model;
mod name_check;
mod names;
mod passthrough;
mod patterns;
mod reader;
mod rebind;
mod record;
mod shape;
mod spelled;
mod tail;
mod token_scan;
mod tokens;
mod types;
mod validate;

use proc_macro::TokenStream;

#[doc = include_str!("attribute.md")]
#[proc_macro_attribute]
pub fn behavior_trace(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let (arguments, _) = tokens::taken(arguments);
    let (item, look) = tokens::taken(item);
    attribute(arguments, item, look.is_cut_off).into()
}

#[doc = include_str!("record.md")]
#[proc_macro]
pub fn record(arguments: TokenStream) -> TokenStream {
    record::expand(tokens::taken(arguments).0).into()
}

fn attribute(
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
    is_cut_off: bool,
) -> proc_macro2::TokenStream {
    if args::is_a_value(&arguments) {
        // The compiler has already reported `#[behavior_trace = "…"]`.
        return item;
    }
    let callsite = tokens::unused_name(&[&arguments, &item]);
    let function = match shape::read(item) {
        shape::Item::Function(function) => function,
        shape::Item::Unfinished(item) => return item,
        shape::Item::Other { item, error } => return passthrough::item(&item, error),
    };
    let mut errors = diag::Errors::new();
    let arguments = args::read(arguments, &mut errors);
    if exempt::is_meant(&arguments) {
        exempt::check(&arguments, &function, &mut errors);
        return passthrough::function(&function, errors.finish());
    }
    let model = validate::attribute(arguments, &function, callsite, &mut errors);
    let error = errors.finish();
    if is_cut_off && let Some(replaced) = half_typed::replaced(&function) {
        let error = error.map(syn::Error::into_compile_error);
        return quote::quote!(#error #replaced);
    }
    match (model, error) {
        (Some(model), None) => expand::function(&model, &function),
        (_, error) => passthrough::function(&function, error),
    }
}
