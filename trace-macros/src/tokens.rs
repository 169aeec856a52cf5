//! Inspection of unparsed tokens.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::{Expr, Type};

use crate::token_scan::{self, Look};

/// Returns a macro's input, with parentheses in place of invisible groups of `macro_rules!` that would otherwise fall apart.
///
/// The compiler ignores invisible groups in the output of a procedural macro, so `$e * 2` of `1 + 2` would be 5.
pub(crate) fn taken(given: proc_macro::TokenStream) -> (TokenStream, Look) {
    let mut look = Look::default();
    token_scan::into_compilers(given.clone(), &mut look);
    let given = given.into();
    let held = if look.is_grouped {
        held_together(given)
    } else {
        given
    };
    (held, look)
}

fn held_together(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Group(group) => TokenTree::Group(held(&group)),
            other => other,
        })
        .collect()
}

fn held(group: &Group) -> Group {
    let falls_apart = group.delimiter() == Delimiter::None && falls_apart(&group.stream());
    let (delimiter, span) = if falls_apart {
        // With a generated span, the compiler does not report the parentheses as unnecessary.
        let ours = Span::mixed_site().located_at(group.span());
        (Delimiter::Parenthesis, ours)
    } else {
        (group.delimiter(), group.span())
    };
    let mut held = Group::new(delimiter, held_together(group.stream()));
    held.set_span(span);
    held
}

/// Returns whether adjacent tokens could take a part of an expression, a pattern or a type. Parentheses are allowed around
/// all three.
fn falls_apart(tokens: &TokenStream) -> bool {
    if tokens.clone().into_iter().nth(1).is_none() {
        return false;
    }
    match syn::parse2(tokens.clone()) {
        Ok(expression) => matches!(
            expression,
            Expr::Assign(_)
                | Expr::Binary(_)
                | Expr::Break(_)
                | Expr::Cast(_)
                | Expr::Closure(_)
                | Expr::Range(_)
                | Expr::RawAddr(_)
                | Expr::Reference(_)
                | Expr::Return(_)
                | Expr::Unary(_)
        ),
        Err(_) => matches!(
            syn::parse2(tokens.clone()),
            Ok(Type::TraitObject(_) | Type::ImplTrait(_))
        ),
    }
}

/// Returns whether a name occurs other than as a field or a method.
pub(crate) fn mention(tokens: TokenStream, name: &Ident) -> bool {
    let mut after_dot = false;
    tokens.into_iter().any(|token| {
        let is_field = std::mem::replace(
            &mut after_dot,
            matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '.'),
        );
        match token {
            TokenTree::Group(group) => mention(group.stream(), name),
            TokenTree::Ident(word) => !is_field && word == *name,
            _ => false,
        }
    })
}

/// Returns a name for a generated item that does not occur in the tokens. User code can see items, and no variable may have
/// the name of a `static`.
pub(crate) fn unused_name(tokens: &[&TokenStream]) -> Ident {
    let tokens: String = tokens.iter().map(ToString::to_string).collect();
    let mut name = "__BEHAVIOR_TRACE".to_owned();
    while tokens.contains(&name) {
        name.push('_');
    }
    Ident::new(&name, Span::mixed_site())
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};

    use super::*;

    fn group(tokens: TokenStream) -> TokenStream {
        Group::new(Delimiter::None, tokens).to_token_stream()
    }

    #[test]
    fn what_would_fall_apart_is_held_together() {
        for torn in [
            quote!(1 + 2),
            quote!(id as u64),
            quote!(-1),
            quote!(&user),
            quote!(1..2),
            quote!(A | B),
            quote!(dyn A + Send),
            quote!(|id| id),
        ] {
            let given = group(torn.clone());
            let held = held_together(quote!({ #given * 2 }));
            assert_eq!(held.to_string(), quote!({ (#torn) * 2 }).to_string());
        }
        for whole in [
            quote!(id),
            quote!(user.id),
            quote!({ 1 }),
            quote!(pub(crate)),
            quote!(Vec<u8>),
            quote!('a),
        ] {
            let given = group(whole.clone());
            let held = held_together(quote!({ #given * 2 }));
            assert_eq!(held.to_string(), quote!({ #given * 2 }).to_string());
        }
    }

    #[test]
    fn a_name_of_a_field_is_no_mention() {
        let id = Ident::new("id", Span::call_site());
        for mentioned in [quote!(id), quote!({ (1, id.0) }), quote!(User { id })] {
            assert!(mention(mentioned, &id));
        }
        for other in [quote!(user.id), quote!("id"), quote!(user.id())] {
            assert!(!mention(other, &id));
        }
    }

    #[test]
    fn an_item_of_ours_has_a_name_that_is_not_used() {
        let name = |tokens| unused_name(&[&tokens]).to_string();
        assert_eq!(
            name(quote!(
                fn touch() {}
            )),
            "__BEHAVIOR_TRACE"
        );
        assert_eq!(
            name(quote!(
                fn touch(__BEHAVIOR_TRACE: u64) {}
            )),
            "__BEHAVIOR_TRACE_"
        );
    }
}
