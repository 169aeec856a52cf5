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

/// Returns the first method of arguments such as `post`, `method = "POST"` or `method(get, post)`. A word elsewhere, such as in
/// `tag = "post"`, is none.
fn method(tokens: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma =
        |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',');
    tokens.split(is_comma).find_map(|argument| match argument {
        [TokenTree::Ident(word)] => known(&word.to_string()),
        [TokenTree::Ident(key), TokenTree::Punct(mark), value @ ..]
            if is_method_key(key) && mark.as_char() == '=' =>
        {
            value.iter().find_map(|token| known(&word(token)?))
        }
        [TokenTree::Ident(key), TokenTree::Group(group)] if is_method_key(key) => group
            .stream()
            .into_iter()
            .find_map(|token| known(&word(&token)?)),
        _ => None,
    })
}

fn is_method_key(key: &proc_macro2::Ident) -> bool {
    key == "method" || key == "methods"
}

/// Returns a word or a text, such as the last one of `Method::POST`.
fn word(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(word) => Some(word.to_string()),
        TokenTree::Literal(text) => Some(text.to_string().trim_matches('"').to_owned()),
        _ => None,
    }
}

fn known(word: &str) -> Option<String> {
    let word = word.to_ascii_lowercase();
    METHODS.contains(&word.as_str()).then_some(word)
}

fn last(path: &syn::Path) -> String {
    path.segments
        .last()
        .map(|last| name(&last.ident))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_a_word_of_its_own_or_the_value_of_its_key() {
        for (arguments, expected) in [
            ("post, path = \"/orders\"", Some("post")),
            ("get, tag = \"post\"", None),
            ("get, path = \"/post\", tag = post", None),
            (
                "\"/orders\", method = \"GET\", method = \"PUT\"",
                Some("put"),
            ),
            ("PUT, uri = \"/orders\"", Some("put")),
            ("method(get, patch), path = \"/\"", Some("patch")),
            ("methods = Method::DELETE", Some("delete")),
            ("\"/delete\"", None),
            ("post", Some("post")),
        ] {
            let tokens: TokenStream = arguments.parse().expect("tokens");
            assert_eq!(method(tokens).as_deref(), expected, "{arguments}");
        }
    }
}
