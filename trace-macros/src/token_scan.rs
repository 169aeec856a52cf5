//! A single pass over a macro's input, in the compiler's own tokens. Other token types are slow to walk, and this pass runs
//! for each function.

/// The result of the pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Look {
    /// The flag that a group without brackets, as `macro_rules!` leaves it, occurs.
    pub(crate) is_grouped: bool,
    /// The flag that a sequence ends where no Rust code can, outside of macro arguments: after `user.`, `let x`, `id ==`.
    pub(crate) is_cut_off: bool,
}

/// Words that cannot be the last one of a sequence.
const WORDS: [&str; 10] = [
    "as", "else", "fn", "for", "if", "in", "let", "match", "mut", "while",
];

/// Defines the pass for the compiler's tokens and, in the tests, for those of `proc_macro2`.
macro_rules! looks {
    ($into:ident, $tokens:ident) => {
        /// Examines all of the tokens.
        pub(crate) fn $into(tokens: $tokens::TokenStream, look: &mut Look) {
            use $tokens::{Delimiter, Spacing, TokenTree};

            fn is_mark(token: Option<&TokenTree>, wanted: char) -> bool {
                matches!(token, Some(TokenTree::Punct(mark)) if mark.as_char() == wanted)
            }

            fn is_word(token: Option<&TokenTree>, wanted: &[&str]) -> bool {
                matches!(token, Some(TokenTree::Ident(word)) if wanted.contains(&&*word.to_string()))
            }

            /// Returns whether the last of the tokens cannot be the last one of a sequence.
            fn asks_for_more(before: Option<&TokenTree>, last: Option<&TokenTree>) -> bool {
                let is_range = is_mark(last, '.')
                    && matches!(before, Some(TokenTree::Punct(mark)) if mark.as_char() == '.' && mark.spacing() == Spacing::Joint);
                match last {
                    Some(TokenTree::Punct(mark)) => "=.<-*/%&|^@".contains(mark.as_char()) && !is_range,
                    last => is_word(last, &WORDS),
                }
            }

            let [mut first, mut second, mut last]: [Option<TokenTree>; 3] = [None, None, None];
            let (mut begins, mut is_let) = (true, false);
            for token in tokens {
                if begins {
                    is_let = is_word(Some(&token), &["let"]);
                }
                begins = false;
                match &token {
                    TokenTree::Group(group) => {
                        look.is_grouped |= group.delimiter() == Delimiter::None;
                        let is_of_macro = is_mark(last.as_ref(), '!')
                            || is_mark(last.as_ref(), '#')
                            || is_mark(second.as_ref(), '!') && matches!(last, Some(TokenTree::Ident(_)));
                        let seen = look.is_cut_off;
                        $into(group.stream(), look);
                        // The arguments of a macro may contain anything.
                        look.is_cut_off = seen || look.is_cut_off && !is_of_macro;
                        begins = group.delimiter() == Delimiter::Brace;
                    }
                    TokenTree::Punct(mark) if mark.as_char() == ';' => {
                        // Matches `let x: ;`, but not `where T: ;`.
                        let has_no_type = is_mark(last.as_ref(), ':')
                            && matches!(second, Some(TokenTree::Ident(_)))
                            && is_word(first.as_ref(), &["let", "mut"]);
                        look.is_cut_off |= has_no_type || asks_for_more(second.as_ref(), last.as_ref());
                        begins = true;
                    }
                    _ => {}
                }
                (first, second, last) = (second, last, Some(token));
            }
            look.is_cut_off |= is_let && !begins
                || is_mark(last.as_ref(), ':')
                || asks_for_more(second.as_ref(), last.as_ref());
        }
    };
}

looks!(into_compilers, proc_macro);

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    looks!(into_others, proc_macro2);

    fn is_cut_off(body: &TokenStream) -> bool {
        let mut look = Look::default();
        into_others(body.clone(), &mut look);
        look.is_cut_off
    }

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
