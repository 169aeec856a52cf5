//! A body that is cut off in the middle of a word. The compiler has read it before the attribute, and has said what is
//! missing; were it handed back, it would be read again, and the compiler would say so once more, of all of it.

use proc_macro2::{Delimiter, Group, Spacing, TokenStream, TokenTree};
use quote::quote;
use syn::{Block, Type};

use crate::shape::{Body, Function, Kind};

/// A function that ends as its signature asks, in place of one that the compiler has refused already; `None` if it is not
/// certain that it has. An editor gets what it has given, since it looks for the cursor there.
pub(crate) fn replaced(function: &Function) -> Option<TokenStream> {
    let Body::Braced(body) = &function.body else {
        return None;
    };
    let is_half_typed = is_cut_off(&body.stream()) && syn::parse2::<Block>(group(body)).is_err();
    (is_half_typed && is_compiler())
        .then(|| endless(function))
        .flatten()
}

fn group(body: &Group) -> TokenStream {
    TokenTree::Group(body.clone()).into()
}

/// What compiles whatever the function returns, and is never run.
fn endless(function: &Function) -> Option<TokenStream> {
    let Function {
        attributes,
        visibility,
        defaultness,
        signature,
        ..
    } = function;
    let body = match (function.kind(), &signature.output) {
        (Kind::ImplFuture(_), _) => quote!(async { loop {} }),
        (_, syn::ReturnType::Type(_, output)) if hides_type(output) => return None,
        _ => quote!(loop {}),
    };
    Some(quote! {
        #(#attributes)*
        #[allow(unused, clippy::all, clippy::pedantic)]
        #visibility #defaultness #signature { #body }
    })
}

fn hides_type(output: &Type) -> bool {
    use quote::ToTokens as _;
    let mentions = |tokens: TokenStream| {
        let word = proc_macro2::Ident::new("impl", proc_macro2::Span::call_site());
        crate::tokens::mention(tokens, &word)
    };
    mentions(output.to_token_stream())
}

/// Whether it is rustc that asks, or what stands in for it, and not an editor.
fn is_compiler() -> bool {
    const COMPILERS: [&str; 4] = ["rustc", "clippy-driver", "rustdoc", "miri"];
    let program = std::env::current_exe().ok();
    let name = program
        .as_deref()
        .and_then(std::path::Path::file_stem)
        .and_then(std::ffi::OsStr::to_str);
    proc_macro::is_available() && name.is_some_and(|name| COMPILERS.contains(&name))
}

/// Whether something ends where no Rust can, outside of what macros are given: after `user.`, `let x`, `id ==`.
fn is_cut_off(tokens: &TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let ends_at = |place: usize| match tokens.get(place + 1) {
        None => asks_for_more(&tokens[..=place]) || is_mark(&tokens[place], ':'),
        Some(after) if is_mark(after, ';') => {
            asks_for_more(&tokens[..=place]) || is_let_of_no_type(&tokens[..=place])
        }
        Some(_) => false,
    };
    let is_cut_inside = |(place, token): (usize, &TokenTree)| match token {
        TokenTree::Group(inside) if !is_of_macro(&tokens, place) => is_cut_off(&inside.stream()),
        _ => false,
    };
    (0..tokens.len()).any(ends_at)
        || ends_in_let(&tokens)
        || tokens.iter().enumerate().any(is_cut_inside)
}

/// Whether the last of the tokens cannot be the last one of anything.
fn asks_for_more(tokens: &[TokenTree]) -> bool {
    const WORDS: [&str; 10] = [
        "as", "else", "fn", "for", "if", "in", "let", "match", "mut", "while",
    ];
    match tokens {
        [.., TokenTree::Punct(first), TokenTree::Punct(last)]
            if first.as_char() == '.' && first.spacing() == Spacing::Joint =>
        {
            // `..` may be.
            last.as_char() != '.'
        }
        [.., TokenTree::Punct(last)] => "=.<-*/%&|^@".contains(last.as_char()),
        [.., TokenTree::Ident(last)] => WORDS.iter().any(|word| last == word),
        _ => false,
    }
}

/// `let x: ;`, which `where T: ;` is not.
fn is_let_of_no_type(tokens: &[TokenTree]) -> bool {
    let is_word =
        |token: &TokenTree, word: &str| matches!(token, TokenTree::Ident(found) if found == word);
    match tokens {
        [.., before, TokenTree::Ident(_), last] if is_mark(last, ':') => {
            is_word(before, "let") || is_word(before, "mut")
        }
        _ => false,
    }
}

/// Whether what is last is a `let` that nothing ends.
fn ends_in_let(tokens: &[TokenTree]) -> bool {
    let ended = tokens.iter().rposition(|token| {
        is_mark(token, ';')
            || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    });
    let first = tokens.get(ended.map_or(0, |last| last + 1));
    matches!(first, Some(TokenTree::Ident(word)) if word == "let")
}

fn is_mark(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(mark) if mark.as_char() == wanted)
}

/// Whether a group is what a macro or an attribute is given, in which anything may stand.
fn is_of_macro(tokens: &[TokenTree], place: usize) -> bool {
    match &tokens[..place] {
        [.., mark] if is_mark(mark, '!') => true,
        [.., mark, TokenTree::Ident(_)] if is_mark(mark, '!') => true,
        [.., mark] => is_mark(mark, '#'),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rust_can_end_in_is_cut_off() {
        for body in [
            quote!(let x:),
            quote!(let mut x: ; Ok(x)),
            quote!(let x),
            quote!(let x: u64),
            quote!(let x: Vec<),
            quote!(if id ==),
            quote!(match),
            quote!(let x =),
            quote!(let x = ; Ok(x)),
            quote!(user.),
            quote!(return user.),
            quote!(let name = user. ; Ok(name)),
            quote!(if id == { user. }),
            quote!(match change { Change:: }),
            quote!(self.store(id, user.)),
        ] {
            assert!(is_cut_off(&body), "{body}");
        }
    }

    #[test]
    fn what_rust_or_a_macro_may_end_in_is_not() {
        for body in [
            quote!(let User { id, .. } = user; Ok(id)),
            quote!(items[..].to_vec()),
            quote!(match id {
                1.. => 2,
                _ => 1,
            }),
            quote!(1..),
            quote!(if let Some(id) = id {
                id
            }),
            quote!(id as Vec<u8>),
            quote!(let name: Box<dyn Named + > = name; Ok(name)),
            quote!(
                struct Held<T>(T)
                where
                    T:;
            ),
            quote!(page! { title: }),
            quote!(
                macro_rules! named { (x:) => { 1 = }; }
            ),
            quote!(
                #[serde(default =)]
                struct User;
            ),
            quote!(Ok(1)),
            quote!(),
        ] {
            assert!(!is_cut_off(&body), "{body}");
        }
    }
}
