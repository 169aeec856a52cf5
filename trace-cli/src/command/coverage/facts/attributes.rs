//! Attributes: tests, routes, ours.

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{Expr, Lit, Meta, Token};

use super::{Attribute, name};

/// Methods of HTTP that change something, as frameworks name them.
pub(in super::super) const METHODS: [&str; 4] = ["post", "put", "patch", "delete"];

/// Returns whether the item is compiled for tests alone, or is one.
pub(in super::super) fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        match last(path).as_str() {
            "cfg" => nested(attribute).iter().any(needs_test),
            "test" | "bench" | "rstest" | "test_case" | "quickcheck" | "wasm_bindgen_test" => true,
            _ => false,
        }
    })
}

fn needs_test(condition: &Meta) -> bool {
    match condition {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => {
            let parts = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
            parts.is_ok_and(|parts| parts.iter().any(needs_test))
        }
        _ => false,
    }
}

/// Returns the attributes in parentheses: those of `cfg_attr` after its condition, the conditions of `cfg`.
pub(in super::super) fn nested(attribute: &syn::Attribute) -> Vec<Meta> {
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let nested = attribute.parse_args_with(parse);
    nested.map_or_else(|_| Vec::new(), |nested| nested.into_iter().collect())
}

/// Returns the attributes by name, those of a `cfg_attr` too.
pub(super) fn read(attributes: &[syn::Attribute]) -> Vec<Attribute> {
    let of = |meta: &Meta| Attribute {
        name: last(meta.path()),
        exempt: exempt(meta),
    };
    let of_each = |attribute: &syn::Attribute| {
        if attribute.path().is_ident("cfg_attr") {
            nested(attribute).iter().map(of).collect()
        } else {
            vec![of(&attribute.meta)]
        }
    };
    attributes.iter().flat_map(of_each).collect()
}

/// Returns the reason of `exempt = "…"`.
fn exempt(meta: &Meta) -> Option<String> {
    let Meta::List(list) = meta else {
        return None;
    };
    let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
    let arguments = list.parse_args_with(parse).ok()?;
    arguments.iter().find_map(|argument| match argument {
        Meta::NameValue(pair) if pair.path.is_ident("exempt") => text(&pair.value),
        _ => None,
    })
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the method of an attribute that routes requests: `#[post("/")]` of actix-web and Rocket, `#[utoipa::path(post, …)]`.
pub(super) fn route(attributes: &[syn::Attribute]) -> Option<String> {
    attributes.iter().find_map(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return None;
        };
        let name = last(&list.path);
        if METHODS.contains(&name.as_str()) {
            return Some(name);
        }
        if name == "path" || name == "route" {
            return method(list.tokens.clone());
        }
        None
    })
}

/// Returns the first method among the words and texts, such as `post` or `method = "POST"`.
fn method(tokens: TokenStream) -> Option<String> {
    tokens.into_iter().find_map(|token| {
        let word = match token {
            TokenTree::Ident(word) => word.to_string(),
            TokenTree::Literal(text) => text.to_string().trim_matches('"').to_owned(),
            _ => return None,
        };
        let word = word.to_ascii_lowercase();
        METHODS.contains(&word.as_str()).then_some(word)
    })
}

fn last(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|last| name(&last.ident))
        .unwrap_or_default()
}
